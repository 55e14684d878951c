"""What every body means, as data: `bodies.json` holds bodies of each type with their value, and texts of each member
with theirs. And any value, written in each of the four ways, is read as what it was.

In the data, `is` is the value, `refused` the status; a body stands as text, or as `hex` where it is none. A member's
`text` is written in all four ways, its `json` in the only one that has it.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timewright.errors import Refusal
from timewright.presenting.body import FORM, JSON, objects, parameters, wanted
from timewright.presenting.kinds import Boolean, Choice, Day, Id, Integer, Link, Nested, Text, Wire
from timewright.presenting.parts import MULTIPART
from timewright.resources import REGISTRY

DATA = json.loads(Path(__file__).with_name("bodies.json").read_text(encoding="utf-8"))
ENTRIES = REGISTRY["time_entries"]
PARAMS = {param.name: param for param in ENTRIES.params}
REQUIRED = {"workspace_id": "1", "date_performed": "2026-02-02", "time_in_minutes": "30"}
BOUNDARY = "a-boundary"


def shortly(case):
    return json.dumps(case)[:80]


# The bodies ---------------------------------------------------------------------------------------


def content(case):
    return bytes.fromhex(case["hex"]) if "hex" in case else case.get("body", "").encode()


@pytest.mark.parametrize("case", [each for each in DATA["bodies"] if "is" in each], ids=shortly)
def test_a_body_is_read_as_its_value(case):
    assert parameters(case.get("query", ""), case["type"], content(case)) == case["is"]


@pytest.mark.parametrize("case", [each for each in DATA["bodies"] if "refused" in each], ids=shortly)
def test_a_body_that_is_none_is_refused(case):
    with pytest.raises(Refusal) as told:
        parameters(case.get("query", ""), case["type"], content(case))
    assert told.value.status == case["refused"]


def test_there_are_bodies_of_every_type_and_enough_of_each():
    kinds = [each["type"].partition(";")[0].lower() if content(each) else "" for each in DATA["bodies"]]
    assert min(kinds.count(kind) for kind in (JSON, FORM, MULTIPART, "")) >= 60
    assert len(kinds) >= 400


# The four ways ------------------------------------------------------------------------------------


def pairs(value, name=""):
    """The names and texts of a value, as a form has them; None where there is no text."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in pairs(inner, f"{name}[{key}]" if name else key)]
    if isinstance(value, list):
        return [pair for inner in value for pair in pairs(inner, f"{name}[]")]
    return [(name, value if value is None or isinstance(value, str) else json.dumps(value))]


def in_json(value):
    return "", JSON, json.dumps(value).encode()


def in_a_form(value):
    written = [quote_plus(name) + ("" if text is None else f"={quote_plus(text)}") for name, text in pairs(value)]
    return "", FORM, "&".join(written).encode()


def in_a_query(value):
    written = [quote(name) + ("" if text is None else f"={quote(text)}") for name, text in pairs(value)]
    return "&".join(written), "", b""


def in_parts(value):
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text or ""}\r\n'
        for name, text in pairs(value)
    ]
    return "", f"{MULTIPART}; boundary={BOUNDARY}", "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()


WAYS = (in_json, in_a_form, in_a_query, in_parts)


def taken(request):
    """The objects of a request as typed values, and what is wrong with them."""
    raw, _ = objects(ENTRIES, parameters(*request))
    read, faults = wanted(ENTRIES.params, raw, Wire())
    return [dict(each.values) for each in read], [(fault.field, fault.message) for fault in faults]


# The members --------------------------------------------------------------------------------------


def requests(case):
    """The requests that send the member so."""
    if "json" in case:
        entry = json.dumps(REQUIRED).removesuffix("}") + f', "{case["member"]}": {case["json"]}}}'
        if case["member"] in REQUIRED:
            entry = json.dumps({**REQUIRED, case["member"]: "@"}).replace('"@"', case["json"])
        return [("", JSON, f'{{"time_entry": {entry}}}'.encode())]
    return [way({"time_entry": {**REQUIRED, case["member"]: case["text"]}}) for way in WAYS]


