"""Each kind of value: what it reads, what it refuses and why, and what it shows."""

import contextlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timewright.presenting.kinds import (
    LARGEST,
    Boolean,
    Choice,
    Day,
    DayRange,
    Flag,
    Id,
    Ids,
    Instant,
    Integer,
    Kind,
    Link,
    Misread,
    Text,
    Wire,
    Words,
)

WIRE = Wire()
BERLIN = Wire(zone=ZoneInfo("Europe/Berlin"))
LOS_ANGELES = Wire(zone=ZoneInfo("America/Los_Angeles"))
AMERICAN = Wire(us_dates=True)
MARK = "zebra-4711"

NOTHING_OF_THE_KIND = [True, False, 1.5, Decimal("1.5"), [], ["1"], {}, {"id": 1}]
NO_DIGITS = [
    "", " ", "x", " 1", "1 ", "1\n", "+1", "01", "-01", "-0", "--1", "1.0", "1e3", "1_000", "1,000", "0x1", "½",
    "²", "\u0661", "\u0967", "\uff11", "\U0001d7d9", "１", "9" * 20, "1\0",
]  # fmt: skip


def refused(kind, raw, wire=WIRE):
    """Why a value is refused; the reason never holds what was sent."""
    with pytest.raises(Misread) as told:
        kind.read(raw, wire)
    reason = str(told.value)
    assert MARK not in reason
    assert reason.startswith("must ")
    assert not reason.endswith(".")
    return reason


# Numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (0, 0), (-1, -1), (60, 60), ("60", 60), ("-60", -60), ("0", 0), (Decimal("60.0"), 60), (Decimal("6e1"), 60),
        (Decimal("0.6E2"), 60), (Decimal("-0.0"), 0), (LARGEST, LARGEST), (str(LARGEST), LARGEST),
        (-LARGEST - 1, -LARGEST - 1), (Decimal(LARGEST), LARGEST), (Decimal(2**53 + 1), 2**53 + 1),
    ],
)  # fmt: skip
def test_a_whole_number_is_a_number_or_its_canonical_digits(raw, read):
    assert Integer().read(raw, WIRE) == read
    assert type(Integer().read(raw, WIRE)) is int


@pytest.mark.parametrize("raw", [*NOTHING_OF_THE_KIND, *NO_DIGITS, MARK], ids=repr)
def test_what_is_no_whole_number_is_refused(raw):
    assert refused(Integer(), raw).startswith("must be a whole number")


@pytest.mark.parametrize("raw", [LARGEST + 1, str(LARGEST + 1), Decimal(LARGEST + 1), -LARGEST - 2, 10**300])
def test_a_number_over_64_bits_is_refused(raw):
    assert refused(Integer(), raw) == "must be a whole number of at most 64 bits"


def test_a_number_is_kept_between_its_ends():
    minutes = Integer(1, 1440)
    assert [minutes.read(raw, WIRE) for raw in (1, 1440, "1440")] == [1, 1440, 1440]
    assert {refused(minutes, raw) for raw in (0, -1, 1441, "1441", 2**31, 2**63)} == {"must be between 1 and 1440"}


@given(st.integers(-LARGEST - 1, LARGEST))
def test_a_number_and_its_digits_are_read_alike(number):
    assert Integer().read(number, WIRE) == Integer().read(str(number), WIRE) == number


@given(st.text(max_size=24))
def test_a_text_is_a_number_only_when_it_is_written_as_that_number_is(text):
    try:
        read = Integer().read(text, WIRE)
    except Misread:
        return
    assert str(read) == text


@pytest.mark.parametrize("raw", [0, -1, "0", "-1", LARGEST + 1, "1" * 30, *NOTHING_OF_THE_KIND, *NO_DIGITS], ids=repr)
def test_what_is_no_id_is_refused(raw):
    assert refused(Id(), raw) == "must be an id"


@pytest.mark.parametrize("raw", [1, "1", Decimal("1.0"), LARGEST, str(LARGEST)])
def test_an_id_is_shown_as_text(raw):
    read = Id().read(raw, WIRE)
    assert Id().show(read, WIRE) == str(read)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("1", [1]), ("1,2,1", [1, 2, 1]), (" 1 , 2,,", [1, 2]), (["1", 2], [1, 2]), (5, [5]), ("", []), (",", []),
        ("0,-1", [0, -1]), (str(LARGEST), [LARGEST]), ([], []),
    ],
)  # fmt: skip
def test_ids_are_a_comma_list_or_an_array(raw, read):
    assert Ids().read(raw, WIRE) == read


