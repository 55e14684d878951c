"""Kinds of value: how each is read from JSON, a form or a query, shown on the wire, and described.

`read` takes what stood in the request (a JSON value or a form string) and gives the typed value, or raises
`Misread` with the reason as the end of a sentence ("must be a whole number"). `show` takes the typed value
and gives what the wire holds. Null never reaches a kind: blank members are decided by the body's reader.

Long because all kinds stand here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import MINYEAR, UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

LARGEST = 2**63 - 1

_DIGITS = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(.*)", re.ASCII)
_US_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII)
_CLOCK = re.compile(
    r"[T ]([01][0-9]|2[0-3]):?([0-5][0-9])(?::?([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
    # Ruby writes a space before the offset, or UTC.
    r"(?:([Zz]| ?UTC)| ?([+ -])([01][0-9]|2[0-3]):?([0-5][0-9])?)?",
    re.ASCII,
)
_TRUE = frozenset({"true", "TRUE", "True", "1"})
_FALSE = frozenset({"false", "FALSE", "False", "0"})


class Misread(Exception):
    """A value is not of its kind. The text ends the sentence that begins with the member's name."""


@dataclass(frozen=True)
class Wire:
    """The choices of this server for how values are written: its zone, and whether `MM/DD/YYYY` is read."""

    zone: tzinfo = UTC
    us_dates: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of value."""

    def read(self, raw: Any, wire: Wire) -> Any:
        """The typed value, or `Misread`."""
        raise Misread("cannot be written")

    def show(self, value: Any, wire: Wire) -> Any:
        """The value as the wire holds it."""
        return value

    def word(self) -> str:
        """What the reference page calls this kind."""
        return type(self).__name__.lower()


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number: a JSON number without a fraction, or its canonical ASCII digits (decisions B6)."""

    first: int = -LARGEST - 1
    last: int = LARGEST

    def read(self, raw: Any, wire: Wire) -> int:
        number = _whole(raw)
        if number is None:
            raise Misread("must be a whole number")
        if not self.first <= number <= self.last:
            raise Misread(self._range())
        return number

    def _range(self) -> str:
        if self.last == LARGEST:
            return "must be a whole number of at most 64 bits"
        return f"must be between {self.first} and {self.last}"


@dataclass(frozen=True)
class Id(Kind):
    """The id of something: read like a whole number from 1 on, shown as a JSON string."""

    def read(self, raw: Any, wire: Wire) -> int:
        number = _whole(raw)
        if number is None or not 1 <= number <= LARGEST:
            raise Misread("must be an id")
        return number

    def show(self, value: int, wire: Wire) -> str:
        return str(value)


@dataclass(frozen=True)
class Boolean(Kind):
    """True or false, also as the words and digits that forms send (decisions B6)."""

    def read(self, raw: Any, wire: Wire) -> bool:
        if isinstance(raw, bool):
            return raw
        text = str(raw) if isinstance(raw, (str, int)) else ""
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise Misread("must be true or false")


@dataclass(frozen=True)
class Flag(Kind):
    """Any value that is not blank switches it on."""

    def read(self, raw: Any, wire: Wire) -> bool:
        return True


@dataclass(frozen=True)
class Text(Kind):
    """Text, kept byte for byte. NUL is refused: PostgreSQL cannot store it."""

    most_bytes: int = 65_535
    numbers_too: bool = False

    def read(self, raw: Any, wire: Wire) -> str:
        if self.numbers_too and isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw)
        if not isinstance(raw, str):
            raise Misread("must be text")
        if "\x00" in raw:
            raise Misread("must not hold a NUL character")
        if len(raw) > self.most_bytes or len(raw.encode()) > self.most_bytes:
            raise Misread(f"must not be longer than {self.most_bytes} bytes")
        return raw


@dataclass(frozen=True)
class Link(Text):
    """An http or https address. It is stored and shown, never fetched."""

    most_bytes: int = 2_048

    def read(self, raw: Any, wire: Wire) -> str:
        text = super().read(raw, wire)
        try:
            parts = urlsplit(text)
            leads_somewhere = bool(parts.hostname) and parts.port != 0  # a port that is none raises
        except ValueError:
            raise Misread("must be an http or https address") from None
        if parts.scheme not in {"http", "https"} or not leads_somewhere or not text.isprintable() or " " in text:
            raise Misread("must be an http or https address")
        return text


