"""Kinds of value that belong to fields which an account makes for itself: how filters by them are written, and how a
value is shown that is of a type the field says.

Read as `(field:value)`, several joined by a colon; one alone may do without its brackets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from timewright.presenting.kinds import LARGEST, Ids, IdsOrWords, Integer, Kind, Misread, Text, Wire

OfField = tuple[int, Any]
"""A field's id and what is asked of its value: None for any."""

NONE = "none"
"""Stands among choices for a field without a value."""

MOST_FIELDS = 20
"""How many fields a filter asks of at most."""
_MOST_DIGITS = 100


@dataclass(frozen=True)
class OfCustomFields(Kind):
    """A field's id and what its value is to be, for one field or several."""

    value: Kind

    def read(self, raw: Any, wire: Wire) -> list[OfField]:
        """As in `Kind`."""
        parts = self._parts(str(raw) if isinstance(raw, int) else raw)
        if not 1 <= len(parts) <= MOST_FIELDS:
            raise Misread(f"must name 1 to {MOST_FIELDS} fields, written (field:value)")
        return [self._one(each, wire) for each in parts]

    def _parts(self, raw: Any) -> Sequence[str]:
        if not isinstance(raw, str):
            return ()
        text = raw.strip()
        return text[1:-1].split("):(") if text.startswith("(") and text.endswith(")") else [text]

    def _one(self, part: str, wire: Wire) -> OfField:
        name, colon, value = part.partition(":")
        try:
            field_id = Integer().read(name.strip(), wire)
            return field_id, self._asked(value, wire) if colon else None
        except Misread:
            raise Misread("must be written (field:value), with a value of the field's type") from None

    def _asked(self, value: str, wire: Wire) -> Any:
        return self.value.read(value, wire)

    def word(self) -> str:
        """As in `Kind`."""
        return "custom"


@dataclass(frozen=True)
class CustomChoices(OfCustomFields):
    """A field's id and the ids of choices, None for a field without a value."""

    value: Kind = field(default_factory=Ids)

    def _parts(self, raw: Any) -> Sequence[str]:
        parts = super()._parts(raw)
        return [each.strip().strip("()") for part in parts for each in part.split(";")]

    def _one(self, part: str, wire: Wire) -> OfField:
        field_id, choices = super()._one(part, wire)
        if choices == [] or ":" not in part:
            raise Misread("must name the choices of each field, or say blank")
        return field_id, choices

    def _asked(self, value: str, wire: Wire) -> Any:
        return None if value.strip() == "blank" else super()._asked(value, wire)


@dataclass(frozen=True)
class FieldRanges(OfCustomFields):
    """A field's id and the ends between which its value is, `field:from:to`, several joined by semicolons."""

    def _parts(self, raw: Any) -> Sequence[str]:
        return _by_semicolons(raw)


@dataclass(frozen=True)
class SelectedChoices(OfCustomFields):
    """A field's id, the ids of choices, and whether `none` will do as well; several joined by semicolons."""

    value: Kind = field(default_factory=lambda: IdsOrWords(words=(NONE,)))

    def _parts(self, raw: Any) -> Sequence[str]:
        return _by_semicolons(raw)

    def _one(self, part: str, wire: Wire) -> OfField:
        field_id, choices = super()._one(part, wire)
        if not choices:
            raise Misread("must name the choices of each field, or say none")
        return field_id, choices


def _by_semicolons(raw: Any) -> Sequence[str]:
    return [each.strip() for each in raw.split(";") if each.strip()] if isinstance(raw, str) else ()


@dataclass(frozen=True)
class Decimals(Kind):
    """A number, read as the decimal text in which it is kept."""

    def read(self, raw: Any, wire: Wire) -> str:
        """As in `Kind`."""
        return plain(raw)


@dataclass(frozen=True)
class Amount(Kind):
    """An amount in subunits and a currency that may be left out, `1000:USD`."""

    def read(self, raw: Any, wire: Wire) -> tuple[int, str]:
        """As in `Kind`."""
        amount, _, currency = raw.partition(":")
        return Integer().read(amount.strip(), wire), Text(most_bytes=3).read(currency.strip().upper(), wire)


@dataclass(frozen=True)
class Anything(Kind):
    """A value of whatever type its field says: text, a number, a flag, or an array of those."""

    def read(self, raw: Any, wire: Wire) -> Any:
        """As in `Kind`."""
        each = raw if isinstance(raw, list) else [raw]
        if not all(isinstance(one, (str, int, float, Decimal)) for one in each):
            raise Misread("must be text, a number or an array of those")
        if any(isinstance(one, str) and "\x00" in one for one in each):
            raise Misread("must not hold the character U+0000")
        return raw


def plain(raw: Any) -> str:
    """A number as decimal text without an exponent or idle zeros, so that equal numbers are equal text."""
    try:
        read = Decimal(str(raw).strip())
    except InvalidOperation:
        raise Misread("must be a number") from None
    if not read.is_finite() or abs(read.adjusted()) > _MOST_DIGITS or len(read.as_tuple().digits) > _MOST_DIGITS:
        raise Misread("must be a number")
    text = f"{read:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def number(text: str) -> int | float:
    """The number that a decimal text says, as JSON holds it."""
    read = Decimal(text)
    is_whole = read == read.to_integral_value() and abs(read) <= LARGEST
    return int(read) if is_whole else float(read)