@pytest.mark.parametrize("raw", ["1;2", "1,x", f"1,{MARK}", [[1]], [{"id": 1}], {}, True, [None], "1.5", str(2**63)])
def test_what_is_no_list_of_ids_is_refused(raw):
    assert refused(Ids(), raw) == "must be a comma-separated list of ids"


def test_ids_are_shown_as_texts():
    assert Ids().show([1, LARGEST], WIRE) == ["1", str(LARGEST)]


# Words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [True, 1, "1", "true", "TRUE", "True"])
def test_what_is_true(raw):
    assert Boolean().read(raw, WIRE) is True


@pytest.mark.parametrize("raw", [False, 0, "0", "false", "FALSE", "False"])
def test_what_is_false(raw):
    assert Boolean().read(raw, WIRE) is False


@pytest.mark.parametrize(
    "raw", [2, -1, "2", "yes", "on", "t", "tRUE", " true", "true ", "", Decimal(1), 1.0, [], [True], {}, MARK], ids=repr
)
def test_what_is_neither_true_nor_false_is_refused(raw):
    assert refused(Boolean(), raw) == "must be true or false"


@pytest.mark.parametrize("raw", ["false", "0", False, 0, "x", [], {}])
def test_a_flag_is_on_whatever_it_says(raw):
    assert Flag().read(raw, WIRE) is True


@pytest.mark.parametrize("raw", ["successful", "SUCCESSFUL", "Successful"])
def test_a_choice_is_made_in_any_case_and_kept_in_lower_case(raw):
    assert Choice(words=("pending", "successful")).read(raw, WIRE) == "successful"


# The Kelvin sign and the dotted capital I become ASCII letters in lower case.
@pytest.mark.parametrize("raw", ["fail", "", " pending", "pendıng", "lin\u212a", "PEND\u0130NG", 1, True, [], {}, MARK])
def test_a_word_that_is_no_choice_is_refused(raw):
    assert refused(Choice(words=("pending", "link")), raw) == "must be one of pending, link"


@pytest.mark.parametrize(
    ("raw", "read"), [("a,b", ["a", "b"]), (" a , b ,", ["a", "b"]), (["a,b", "c"], ["a,b", "c"]), ("", [])]
)
def test_words_are_a_comma_list_or_an_array(raw, read):
    assert Words().read(raw, WIRE) == read


@pytest.mark.parametrize("raw", [5, [5], [["a"]], {"a": 1}, "a,b\0", [None], True])
def test_what_is_no_list_of_words_is_refused(raw):
    assert refused(Words(), raw) == "must be a comma-separated list"


# Text ---------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50))
def test_text_is_kept_as_it_is(text):
    assert Text().read(text, WIRE) == text
    assert Text().show(text, WIRE) == text