@dataclass(frozen=True)
class Choice(Kind):
    """One of some words, in any case; kept in lower case."""

    words: tuple[str, ...] = ()

    def read(self, raw: Any, wire: Wire) -> str:
        word = raw.lower() if isinstance(raw, str) and raw.isascii() else ""
        if word not in self.words:
            raise Misread(f"must be one of {', '.join(self.words)}")
        return word


@dataclass(frozen=True)
class Day(Kind):
    """A date without a zone: `YYYY-MM-DD`, or an ISO 8601 datetime that begins with it (decisions B4)."""

    first: date = date.min
    last: date = date.max

    def read(self, raw: Any, wire: Wire) -> date:
        day = _day(raw, wire) if isinstance(raw, str) else None
        if day is None:
            raise Misread("must be a date written as YYYY-MM-DD")
        if not self.first <= day <= self.last:
            raise Misread(f"must be between {self.first} and {self.last}")
        return day

    def show(self, value: date, wire: Wire) -> str:
        return value.isoformat()


@dataclass(frozen=True)
class BlankDay(Day):
    """A date that is an empty string when unset (contract: workspaces.start_date)."""


@dataclass(frozen=True)
class Instant(Kind):
    """A moment. Read as ISO 8601 with `T` or a space and any offset; shown to the second (decisions D1)."""

    def read(self, raw: Any, wire: Wire) -> datetime:
        moment = _moment(raw, wire) if isinstance(raw, str) else None
        if moment is None:
            raise Misread("must be a date and time written as ISO 8601")
        return moment

    def show(self, value: datetime, wire: Wire) -> str:
        text = value.astimezone(wire.zone).isoformat(timespec="seconds")
        return text.replace("+00:00", "Z")


@dataclass(frozen=True)
class Ids(Kind):
    """Ids, as a comma list or an array. Shown as an array of strings.

    Read in filters, where a number that is nobody's id finds nothing and is no error.
    """

    def read(self, raw: Any, wire: Wire) -> list[int]:
        one = Integer()
        try:
            return [one.read(item, wire) for item in _listed(raw)]
        except Misread:
            raise Misread("must be a comma-separated list of ids") from None

    def show(self, value: Sequence[int], wire: Wire) -> list[str]:
        return [str(item) for item in value]


@dataclass(frozen=True)
class Words(Kind):
    """Words, as a comma list or an array."""

    most: int = LARGEST

    def read(self, raw: Any, wire: Wire) -> list[str]:
        items = _listed(raw)
        if not all(isinstance(item, str) and "\x00" not in item for item in items):
            raise Misread("must be a comma-separated list")
        if len(items) > self.most:
            raise Misread(f"must be a list of at most {self.most}")
        return items


@dataclass(frozen=True)
class IdsOrWords(Words):
    """Ids, and some words among them, as a comma list or an array."""

    words: tuple[str, ...] = ()

    def read(self, raw: Any, wire: Wire) -> list[Any]:
        items = _listed(raw)
        words = [item for item in items if item in self.words]
        try:
            return [*Ids().read([item for item in items if item not in self.words], wire), *words]
        except Misread:
            raise Misread(f"must be a comma-separated list of ids and of {', '.join(self.words)}") from None


@dataclass(frozen=True)
class DayRange(Kind):
    """Two dates, `from:to`, both ends included. An empty side is open; one alone is a day where `single`."""

    single: bool = False

    def read(self, raw: Any, wire: Wire) -> tuple[date | None, date | None]:
        first, colon, last = raw.partition(":") if isinstance(raw, str) else ("", "", "")
        if self.single and not colon:
            colon, last = ":", first
        days = [_day(side, wire) if side else None for side in (first, last)]
        if not colon or any(side and day is None for side, day in zip((first, last), days, strict=True)):
            raise Misread("must be two dates written as YYYY-MM-DD:YYYY-MM-DD")
        return days[0], days[1]


@dataclass(frozen=True)
class MomentRange(DayRange):
    """Two dates, `from:to`, as the instants at which the first begins and the last has ended, in the server's zone."""

    def read(self, raw: Any, wire: Wire) -> tuple[datetime | None, datetime | None]:
        first, last = super().read(raw, wire)
        return _begins(first, wire), _begins(last, wire, days_later=1)


