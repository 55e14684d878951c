"""Calls as values: what is sent, and how the answer is read. No input or output, no waiting.

Long because every way to ask, to write and to read stands here, once for both clients.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote, urlencode

import msgspec

from timewright.client.errors import Malformed
from timewright.client.objects import ASSOCIATIONS

T = TypeVar("T")
R = TypeVar("R")

MOST_PER_PAGE = 200
"""The longest page that the wire knows; lists are read in pages of this length."""

_WRITING = ("include", "optional_fields")
_OUTER = frozenset({"count", "results", "meta"})


@dataclass(frozen=True)
class Request:
    """What goes over the line: `path` stands below the base address and has its query with it. An anonymous one
    goes without the token.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_anonymous: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back, its header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


@dataclass(frozen=True)
class Call(Generic[R]):
    """One logical call. However often it is sent, the request is the same, its key included."""

    request: Request
    read: Callable[[Answer], R]

    @property
    def key(self) -> str | None:
        """The idempotency key it is sent with; whatever may create something has one."""
        return self.request.headers.get("idempotency-key")


# Answers --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page(Generic[T]):
    """The objects of one answer, in its order, with what stands beside them.

    `sections` are the side-loads by the wire's name and id; includes that were asked for stand on the objects
    already. `count` is how many match in all.
    """

    objects: list[T]
    count: int
    meta: Mapping[str, Any]
    sections: Mapping[str, Mapping[str, Any]]
    headers: Mapping[str, str]

    def __getitem__(self, index: int) -> T:
        return self.objects[index]

    def __len__(self) -> int:
        return len(self.objects)

    def __iter__(self) -> Iterator[T]:
        return iter(self.objects)

    @property
    def created_ids(self) -> list[str] | None:
        """After a bulk, the new ids in the order of the request; None where the server does not tell."""
        return self.meta.get("created_ids")

    @property
    def ignored(self) -> list[dict[str, Any]]:
        """The members of a write that had no effect: `[{"index": 0, "field": "colour"}]`."""
        return list(self.meta.get("ignored", ()))

    @property
    def is_replayed(self) -> bool:
        """Whether this write had been carried out before, under the same key."""
        return self.headers.get("idempotency-replayed") == "true"

    @property
    def request_id(self) -> str | None:
        """The id under which the server's log knows the request."""
        return self.headers.get("x-request-id")


def plain_page(name: str, body: Any, headers: Mapping[str, str]) -> Page[Any]:
    """A page as it came: nothing is put onto its objects."""
    try:
        objects = [body[result["key"]][result["id"]] for result in body["results"]]
        sections = {name: objects for name, objects in body.items() if name not in _OUTER}
        return Page(objects, body["count"], body.get("meta", {}), sections, headers)
    except (KeyError, TypeError, AttributeError):
        raise _malformed(name) from None


def _malformed(name: str) -> Malformed:
    return Malformed(f"The answer to a call of {name} is not of the wire's shape.")


def _page(name: str, includes: Sequence[str], answer: Answer) -> Page[Any]:
    body = answer.document()
    page = plain_page(name, body, answer.headers)
    key = body["results"][0]["key"] if page.objects else name
    try:
        for include, (member, section) in ASSOCIATIONS.get(key, {}).items():
            if include in includes and (section in page.sections or not section):
                _stand_beside(page.objects, include, member, section, page.sections)
    except (KeyError, TypeError, AttributeError):
        raise _malformed(name) from None
    return page


def _stand_beside(objects: Sequence[Any], include: str, member: str, section: str, sections: Mapping[str, Any]) -> None:
    for each in objects:
        held = each.get(member)
        # A member that leads to several kinds of thing says to which.
        key, ids = (held["key"], held["id"]) if isinstance(held, dict) else (section, held)
        side_loaded = sections.get(key, {})
        if isinstance(ids, list):
            each[include] = [side_loaded[id_] for id_ in ids if id_ in side_loaded]
        elif member in each:
            each[include] = side_loaded.get(ids) if ids is not None else None


def _one(name: str, includes: Sequence[str], answer: Answer) -> Any:
    page = _page(name, includes, answer)
    if len(page) != 1:
        raise Malformed(f"The answer to a call of {name} holds {len(page)} objects where one was expected.")
    return page[0]


