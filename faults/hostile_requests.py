"""The grammar of hostile requests. Request N of a seed is the same bytes every time.

A request is a valid one, mutated in a value, a member, the structure, the bytes, the headers, the path or the
query; one in eight stays valid, so that rows are stored in between. Bodies are put together from pieces of JSON
text, so that what no encoder would write costs nothing. Names come from the declarations.

Long because the whole grammar is read in one sitting.
"""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from faults.hostile_values import (
    BRACKETS,
    BROKEN,
    DAYS,
    ENDS,
    FORM,
    FORM_NAMES,
    FORM_VALUES,
    FRAGMENTS,
    GOOD,
    GOOD_OF,
    GOOD_QUERY,
    HEADERS,
    IDENTITIES,
    IDS,
    JUNK,
    KEYS,
    LITTLE_QUERIES,
    LONG_QUERIES,
    METHODS,
    NOTED,
    OF_THE_HOUSE,
    OF_THE_OTHERS,
    PART_ENDS,
    PART_HEADS,
    PART_TYPES,
    PATHS,
    QUERY_NAMES,
    QUERY_VALUES,
    REFERENCE_NAMES,
    SHAPES,
    SIZES,
    STRANGE_NAMES,
    TEXTS,
    TYPES,
)
from timewright.presenting.declare import Resource
from timewright.resources import REGISTRY

BASE = "/api/v1"
LISTS = [each for each in REGISTRY if "index" in each.endpoints]
ENTRIES = REGISTRY["time_entries"]
PARAMS = [param.name for param in ENTRIES.params]


