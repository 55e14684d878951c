"""Values that are two: spans of days, instants or numbers, and days as instants in the server's zone."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tests.presenting.test_kinds import BERLIN, MARK, WIRE, refused
from timewright.presenting.kinds import Day, Instant, Integer, MomentRange, Span, Wire

JANUARY = date(2026, 1, 1), date(2026, 1, 31)


@pytest.mark.parametrize(
    ("kind", "raw", "read"),
    [
        (Span(), "2026-01-01;2026-01-31", JANUARY),
        (Span(), " 2026-01-01 ; 2026-01-31 ", JANUARY),
        (Span(), ";2026-01-31", (None, JANUARY[1])),
        (Span(), "2026-01-01;", (JANUARY[0], None)),
        (Span(), ";", (None, None)),
        (Span(of=Integer(), mark=","), "0,100", (0, 100)),
        (Span(of=Integer(), mark=","), ",", (None, None)),
        (
            Span(of=Instant()),
            "2026-01-01;2026-01-02T03:04:05Z",
            (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ),
    ],
)
def test_a_span_is_read(kind, raw, read):
    assert kind.read(raw, WIRE) == read


@pytest.mark.parametrize("raw", ["", MARK, "2026-01-01", "2026-01-01:2026-01-02", "a;b;c", 5, None, ["a;b"], {"a": 1}])
def test_what_is_no_span_is_refused(raw):
    assert refused(Span(), raw) == "must be written as from;to"


@pytest.mark.parametrize("raw", [f"{MARK};", f";{MARK}", "2026-02-30;", "0;1"])
def test_a_span_of_other_values_is_refused_as_these_are(raw):
    assert refused(Span(), raw) == "must be a date written as YYYY-MM-DD"
    assert Span().of == Day()


def at(*when, zone=UTC):
    return datetime(*when, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("2026-01-01:2026-01-31", (at(2026, 1, 1), at(2026, 2, 1))),
        ("2026-01-01:", (at(2026, 1, 1), None)),
        (":2026-01-31", (None, at(2026, 2, 1))),
        (":", (None, None)),
        (":9999-12-31", (None, None)),  # the day after is none
    ],
)
def test_days_are_instants_from_the_first_to_the_end_of_the_last(raw, read):
    assert MomentRange().read(raw, WIRE) == read


def test_a_day_begins_at_midnight_in_the_servers_zone():
    # The night of 29 March 2026 is an hour short in Berlin.
    assert MomentRange().read("2026-03-29:2026-03-29", BERLIN) == (at(2026, 3, 28, 23), at(2026, 3, 29, 22))


def test_a_day_that_begins_before_the_calendar_in_another_zone_begins_with_it():
    ahead, behind = (Wire(zone=timezone(timedelta(hours=hours))) for hours in (13, -10))
    assert MomentRange().read("0001-01-01:0001-01-02", ahead) == (at(1, 1, 1), at(1, 1, 2, 11))
    assert MomentRange().read("9999-12-30:9999-12-30", behind) == (at(9999, 12, 30, 10), at(9999, 12, 31, 10))


@pytest.mark.parametrize("raw", ["2026-01-01", MARK, "2026-01-01:x", 5])
def test_what_is_no_range_is_refused(raw):
    assert refused(MomentRange(), raw) == "must be two dates written as YYYY-MM-DD:YYYY-MM-DD"
