"""What the document lets through as text, the kind reads: the patterns of the schemas against the readers."""

import itertools
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timewright.presenting import schemas
from timewright.presenting.kinds import LARGEST, DaysIn, IdsOrWords, Misread, Wire
from timewright.resources import REGISTRY

WIRE = Wire()
PATTERNS = {
    pattern: each.kind
    for resource in REGISTRY
    for each in resource.filters
    if (pattern := schemas.sent(each.kind).get("pattern"))
}
TEXT = st.text(st.characters(codec="ascii"), max_size=30)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_a_pattern_lets_through_is_read(pattern):
    @given(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True, alphabet=st.characters(codec="ascii")))
    def holds(text):
        assert PATTERNS[pattern].read(text, WIRE) is not None

    holds()


@pytest.mark.parametrize("year", [0, 1, 4, 10, 100, 400, 1000, 1900, 1996, 2000, 2023, 2024, 2100, 9999])
def test_the_pattern_of_a_day_knows_the_calendar(year):
    for month, day in itertools.product(range(14), range(33)):
        text = f"{year:04}-{month:02}-{day:02}"
        try:
            is_day = bool(date.fromisoformat(text))
        except ValueError:
            is_day = False
        assert bool(re.fullmatch(schemas._DATE, text)) is is_day


@given(TEXT)
def test_text_that_says_nothing_is_kept_out_where_something_is_required(text):
    pattern = schemas.not_blank({"type": "string"})["pattern"]
    assert bool(re.search(pattern, text)) is (bool(text.strip()) and "\0" not in text)
    assert schemas.not_blank({"type": "integer"}) == {"type": "integer"}


@pytest.mark.parametrize(
    ("raw", "read"),
    [("b,2,1", [2, 1, "b"]), (["a", "1", 3], [1, 3, "a"]), (5, [5]), ("", []), (f"-1,{LARGEST}", [-1, LARGEST])],
)
def test_ids_stand_among_words(raw, read):
    assert IdsOrWords(words=("a", "b")).read(raw, WIRE) == read


@pytest.mark.parametrize("raw", ["c", "1;a", "01", str(LARGEST + 1), True, [["a"]], [None], {"a": 1}])
def test_what_is_neither_an_id_nor_a_word_is_refused(raw):
    with pytest.raises(Misread, match="must be a comma-separated list of ids and of a, b"):
        IdsOrWords(words=("a", "b")).read(raw, WIRE)


def test_days_stand_behind_an_id():
    assert DaysIn().read("7:2026-01-05:2026-01-11", WIRE) == (7, date(2026, 1, 5), date(2026, 1, 11))


@pytest.mark.parametrize(
    "raw",
    [
        "", "7", "7:2026-01-05", "7:2026-01-05:", "x:2026-01-05:2026-01-11", "7:2026-02-30:2026-03-01",
        "7:2026-01-05:2026-01-11:", f"{LARGEST + 1}:2026-01-05:2026-01-11", 7, None, ["7"],
    ],
)  # fmt: skip
def test_what_is_no_id_with_days_is_refused(raw):
    with pytest.raises(Misread, match="must be an id and two dates"):
        DaysIn().read(raw, WIRE)