KEYS_STAY = 60
"""For how many requests the same few idempotency keys are used."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its bytes, and what its answer is held against.

    `part` is whose token it carries, None when there may be none that is good. `asked` names the resource, the
    includes and the optional fields, when it is certain that they are read so. `alone` says that the server may
    close the connection after it, `raw_http` that it may be no HTTP at all.
    """

    number: int
    raw: bytes
    method: str
    part: str | None = None
    asked: tuple[str, tuple[str, ...], tuple[str, ...]] | None = None
    is_keyed: bool = False
    alone: bool = False
    raw_http: bool = False


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Who may ask: tokens by part of the cast, further tokens that are no good any more, and user ids."""

    tokens: Mapping[str, str]
    stale: Mapping[str, str]
    users: Mapping[str, int]


class Grammar:
    """Makes requests from (seed, number)."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self._ground = ground
        self._seed = seed
        self._chance = random.Random()
        self._people = [str(each) for each in ground.users.values()]

    def request(self, number: int) -> Request:
        """The request with this number."""
        c = self._chance
        c.seed((self._seed << 40) + number)
        if number and c.random() < 0.02:
            # The same again: what was stored under a key is replayed, the rest is refused or stored again.
            again = self.request(number - 1 - c.randrange(min(number, 20)))
            return replace(again, number=number)
        way = c.choices(_WAYS, _WEIGHTS)[0]
        return way(self, number)

    # Valid ones ----------------------------------------------------------------------------------

    def _good_create(self, number: int) -> Request:
        c, part = self._chance, self._one_who_logs()
        includes, optional = self._seen(ENTRIES)
        query = _query([("include", ",".join(includes)), ("optional_fields", ",".join(optional))])
        asked = ("time_entries", includes, optional)
        if c.random() < 0.2:
            return self._post(number, part, self._good_form(part), query, asked=asked, kind=FORM)
        body = (
            self._single(part)
            if c.random() < 0.8
            else self._batch([self._members(part) for _ in range(c.randint(1, 5))])
        )
        return self._post(number, part, body.encode(), query, asked=asked)

    def _good_read(self, number: int) -> Request:
        c, part = self._chance, self._anyone()
        # What is stored meanwhile is read as often as some of the rest together.
        resource = ENTRIES if c.random() < 0.3 else c.choice(LISTS)
        pairs = c.choices(GOOD_QUERY, k=c.randrange(3))
        includes, optional = self._seen(resource, has_only=any(name == "only" for name, _ in pairs))
        pairs += [("include", ",".join(includes)), ("optional_fields", ",".join(optional))]
        narrowed = c.choices(resource.filters, k=c.randrange(2)) if resource.filters else []
        narrowed += [each for each in resource.filters if each.required and each not in narrowed]
        pairs += [(each.name, c.choice(GOOD_OF.get(each.name) or GOOD[each.kind.word()])) for each in narrowed]
        place = c.choice(("", f"/{c.randint(1, 16)}", "/me" if resource.me else ""))
        return self._get(number, part, f"/{resource.name}{place}", _query(pairs), (resource.name, includes, optional))

    # Mutated bodies ------------------------------------------------------------------------------

    def _value(self, number: int) -> Request:
        """A value, or a few, that are none."""
        c, part = self._chance, self._one_who_logs()
        batch = [self._members(part) for _ in range(1 if c.random() < 0.7 else c.randint(2, 6))]
        for _ in range(c.randint(1, 3)):
            c.choice(batch)[c.choice(PARAMS)] = c.choice(FRAGMENTS)
        body = self._batch(batch) if len(batch) > 1 else _single(batch[0])
        return self._post(number, part, body.encode("utf-8", "surrogatepass"), self._little_query())

    def _member(self, number: int) -> Request:
        """Members that are missing, doubled, unknown, or not for everyone to set."""
        c, part = self._chance, self._one_who_logs()
        members = self._members(part)
        pieces = [f'"{name}":{value}' for name, value in members.items() if c.random() < 0.9]
        for _ in range(c.randint(1, 3)):
            name = c.choice(STRANGE_NAMES) if c.random() < 0.7 else c.choice(PARAMS)
            pieces.insert(c.randint(0, len(pieces)), f'"{name}":{c.choice(FRAGMENTS)}')
        strict = "Prefer: handling=strict\r\n" if c.random() < 0.3 else ""
        return self._post(number, part, ('{"time_entry":{' + ",".join(pieces) + "}}").encode(), more=strict)

    def _reference(self, number: int) -> Request:
        """A nested object with what is wrong inside."""
        c, part = self._chance, self._one_who_logs()
        members = self._members(part)
        inner = {"service_name": '"tracker"', "service_model": '"Issue"', "service_model_ref": f'"{number}"'}
        for _ in range(c.randrange(3)):
            inner[c.choice(REFERENCE_NAMES)] = c.choice(FRAGMENTS)
        members["external_reference"] = _object(inner)
        return self._post(number, part, _single(members).encode())

    def _structure(self, number: int) -> Request:
        """Roots and shapes."""
        c, part = self._chance, self._one_who_logs()
        entry = _object(self._members(part))
        body = c.choice(SHAPES).replace("@", entry)
        return self._post(number, part, body.encode(), self._little_query())

    def _size(self, number: int) -> Request:
        """Deep, wide and long bodies."""
        c, part = self._chance, self._one_who_logs()
        size = c.choice((15, 16, 17, 100, 2_000, 19_000, 21_000))
        entry = _object(self._members(part))
        body = c.choice(SIZES)(size).replace("@", entry)
        return self._post(number, part, body.encode())

    def _bytes(self, number: int) -> Request:
        """Bytes flipped, cut, doubled, and encodings that are none."""
        c, part = self._chance, self._one_who_logs()
        body = bytearray(self._single(part).encode())
        for _ in range(c.randint(1, 4)):
            at = c.randrange(len(body) + 1)
            body[at : at + c.randrange(3)] = c.choice(JUNK) if c.random() < 0.6 else bytes([c.randrange(256)])
        if c.random() < 0.2:
            body = body[: c.randrange(len(body))]
        content = bytes(body)
        if c.random() < 0.15:
            text = content.decode("utf-8", "replace")
            content = text.encode(c.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp037")), "replace")
        return self._post(number, part, content)

    def _form(self, number: int) -> Request:
        """Forms with brackets and percent signs in odd places."""
        c, part = self._chance, self._one_who_logs()
        pairs = self._good_form(part).decode().split("&")
        for _ in range(c.randint(1, 4)):
            at = c.randrange(len(pairs) + 1)
            name = c.choice(FORM_NAMES).replace("@", c.choice(PARAMS))
            pairs[at : at + c.randrange(2)] = [name + c.choice(("=", "", "==", "%3D")) + c.choice(FORM_VALUES)]
        if c.random() < 0.1:
            pairs *= c.choice((2, 30, 200))
        return self._post(number, part, "&".join(pairs).encode(), kind=FORM)

    def _parts(self, number: int) -> Request:
        """Multipart forms with odd names, headers, boundaries and ends."""
        c, part = self._chance, self._one_who_logs()
        pairs = [pair.split("=", 1) for pair in unquote(self._good_form(part).decode()).split("&time_entry")]
        fields = [(name if name.startswith("time_entry") else f"time_entry{name}", value) for name, value in pairs]
        for _ in range(c.randrange(4)):
            at = c.randrange(len(fields) + 1)
            fields.insert(at, (c.choice(FORM_NAMES).replace("@", c.choice(PARAMS)), c.choice(FORM_VALUES)))
        head = 'Content-Disposition: form-data; name="'
        odd = c.randrange(len(fields))
        body = "".join(
            f'--part\r\n{head}{name}"{c.choice(PART_HEADS) if at == odd else ""}\r\n\r\n{value}\r\n'
            for at, (name, value) in enumerate(fields)
        )
        if c.random() < 0.1:
            body *= c.choice((2, 30, 200))
        content = (body + c.choice(PART_ENDS)).encode()
        return self._post(number, part, content, kind=c.choice(PART_TYPES))

    def _mixture(self, number: int) -> Request:
        """A batch of good and bad ones: all or nothing."""
        c, part = self._chance, self._one_who_logs()
        count = c.choice((1, 2, 7, 20, 99, 100, 100, 101))
        batch = [self._members(part) for _ in range(count)]
        for _ in range(c.randrange(4)):
            c.choice(batch)[c.choice(PARAMS)] = c.choice(FRAGMENTS)
        return self._post(number, part, self._batch(batch).encode(), self._little_query())

    # Mutated heads -------------------------------------------------------------------------------

    def _header(self, number: int) -> Request:
        """Odd headers over a good body, or none."""
        c, part = self._chance, self._one_who_logs()
        more = "".join(c.choices(HEADERS, k=c.randint(1, 3)))
        if c.random() < 0.5:
            return self._post(number, part, self._single(part).encode(), more=more, kind=c.choice(TYPES))
        return self._get(number, part, f"/{c.choice(LISTS).name}", "?per_page=2", more=more)

    def _identity(self, number: int) -> Request:
        """Tokens that are none, and tokens of several people."""
        c, part = self._chance, self._one_who_logs()
        mine, other = self._ground.tokens[part], self._ground.tokens[c.choice(list(self._ground.tokens))]
        stale = c.choice(list(self._ground.stale.values()))
        written = c.choice(IDENTITIES).format(mine=mine, other=other, stale=stale, cut=mine[:-1])
        if c.random() < 0.5:
            return self._post(number, part, self._single(part).encode(), identity=written, is_whose=None)
        return self._get(number, None, f"/{c.choice(LISTS).name}", f"?access_token={other}", identity=written)

    def _key(self, number: int) -> Request:
        """Keys that are none, and keys that others or other bodies use as well."""
        c, part = self._chance, self._one_who_logs()
        body = self._single(part) if c.random() < 0.8 else self._batch([self._members(part) for _ in range(3)])
        if c.random() < 0.6:
            # A few bodies under a few keys: the same again, and another request under the same key.
            entry = self._members(part) | {"notes": _noted(part, "keyed"), "time_in_minutes": str(c.randint(1, 3))}
            shared = f"Idempotency-Key: {self._seed}-{number // KEYS_STAY}-{c.randrange(4)}\r\n"
            steady = {name: entry[name] for name in ("notes", "time_in_minutes")}
            body = _single({"workspace_id": "1", "date_performed": '"2026-02-02"'} | steady)
            return self._post(number, part, body.encode(), more=shared)
        return self._post(number, part, body.encode(), more=c.choice(KEYS))

    def _path(self, number: int) -> Request:
        """Paths and methods that are not there, ids of others and of nobody."""
        c, part = self._chance, self._anyone()
        path = c.choice(_PATHS)
        method = c.choice(METHODS) if c.random() < 0.4 else "GET"
        content = b'{"time_entry":{}}' if method not in {"GET", "HEAD"} else b""
        return self._send(number, method, path + self._little_query(), part, content)

    def _filters(self, number: int) -> Request:
        """Queries whose values are none."""
        c, part, resource = self._chance, self._anyone(), self._chance.choice(LISTS)
        names = [each.name for each in resource.filters] + QUERY_NAMES
        pairs = [f"{c.choice(names)}{c.choice(BRACKETS)}={c.choice(QUERY_VALUES)}" for _ in range(c.randint(1, 4))]
        place = c.choice(("", "", f"/{c.randint(1, 16)}"))
        return self._get(number, part, f"/{resource.name}{place}", "?" + c.choice("&&&;").join(pairs))

    def _long_query(self, number: int) -> Request:
        """Thousands of includes, ids and names."""
        c, part, resource = self._chance, self._anyone(), self._chance.choice(LISTS)
        return self._get(number, part, f"/{resource.name}", "?" + c.choice(LONG_QUERIES)(c.choice((10, 500, 4_000))))

    def _broken(self, number: int) -> Request:
        """What is no HTTP, and bodies over the limit: the server may close after its answer."""
        c, part = self._chance, self._one_who_logs()
        mine = f"Host: localhost\r\nAuthorization: Bearer {self._ground.tokens[part]}\r\n"
        raw = c.choice(BROKEN).replace("@", f"POST {BASE}/time_entries HTTP/1.1\r\n{mine}")
        return Request(number, raw.encode("latin-1"), "POST", alone=True, raw_http=True)

    # Pieces --------------------------------------------------------------------------------------

    def _anyone(self) -> str:
        return self._chance.choice(("kim", "lee", "ada", "cleo", "vera", "nora", "otto", "reader"))

    def _one_who_logs(self) -> str:
        return self._chance.choice(_WHO_LOGS)

    def _members(self, part: str) -> dict[str, str]:
        """A valid entry, nearly always: each member as JSON text."""
        c = self._chance
        members = {
            "workspace_id": c.choice(("1", "1", "1", '"1"', "1.0", "6")) if part != "nora" else "1",
            "date_performed": f'"{c.choice(DAYS)}"',
            "time_in_minutes": str(c.randint(1, 1440)),
            "notes": _noted(part, c.choice(TEXTS)),
        }
        if c.random() < 0.2:
            members["billable"] = c.choice(("true", "false", '"true"', "1"))
        if c.random() < 0.15 and members["workspace_id"] != "6":
            members["story_id"] = c.choice(("1", "1", "2", "8"))
        if c.random() < 0.1:
            members["role_id"] = c.choice(("1", "2"))
        if c.random() < 0.1 and part in {"lee", "ada"}:
            members["user_id"] = c.choice(self._people)
        if c.random() < 0.1:
            members["rate_in_cents"] = str(c.randint(0, 20_000))
        if c.random() < 0.1:
            members["external_reference"] = (
                f'{{"service_name":"tracker","service_model":"Issue","service_model_ref":"{c.randrange(10**9)}"}}'
            )
        return members

    def _single(self, part: str) -> str:
        return _single(self._members(part))

    def _batch(self, batch: list[dict[str, str]]) -> str:
        return '{"time_entries":[' + ",".join(map(_object, batch)) + "]}"

    def _good_form(self, part: str) -> bytes:
        c = self._chance
        notes = f"{_whose(part)} {NOTED} {c.choice(('a b', 'x=y&z', '50 %', 'é'))}"
        pairs = {"workspace_id": "1", "date_performed": c.choice(DAYS), "time_in_minutes": "45", "notes": notes}
        return "&".join(f"time_entry[{name}]={quote(value)}" for name, value in pairs.items()).encode()

    def _seen(self, resource: Resource, *, has_only: bool = False) -> tuple[tuple[str, ...], tuple[str, ...]]:
        c = self._chance
        working = [each for each in resource.includes if has_only or not each.with_only]
        includes = [each.name for each in working if c.random() < 0.25]
        # All, one or none: each other choice of fields is a statement of its own that the server must compile.
        optional = [each.name for each in resource.fields if each.optional]
        if optional and c.random() < 0.8:
            optional = [c.choice(optional)] if c.random() < 0.3 else []
        return tuple(includes), tuple(optional)

    def _little_query(self) -> str:
        c = self._chance
        return "?" + c.choice(LITTLE_QUERIES) if c.random() < 0.25 else ""

    # The wire ------------------------------------------------------------------------------------

    def _post(
        self,
        number: int,
        part: str,
        content: bytes,
        query: str = "",
        *,
        more: str = "",
        kind: str = "application/json",
        identity: str | None = None,
        is_whose: str | None = "",
        asked: tuple[str, tuple[str, ...], tuple[str, ...]] | None = None,
    ) -> Request:
        if not more and identity is None and self._chance.random() < 0.1:
            more = f"Idempotency-Key: {self._seed}-{number}\r\n"
        if kind:
            more += f"Content-Type: {kind}\r\n"
        whose = part if is_whose == "" else is_whose
        return self._send(
            number,
            "POST",
            f"{BASE}/time_entries{query}",
            part,
            content,
            more,
            identity=identity,
            whose=whose,
            asked=asked,
        )

    def _get(
        self,
        number: int,
        part: str | None,
        path: str,
        query: str,
        asked: tuple[str, tuple[str, ...], tuple[str, ...]] | None = None,
        more: str = "",
        identity: str | None = None,
    ) -> Request:
        return self._send(
            number, "GET", BASE + path + query, part, b"", more, identity=identity, whose=part, asked=asked
        )

    def _send(
        self,
        number: int,
        method: str,
        target: str,
        part: str | None,
        content: bytes,
        more: str = "",
        *,
        identity: str | None = None,
        whose: str | None = "",
        asked: tuple[str, tuple[str, ...], tuple[str, ...]] | None = None,
    ) -> Request:
        if identity is None:
            identity = f"Authorization: Bearer {self._ground.tokens[part or 'kim']}\r\n"
        if content and self._chance.random() < 0.03:
            more += "Transfer-Encoding: chunked\r\n"
            at = self._chance.randint(1, len(content))
            chunks = [chunk for chunk in (content[:at], content[at:]) if chunk]
            content = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        elif content or method in {"POST", "PUT", "PATCH"}:
            more += f"Content-Length: {len(content)}\r\n"
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{identity}{more}\r\n".encode("latin-1", "replace")
        return Request(
            number,
            head + content,
            method,
            part if whose == "" else whose,
            asked,
            is_keyed="idempotency-key" in more.lower(),
            alone=len(head) > _LARGE
            or len(content) > _LARGE  # It may be answered before it is read.
            or "chunked" in more
            or " " in target
            or not _PLAIN.fullmatch(head)
            or method not in {"GET", "POST"},
        )


_WHO_LOGS = ("kim",) * 6 + ("lee",) * 4 + ("ada",) * 4 + ("otto",) * 4 + ("nora", "cleo", "vera", "reader")
_LARGE = 4_000
_PLAIN = re.compile(rb"[\r\n\x20-\x7e]*")


def _whose(part: str) -> str:
    return OF_THE_OTHERS if part == "otto" else OF_THE_HOUSE


def _noted(part: str, text: str) -> str:
    return f'"{_whose(part)} {NOTED} {text}"'


def _object(members: Mapping[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}"


def _single(members: Mapping[str, str]) -> str:
    return '{"time_entry":' + _object(members) + "}"


def _query(pairs: list[tuple[str, str]]) -> str:
    written = "&".join(f"{name}={value}" for name, value in pairs if value)
    return f"?{written}" if written else ""


_PATHS = (
    *(f"{BASE}/{each.name}/{id_}" for each in LISTS for id_ in IDS),
    *(f"{BASE}/{each.name}{end}" for each in REGISTRY for end in ENDS),
    *PATHS,
)


_PLAN: tuple[tuple[Callable[[Grammar, int], Request], int], ...] = (
    (Grammar._good_create, 10),
    (Grammar._good_read, 6),
    (Grammar._value, 16),
    (Grammar._member, 9),
    (Grammar._reference, 5),
    (Grammar._structure, 9),
    (Grammar._size, 2),
    (Grammar._bytes, 8),
    (Grammar._form, 6),
    (Grammar._parts, 5),
    (Grammar._mixture, 2),
    (Grammar._header, 6),
    (Grammar._identity, 5),
    (Grammar._key, 5),
    (Grammar._path, 8),
    (Grammar._filters, 8),
    (Grammar._long_query, 1),
    (Grammar._broken, 1),
)
_WAYS = [way for way, _ in _PLAN]
_WEIGHTS = [weight for _, weight in _PLAN]
