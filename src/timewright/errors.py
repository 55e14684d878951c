"""The refusals, and the shape they take on the wire.

Each refusal owns its status and its wire type (`decisions/0002-statuses.md`). It is raised in the rule
and rendered once at each edge. An error on the wire is `{type, message, field, index}`; `field` and
`index` stand only where one object of the request is concerned.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass

MOST_FAULTS = 500
"""How many faults one answer names at most (decisions A)."""

BASE = "base"
"""The field of a rule about a whole object."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong with one object of a request.

    `index` counts the objects of a batch from 0 and is 0 for a single object. `field` is the name of
    the request member, dotted when nested, or `base`. `message` is a full sentence and never echoes
    what was sent.
    """

    index: int
    field: str
    message: str


def would_be_ignored(index: int, name: str) -> Fault:
    """What a strict caller is told of a member that would have no effect (decisions C1)."""
    return Fault(index, name, "This member would be ignored.")


class Refusal(Exception):
    """The request was not carried out. Nothing was stored."""

    status = 500
    wire_type = "system"
    message = "The request could not be carried out."

    def __init__(self, message: str | None = None, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.headers = headers or {}

    def errors(self) -> list[dict[str, object]]:
        """The members of the wire's `errors` array."""
        return [{"type": self.wire_type, "message": self.message}]


class Unreadable(Refusal):
    """Not parseable as this request: bad JSON, no root member, a filter value of the wrong form."""

    status = 400
    message = "The request could not be read."


class Unauthenticated(Refusal):
    """No bearer token, or one that is unknown, expired or revoked."""

    status = 401
    wire_type = "oauth"
    message = "Invalid OAuth 2 Request"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="timewright", error="invalid_token"'})


class Forbidden(Refusal):
    """The caller is known and may know that the object exists, but may not do this to it.

    In a batch each object refused is named by its place.
    """

    status = 403
    message = "You are not allowed to do this."

    def __init__(self, message: str | None = None, *, indexes: Iterable[int] = ()) -> None:
        super().__init__(message)
        self.indexes = sorted(set(indexes))

    def errors(self) -> list[dict[str, object]]:
        """One error for each object refused, or one for the whole request."""
        plain = super().errors()
        if not self.indexes:
            return plain
        return [{**plain[0], "index": index} for index in self.indexes]


class NotFound(Refusal):
    """Absent, or out of the caller's sight: the two are told apart by nothing."""

    status = 404
    message = "Not found"


class TooSlow(Refusal):
    """The headers or the body did not come in time."""

    status = 408
    message = "The request came too slowly. Nothing was stored; please send it again."


class TooLarge(Refusal):
    """The body is longer than the server reads."""

    status = 413
    message = "The request body is too large."

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})


class UriTooLong(Refusal):
    """The path and query are longer than the server reads."""

    status = 414
    message = "The request address is too long."


class UnsupportedMediaType(Refusal):
    """A body in a form that this endpoint does not read."""

    status = 415
    message = "Send the body as application/json, application/x-www-form-urlencoded or multipart/form-data."


class HeadersTooLarge(Refusal):
    """There are more headers, or longer ones, than the server reads."""

    status = 431
    message = "The request headers are too large."


class Invalid(Refusal):
    """The request was understood and refused. Holds every fault, not just the first."""

    status = 422
    wire_type = "validation"
    message = "The request breaks a rule."

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__()
        self.faults = sorted(set(faults))

    def errors(self) -> list[dict[str, object]]:
        """One error for each fault, in order of index and field."""
        return [
            {"type": self.wire_type, "message": fault.message, "field": fault.field, "index": fault.index}
            for fault in self.faults[:MOST_FAULTS]
        ]


class KeyReused(Refusal):
    """An idempotency key that was used for another request, or so long ago that nobody remembers for what."""

    status = 422
    wire_type = "idempotency"
    message = "This Idempotency-Key was used for another request."


class InFlight(Refusal):
    """A request with the same idempotency key is still being carried out."""

    status = 409
    wire_type = "idempotency"
    message = "A request with this Idempotency-Key is still being carried out. Please send it again."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": _soon()})


def _soon() -> str:
    """When to try again, in seconds; not the same for all who were refused at once."""
    return str(random.randint(1, 3))  # noqa: S311 - no secret


class Unavailable(Refusal):
    """Nothing was stored and nothing will appear later: it is safe to send again."""

    status = 503
    wire_type = "unavailable"
    message = "The server cannot take this request now. Nothing was stored; please send it again."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message, headers={"Retry-After": _soon()})


class OutcomeUnknown(Unavailable):
    """The server cannot tell whether the request was stored."""

    wire_type = "outcome_unknown"
    message = "It is not known whether this request was stored. Look before you send it again."
