"""What can come of a call instead of an answer. Everything here is a `TimewrightError`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Detail:
    """One entry of the wire's `errors`: `index` counts the objects of a batch from 0, `field` is the member."""

    type: str
    message: str
    field: str | None = None
    index: int | None = None

    def __str__(self) -> str:
        place = "".join([f"[{self.index}]" if self.index else "", f" {self.field}" if self.field else ""]).strip()
        return f"{place}: {self.message}" if place else self.message


class TimewrightError(Exception):
    """A call that has no answer to give back."""


class Unreachable(TimewrightError):
    """The server could not be reached or did not answer, to the last attempt. A change or a delete may have been
    carried out all the same; a create was not (else it is `OutcomeUnknown`).
    """


class OutcomeUnknown(TimewrightError):
    """A write was sent and its answer was lost: it may have been carried out, or not.

    `idempotency_key` is the key it was sent with. A server that keeps keys, as Timewright does, carries it out
    once however often it is sent again with that key; under another server look first.
    """

    def __init__(self, message: str, idempotency_key: str | None) -> None:
        super().__init__(message)
        self.idempotency_key = idempotency_key


class Malformed(TimewrightError):
    """An answer of success that is not of the wire's shape."""


class Refused(TimewrightError):
    """The server answered with an error.

    `errors` are all it named; `type` is that of the first. `answer_was_lost` says that an earlier attempt of
    the same call had no answer and may have been carried out: a delete is then perhaps NotFound because it worked.
    """

    def __init__(
        self,
        status: int,
        errors: tuple[Detail, ...],
        *,
        headers: Mapping[str, str],
        answer_was_lost: bool = False,
    ) -> None:
        self.status = status
        self.errors = errors
        self.headers = headers
        self.answer_was_lost = answer_was_lost
        super().__init__(f"{status}: {'; '.join(str(each) for each in errors) or 'no message'}")

    @property
    def type(self) -> str:
        """The wire's word for what went wrong, like `validation`; empty when the answer was not the wire's."""
        return self.errors[0].type if self.errors else ""

    @property
    def messages(self) -> tuple[str, ...]:
        """Every message, in the order of the answer."""
        return tuple(each.message for each in self.errors)

    @property
    def request_id(self) -> str | None:
        """The id under which the server's log knows the request."""
        return self.headers.get("x-request-id")


class BadRequest(Refused):
    """400: the request could not be read."""


class Unauthenticated(Refused):
    """401: no token, or one that is unknown, expired or revoked."""


class Forbidden(Refused):
    """403: known, and not allowed."""


class NotFound(Refused):
    """404: absent or out of sight."""


class Conflict(Refused):
    """409: it does not go with what is there."""


class Invalid(Refused):
    """422: a rule about the data, or a key that was used for another request."""


class RateLimited(Refused):
    """429: too many requests, to the last attempt."""


class ServerFailed(Refused):
    """5xx: the server cannot, or cannot now."""


_BY_STATUS: dict[int, type[Refused]] = {
    400: BadRequest,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Invalid,
    429: RateLimited,
}


def refused(status: int, body: Any, headers: Mapping[str, str], *, answer_was_lost: bool) -> Refused:
    """The exception for an answer of an error, whatever its body holds."""
    kind = _BY_STATUS.get(status, ServerFailed if status >= 500 else Refused)
    return kind(status, details(body), headers=headers, answer_was_lost=answer_was_lost)


def details(body: Any) -> tuple[Detail, ...]:
    """The wire's `errors` of a body; none when it is of another shape."""
    found = body.get("errors") if isinstance(body, dict) else None
    return tuple(
        Detail(str(each.get("type", "")), str(each.get("message", "")), each.get("field"), each.get("index"))
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict)
    )
