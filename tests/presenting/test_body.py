"""From the bytes of a request to its parameters and objects. The grammar of forms is in test_form.py."""

import json
import time
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timewright.errors import Refusal, Unreadable, UnsupportedMediaType
from timewright.presenting.body import DEEPEST, FORM, JSON, MOST_VALUES, label, objects, parameters, wanted
from timewright.presenting.declare import Param
from timewright.presenting.kinds import LARGEST, Boolean, Id, Integer, Nested, Text, Wire
from timewright.presenting.parts import MULTIPART
from timewright.resources import REGISTRY

ENTRIES = REGISTRY["time_entries"]
MARK = "zebra-4711"


def read(body, content_type=JSON, query=""):
    return parameters(query, content_type, body.encode() if isinstance(body, str) else body)


def refused(body, content_type=JSON):
    """Why a body is refused: a sentence that does not repeat it."""
    with pytest.raises(Unreadable) as told:
        read(body, content_type)
    message = told.value.message
    assert message[0].isupper()
    assert message.endswith(".")
    assert MARK not in message
    return message


# JSON ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{}", {}),
        (' \t\r\n{"a" : 1}\n', {"a": 1}),
        ('{"a":null,"b":true,"c":false,"d":"","e":[],"f":{}}',
         {"a": None, "b": True, "c": False, "d": "", "e": [], "f": {}}),
        ('{"a":-0}', {"a": 0}),
        (f'{{"a":{LARGEST}}}', {"a": LARGEST}),
        ('{"a":18446744073709551617}', {"a": 2**64 + 1}),  # no float, in which it would become another number
        ('{"a":9007199254740993.0}', {"a": Decimal(2**53 + 1)}),
        ('{"a":1.10}', {"a": Decimal("1.10")}),
        ('{"a":"\\u00e9\\ud83d\\ude00"}', {"a": "é😀"}),
        ('{"a":"\\\\u0000"}', {"a": "\\u0000"}),
        ('{"":1}', {"": 1}),
    ],
)  # fmt: skip
def test_json_is_read_exactly(body, expected):
    assert read(body) == expected


letters = st.characters(exclude_categories=["Cs"])
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(letters, max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(letters, max_size=4), inner, max_size=3),
    max_leaves=12,
)
roots = st.dictionaries(st.text(letters, max_size=4), documents, max_size=3)


@given(roots, st.booleans())
def test_any_json_object_comes_back(value, escaped):
    assert read(json.dumps(value, ensure_ascii=escaped)) == value


@given(st.lists(st.sampled_from(["a", "b"]), max_size=3), st.sampled_from(["x", "\\u0078", "é", ""]), documents)
def test_a_name_that_stands_twice_is_refused_at_any_level_and_however_it_is_written(path, name, value):
    text = json.dumps(value)
    other = {"x": "\\u0078", "\\u0078": "x", "é": "\\u00E9"}.get(name, name)
    inner = f'{{"{name}":{text},"{other}":{text}}}'
    for step in path:
        inner = f"[{inner}]" if step == "a" else f'{{"y":{inner}}}'
    assert refused(f'{{"time_entry":{inner}}}') == "An object in the body has the same name twice."


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_json_does_not_know_as_a_number_is_refused(number):
    assert refused(f'{{"a":{number}}}') == "The body holds a number that JSON does not know."


@pytest.mark.parametrize(
    "number",
    [
        "1e400", "-1e400", "1e-400", "1e309", "1e-309", "1e999999999999999999999", "0e999999999999999999999",
        "9" * 309, "9" * 5_000, "-" + "9" * 5_000, "9" * 400 + ".5", "0." + "0" * 400 + "1",
    ],
    ids=lambda number: number[:12],
)  # fmt: skip
def test_a_number_of_another_size_is_refused(number):
    assert refused(f'{{"a":{number}}}') == "The body holds a number that is too large or too small."


@pytest.mark.parametrize("number", ["1e308", "-1e308", "1e-308", "0e308", "0.0", "9" * 308, "1." + "0" * 400])
def test_a_number_is_large_or_small_up_to_a_limit(number):
    assert read(f'{{"a":{number}}}') == {"a": Decimal(number)}


