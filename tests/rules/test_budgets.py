"""Budgets: what is left of a price."""

import pytest

from timewright.rules.budgets import Budget


@pytest.mark.parametrize(
    ("used", "price", "currency", "expected"),
    [
        (0, None, "USD", ("$0", "TBD", 0, False)),
        (5, None, "USD", ("$0.05", "TBD", 0, False)),
        (0, 0, "USD", ("$0", "$0", 0, False)),
        (1, 0, "USD", ("$0.01", "-$0.01", 0, True)),
        (55_000, 100_000, "USD", ("$550", "$450", 55, False)),
        (99_999, 100_000, "USD", ("$999.99", "$0.01", 99, False)),
        (100_000, 100_000, "USD", ("$1,000", "$0", 100, False)),
        (100_001, 100_000, "USD", ("$1,000.01", "-$0.01", 100, True)),
        (250_050, 100_000, "EUR", ("€2,500.50", "-€1,500.50", 250, True)),
        (3_000, 1_000, "JPY", ("¥3,000", "-¥2,000", 300, True)),
    ],
)
def test_what_is_left_of_a_price(used, price, currency, expected):
    budget = Budget(used, price, currency)
    assert (budget.used, budget.remaining, budget.percent_used, budget.is_over) == expected