@pytest.mark.parametrize("case", DATA["members"], ids=shortly)
def test_a_member_is_read_as_its_kind_however_it_is_sent(case):
    for request in requests(case):
        (values,), faults = taken(request)
        if "fault" in case:
            ((field, message),) = faults
            assert field == case["member"]
            assert message.endswith(f" {case['fault']}.")
        else:
            value = values[case["member"]]
            assert (value.isoformat() if isinstance(value, date) else value) == case["is"]
            assert type(value) is not Decimal
            assert faults == []


def test_every_member_is_there():
    assert {each["member"] for each in DATA["members"]} == set(PARAMS)


# Any value ----------------------------------------------------------------------------------------

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


def typed(param, *, in_parts_too):
    """Any value of a member, with nothing where it may be nothing."""
    kind = param.kind
    if isinstance(kind, Nested):
        required = {each.name: typed(each, in_parts_too=in_parts_too) for each in kind.params if each.required}
        further = {each.name: typed(each, in_parts_too=in_parts_too) for each in kind.params if not each.required}
        return st.fixed_dictionaries(required, optional=further)
    made = {
        Integer: lambda: st.integers(kind.first, kind.last),
        Id: lambda: st.integers(1, 2**63 - 1),
        Boolean: st.booleans,
        Day: lambda: st.integers(0, (kind.last - kind.first).days).map(lambda days: kind.first + timedelta(days)),
        Choice: lambda: st.sampled_from(kind.words),
        Link: lambda: st.sampled_from(["https://crm.example/7?a=b&c=%20#d", "http://[::1]:8080/é"]),
        Text: lambda: st.text(letters, min_size=0 if param.keeps_blank else 1, max_size=12),
    }[type(kind)]()
    if not param.keeps_blank:
        made = made.filter(lambda value: not isinstance(value, str) or value.strip())
    # A field of a multipart form is a text: where a blank is kept, it has no way to say null.
    may_be_null = not param.required and not (param.keeps_blank and in_parts_too)
    return made | st.none() if may_be_null else made


def entries(*, in_parts_too):
    members = {name: typed(param, in_parts_too=in_parts_too) for name, param in PARAMS.items()}
    required = {name: members[name] for name in REQUIRED}
    return st.fixed_dictionaries(required, optional={name: members[name] for name in members.keys() - REQUIRED})


def sent(values):
    """Values as JSON holds them."""
    return json.loads(json.dumps(values, default=date.isoformat))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@given(data=st.data())
def test_any_entry_comes_back_from_each_way_of_writing_it(way, data):
    entry = data.draw(entries(in_parts_too=way is in_parts))
    assert taken(way({"time_entry": sent(entry)})) == ([entry], [])


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@given(data=st.data())
def test_any_entries_come_back_from_each_way_of_writing_them(way, data):
    drawn = data.draw(st.lists(entries(in_parts_too=way is in_parts), min_size=1, max_size=4))
    # A form starts the next entry where a name comes again: all begin with one that each of them has.
    batch = [{**{name: each[name] for name in REQUIRED}, **each} for each in drawn]
    assert taken(way({"time_entries": sent(batch)})) == (batch, [])


# Hostile ------------------------------------------------------------------------------------------


@given(st.binary(max_size=80), st.sampled_from(["xx", "-", "a b", "é", "x" * 2_000]))
def test_whatever_parts_are_sent_are_read_or_refused(rest, boundary):
    begun = f"--{boundary}\r\nContent-Disposition: form-data; ".encode()
    for body in (rest, begun + rest, begun + b'name="a"\r\n' + rest, begun + b'name="a"\r\n\r\n' + rest):
        try:
            assert isinstance(parameters("", f'{MULTIPART}; boundary="{boundary}"', body), dict)
        except Refusal as refusal:
            assert refusal.status in {400, 415}  # noqa: PT017
            assert refusal.message.endswith(".")  # noqa: PT017