@pytest.mark.parametrize(
    "body",
    [
        "{", "}", " ", "{]", '{"a"}', '{"a":}', '{"a":1,}', "{'a':1}", "{a:1}", '{"a":01}', '{"a":+1}', '{"a":.5}',
        '{"a":1.}', '{"a":1e}', '{"a":0x1}', '{"a":1_0}', '{"a":"\n"}', '{"a":"\t"}', '{"a":"\\x41"}', '{"a":"\\u12"}',
        '{"a":tru}', '{"a":True}', '{"a":None}', '{"a":nan}', '{"a":undefined}', '{"a":1}{"b":2}', '{"a":1}x',
        '{"a":1}//x', '/*x*/{"a":1}', '\ufeff{"a":1}', '{"a":1}\0', f'{{"{MARK}"', f'["{MARK}"', '\u00a0{"a":1}',
        '\x0c{"a":1}',
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_json_is_refused(body):
    assert refused(body) == "The body is not valid JSON."


@pytest.mark.parametrize("body", ["[]", "null", "1", "true", f'"{MARK}"', f'[{{"time_entry":"{MARK}"}}]'])
def test_json_that_is_no_object_is_refused(body):
    assert refused(body) == "The body must be a JSON object."


@pytest.mark.parametrize(
    "text", ["\\ud800", "\\udfff", "\\udc00\\ud800", "a\\ud83d", "\\ud83d\\ud83d\\ude00", "\\uD83Dx\\uDE00"]
)
@pytest.mark.parametrize(
    "body", ['{"a":"%s"}', '{"%s":1}', '{"a":[{"b":"%s"}]}', '{"a":{"%s":{}}}'], ids=["value", "name", "deep", "inner"]
)
def test_half_a_surrogate_pair_is_refused_wherever_it_stands(body, text):
    assert refused(body % text) == "The body holds text that is not valid Unicode."


@pytest.mark.parametrize(
    "content",
    [
        b"\xff", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80", b"\xc3", b"\x80", b"\xe2\x82", "é".encode("latin-1"),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("content_type", [JSON, FORM])
def test_what_is_no_utf_8_is_refused(content, content_type):
    around = b'{"a":"%s"}' if content_type == JSON else b"a=%s"
    assert refused(around % content, content_type) == "The body is not valid UTF-8."


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-8-sig", "cp037"])
def test_json_in_another_encoding_is_refused(encoding):
    refused('{"time_entry":{"notes":"é+"}}'.encode(encoding))


def test_nesting_is_allowed_up_to_a_depth():
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        inner = opened * (DEEPEST - 1) + "1" + closed * (DEEPEST - 1)
        assert "x" in read(f'{{"x":{inner}}}')
        assert refused(f'{{"x":{opened}{inner}{closed}}}') == "The body is nested deeper than 16 levels."


def test_a_bracket_in_a_text_is_no_nesting():
    brackets = "[{" * 100 + '\\"' + "[{" * 100
    assert read(json.dumps({"a": brackets})) == {"a": brackets}


def test_names_and_values_are_allowed_up_to_a_number():
    # The object itself counts, then each name and each value.
    fits = {"a": [0] * (MOST_VALUES - 3)}
    assert read(json.dumps(fits)) == fits
    for more in ({"a": [0] * (MOST_VALUES - 2)}, {**fits, "b": 1}, {"a": [{}] * (MOST_VALUES - 2)}):
        assert refused(json.dumps(more)) == f"The body holds more than {MOST_VALUES} names and values."
    assert "names and values" in refused("&".join(f"a{n}=1" for n in range(MOST_VALUES + 1)), FORM)
    assert len(read("&".join(f"a{n}=1" for n in range(MOST_VALUES)), FORM)) == MOST_VALUES
    part = PART + b'%d"\r\n\r\n1\r\n'
    assert len(read(b"".join(part % n for n in range(MOST_VALUES)) + b"--xx--", PARTS)) == MOST_VALUES
    assert f"{MOST_VALUES} parts" in refused(b"".join(part % n for n in range(MOST_VALUES + 1)) + b"--xx--", PARTS)


def test_a_hundred_entries_with_the_longest_notes_and_every_member_fit():
    reference = dict.fromkeys(
        ("service_name", "service_model", "service_model_ref", "status", "external_message", "external_link",
         "external_status", "locked"), "x"
    )  # fmt: skip
    each = dict.fromkeys((param.name for param in ENTRIES.params), "x")
    batch = {"time_entries": [{**each, "notes": "\u00e9" * 32_767, "external_reference": reference}] * 100}
    body = json.dumps(batch, ensure_ascii=False).encode()
    assert len(body) < 8 * 1024 * 1024
    assert read(body) == batch


# The type of a body -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        JSON, "APPLICATION/JSON", " application/json ", "application/json;", "application/json; charset=utf-8",
        'application/json;CHARSET="UTF-8"', "application/json; charset=utf8", "application/json; charset=us-ascii",
        "application/json; profile=x; charset=utf-8",
    ],
)  # fmt: skip
def test_json_is_known_however_its_type_is_written(content_type):
    assert read('{"a":1}', content_type) == {"a": 1}


@pytest.mark.parametrize(
    "content_type",
    [
        "", "json", "text/json", "text/plain", "text/html", "application/xml", "application/jsonx",
        "application/x-json", "application/json, text/plain", "application/vnd.api+json",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16", 'application/json; charset="ISO-8859-1"', "application/octet-stream",
        "application/x-www-form-urlencoded; charset=latin-1", "*/*", "application/*", "\xe9", MARK,
    ],
)  # fmt: skip
def test_another_type_is_refused(content_type):
    with pytest.raises(UnsupportedMediaType) as told:
        read('{"a":1}', content_type)
    assert told.value.message == (
        "Send the body as application/json, application/x-www-form-urlencoded or multipart/form-data."
    )


@pytest.mark.parametrize("content_type", ["", JSON, FORM, "text/plain", "application/json; charset=utf-16"])
def test_an_empty_body_is_no_body_whatever_its_type_says(content_type):
    assert read("", content_type, query="a=1") == {"a": "1"}


@pytest.mark.parametrize("body", ['{"time_entry":{}}', "  \n[1]", f'{{"{MARK}":1'])
def test_json_sent_as_a_form_is_told_so(body):
    assert refused(body, FORM) == "The body looks like JSON: send it with Content-Type: application/json."


def test_the_body_wins_over_the_query():
    assert read('{"a":1}', query="a=2&b=3&c[d]=4") == {"a": 1, "b": "3", "c": {"d": "4"}}
    assert read("a=1", FORM, query="a=2&b=3") == {"a": "1", "b": "3"}
    assert read('{"c":{"e":5}}', query="c[d]=4") == {"c": {"e": 5}}  # member by member at the top only


@given(st.binary(max_size=60), st.sampled_from([JSON, FORM]), st.text(letters, max_size=20))
def test_whatever_is_sent_is_read_or_refused(body, content_type, query):
    try:
        assert isinstance(parameters(query, content_type, body), dict)
    except Refusal as refusal:
        assert refusal.status in {400, 415}  # noqa: PT017


tokens = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"',
        "\\",
        "\\u",
        "d800",
        "NaN",
        "-",
        "1",
        "e",
        ".",
        "true",
        "null",
        " ",
        "a",
        "é",
        "\0",
    ]
)