def _outcomes(_: Sequence[str], answer: Answer) -> list[Any]:
    body = answer.document()
    if not isinstance(body, dict) or not isinstance(body.get("outcomes"), list):
        raise Malformed("The answer holds no outcomes.")
    found: list[Any] = body["outcomes"]
    return found


# Calls ----------------------------------------------------------------------------------------------


def page(name: str, asked: Mapping[str, Any]) -> Call[Page[Any]]:
    """One page of a list."""
    request = Request("GET", _with_query(f"/{name}", asked))
    return Call(request, lambda answer: _page(name, _listed(asked.get("include", ())), answer))


def beginning(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """What to ask for first of a whole list. What can be gone through once only is kept, for the later pages."""
    return {"page": 1, "per_page": MOST_PER_PAGE, **_kept(asked)}


def following(asked: Mapping[str, Any], read: Page[Any]) -> Mapping[str, Any] | None:
    """What to ask for after a page; None when that was all.

    `only` is not cut into pages, and `limit` with `offset` is a page of the caller's own. A blank one, and `limit` or
    `offset` alone, mean nothing (contract README, pagination and filters).
    """
    is_own_page = _is_sent(asked, "limit") and _is_sent(asked, "offset")
    if _is_sent(asked, "only") or is_own_page or not read:
        return None
    number = asked["page"]
    pages = read.meta.get("page_count", 0 if len(read) < asked["per_page"] else number + 1)
    return {**asked, "page": number + 1} if number < pages else None


def unseen(read: Page[T], seen: set[Any]) -> list[T]:
    """The objects of a page whose ids were not seen before; now they are."""
    fresh = [each for each in read if cast("Any", each)["id"] not in seen]
    seen.update(cast("Any", each)["id"] for each in fresh)
    return fresh


def one(name: str, id_: int | str, asked: Mapping[str, Any]) -> Call[Any]:
    """One object."""
    asked = _kept(asked)
    request = Request("GET", _with_query(_place(name, id_), asked))
    return Call(request, lambda answer: _one(name, _listed(asked.get("include", ())), answer))


def create(name: str, singular: str, given: Mapping[str, Any]) -> Call[Any]:
    """A new object."""
    members, told = _parted(given)
    return _written("POST", f"/{name}", {singular: members}, told, lambda includes, a: _one(name, includes, a))


def create_or_update(name: str, singular: str, given: Mapping[str, Any]) -> Call[Any]:
    """A new object, or a change of the one that is there."""
    members, told = _parted(given)
    path = f"/{name}/create_or_update"
    return _written("POST", path, {singular: members}, told, lambda includes, a: _one(name, includes, a))


def create_many(name: str, objects: Iterable[Mapping[str, Any]], told: Mapping[str, Any]) -> Call[Page[Any]]:
    """New objects, all or none."""
    return _written("POST", f"/{name}", {name: list(objects)}, told, lambda includes, a: _page(name, includes, a))


def validate(name: str, objects: Iterable[Mapping[str, Any]], told: Mapping[str, Any]) -> Call[list[Any]]:
    """What a create would make of each object. Nothing is stored: it needs no key."""
    call: Call[list[Any]] = _written("POST", f"/{name}/validate", {name: list(objects)}, told, _outcomes)
    headers = {header: value for header, value in call.request.headers.items() if header != "idempotency-key"}
    return replace(call, request=replace(call.request, headers=headers))


def batch(name: str, objects: Iterable[Mapping[str, Any]], told: Mapping[str, Any]) -> Call[list[Any]]:
    """New objects, each stored or refused on its own."""
    return _written("POST", f"/{name}/batch", {name: list(objects)}, told, _outcomes)


def update(name: str, singular: str, id_: int | str, given: Mapping[str, Any]) -> Call[Any]:
    """Change an object: the members that are given, and no other."""
    members, told = _parted(given)
    return _written("PUT", _place(name, id_), {singular: members}, told, lambda includes, a: _one(name, includes, a))


def step(name: str, id_: int | str, taken: str, told: Mapping[str, Any]) -> Call[Any]:
    """A step taken with an object, which needs no members."""
    return _written("PUT", f"{_place(name, id_)}/{taken}", {}, told, lambda includes, a: _one(name, includes, a))


def delete(name: str, id_: int | str) -> Call[None]:
    """Delete an object."""
    return Call(Request("DELETE", _place(name, id_)), lambda _: None)


def delete_many(name: str, ids: Iterable[int | str]) -> Call[None]:
    """Delete objects, all or none (contract: time_entries.bulk_delete). A text is the wire's comma list: its letters,
    one by one, would be other ids.
    """
    return Call(Request("DELETE", _with_query(f"/{name}", {"ids": ids})), lambda _: None)


def question(name: str, id_: int | str, asked: str) -> Call[Any]:
    """What is answered to a question about one object."""
    return Call(Request("GET", f"/{name}/{quote(str(id_), safe='')}/{asked}"), lambda answer: answer.document()[asked])


def question_of_none(name: str, asked: str) -> Call[Any]:
    """What is answered to a question about no object of its own."""
    return Call(Request("GET", f"/{name}/{asked}"), lambda answer: answer.document()[asked])


def document(method: str, path: str, given: Any, key: str | None) -> Call[Any]:
    """A request to any path below the base address; its answer is what came, or None when it is empty."""
    call = any_request(method, path, {}, given, key)
    return replace(call, read=lambda answer: _whole(path, answer))


def _whole(path: str, answer: Answer) -> Any:
    document = answer.document()
    if document is None and answer.body not in {b"", b"null"}:
        raise Malformed(f"The answer to a call of {path.partition('?')[0]} is no JSON.")
    return document


def any_request(method: str, path: str, query: Mapping[str, Any], document: Any, key: str | None) -> Call[Any]:
    """A request to any path below the base address; its answer is a page, or None when it is empty."""
    method, query = method.upper(), _kept(query)
    headers = {"idempotency-key": key or new_key()} if method == "POST" else {}
    body = None if document is None else _encoded(document)
    name = path.strip("/").partition("/")[0].removesuffix(".json")

    def read(answer: Answer) -> Page[Any] | None:
        return _page(name, _listed(query.get("include", ())), answer) if answer.body else None

    return Call(Request(method, _with_query(f"/{path.lstrip('/')}", query), headers, body), read)


def new_key() -> str:
    """An idempotency key that nobody used."""
    return str(uuid.uuid4())


_TOLD = frozenset({*_WRITING, "strict", "idempotency_key"})


def _parted(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    members = {name: value for name, value in given.items() if name not in _TOLD}
    return members, {name: value for name, value in given.items() if name in _TOLD}


def _written(
    method: str,
    path: str,
    document: Mapping[str, Any],
    told: Mapping[str, Any],
    read: Callable[[Sequence[str], Answer], R],
) -> Call[R]:
    headers = {"prefer": "handling=strict"} if told.get("strict") else {}
    if method == "POST":
        headers["idempotency-key"] = told.get("idempotency_key") or new_key()
    query = _kept({name: told[name] for name in _WRITING if name in told})
    includes = _listed(query.get("include", ()))
    return Call(Request(method, _with_query(path, query), headers, _encoded(document)), lambda a: read(includes, a))


# The wire's ways of writing -------------------------------------------------------------------------


def _place(name: str, id_: int | str) -> str:
    text = str(id_)
    if not text.strip(" ."):
        raise ValueError("An id is missing: without one the address is that of all.")
    return f"/{name}/{quote(text, safe='')}"


def _encoded(document: Any) -> bytes:
    return msgspec.json.encode(document)


def _listed(names: str | Iterable[str]) -> list[str]:
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)


def _kept(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else value
        for name, value in asked.items()
    }


def _is_sent(asked: Mapping[str, Any], name: str) -> bool:
    value = asked.get(name)
    return value is not None and bool(_text(name, value).strip())


def _with_query(path: str, asked: Mapping[str, Any]) -> str:
    query = urlencode([(name, _text(name, value)) for name, value in asked.items() if value is not None])
    return f"{path}?{query}" if query else path


_BETWEEN = {"within_dates": ":", "pending_timesheet_submissions": ";", "created_at": ";"}
"""What stands between the ends of a span, where the name of the filter does not say so and it is no comma."""


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # instants are dates too
        return value.isoformat()
    if isinstance(value, (str, int)):
        return str(value)
    between = ":" if name.endswith("_between") else _BETWEEN.get(name, ",")
    return between.join("" if each is None else _text(name, each) for each in cast("Iterable[Any]", value))
