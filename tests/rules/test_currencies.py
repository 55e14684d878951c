"""What a currency looks like, and amounts in it. All amounts are whole subunits; nothing is ever a float."""

import subprocess
import sys
from fractions import Fraction

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from timewright.rules import currencies

codes = st.sampled_from(["USD", "EUR", "GBP", "CHF", "JPY", "KRW", "KWD", "BHD"])
amounts = st.integers(0, 2**63 - 1)


@pytest.mark.parametrize(
    ("code", "symbol", "base_unit"),
    [
        ("USD", "$", 100), ("EUR", "€", 100), ("GBP", "£", 100), ("JPY", "¥", 1), ("CHF", "CHF", 100),
        ("KRW", "₩", 1), ("KWD", "KWD", 1000), ("CAD", "CA$", 100), ("AUD", "A$", 100), ("INR", "₹", 100),
    ],
)  # fmt: skip
def test_a_currency_has_a_symbol_and_subunits(code, symbol, base_unit):
    assert (currencies.symbol(code), currencies.base_unit(code)) == (symbol, base_unit)


def test_every_known_currency_can_be_shown():
    known = sorted(Locale("en", "US").currencies)
    assert len(known) > 200
    for code in known:
        assert currencies.is_known(code), code
        assert currencies.symbol(code).strip(), code
        assert currencies.base_unit(code) in {1, 100, 1_000, 10_000}, code


@pytest.mark.parametrize("code", ["", "$", "US", "USDX", "usd", "???", "123", "DOLLAR", "ÜSD", "USD ", "\0"])
def test_what_is_no_code_is_not_known(code):
    assert not currencies.is_known(code)


@given(amounts, codes)
def test_a_plain_amount_has_two_places_and_never_more_than_there_is(subunits, code):
    whole, places = currencies.plain_amount(subunits, code).split(".")
    assert len(places) == 2
    shown = Fraction(int(whole + places), 100)
    exact = Fraction(subunits, currencies.base_unit(code))
    assert 0 <= exact - shown < Fraction(1, 100)
    if currencies.base_unit(code) <= 100:
        assert shown == exact


@given(amounts, codes)
def test_an_amount_for_reading_says_what_the_plain_one_says(subunits, code):
    shown, plain = currencies.display_amount(subunits, code), currencies.plain_amount(subunits, code)
    assert shown.startswith(currencies.symbol(code))
    digits = shown.removeprefix(currencies.symbol(code)).replace(",", "")
    assert digits in {plain, plain.removesuffix(".00")}


@pytest.mark.parametrize(
    ("subunits", "code", "plain", "shown"),
    [
        (0, "USD", "0.00", "$0"),
        (1, "USD", "0.01", "$0.01"),
        (99, "USD", "0.99", "$0.99"),
        (2_500, "USD", "25.00", "$25"),
        (2_505, "USD", "25.05", "$25.05"),
        (5_000_000, "USD", "50000.00", "$50,000"),  # as published (contract: workspaces.price)
        (123_456_789, "USD", "1234567.89", "$1,234,567.89"),
        (2**63 - 1, "USD", "92233720368547758.07", "$92,233,720,368,547,758.07"),
        (2_500, "JPY", "2500.00", "¥2,500"),
        (2_500, "KWD", "2.50", "KWD2.50"),
        (None, "USD", "0.00", "TBD"),
    ],
)
def test_amounts(subunits, code, plain, shown):
    assert currencies.plain_amount(subunits, code) == plain
    assert currencies.display_amount(subunits, code) == shown


def test_once_loaded_no_file_is_opened():
    # In a process of its own: here everything is loaded already.
    program = (
        "import resource; from timewright.rules import currencies; currencies.load(); "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3)); "
        "print(currencies.display_amount(500, 'JPY'), currencies.display_amount(50_05, 'EUR'))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert told.stdout.split() == ["¥500", "€50.05"], told.stderr