@given(st.lists(tokens, max_size=30).map("".join))
def test_whatever_looks_like_json_is_read_or_refused(body):
    try:
        assert isinstance(read("{" + body), dict)
    except Unreadable as refusal:
        assert refusal.message.endswith(".")  # noqa: PT017


# Time and memory ----------------------------------------------------------------------------------

LARGE = 2**20
PARTS = f"{MULTIPART}; boundary=xx"
PART = b'--xx\r\nContent-Disposition: form-data; name="a'
ADVERSARIAL = {
    "a text that never ends": (JSON, b'{"a":"' + b'\\"' * (LARGE // 2)),
    "escapes of escapes": (JSON, b'{"a":"' + b"\\" * LARGE + b'"}'),
    "texts side by side": (JSON, b'"a' * (LARGE // 2)),
    "arrays in arrays": (JSON, b"[" * LARGE),
    "objects in objects": (JSON, b'{"a":' * (LARGE // 5)),
    "objects side by side": (JSON, b"[" + b"{}," * (LARGE // 3) + b"{}]"),
    "nothing but spaces": (JSON, b" " * LARGE),
    "nothing but commas": (JSON, b"," * LARGE),
    "a number without end": (JSON, b'{"a":' + b"9" * LARGE + b"}"),
    "a fraction without end": (JSON, b'{"a":1.' + b"3" * LARGE + b"}"),
    "one name without end": (JSON, b'{"' + b"a" * LARGE + b'":1}'),
    "escaped surrogates": (JSON, b'{"a":"' + b"\\ud83d" * (LARGE // 6) + b'"}'),
    "nothing but ampersands": (FORM, b"&" * LARGE),
    "short pairs": (FORM, b"aa&" * (LARGE // 3)),
    "open brackets": (FORM, b"a" + b"[" * LARGE),
    "steps": (FORM, b"a" + b"[b]" * (LARGE // 3) + b"=1"),
    "steps that do not end": (FORM, b"a" + b"[b]" * (LARGE // 3) + b"["),
    "percent signs": (FORM, b"a=" + b"%" * LARGE),
    "percent escapes": (FORM, b"a=" + b"%41" * (LARGE // 3)),
    "percent signs and escapes": (FORM, b"a=" + b"%41%" * (LARGE // 4)),
    "percent escapes in a name": (FORM, b"%41" * (LARGE // 3)),
    "plus signs": (FORM, b"a=" + b"+" * LARGE),
    "objects in an array": (FORM, b"&".join(b"a[][b]=1" for _ in range(MOST_VALUES))),
    "members of one object in an array": (FORM, b"&".join(b"a[][b%d]=1" % n for n in range(MOST_VALUES))),
    "one long step": (FORM, b"a[" + b"b" * LARGE + b"]=1"),
    "small parts": (PARTS, (PART + b'"\r\n\r\n\r\n') * (LARGE // 50)),
    "parts of one array": (PARTS, (PART + b'[][b]"\r\n\r\n\r\n') * (LARGE // 55) + b"--xx--"),
    "a part without end": (PARTS, PART + b'"\r\n\r\n' + b"x" * LARGE),
    "a part that nearly ends": (PARTS, PART + b'"\r\n\r\n' + b"\r\n--x" * (LARGE // 5)),
    "a part that nearly ends on a long boundary": (
        f"{MULTIPART}; boundary={'x' * 1_000}",
        b"--" + b"x" * 1_000 + PART[4:] + b'"\r\n\r\n' + (b"\r\n--" + b"x" * 999) * 1_000,
    ),
    "a name of a part without end": (PARTS, PART + b"[b]" * (LARGE // 3)),
    "a name of a part with quotes without end": (PARTS, PART + b'\\"' * 1_500 + b'"\r\n\r\n'),
    "parameters of a part without end": (PARTS, PART + b'"; b="' * 800 + b"\r\n\r\n"),
    "headers of a part without end": (PARTS, b"--xx\r\n" + b"a: b\r\n" * (LARGE // 6)),
    "folded headers": (PARTS, PART + b'"\r\n' + b" a\r\n" * (LARGE // 4)),
    "no boundary": (PARTS, b"\r\n" * (LARGE // 2)),
    "many ends": (PARTS, b"--xx--\r\n" * (LARGE // 8)),
}


def read_or_refuse(content_type, body):
    try:
        parameters("", content_type, body)
    except Refusal as refusal:
        assert refusal.status == 400  # noqa: PT017


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_memory_stays_within_a_few_times_the_body(name):
    content_type, body = ADVERSARIAL[name]
    tracemalloc.start()
    try:
        read_or_refuse(content_type, body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 32 * LARGE, f"{peak / LARGE:.0f} times the body"


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_no_body_holds_the_reader_up(name):
    content_type, body = ADVERSARIAL[name]
    started = time.monotonic()
    read_or_refuse(content_type, body)
    assert time.monotonic() - started < 5


# Objects ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters_", "raw", "is_batch"),
    [
        ({"time_entry": {"a": 1}}, [{"a": 1}], False),
        ({"time_entry": {}}, [{}], False),
        ({"time_entries": [{"a": 1}]}, [{"a": 1}], True),
        ({"time_entries": [{}, {}], "time_entry": {"a": 1}}, [{}, {}], True),  # decisions B1: the plural wins
        ({"time_entries": [{}] * 100}, [{}] * 100, True),
    ],
)
def test_the_objects_of_a_write_stand_under_a_root(parameters_, raw, is_batch):
    assert objects(ENTRIES, parameters_) == (raw, is_batch)


@pytest.mark.parametrize(
    ("parameters_", "why"),
    [
        ({}, "The request must hold time_entry or time_entries."),
        ({MARK: {}}, "The request must hold time_entry or time_entries."),
        ({"Time_Entry": {}}, "The request must hold time_entry or time_entries."),
        *(({"time_entry": raw}, "The member time_entry must be an object.")
          for raw in (None, "", MARK, 1, True, [], [{}])),
        *(({"time_entries": raw}, "The member time_entries must be an array of objects.")
          for raw in (None, MARK, 1, {}, {"0": {}}, [None], [{}, MARK], [[{}]], [1])),
        *(({"time_entries": raw}, "The member time_entries must hold 1 to 100 objects.") for raw in ([], [{}] * 101)),
        ({"time_entries": None, "time_entry": {}}, "The member time_entries must be an array of objects."),
    ],
)  # fmt: skip
def test_what_holds_no_objects_is_refused(parameters_, why):
    with pytest.raises(Unreadable) as told:
        objects(ENTRIES, parameters_)
    assert told.value.message == why


INNER = (
    Param(name="name", kind=Text(most_bytes=3), required=True, sentence="A name."),
    Param(name="locked", kind=Boolean(), sentence="A flag."),
)
PARAMS = (
    Param(name="thing_id", kind=Id(), required=True, sentence="A thing."),
    Param(name="minutes", kind=Integer(1, 9), sentence="Minutes."),
    Param(name="notes", kind=Text(most_bytes=9), keeps_blank=True, sentence="Notes."),
    Param(name="place", kind=Text(), sentence="A place."),
    Param(name="reference", kind=Nested(params=INNER), sentence="A reference."),
)


def taken(*raw):
    return wanted(PARAMS, raw, Wire())


def values(**raw):
    ((one,), faults) = taken({"thing_id": 1, **raw})
    assert faults == []
    return dict(one.values)


def faults_of(*raw):
    return [(fault.index, fault.field, fault.message) for fault in taken(*raw)[1]]


def test_members_become_typed_values():
    assert values(minutes="5", notes=" a ", place="x", reference={"name": "n", "locked": "1"}) == {
        "thing_id": 1, "minutes": 5, "notes": " a ", "place": "x", "reference": {"name": "n", "locked": True},
    }  # fmt: skip


def test_what_was_not_sent_is_told_from_what_was_sent_as_nothing():
    assert values() == {"thing_id": 1}
    assert values(minutes=None, notes=None, place=None, reference=None) == {
        "thing_id": 1, "minutes": None, "notes": None, "place": None, "reference": None,
    }  # fmt: skip


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u00a0\u3000"])
def test_a_blank_is_nothing_but_where_it_is_kept(blank):
    assert values(minutes=blank, notes=blank, place=blank, reference=blank) == {
        "thing_id": 1, "minutes": None, "notes": blank, "place": None, "reference": None,
    }  # fmt: skip


def test_every_fault_of_every_object_is_found_in_one_reading():
    bad = {"minutes": 0, "notes": "x" * 10, "place": 5, "reference": {"name": "long", "locked": "perhaps"}}
    assert faults_of({"thing_id": 1}, bad, {"thing_id": MARK, "reference": []}) == [
        (1, "thing_id", "Thing must be given."),
        (1, "minutes", "Minutes must be between 1 and 9."),
        (1, "notes", "Notes must not be longer than 9 bytes."),
        (1, "place", "Place must be text."),
        (1, "reference.name", "Name must not be longer than 3 bytes."),
        (1, "reference.locked", "Locked must be true or false."),
        (2, "thing_id", "Thing must be an id."),
        (2, "reference", "Reference must be an object."),
    ]


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_where_something_is_required_is_a_fault_of_that_member(blank):
    assert faults_of({"thing_id": blank}) == [(0, "thing_id", "Thing must be given.")]
    assert faults_of({"thing_id": 1, "reference": {"name": blank}}) == [(0, "reference.name", "Name must be given.")]
    assert faults_of({"thing_id": 1, "reference": {}}) == [(0, "reference.name", "Name must be given.")]


def test_members_that_nobody_knows_are_named_by_where_they_stand():
    ((first, second), faults) = taken(
        {"thing_id": 1, "colour": 1, "reference": {"name": "n", "shade": {"deep": 1}}}, {"thing_id": 1, "": 1}
    )
    assert faults == []
    assert [first.ignored, second.ignored] == [("colour", "reference.shade"), ("",)]
    assert [first.index, second.index] == [0, 1]


def test_the_names_of_members_that_nobody_knows_are_cut():
    ((one,), _) = taken({"thing_id": 1, "x" * 5_000: 1, "reference": {"name": "n", "y" * 5_000: 1}})
    assert one.ignored == ("x" * 100, "reference." + "y" * 100)


@given(st.lists(st.dictionaries(st.sampled_from([*(p.name for p in PARAMS), "other"]), documents), max_size=3))
def test_whatever_an_object_holds_is_taken_or_named(raw):
    read_, faults = taken(*raw)
    assert [each.index for each in read_] == list(range(len(raw)))
    assert all(0 <= fault.index < len(raw) for fault in faults)
    for each, sent in zip(read_, raw, strict=True):
        named = {fault.field.partition(".")[0] for fault in faults if fault.index == each.index}
        known = set(sent) - {"other"}
        assert set(each.values) | named >= known
        assert set(each.values) <= known
        assert ("other" in each.ignored) == ("other" in sent)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("time_in_minutes", "Time in minutes"),
        ("workspace_id", "Workspace"),
        ("external_reference.service_model_ref", "Service model ref"),
        ("notes", "Notes"),
        ("id", "Id"),
    ],
)
def test_a_sentence_names_a_member_by_its_words(name, words):
    assert label(name) == words
