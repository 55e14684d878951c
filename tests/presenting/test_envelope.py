"""The shape of an answer (contract README, response envelope), told on a resource that was made for it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from timewright.presenting.ask import Ask
from timewright.presenting.declare import Condition, Field, Include, Resource
from timewright.presenting.envelope import encode, envelope, shown
from timewright.presenting.kinds import BlankDay, Day, Id, Instant, Integer, Number, Text, Wire
from timewright.presenting.load import Page, Record

WIRE = Wire()
metadata = sa.MetaData()
things = sa.Table(
    "things",
    metadata,
    sa.Column("account_id", sa.BigInteger, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("owner_id", sa.BigInteger, nullable=True),
    sa.Column("next_id", sa.BigInteger, nullable=True),
)
people = sa.Table("people", metadata, sa.Column("id", sa.BigInteger, primary_key=True))


def nobody(_):
    return sa.true()


SEES = Condition(name="sees", sentence="the caller sees it", holds=nobody)
OWNER = Include(name="owner", target="people", member="owner_id", column="owner_id", always=True, sentence="Who.")
NEXT = Include(name="next", target="things", member="next_id", column="next_id", sentence="The next.")
PARTS = Include(name="parts", target="parts", member="part_ids", points_back="thing_id", sentence="The parts.")
THINGS = Resource(
    name="things",
    singular="thing",
    type="Thing",
    table=things,
    sentence="A thing.",
    visible_to=nobody,
    fields=(
        Field(name="title", kind=Text(), nullable=True, sentence="The title."),
        Field(name="made_at", kind=Instant(), sentence="When."),
        Field(name="day", kind=Day(), nullable=True, sentence="The day."),
        Field(name="due", kind=BlankDay(), sentence="The day it is due."),
        Field(name="double", kind=Integer(), sentence="Twice.", value=lambda row: row["number"] * 2),
        Field(name="depth", kind=Integer(), nullable=True, sentence="How deep.", batched=lambda *_: {}),
        Field(name="secret", kind=Integer(), nullable=True, sentence="A secret.", null_unless=SEES),
        Field(name="inner", kind=Text(), sentence="Inside.", visible_if=SEES),
        Field(name="number", kind=Number(), optional=True, sentence="The number, a JSON number."),
    ),
    includes=(OWNER, NEXT, PARTS),
)
PEOPLE = Resource(
    name="people",
    singular="person",
    type="Person",
    table=people,
    sentence="A person.",
    visible_to=nobody,
    fields=(
        Field(name="full_name", kind=Text(), sentence="The name."),
        Field(name="home_id", kind=Id(), sentence="The home."),
        Field(name="address", kind=Text(), sentence="The address."),
    ),
)


def row(id_, **how):
    return {
        "account_id": 1, "id": id_, "owner_id": 7, "next_id": None, "title": f"thing {id_}", "number": id_,
        "made_at": datetime(2026, 1, 5, 9, 0, 0, 999_999, tzinfo=UTC), "day": date(2026, 1, 5), "due": date(2026, 1, 6),
        "secret": 4711, "inner": "inside", "_sees": True, **how,
    }  # fmt: skip


def thing(id_, *, members=None, optional=(), depth=3, **how):
    batched = {"depth": {(1, id_): depth}} if depth is not None else {}
    return Record(THINGS, row(id_, **how), batched, members or {}, frozenset(optional))


def person(id_, glimpse=None):
    known = {"id": id_, "full_name": f"Person {id_}", "home_id": 3, "address": "a@example.com"}
    return Record(PEOPLE, known, {}, glimpse=glimpse)


def page(*records, count=None, includes=(), sections=None, per_page=20, number=1, **how):
    asked = Ask(includes=includes, per_page=per_page, page=number)
    return Page(THINGS, records, len(records) if count is None else count, asked, sections or {}, per_page, **how)


def test_a_whole_answer():
    records = [
        thing(2, members={"owner_id": 7, "next_id": 1}, title=None, day=None, due=None),
        thing(1, members={"owner_id": None, "next_id": None}, owner_id=None),
    ]
    sections = {"people": {(7,): person(7)}, "things": {(1, 1): thing(1), (1, 3): thing(3)}}
    told = envelope(page(*records, includes=(OWNER, NEXT), sections=sections), WIRE)
    one = {
        "title": "thing 1", "made_at": "2026-01-05T09:00:00Z", "day": "2026-01-05", "due": "2026-01-06", "double": 2,
        "depth": 3, "secret": 4711, "inner": "inside",
    }  # fmt: skip
    assert told == {
        "count": 2,
        "results": [{"key": "things", "id": "2"}, {"key": "things", "id": "1"}],
        "things": {
            "2": {
                **one,
                "id": "2",
                "title": None,
                "day": None,
                "due": "",
                "double": 4,
                "owner_id": "7",
                "next_id": "1",
            },
            "1": {**one, "id": "1", "owner_id": None, "next_id": None},
            # Side-loaded objects of the primary kind share its key, are not in results and have no include-only member.
            "3": {**one, "id": "3", "title": "thing 3", "double": 6, "owner_id": "7"},
        },
        "people": {"7": {"id": "7", "full_name": "Person 7", "home_id": "3", "address": "a@example.com"}},
        "meta": {"count": 2, "page_count": 1, "page_number": 1, "page_size": 20},
    }
    assert json.loads(encode(told)) == told


def test_nothing_found_is_an_empty_answer_with_every_section_that_was_asked_for():
    told = envelope(page(includes=(OWNER, PARTS), number=5, per_page=3), WIRE)
    assert told == {
        "count": 0,
        "results": [],
        "things": {},
        "people": {},
        "parts": {},
        "meta": {"count": 0, "page_count": 0, "page_number": 0, "page_size": 3},
    }


@pytest.mark.parametrize(
    ("count", "per_page", "number", "meta"),
    [
        (1, 20, 1, (1, 1, 1, 20)), (20, 20, 1, (20, 1, 1, 20)), (21, 20, 1, (21, 2, 1, 20)),
        (21, 20, 9, (21, 2, 9, 20)),
        (21, 20, 0, (21, 2, 0, 20)), (21, 20, -4, (21, 2, -4, 20)), (0, 20, 9, (0, 0, 0, 20)),
        (400, 200, 2, (400, 2, 2, 200)),
        (10**12, 1, 1, (10**12, 10**12, 1, 1)),
    ],
)  # fmt: skip
def test_meta_counts_all_matches_and_keeps_the_number_of_the_page(count, per_page, number, meta):
    told = envelope(page(thing(1), count=count, per_page=per_page, number=number), WIRE)
    assert tuple(told["meta"].values()) == meta
    assert told["count"] == count


def test_further_members_of_meta_stand_behind_the_published_ones():
    told = envelope(page(thing(1)), WIRE, {"ignored": [{"index": 0, "field": "x"}], "created_ids": ["1"]})
    assert list(told["meta"]) == ["count", "page_count", "page_number", "page_size", "ignored", "created_ids"]
    assert envelope(page(thing(1), incomplete=True), WIRE)["meta"]["incomplete"] is True
    assert "incomplete" not in told["meta"]


def test_a_member_that_may_not_be_seen_is_left_out_and_one_that_may_not_be_known_is_null():
    told = shown(thing(1, _sees=False), WIRE)
    assert "inner" not in told
    assert told["secret"] is None
    told = shown(thing(1, _sees=None), WIRE)
    assert "inner" not in told
    assert told["secret"] is None


def test_an_optional_member_stands_there_only_when_it_was_asked_for():
    assert "number" not in shown(thing(1), WIRE)
    assert shown(thing(1, optional=["number"]), WIRE)["number"] == 1


def test_a_batched_member_without_a_value_is_null():
    assert shown(thing(1, depth=None), WIRE)["depth"] is None
    assert shown(thing(1, depth=0), WIRE)["depth"] == 0


def test_ids_are_texts_and_numbers_are_numbers():
    told = shown(thing(9007199254740993, members={"part_ids": [3, 1, 2], "next_id": 5}, optional=["number"]), WIRE)
    assert told["id"] == "9007199254740993"
    assert told["part_ids"] == ["3", "1", "2"]
    assert told["next_id"] == "5"
    assert told["number"] == 9007199254740993
    assert shown(thing(1, members={"part_ids": []}), WIRE)["part_ids"] == []


def test_a_glimpse_shows_nothing_but_what_it_names():
    assert shown(person(7, glimpse=("full_name",)), WIRE) == {"id": "7", "full_name": "Person 7"}
    assert shown(person(7, glimpse=()), WIRE) == {"id": "7"}


def test_instants_stand_in_the_zone_of_the_server():
    told = shown(thing(1), Wire(zone=ZoneInfo("America/Los_Angeles")))
    assert told["made_at"] == "2026-01-05T01:00:00-08:00"
    assert told["day"] == "2026-01-05"


def test_the_primary_object_wins_over_the_same_object_side_loaded():
    primary = thing(1, members={"next_id": 1}, optional=["number"], next_id=1)
    told = envelope(page(primary, includes=(NEXT,), sections={"things": {(1, 1): thing(1)}}), WIRE)
    assert told["things"]["1"]["number"] == 1
    assert told["things"]["1"]["next_id"] == "1"


def test_two_includes_of_one_kind_share_a_section():
    maker = replace(OWNER, name="maker", member="maker_id", always=False)
    sections = {"people": {(7,): person(7), (8,): person(8)}}
    told = envelope(page(thing(1), includes=(OWNER, maker), sections=sections), WIRE)
    assert list(told["people"]) == ["7", "8"]


@pytest.mark.parametrize(
    "text", ["", "a\nb", "\u202e", "\u2028", "👨\u200d👩", '"\\/</script>', "\x01\x1f\x7f", "\ufeff"]
)
def test_text_comes_out_as_it_went_in(text):
    told = encode(envelope(page(thing(1, title=text)), WIRE))
    assert json.loads(told.decode("utf-8"))["things"]["1"]["title"] == text
