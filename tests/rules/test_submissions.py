"""What may be done with a timesheet submission, and what it is worth in exact integers."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timewright.rules import submissions
from timewright.tables import MOST_CENTS, MOST_MINUTES, SUBMISSION_STATUSES

NOBODY, SUBMITTER, APPROVER, BOTH = (
    {"approves": approves, "submitted": submitted}
    for approves, submitted in ((False, False), (False, True), (True, False), (True, True))
)
ALL = {"cancel", "approve", "reject", "resubmit"}


def may(status, who):
    told = submissions.permissions(status, **who)
    assert set(told) == {"can_cancel_submission", "can_approve_submission", "can_reject_submission",
                         "can_resubmit_submission"}  # fmt: skip
    return {name.split("_")[1] for name, can in told.items() if can}


@pytest.mark.parametrize(
    ("status", "nobody", "submitter", "approver", "both"),
    [
        ("pending", set(), {"cancel"}, {"cancel", "approve", "reject"}, {"cancel", "approve", "reject"}),
        ("approved", set(), set(), {"cancel", "reject"}, {"cancel", "reject"}),
        ("rejected", set(), {"resubmit"}, set(), {"resubmit"}),
        ("cancelled", set(), {"resubmit"}, set(), {"resubmit"}),
    ],
)
def test_who_may_do_what_to_a_submission(status, nobody, submitter, approver, both):
    assert [may(status, who) for who in (NOBODY, SUBMITTER, APPROVER, BOTH)] == [nobody, submitter, approver, both]


def test_every_status_stands_in_the_table():
    assert set(SUBMISSION_STATUSES) == {"pending", "approved", "rejected", "cancelled"}


@given(st.sampled_from(SUBMISSION_STATUSES))
def test_whoever_is_both_may_do_what_either_may(status):
    assert may(status, BOTH) == may(status, SUBMITTER) | may(status, APPROVER)


@given(st.sampled_from(SUBMISSION_STATUSES), st.sampled_from([NOBODY, SUBMITTER, APPROVER, BOTH]))
def test_nothing_is_both_active_and_open_to_be_submitted_again(status, who):
    can = may(status, who)
    assert not ("resubmit" in can and can - {"resubmit"})
    assert "approve" not in can or status == "pending"


entries = st.lists(st.tuples(st.integers(0, MOST_CENTS), st.integers(1, MOST_MINUTES)), max_size=40)


@given(entries)
def test_a_total_is_the_exact_sum_rounded_half_up_once(entries):
    exact = sum(Fraction(rate * minutes, 60) for rate, minutes in entries)
    total = submissions.total_in_cents(sum(rate * minutes for rate, minutes in entries))
    assert type(total) is int
    assert total == math.floor(exact + Fraction(1, 2))


@given(entries, entries)
def test_a_total_does_not_depend_on_how_its_entries_are_ordered_or_grouped(some, others):
    def cent_minutes(entries):
        return sum(rate * minutes for rate, minutes in entries)

    whole = submissions.total_in_cents(cent_minutes(some + others))
    assert whole == submissions.total_in_cents(cent_minutes(list(reversed(some + others))))
    parts = submissions.total_in_cents(cent_minutes(some)) + submissions.total_in_cents(cent_minutes(others))
    assert abs(whole - parts) <= 1


def test_many_small_entries_lose_no_cent():
    # A cent an hour, one minute each: sixty of them are a cent, though each alone rounds to nothing.
    assert submissions.total_in_cents(1) == 0
    assert submissions.total_in_cents(60 * 1) == 1
    # Three times 20 minutes at 1.00 an hour are 1.00 and not 0.99.
    assert submissions.total_in_cents(3 * 20 * 100) == 100


def test_the_largest_timesheet_is_exact():
    # As floats, this sum and the next would be the same number.
    whole = 6_400_000 * MOST_CENTS * MOST_MINUTES
    assert whole < 2**63
    assert float(whole + 1) == float(whole)
    assert submissions.total_in_cents(whole) == whole // 60
    assert submissions.total_in_cents(whole + 60) == whole // 60 + 1
