"""The grammar of forms and queries, as Rails clients write it."""

import contextlib
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timewright.errors import Unreadable
from timewright.presenting.body import form


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", {}),
        ("&&", {}),
        ("a=1", {"a": "1"}),
        ("a=", {"a": ""}),
        ("a", {"a": None}),
        ("a=1&a=2", {"a": "2"}),
        ("a=b=c", {"a": "b=c"}),
        ("a+b=c+d", {"a b": "c d"}),
        ("a%5Bb%5D=1", {"a": {"b": "1"}}),
        ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        ("a[b][c]=1", {"a": {"b": {"c": "1"}}}),
        ("a[b]", {"a": {"b": None}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[b][]=1&a[b][]=2", {"a": {"b": ["1", "2"]}}),
        ("a[][b]=1&a[][c]=2", {"a": [{"b": "1", "c": "2"}]}),
        ("a[][b]=1&a[][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("a[][b]=1&a[][c]=2&a[][b]=3", {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ("a[][b][c]=1&a[][b][d]=2", {"a": [{"b": {"c": "1", "d": "2"}}]}),
        ("a[][b][c]=1&a[][b][c]=2", {"a": [{"b": {"c": "1"}}, {"b": {"c": "2"}}]}),
        ("a[][b][]=1&a[][b][]=2", {"a": [{"b": ["1", "2"]}]}),
        ("a[][b]=1&a[][c][]=2&a[][c][]=3&a[][b]=4", {"a": [{"b": "1", "c": ["2", "3"]}, {"b": "4"}]}),
        ("include=a&include=b", {"include": ["a", "b"]}),
        ("include[]=a&include=b", {"include": ["a", "b"]}),
        ("n=%E2%82%AC", {"n": "€"}),
        ("n=%00", {"n": "\0"}),
    ],
)
def test_a_form_is_read(text, read):
    assert form(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "a=1&a[b]=2",
        "a[b]=1&a=2",
        "a[]=1&a=2",
        "a[]=1&a[b]=2",
        "a[=1",
        "a]=1",
        "[a]=1",
        "=1",
        "a[b]c=1",
        "a[b=1",
        "a=%ff",
        "a[][]=1",
        "a[][][b]=1",
        "x" + "[y]" * 17 + "=1",
    ],
)
def test_a_form_that_contradicts_itself_is_refused(text):
    with pytest.raises(Unreadable):
        form(text)


names = st.text("abcdefgh_", min_size=1, max_size=6)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
flat = st.dictionaries(names, texts, min_size=1, max_size=4)
trees = st.recursive(texts, lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3), max_leaves=8)


def written(value, name):
    """A value as a form writes it."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in written(inner, f"{name}[{key}]")]
    if isinstance(value, list):
        return [pair for inner in value for pair in written(inner, f"{name}[]")]
    return [f"{quote(name)}={quote(value)}"]


@given(st.dictionaries(names.filter(lambda name: name not in {"include", "optional_fields"}), trees, max_size=4))
def test_objects_come_back_as_they_were_written(value):
    assert form("&".join(pair for name, inner in value.items() for pair in written(inner, name))) == value


@given(names, st.lists(texts, min_size=1, max_size=5))
def test_arrays_come_back_as_they_were_written(name, value):
    assert form("&".join(written(value, name))) == {name: value}


@given(st.lists(names, min_size=1, max_size=4, unique=True), st.integers(1, 6), st.data())
def test_arrays_of_objects_come_back_when_each_has_the_same_members(members, count, data):
    value = [{member: data.draw(texts) for member in members} for _ in range(count)]
    assert form("&".join(written(value, "entries"))) == {"entries": value}


@given(st.text(max_size=60))
def test_whatever_is_sent_is_read_or_refused(text):
    with contextlib.suppress(Unreadable):
        assert isinstance(form(text), dict)
