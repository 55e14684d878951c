"""Which rate applies: pure, so the same facts give the same rate."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from timewright.rules import billable, currencies, locking, roles, submissions
from timewright.rules.rates import RateCardVersion, RateFacts, cost_rate, effective, rate
from timewright.tables import MOST_CENTS, RATE_RULES

cents = st.none() | st.integers(0, MOST_CENTS)
days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
versions = st.builds(
    RateCardVersion, days, st.integers(0, MOST_CENTS), st.dictionaries(st.integers(1, 3), st.integers(0, MOST_CENTS))
)
facts = st.builds(
    RateFacts,
    billable=st.booleans(),
    date_performed=days,
    role_id=st.none() | st.integers(1, 3),
    asked=cents,
    card=st.none() | st.lists(versions, max_size=4, unique_by=lambda version: version.effective_date),
    participation=cents,
    account_membership=cents,
    workspace=cents,
)


@given(facts)
def test_there_is_always_one_rate_of_a_known_rule(known):
    found = rate(known)
    assert found == rate(known)
    assert found.rule in RATE_RULES
    assert 0 <= found.rate_in_cents <= MOST_CENTS
    assert (found.rate_in_cents == 0) or known.billable


@given(facts, st.randoms())
def test_the_order_of_versions_does_not_matter(known, chance):
    if known.card is None:
        return
    shuffled = list(known.card)
    chance.shuffle(shuffled)
    assert rate(known) == rate(RateFacts(**{**known.__dict__, "card": shuffled}))


@given(st.lists(versions, unique_by=lambda version: version.effective_date), days)
def test_the_version_in_force_is_the_latest_that_has_begun(card, day):
    found = effective(card, day)
    begun = [version for version in card if version.effective_date <= day]
    assert (found is None) == (begun == [])
    assert found is None or all(version.effective_date <= found.effective_date for version in begun)


@given(cents, cents, cents)
def test_the_cost_is_the_first_that_is_known(asked, participation, membership):
    known = [each for each in (asked, participation, membership) if each is not None]
    assert cost_rate(asked, participation, membership) == (known[0] if known else None)


@given(st.lists(st.tuples(st.integers(0, MOST_CENTS), st.integers(1, 1440)), max_size=50))
def test_a_total_is_exact_and_rounded_once(entries):
    whole = sum(rate_ * minutes for rate_, minutes in entries)
    assert abs(60 * submissions.total_in_cents(whole) - whole) <= 30


def test_half_a_cent_is_rounded_up():
    assert [submissions.total_in_cents(n) for n in (29, 30, 59, 60, 89, 90)] == [0, 1, 1, 1, 1, 2]


def test_time_is_billable_as_its_task_is():
    assert [billable.default_billable(each) for each in (None, True, False)] == [True, True, False]


def test_the_first_role_that_is_known_is_taken():
    assert roles.role(1, 2, 3, 4) == 1
    assert roles.role(None, None, 3, 4) == 3
    assert roles.role(None, None, None, None) is None


def test_the_lock_day_itself_is_open():
    lock = date(2026, 1, 3)
    assert [locking.is_locked(date(2026, 1, day), lock) for day in (2, 3, 4)] == [True, False, False]
    assert not locking.is_locked(date(1990, 1, 1), None)


def test_what_may_be_done_with_a_submission():
    def may(status, **who):
        told = submissions.permissions(status, **{"approves": False, "submitted": False, **who})
        return {name.split("_")[1] for name, can in told.items() if can}

    assert may("pending", approves=True) == {"cancel", "approve", "reject"}
    assert may("pending", submitted=True) == {"cancel"}
    assert may("approved", approves=True) == {"cancel", "reject"}
    assert may("approved", submitted=True) == set()
    assert may("rejected", approves=True) == set()
    assert may("cancelled", submitted=True) == {"resubmit"}
    assert may("pending") == set()


def test_currencies():
    assert [currencies.symbol(code) for code in ("USD", "EUR", "GBP", "JPY")] == ["$", "€", "£", "¥"]
    assert [currencies.base_unit(code) for code in ("USD", "JPY", "KWD")] == [100, 1, 1000]
    assert [currencies.plain_amount(2_500, code) for code in ("USD", "JPY", "KWD")] == ["25.00", "2500.00", "2.50"]
    assert currencies.plain_amount(None, "USD") == "0.00"
    assert currencies.display_amount(5_000_000, "USD") == "$50,000"
    assert currencies.display_amount(5_000_050, "USD") == "$50,000.50"
    assert currencies.display_amount(None, "USD") == "TBD"
    assert currencies.is_known("USD")
    assert not currencies.is_known("???")