@pytest.mark.parametrize("letter", ["x", "é", "€", "😀"])
def test_text_is_measured_in_bytes(letter):
    size = len(letter.encode())
    kind = Text(most_bytes=12)
    assert kind.read(letter * (12 // size), WIRE) == letter * (12 // size)
    assert refused(kind, letter * (12 // size + 1)) == "must not be longer than 12 bytes"


@pytest.mark.parametrize("raw", ["\0", "a\0b", f"{MARK}\0"])
def test_nul_is_refused_in_text(raw):
    assert refused(Text(), raw) == "must not hold a NUL character"


@pytest.mark.parametrize("raw", [5, True, [], ["a"], {}, Decimal("1.5")])
def test_what_is_no_text_is_refused(raw):
    assert refused(Text(), raw) == "must be text"


def test_a_text_that_takes_numbers_takes_whole_ones_as_their_digits():
    kind = Text(most_bytes=255, numbers_too=True)
    assert [kind.read(raw, WIRE) for raw in (7, -7, "007", LARGEST)] == ["7", "-7", "007", str(LARGEST)]
    assert {refused(kind, raw) for raw in (True, Decimal("7.5"), [], {})} == {"must be text"}
    assert refused(kind, 10**300) == "must not be longer than 255 bytes"


@pytest.mark.parametrize(
    "raw",
    [
        "http://x.example", "https://x.example/a?b=c#d", "HTTPS://X.EXAMPLE/", "https://x.example:8443/%20",
        "https://münchen.example/", "https://[::1]/", "http://127.0.0.1/", "https://user@x.example/",
    ],
)  # fmt: skip
def test_a_link_leads_to_the_web(raw):
    assert Link().read(raw, WIRE) == raw


@pytest.mark.parametrize(
    "raw",
    [
        "", " ", "x.example", "//x.example", "http:", "http://", "https:///path", "http:x.example", "ftp://x.example",
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x",
        "file:///etc/passwd", " https://x.example", "https://x.example ", "https://x.example/\n", "https://x y.example",
        "https://x.example/\t", "https://x.example/\u202e", "https://[", "https://x\u2100y.example/", "https://@/",
        "https://:443/", "https://x.example:port/", "\x01https://x.example", f"mailto:{MARK}",
    ],
    ids=repr,
)  # fmt: skip
def test_a_link_that_does_not_lead_to_the_web_is_refused(raw):
    assert refused(Link(), raw) == "must be an http or https address"


# Days ---------------------------------------------------------------------------------------------


@given(st.dates())
def test_a_day_comes_back_as_it_was_written(day):
    assert Day().read(day.isoformat(), WIRE) == day
    assert Day().show(day, WIRE) == day.isoformat()


@given(st.dates(), st.times(), st.sampled_from(["", "Z", "+14:00", "-12:00", "+0530"]), st.sampled_from(["T", " "]))
def test_the_day_of_a_datetime_is_the_one_that_is_written(day, time, zone, between):
    written = f"{day.isoformat()}{between}{time.isoformat()}{zone}"
    assert Day().read(written, LOS_ANGELES) == day


NO_DAYS = [
    "", " ", "today", "0000-00-00", "0000-01-01", "2025-02-29", "1900-02-29", "2025-04-31", "2025-00-10", "2025-13-01",
    "2025-01-00", "10000-01-01", "20250123", "2025-W04-4", "2025-W04", "2025-023", "2025", "2025-01", "25-01-23",
    "2025-1-23", "2025-01-23\n", "\n2025-01-23", " 2025-01-23", "2025-01-23 ", "2025-01-23T", "2025-01-23x",
    "2025-01-23T24:00", "2025-01-23T10", "2025-01-23T10:60", "2025-01-23T10:00:60", "2025-01-23T10:00+", "2025/01/23",
    "2025-01-23T10:00:00.Z", "2025-01-23T10:00:00.1234567890Z", "2025-01-23T10:00+25:00", "2025-01-23T10:00 CET",
    "٢٠٢٥-٠١-٢٣", "\uff12\uff10\uff12\uff15-01-23", "2025\u201001\u201023", "-2025-01-23", "+2025-01-23",
    "2025-01-23\0", "01/23/2025", "23.01.2025", MARK,
]  # fmt: skip


@pytest.mark.parametrize("raw", [*NO_DAYS, 20250123, 1.5, True, None, [], ["2025-01-23"], {"year": 2025}], ids=repr)
def test_what_is_no_day_is_refused(raw):
    assert refused(Day(), raw) == "must be a date written as YYYY-MM-DD"


def test_a_day_is_kept_between_its_ends():
    kind = Day(date(1990, 1, 1), date(2100, 12, 31))
    assert [kind.read(raw, WIRE) for raw in ("1990-01-01", "2100-12-31")] == [kind.first, kind.last]
    for raw in ("1989-12-31", "2101-01-01", "0001-01-01", "9999-12-31", "1989-12-31T23:59:59-12:00"):
        assert refused(kind, raw) == "must be between 1990-01-01 and 2100-12-31"


def test_a_day_is_read_the_american_way_only_where_the_operator_says_so():
    assert Day().read("02/03/2026", AMERICAN) == date(2026, 2, 3)
    assert Day().read("2026-02-03", AMERICAN) == date(2026, 2, 3)
    for raw in ("02/30/2026", "13/01/2026", "2/3/2026", "02/03/26", "02/03/2026 ", "02/03/2026T10:00"):
        assert refused(Day(), raw, AMERICAN) == "must be a date written as YYYY-MM-DD"
    assert refused(Day(), "02/03/2026") == "must be a date written as YYYY-MM-DD"


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("2026-01-01:2026-01-31", (date(2026, 1, 1), date(2026, 1, 31))),
        ("2026-01-31:2026-01-01", (date(2026, 1, 31), date(2026, 1, 1))),
        ("2026-01-01:", (date(2026, 1, 1), None)),
        (":2026-01-01", (None, date(2026, 1, 1))),
        (":", (None, None)),
        ("0001-01-01:9999-12-31", (date.min, date.max)),
    ],
)
def test_a_range_is_two_days_of_which_either_may_be_open(raw, read):
    assert DayRange().read(raw, WIRE) == read


@pytest.mark.parametrize(
    "raw",
    [
        "", "2026-01-01", "2026-01-01:x", "x:2026-01-01", "2026-01-01:2026-02-30", "2026-01-01:2026-01-02:2026-01-03",
        "2026-01-01 : 2026-01-02", "2026-01-01..2026-01-02", "2026-01-01,2026-01-02", " :", 5, True, [], {}, f"{MARK}:",
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_range_is_refused(raw):
    assert refused(DayRange(), raw) == "must be two dates written as YYYY-MM-DD:YYYY-MM-DD"


# Instants -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("2026-01-05T09:00:00Z", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05 09:00:00z", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05T09:00", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05T0900", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05T090001", datetime(2026, 1, 5, 9, 0, 1, tzinfo=UTC)),
        ("2026-01-05T09:00:00.5Z", datetime(2026, 1, 5, 9, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-01-05T09:00:00,123456789Z", datetime(2026, 1, 5, 9, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-01-05T09:00:00+01:00", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05T09:00:00 01:00", datetime(2026, 1, 5, 8, tzinfo=UTC)),  # a plus that was not escaped
        ("2026-01-05T09:00:00-0830", datetime(2026, 1, 5, 17, 30, tzinfo=UTC)),
        ("2026-01-05T09:00:00+01", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-05 09:00:00 +0100", datetime(2026, 1, 5, 8, tzinfo=UTC)),  # as Ruby writes it
        ("2026-01-05 09:00:00 -0830", datetime(2026, 1, 5, 17, 30, tzinfo=UTC)),
        ("2026-01-05 09:00:00  0100", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05 09:00:00 UTC", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        # The first and last instants of a calendar that begins earlier elsewhere.
        ("0001-01-01T00:00:00+14:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_the_ways_of_iso_8601(raw, read):
    assert Instant().read(raw, WIRE) == read


def test_an_instant_without_an_offset_is_in_the_zone_of_the_server():
    assert Instant().read("2026-01-05", BERLIN) == datetime(2026, 1, 4, 23, tzinfo=UTC)
    assert Instant().read("0001-01-01", BERLIN) == datetime(1, 1, 1, tzinfo=UTC)
    assert Instant().read("2026-07-05T12:00", BERLIN) == datetime(2026, 7, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        *(raw for raw in NO_DAYS if "T10" not in raw or raw in {"2025-01-23T10:60", "2025-01-23T10:00:60"}),
        "2026-01-05T09:00:00+24:00", "2026-01-05T9:00", "2026-01-05T09:00:00 CET", "2026-01-05T09:00:00   01:00",
        "2026-01-05T09:00:00ZZ", "2026-01-05\n09:00", 1767603600, True, [], {},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_instant_is_refused(raw):
    assert refused(Instant(), raw) == "must be a date and time written as ISO 8601"


@pytest.mark.parametrize(
    ("wire", "shown"),
    [
        (WIRE, "2021-02-22T16:18:53Z"),
        (BERLIN, "2021-02-22T17:18:53+01:00"),
        (LOS_ANGELES, "2021-02-22T08:18:53-08:00"),  # as recorded (contract README, types)
    ],
)
def test_an_instant_is_shown_to_the_second_in_the_zone_of_the_server(wire, shown):
    assert Instant().show(datetime(2021, 2, 22, 16, 18, 53, 999_999, tzinfo=UTC), wire) == shown


MOST = timedelta(days=365 * 60)
instants = st.builds(lambda moved: datetime(2035, 1, 1, tzinfo=UTC) + moved, st.timedeltas(-MOST, MOST))


@given(instants, st.sampled_from([WIRE, BERLIN, LOS_ANGELES]), st.sampled_from([WIRE, BERLIN, LOS_ANGELES]))
def test_a_shown_instant_is_read_as_the_same_second_in_any_zone(instant, shown_by, read_by):
    shown = Instant().show(instant, shown_by)
    assert Instant().read(shown, read_by) == instant.replace(microsecond=0)


@given(instants, st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_read_to_the_microsecond_with_any_offset(instant, minutes):
    written = instant.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert Instant().read(written, WIRE) == instant


# All ----------------------------------------------------------------------------------------------

letters = st.text(st.characters(exclude_categories=["Cs"]))  # a lone surrogate is refused where bodies are read
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(-(10**30), 10**30) | letters,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(letters, inner, max_size=3),
    max_leaves=6,
)
KINDS = [
    Integer(), Integer(1, 1440), Id(), Boolean(), Text(), Text(numbers_too=True), Link(), Choice(words=("a", "b")),
    Day(), Instant(), Ids(), Words(), DayRange(),
]  # fmt: skip


@given(values, st.sampled_from(KINDS), st.sampled_from([WIRE, AMERICAN, BERLIN]))
def test_whatever_is_sent_is_read_or_refused(value, kind, wire):
    with contextlib.suppress(Misread):
        assert kind.read(value, wire) is not None


def test_a_kind_that_is_only_shown_is_not_read():
    with pytest.raises(Misread, match="cannot be written"):
        Kind().read("x", WIRE)
