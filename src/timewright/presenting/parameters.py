"""The parameters that every list understands: what is shown, in which order, and which page of it.

`ask.py` reads them; here they are declared, so that they can be documented like any filter.
"""

from timewright.presenting.declare import Param
from timewright.presenting.kinds import Boolean, Ids, Integer, Text, Words

DEFAULT_PER_PAGE = 20
MOST_PER_PAGE = 200

INCLUDE = Param(name="include", kind=Words(), sentence="The associations to side-load.")
OPTIONAL_FIELDS = Param(name="optional_fields", kind=Words(), sentence="Members to show beside the usual ones.")
ORDER = Param(
    name="order", kind=Text(), sentence="How to sort: a name, then `:asc` or `:desc`; ascending unless it says `desc`."
)

SEEN = (INCLUDE, OPTIONAL_FIELDS)
"""What says how one object is shown."""

PAGED = (
    Param(name="page", kind=Integer(1), sentence="Which page, from 1 on."),
    Param(
        name="per_page",
        kind=Integer(1, MOST_PER_PAGE),
        sentence=f"How many on a page; {DEFAULT_PER_PAGE} when not given. More than {MOST_PER_PAGE} is taken for "
        f"{MOST_PER_PAGE}.",
    ),
    Param(
        name="limit",
        kind=Integer(1, MOST_PER_PAGE),
        sentence="How many to show from `offset` on. With it `page` and `per_page` do not count.",
    ),
    Param(name="offset", kind=Integer(0), sentence="How many to pass over. Counts only together with `limit`."),
    Param(name="only", kind=Ids(), sentence="These ids alone, of those that the filters let through."),
)
"""What says which of the objects are shown."""

DEFAULTS = Param(
    name="apply_default_filters", kind=Boolean(), sentence="Whether filters that are not sent have their defaults."
)

NAMES = frozenset(each.name for each in (*SEEN, ORDER, *PAGED, DEFAULTS))
