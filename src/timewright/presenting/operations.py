"""What can be done with a resource over HTTP: one row for each kind of endpoint.

A resource names its kinds in `Resource.endpoints`; whatever is documented of an endpoint stands here or in the
resource's declaration. A new kind is one row.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from timewright import errors
from timewright.errors import Refusal
from timewright.presenting.declare import Param, Resource
from timewright.presenting.kinds import Choice, Ids, Text
from timewright.presenting.parameters import DEFAULTS, ORDER, PAGED, SEEN

Refusals = tuple[type[Refusal], ...]

ALWAYS: Refusals = (
    errors.Unreadable,
    errors.Unauthenticated,
    errors.Forbidden,
    errors.TooSlow,
    errors.UriTooLong,
    errors.HeadersTooLarge,
    errors.Unavailable,
)
"""What any request may be answered."""

WRITING: Refusals = (errors.TooLarge, errors.UnsupportedMediaType, errors.Invalid, errors.OutcomeUnknown)
"""What a request that writes may be answered besides."""

KEYED: Refusals = (*WRITING, errors.InFlight, errors.KeyReused)
"""What a request that writes under a key may be answered besides."""

PREFER = Param(
    name="Prefer",
    kind=Choice(words=("handling=strict", "handling=lenient")),
    sentence="With `handling=strict`, whatever would be ignored is refused.",
)
IDEMPOTENCY_KEY = Param(
    name="Idempotency-Key",
    kind=Text(most_bytes=255),
    sentence="A name for this request, 1 to 255 printable ASCII characters: sent again under it, it is stored once.",
)

BELOW = frozenset({"index", "create", "show", "update", "delete"})
"""What a resource that stands under another offers there too (decisions B19)."""

IDS = Param(name="ids", kind=Ids(), required=True, sentence="Which ones.")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A kind of endpoint. `methods` are ways to ask for the same.

    `query` are the parameters besides the filters, which count where `is_filtered`. `body` says what is sent:
    `create`, the members of one object or many; `update`, some of the members of one.
    `shows` says what is answered: a `page`, the `one` that was named, what was `written`, what became of each object
    on its own (`outcomes`) or would (`verdicts`), an `answer` to a question, or nothing (204).
    """

    name: str
    methods: tuple[str, ...]
    path: str
    sentence: str
    query: tuple[Param, ...] = ()
    headers: tuple[Param, ...] = (PREFER,)
    is_filtered: bool = False
    body: str | None = None
    shows: str | None
    refusals: Refusals = ()

    @property
    def status(self) -> int:
        """The status of its success."""
        return 200 if self.shows else 204

    @property
    def names_one(self) -> bool:
        """Whether its path holds an id."""
        return "{id}" in self.path

    @property
    def shows_objects(self) -> bool:
        """Whether it answers with objects in the envelope of a list."""
        return self.shows in {"page", "one", "written"}

    def path_of(self, resource: Resource) -> str:
        """Its path for a resource, below the base of the API."""
        return self.path.replace("{things}", resource.name)


OPERATIONS = (
    Operation(
        name="index",
        methods=("GET",),
        path="/{things}",
        sentence="A page of those that the caller may see.",
        query=(*SEEN, ORDER, *PAGED, DEFAULTS),
        is_filtered=True,
        shows="page",
        refusals=ALWAYS,
    ),
    Operation(
        name="me",
        methods=("GET",),
        path="/{things}/me",
        sentence="The caller.",
        query=(*SEEN, DEFAULTS),
        is_filtered=True,
        shows="one",
        refusals=(*ALWAYS, errors.NotFound),
    ),
    Operation(
        name="show",
        methods=("GET",),
        path="/{things}/{id}",
        sentence="One, by its id, if the filters let it through; those that have a default apply.",
        query=(*SEEN, DEFAULTS),
        is_filtered=True,
        shows="one",
        refusals=(*ALWAYS, errors.NotFound),
    ),
    Operation(
        name="create",
        methods=("POST",),
        path="/{things}",
        sentence="Store one, or many at once: then all of them or none.",
        query=(*SEEN, ORDER),
        headers=(PREFER, IDEMPOTENCY_KEY),
        body="create",
        shows="written",
        refusals=(*ALWAYS, *KEYED),
    ),
    Operation(
        name="create_or_update",
        methods=("POST",),
        path="/{things}/create_or_update",
        sentence="Store one, or change the one that is there already.",
        query=SEEN,
        headers=(PREFER, IDEMPOTENCY_KEY),
        body="create",
        shows="written",
        refusals=(*ALWAYS, *KEYED),
    ),
    Operation(
        name="validate",
        methods=("POST",),
        path="/{things}/validate",
        sentence="What a create would make of each object. Nothing is written.",
        body="create",
        shows="verdicts",
        refusals=(*ALWAYS, *WRITING),
    ),
    Operation(
        name="batch",
        methods=("POST",),
        path="/{things}/batch",
        sentence="Store each object on its own: those that are refused do not keep back the others.",
        headers=(PREFER, IDEMPOTENCY_KEY),
        body="create",
        shows="outcomes",
        refusals=(*ALWAYS, *KEYED),
    ),
    Operation(
        name="update",
        methods=("PUT", "PATCH"),
        path="/{things}/{id}",
        sentence="Change the members that are sent. Absent, out of sight and not editable are told apart by nothing.",
        query=SEEN,
        body="update",
        shows="written",
        refusals=(*ALWAYS, *WRITING, errors.NotFound),
    ),
    Operation(
        name="delete",
        methods=("DELETE",),
        path="/{things}/{id}",
        sentence="Remove one.",
        shows=None,
        refusals=(*ALWAYS, *WRITING, errors.NotFound),
    ),
    Operation(
        name="bulk_delete",
        methods=("DELETE",),
        path="/{things}",
        sentence="Remove many: all of them or none.",
        query=(IDS,),
        shows=None,
        refusals=(*ALWAYS, *WRITING),
    ),
)
"""Every kind of endpoint, in reading order."""


def offered(resource: Resource) -> Iterator[Operation]:
    """What a resource offers, in reading order."""
    for each in OPERATIONS:
        if each.name in resource.endpoints or (each.name == "me" and resource.me is not None):
            is_refused = any(f.required and not f.missing_is_unreadable for f in resource.filters)
            more = (errors.Invalid,) if is_refused and each.is_filtered else ()
            yield replace(each, refusals=(*each.refusals, *more))
    for step in resource.steps:
        yield Operation(
            name=step.name,
            methods=("PUT",),
            path=f"/{{things}}/{{id}}/{step.name}",
            sentence=step.sentence,
            query=SEEN,
            shows="written",
            refusals=(*ALWAYS, *WRITING, errors.NotFound),
        )
    for question in resource.questions:
        yield Operation(
            name=question.name,
            methods=("GET",),
            path=f"/{{things}}/{question.name}" if question.of_none else f"/{{things}}/{{id}}/{question.name}",
            sentence=question.sentence,
            shows="answer",
            refusals=ALWAYS if question.of_none else (*ALWAYS, errors.NotFound),
        )


def below(resource: Resource) -> Iterator[Operation]:
    """What it offers below one object of the resource that it stands under."""
    if resource.under is not None:
        for each in offered(resource):
            if each.name in BELOW:
                refusals = (*each.refusals, *(() if errors.NotFound in each.refusals else (errors.NotFound,)))
                yield replace(each, path=f"/{resource.under}/{{outer_id}}{each.path}", refusals=refusals)
