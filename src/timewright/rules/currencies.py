"""What a currency looks like: its symbol, and how many subunits make one unit. Facts from the Unicode CLDR."""

from functools import cache


def load() -> None:
    """Read the files now: later there may be no handle left to open them with, and an answer would fail."""
    symbol("USD")
    base_unit("USD")


@cache
def symbol(code: str) -> str:
    """The display symbol in English: `$` for USD."""
    from babel.numbers import get_currency_symbol

    return str(get_currency_symbol(code, locale="en_US"))


@cache
def base_unit(code: str) -> int:
    """How many subunits make one unit: 100 for USD, 1 for JPY."""
    from babel.numbers import get_currency_precision

    return int(10 ** get_currency_precision(code))


def plain_amount(subunits: int | None, code: str) -> str:
    """An amount as decimal text with two places, `25.00`, as the wire writes `default_rate`."""
    unit = base_unit(code)
    whole, rest = divmod(subunits or 0, unit)
    return f"{whole}.{rest * 100 // unit:02d}"


def display_amount(subunits: int | None, code: str) -> str:
    """An amount for reading: `$50,000`, and `TBD` when unknown (contract: workspaces.price)."""
    if subunits is None:
        return "TBD"
    unit = base_unit(code)
    whole, rest = divmod(abs(subunits), unit)
    sign = "-" if subunits < 0 else ""
    return f"{sign}{symbol(code)}{whole:,}" + (f".{rest * 100 // unit:02d}" if rest else "")


def is_known(code: str) -> bool:
    """Whether a code is an ISO currency code."""
    from babel.numbers import is_currency

    return bool(is_currency(code))
