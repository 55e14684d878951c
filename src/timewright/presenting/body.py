"""From the bytes of a request to its parameters, and from parameters to the objects of a write.

JSON is read by the standard library with hooks, so that duplicate names, numbers that are none and lone
surrogates are refused instead of guessed at; forms, queries and the fields of a multipart body are read by the
grammar that Rails clients write (decisions D2, contract README, requests). Time and memory are linear in the size
of the body. Long because it reads two grammars.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from timewright.errors import Fault, Unreadable, UnsupportedMediaType
from timewright.presenting.ask import LISTED, is_blank
from timewright.presenting.declare import Param, Resource
from timewright.presenting.kinds import Misread, Nested, Objects, Wire
from timewright.presenting.parts import CHARSETS, MULTIPART, fields

DEEPEST = 16
MOST_VALUES = 50_000
_LARGEST_EXPONENT = 308
_LONGEST_NAME = 100

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_NO_MARK = bytes(each for each in range(256) if each not in b"[]{},:")
_NAME = re.compile(r"([^\[\]]++)((?:\[[^\[\]]*+\])*+)")
_ESCAPES = re.compile(rb"(?:%[0-9a-fA-F]{2})++")


class Wanted(msgspec.Struct, frozen=True):
    """One object of a request: what it holds as typed values, and the members it holds in vain."""

    index: int
    values: Mapping[str, Any]
    ignored: tuple[str, ...]


def parameters(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    """The parameters of a request: query and body are one set, and the body wins (contract README)."""
    read = form(query, is_query=True)
    if body:  # An empty body is no body, whatever its type says (decisions D7).
        read |= _body(content_type, body)
    return read


def _body(content_type: str, body: bytes) -> dict[str, Any]:
    kind, _, rest = content_type.partition(";")
    kind = kind.strip().lower()
    charset = re.search(r'charset="?([^";\s]+)', rest, re.IGNORECASE)
    if kind not in {JSON, FORM, MULTIPART} or (charset and charset[1].lower() not in CHARSETS):
        raise UnsupportedMediaType
    if kind == MULTIPART:
        return _placed(fields(content_type, body, MOST_VALUES))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("The body is not valid UTF-8.") from None
    if kind == JSON:
        return _json(body, text)
    if text.lstrip().startswith(("{", "[")):
        raise Unreadable("The body looks like JSON: send it with Content-Type: application/json.")
    return form(text)


# JSON --------------------------------------------------------------------------------------------


def _json(body: bytes, text: str) -> dict[str, Any]:
    _measure(body)
    try:
        read = _decoder.decode(text)
    except ValueError:
        raise Unreadable("The body is not valid JSON.") from None
    if b"\\u" in body:
        _refuse_lone_surrogates(read)
    if not isinstance(read, dict):
        raise Unreadable("The body must be a JSON object.")
    return read


def _measure(body: bytes) -> None:
    """Refuse what is too deep or too much before anything is made of it: only its marks are looked at."""
    if b"\\" in body:
        body = body.replace(rb"\\", b"").replace(rb"\"", b"")
    too_many = Unreadable(f"The body holds more than {MOST_VALUES} names and values.")
    if body.count(b'"') > 2 * MOST_VALUES:
        raise too_many
    # Every second part stands outside of texts.
    marks = b"".join(body.split(b'"')[::2]).translate(None, _NO_MARK)
    closed = marks.count(b"]") + marks.count(b"}")
    # Before each name and each value stands one mark, or the beginning. An empty pair counts as two.
    if len(marks) - closed >= MOST_VALUES:
        raise too_many
    depth = 0
    for mark in marks.translate(None, b",:"):
        depth += 1 if mark in b"[{" else -1
        if depth > DEEPEST:
            raise Unreadable(f"The body is nested deeper than {DEEPEST} levels.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise Unreadable("An object in the body has the same name twice.")
    return read


def _no_number(_: str) -> Any:
    raise Unreadable("The body holds a number that JSON does not know.")


def _decimal(text: str) -> Decimal:
    # Kept exact: as floats, two different large ids would become the same one.
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Unreadable("The body holds a number that is too large or too small.") from None
    if number and not -_LARGEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT:
        raise Unreadable("The body holds a number that is too large or too small.")
    return number


def _integer(text: str) -> int:
    if len(text) > _LARGEST_EXPONENT:
        raise Unreadable("The body holds a number that is too large or too small.")
    return int(text)


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_no_number, parse_float=_decimal, parse_int=_integer
)


def _refuse_lone_surrogates(read: Any) -> None:
    try:
        json.dumps(read, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError:
        raise Unreadable("The body holds text that is not valid Unicode.") from None


# Forms and queries -------------------------------------------------------------------------------


def form(text: str, *, is_query: bool = False) -> dict[str, Any]:
    """Parameters written as a form or a query: `a=1`, `a[b]=1`, `a[]=1`, `a[][b]=1`; a bare `a` is null.

    In `a[][b]`, a repeated name starts the next object. A repeated plain name has its last value, except
    where names are listed (`include=a&include=b`). In a query, a name that is not written like one is an
    unknown parameter and ignored.
    """
    pairs = [pair for pair in text.split("&") if pair]
    if len(pairs) > MOST_VALUES:
        raise Unreadable(f"The request holds more than {MOST_VALUES} names and values.")
    return _placed(map(_pair, pairs), is_query=is_query)


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    return _plain(name), _plain(value) if equals else None


def _placed(pairs: Iterable[tuple[str, str | None]], *, is_query: bool = False) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in pairs:
        found = _NAME.fullmatch(name)
        if not found:
            if is_query:
                continue
            raise Unreadable("A name in the request is not written like name[member].")
        if found[2].count("[") >= DEEPEST:
            raise Unreadable(f"The request is nested deeper than {DEEPEST} levels.")
        steps = found[2][1:-1].split("][") if found[2] else []
        if found[1] in LISTED and not steps:
            steps = [""]
        _place(read, found[1], steps, value)
    return read


def _plain(text: str) -> str:
    # Not urllib's: that makes an object of each percent sign, two hundred times the size of the body.
    raw, plain, at = text.replace("+", " ").encode(), bytearray(), 0
    for found in _ESCAPES.finditer(raw):
        plain += raw[at : found.start()]
        plain += bytes.fromhex(found[0].translate(None, b"%").decode())
        at = found.end()
    plain += raw[at:]
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("The request is not valid UTF-8.") from None


def _place(into: dict[str, Any], name: str, steps: list[str], value: Any) -> None:
    """Put a value where its name says: step by step into objects, at an array by itself."""
    for at, step in enumerate(steps):
        if step:
            into = _opened(into, name, dict)
            name = step
            continue
        array = _opened(into, name, list)
        rest = steps[at + 1 :]
        if not rest:
            array.append(value)
            return
        if not rest[0]:
            raise Unreadable("An array directly in an array cannot be written in a form.")
        if not array or not isinstance(array[-1], dict) or _holds(array[-1], rest):
            array.append({})
        _place(array[-1], rest[0], rest[1:], value)
        return
    if isinstance(into.get(name), (dict, list)):
        raise Unreadable("A name in the request is used in two ways.")
    into[name] = value


def _opened(into: dict[str, Any], name: str, kind: type) -> Any:
    inner = into.setdefault(name, kind())
    if not isinstance(inner, kind):
        raise Unreadable("A name in the request is used in two ways.")
    return inner


def _holds(inner: Any, steps: Sequence[str]) -> bool:
    for step in steps:
        if not step:  # An array inside the object: it goes on growing.
            return False
        if not isinstance(inner, dict) or step not in inner:
            return False
        inner = inner[step]
    return True


# Objects -----------------------------------------------------------------------------------------


def objects(resource: Resource, read: Mapping[str, Any], *, most: int | None = None) -> tuple[list[Any], bool]:
    """The raw objects of a write, and whether they came as a batch, of `most` objects or what the resource takes.

    Both roots: the plural wins, where batches are taken. Neither, the wrong type, none or too many: 400 (decisions A,
    B1).
    """
    most = most or resource.most_in_a_batch
    if most == 1:
        return [single(resource, read)], False
    if resource.name in read:
        batch = read[resource.name]
        if not isinstance(batch, list) or not all(isinstance(each, dict) for each in batch):
            raise Unreadable(f"The member {resource.name} must be an array of objects.")
        if not 1 <= len(batch) <= most:
            raise Unreadable(f"The member {resource.name} must hold 1 to {most} objects.")
        return batch, True
    if resource.singular not in read:
        raise Unreadable(f"The request must hold {resource.singular} or {resource.name}.")
    return [single(resource, read)], False


def single(resource: Resource, read: Mapping[str, Any]) -> Mapping[str, Any]:
    """The raw object of a request that holds one."""
    if resource.singular not in read:
        raise Unreadable(f"The request must hold {resource.singular}.")
    found = read[resource.singular]
    if not isinstance(found, dict):
        raise Unreadable(f"The member {resource.singular} must be an object.")
    return found


def within(raw: Sequence[Any], ids: Mapping[str, int]) -> Sequence[Any]:
    """The raw objects with the ids that the address gives them, where they name none themselves."""
    if not ids:
        return raw
    return [{**each, **{name: id_ for name, id_ in ids.items() if is_blank(each.get(name))}} for each in raw]


def elsewhere(wished: Sequence[Wanted], ids: Mapping[str, int]) -> list[Fault]:
    """A fault for each object that names another id than the address it was sent to."""
    return [
        Fault(each.index, name, f"{label(name)} must be the one in the address.")
        for each in wished
        for name, id_ in ids.items()
        if each.values.get(name, id_) != id_
    ]


def wanted(params: Sequence[Param], raw: Sequence[Any], wire: Wire) -> tuple[list[Wanted], list[Fault]]:
    """Every object as typed values, and every fault of every object."""
    faults: list[Fault] = []
    declared = {param.name for param in params}
    read = [_wanted(params, declared, index, each, wire, faults) for index, each in enumerate(raw)]
    return read, faults


def label(name: str) -> str:
    """How a sentence names a member: `time_in_minutes` is "Time in minutes"."""
    words = name.rpartition(".")[2].removesuffix("_id").replace("_", " ")
    return words[:1].upper() + words[1:]


def _wanted(
    params: Sequence[Param], declared: set[str], index: int, raw: Mapping[str, Any], wire: Wire, faults: list[Fault]
) -> Wanted:
    values: dict[str, Any] = {}
    ignored = [name[:_LONGEST_NAME] for name in raw if name not in declared]
    for param in params:
        if param.name in raw or param.required:
            _read(param, "", raw, index, wire, values, ignored, faults)
    return Wanted(index, values, tuple(ignored))


def _read(
    param: Param,
    prefix: str,
    raw: Mapping[str, Any],
    index: int,
    wire: Wire,
    values: dict[str, Any],
    ignored: list[str],
    faults: list[Fault],
) -> None:
    name, value = prefix + param.name, raw.get(param.name)
    blank = value is None or (not param.keeps_blank and isinstance(value, str) and not value.strip())
    if blank:
        if param.name in raw:
            values[param.name] = None
        if param.required:
            faults.append(Fault(index, name, f"{label(name)} must be given."))
        return
    if isinstance(param.kind, Nested):
        is_array = isinstance(param.kind, Objects)
        each_of: list[Any] = value if isinstance(value, list) else [value]
        if isinstance(value, list) != is_array or not all(isinstance(each, dict) for each in each_of):
            faults.append(
                Fault(index, name, f"{label(name)} must be an {'array of objects' if is_array else 'object'}.")
            )
            return
        read = [_within(param.kind, name, each, index, wire, ignored, faults) for each in each_of]
        values[param.name] = read if is_array else read[0]
        return
    try:
        values[param.name] = param.kind.read(value, wire)
    except Misread as reason:
        faults.append(Fault(index, name, f"{label(name)} {reason}."))


def _within(
    kind: Nested, name: str, raw: Mapping[str, Any], index: int, wire: Wire, ignored: list[str], faults: list[Fault]
) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    declared = {each.name for each in kind.params}
    ignored += [f"{name}.{each[:_LONGEST_NAME]}" for each in raw if each not in declared]
    for each in kind.params:
        if each.name in raw or each.required:
            _read(each, f"{name}.", raw, index, wire, inner, ignored, faults)
    return inner