@dataclass(frozen=True)
class Span(Kind):
    """Two values of a kind, `from;to`, both ends included. An empty side is open."""

    of: Kind = field(default_factory=Day)
    mark: str = ";"

    def read(self, raw: Any, wire: Wire) -> tuple[Any, Any]:
        sides = raw.split(self.mark) if isinstance(raw, str) else []
        if len(sides) != 2:
            raise Misread(f"must be written as from{self.mark}to")
        first, last = (self.of.read(side.strip(), wire) if side.strip() else None for side in sides)
        return first, last


@dataclass(frozen=True)
class DaysIn(Kind):
    """Something and two dates, `id:from:to`, both ends included."""

    def read(self, raw: Any, wire: Wire) -> tuple[int, date, date]:
        id_, *sides = raw.split(":") if isinstance(raw, str) else [""]
        try:
            number, first, last = Integer().read(id_, wire), *(Day().read(side, wire) for side in sides)
        except (Misread, ValueError):
            raise Misread("must be an id and two dates written as id:YYYY-MM-DD:YYYY-MM-DD") from None
        return number, first, last


@dataclass(frozen=True)
class Number(Kind):
    """A number shown as it is."""


@dataclass(frozen=True)
class Object(Kind):
    """An object shown as it is; its members are described by the field's sentence."""


def _whole(raw: Any) -> int | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return raw
    if isinstance(raw, Decimal):
        # The exponent was bounded when the body was read, so this makes no giant.
        return int(raw) if raw == raw.to_integral_value() else None
    if isinstance(raw, str) and _DIGITS.fullmatch(raw) and raw != "-0":
        return int(raw)
    return None


def _day(raw: str, wire: Wire) -> date | None:
    us = _US_DAY.fullmatch(raw) if wire.us_dates else None
    if us:
        raw = f"{us[3]}-{us[1]}-{us[2]}"
    found = _DAY.fullmatch(raw)
    if not found or (found[2] and not _CLOCK.fullmatch(found[2])):
        return None
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        return None


def _moment(raw: str, wire: Wire) -> datetime | None:
    found = _DAY.fullmatch(raw)
    clock = _CLOCK.fullmatch(found[2]) if found and found[2] else None
    if not found or (found[2] and not clock):
        return None
    try:
        day = date.fromisoformat(found[1])
        if clock is None:
            return _midnight(day, wire)
        hour, minute, second = (int(clock[n] or 0) for n in (1, 2, 3))
        fraction = int((clock[4] or "0").ljust(6, "0")[:6])
        zone = _zone(clock, wire)
        local = datetime(day.year, day.month, day.day, hour, minute, second, fraction, zone)
    except ValueError:
        return None
    return _in_utc(local)


def _in_utc(local: datetime) -> datetime:
    """The same instant in UTC; what lies outside the calendar there is its first or its last one (decisions B4)."""
    try:
        return local.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if local.year == MINYEAR else datetime.max.replace(tzinfo=UTC)


def _midnight(day: date, wire: Wire) -> datetime:
    return _in_utc(datetime(day.year, day.month, day.day, tzinfo=wire.zone))


def _begins(day: date | None, wire: Wire, *, days_later: int = 0) -> datetime | None:
    """When a day begins, or one so many days later; None behind the last day of the calendar."""
    try:
        return _midnight(day + timedelta(days=days_later), wire) if day else None
    except OverflowError:
        return None


def _zone(clock: re.Match[str], wire: Wire) -> tzinfo:
    if clock[5]:
        return UTC
    if not clock[6]:
        return wire.zone
    # A plus sign that was not escaped in a query arrives as a space.
    ahead = -1 if clock[6] == "-" else 1
    return timezone(ahead * timedelta(hours=int(clock[7]), minutes=int(clock[8] or 0)))


def _listed(raw: Any) -> list[Any]:
    if isinstance(raw, list):
        return raw
    if isinstance(raw, str):
        return [item.strip() for item in raw.split(",") if item.strip()]
    return [raw]


@dataclass(frozen=True)
class Nested(Kind):
    """An object with members of its own, each declared like a parameter."""

    params: tuple[Any, ...] = field(default=())


@dataclass(frozen=True)
class Objects(Nested):
    """An array of objects, each with the same members."""
