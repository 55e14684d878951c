"""The client and the server, on both engines; and over a line that answers by the contract, whoever serves it."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.conftest import House
from timewright.client import (
    AsyncTimewright,
    Forbidden,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Retries,
    Timewright,
    TimewrightError,
    Unauthenticated,
    Unreachable,
)
from timewright.resources import REGISTRY

BASE_URL = "http://testserver/api/v1"
AT_ONCE = Retries(attempts=3, first_seconds=0.0, longest_seconds=5.0)


def client(house: House, part: str) -> Timewright:
    return Timewright(BASE_URL, house.world.tokens[part], http=house.client, retries=AT_ONCE)


def entry(house: House, **members: Any) -> Any:
    main = house.world.workspaces["main"]["id"]
    return {"workspace_id": main, "date_performed": "2026-02-02", "time_in_minutes": 30, **members}


# Reading --------------------------------------------------------------------------------------------


def test_a_list_is_walked_page_by_page(still_house: House) -> None:
    ada = client(still_house, "ada")
    whole = [each["id"] for each in ada.time_entries.list()]
    pages = list(ada.time_entries.list(per_page=3).pages())
    assert [len(page) for page in pages[:-1]] == [3] * (len(pages) - 1)
    assert len(pages) > 2
    assert [each["id"] for page in pages for each in page] == whole
    assert {page.count for page in pages} == {len(whole)}
    listing = ada.time_entries.list(only=whole[:2], per_page=1)
    assert {each["id"] for each in listing} == set(whole[:2])
    assert len(list(listing.pages())) == 1, "only is not cut into pages"
    assert [len(page) for page in ada.time_entries.list(only=[999]).pages()] == [0]


def test_what_is_logged_while_a_list_is_walked_lets_nothing_come_twice(house: House) -> None:
    with client(house, "kim") as kim:
        before = {each["id"] for each in kim.time_entries.list()}
        came: list[str] = []
        for each in kim.time_entries.list(per_page=2):
            if not came:
                kim.time_entries.create(**entry(house, date_performed="2099-01-01"))
            came.append(each["id"])
    assert len(before) > 2
    assert sorted(came) == sorted(before)


def test_includes_stand_on_the_objects(still_house: House) -> None:
    ada = client(still_house, "ada")
    for each in ada.time_entries.list(include=["user", "workspace", "story"]):
        assert each["user"]["id"] == each["user_id"]
        assert each["workspace"]["id"] == each["workspace_id"]
        assert (each["story"] or {"id": None})["id"] == each["story_id"]
    task = next(iter(ada.stories.list(include="workspace", parents_only=True)))
    assert task["workspace"]["title"]


def test_single_objects_of_every_resource(still_house: House) -> None:
    ada = client(still_house, "ada")
    assert ada.users.me()["id"] == str(still_house.world.users["ada"]["id"])
    for things in (ada.time_entries, ada.workspaces, ada.stories, ada.users):
        first = next(iter(things.list()))
        assert things.get(first["id"])["id"] == first["id"]
    assert ada.time_entries.get(first_id(ada), optional_fields="user_can_edit")["user_can_edit"] in {True, False}
    page = ada.request("GET", "/workspaces", query={"per_page": 1})
    assert page is not None
    assert len(page) == 1


def first_id(ada: Timewright) -> str:
    return next(iter(ada.time_entries.list()))["id"]


# Writing --------------------------------------------------------------------------------------------


def test_time_is_logged(house: House) -> None:
    kim = client(house, "kim")
    made = kim.time_entries.create(**entry(house, notes="é\n"), include="user")
    assert (made["notes"], made["time_in_minutes"]) == ("é\n", 30)
    assert made["user"]["id"] == made["user_id"]
    assert kim.time_entries.get(made["id"])["notes"] == "é\n"


def test_a_bulk_is_logged_whole_or_not_at_all(house: House) -> None:
    kim = client(house, "kim")
    days = ["2026-02-03", "2026-02-05", "2026-02-04"]
    page = kim.time_entries.create_many(entry(house, date_performed=day, colour="red") for day in days)
    assert page.created_ids is not None
    by_id = {each["id"]: each for each in page}
    assert [by_id[id_]["date_performed"] for id_ in page.created_ids] == days
    assert page.ignored == [{"index": index, "field": "colour"} for index in range(3)]
    before = next(kim.time_entries.list().pages()).count
    with pytest.raises(Invalid) as refusal:
        kim.time_entries.create_many([entry(house), entry(house, time_in_minutes=0)])
    assert [(each.index, each.field) for each in refusal.value.errors] == [(1, "time_in_minutes")]
    assert next(kim.time_entries.list().pages()).count == before


def test_the_same_key_is_the_same_entry(house: House) -> None:
    kim = client(house, "kim")
    first = kim.time_entries.create(**entry(house), idempotency_key="once")
    assert kim.time_entries.create(**entry(house), idempotency_key="once")["id"] == first["id"]
    assert kim.time_entries.create(**entry(house))["id"] != first["id"]
    many = [kim.time_entries.create_many([entry(house)], idempotency_key="many") for _ in range(2)]
    assert [page.is_replayed for page in many] == [False, True]
    with pytest.raises(Invalid) as refusal:
        kim.time_entries.create(**entry(house, notes="other"), idempotency_key="once")
    assert refusal.value.type == "idempotency"


def test_entries_are_changed_and_deleted_where_the_server_offers_it(house: House) -> None:
    kim = client(house, "kim")
    first, second, third = (kim.time_entries.create(**entry(house))["id"] for _ in range(3))
    offered = REGISTRY["time_entries"].endpoints
    if "update" in offered:
        changed = kim.time_entries.update(first, notes="later", story_id=None)
        assert (changed["notes"], changed["time_in_minutes"]) == ("later", 30)
        assert kim.time_entries.get(first)["notes"] == "later"
    else:
        # A method that is not offered is not found (contract README, errors).
        with pytest.raises(NotFound):
            kim.time_entries.update(first, notes="later")
    if "delete" in offered:
        kim.time_entries.delete(first)
        kim.time_entries.delete_many([second, third])
        assert [each["id"] for each in kim.time_entries.list(only=[first, second, third])] == []
        with pytest.raises(NotFound):
            kim.time_entries.delete(first)
    else:
        with pytest.raises(NotFound):
            kim.time_entries.delete(first)
        with pytest.raises(NotFound):
            kim.time_entries.delete_many([second, third])


def test_entries_are_checked_and_logged_apart_where_the_server_offers_it(house: House) -> None:
    kim = client(house, "kim")
    entries = [entry(house, notes="apart"), entry(house, time_in_minutes=0)]
    if "batch" not in REGISTRY["time_entries"].endpoints:
        # So it is with a server that knows only what is published.
        for ask in (kim.time_entries.validate, kim.time_entries.batch):
            with pytest.raises(NotFound):
                ask(entries)
        return
    assert [each["status"] for each in kim.time_entries.validate(entries)] == ["valid", "refused"]
    first, again = (kim.time_entries.batch(entries, idempotency_key="apart") for _ in range(2))
    assert [each["status"] for each in first] == ["created", "refused"]
    assert [each["status"] for each in again] == ["duplicate", "refused"]
    assert kim.time_entries.get(first[0]["id"] or "")["notes"] == "apart"


def test_refusals_are_exceptions_that_say_why(house: House) -> None:
    kim = client(house, "kim")
    with pytest.raises(NotFound) as absent:
        kim.time_entries.get(999_999)
    assert (absent.value.status, absent.value.type, absent.value.messages) == (404, "system", ("Not found",))
    assert absent.value.request_id
    with pytest.raises(Forbidden):
        client(house, "cleo").time_entries.create(**entry(house))
    with pytest.raises(Unauthenticated):
        Timewright(BASE_URL, "tw_wrong", http=house.client).users.me()
    with pytest.raises(Invalid) as strict:
        kim.time_entries.create(**entry(house, colour="red"), strict=True)
    assert strict.value.errors[0].field == "colour"


def test_a_lost_answer_books_once(house: House) -> None:
    """The answer to the first POST is lost after the server stored it; the client asks whom it speaks with."""
    kim = Timewright(BASE_URL, house.world.tokens["kim"], http=Losing(house.client), retries=AT_ONCE)
    before = next(client(house, "kim").time_entries.list().pages()).count
    made = kim.time_entries.create(**entry(house))
    listed = next(client(house, "kim").time_entries.list().pages())
    assert listed.count == before + 1
    assert made["id"] in {each["id"] for each in listed}


class Losing(httpx2.Client):
    """A line that loses the first answer to a POST."""

    def __init__(self, line: httpx2.Client) -> None:
        super().__init__()
        self.line = line
        self.loses = 1

    def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        answer = self.line.send(request, **how)
        if request.method == "POST" and self.loses:
            self.loses -= 1
            raise httpx2.ReadError("the connection broke")
        return answer


# Servers of the contract ----------------------------------------------------------------------------

SHOWN = {
    "count": 1,
    "results": [{"key": "time_entries", "id": "5"}],
    "time_entries": {"5": {"id": "5", "notes": None, "approved_by_whom": "a member of later days"}},
    "meta": {"count": 1, "page_count": 1, "page_number": 1, "page_size": 20},
}
"""A recorded shape (contract README, response envelope)."""

Handler = Callable[[httpx2.Request], httpx2.Response]


class Server:
    """Answers by a function, and remembers what it was asked."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.asked: list[tuple[str, str]] = []
        self.keys: list[str | None] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append((request.method, request.url.raw_path.decode().removeprefix("/api/v1")))
        self.keys.append(request.headers.get("idempotency-key"))
        return self.handler(request)

    def waiting(self) -> Timewright:
        http = httpx2.Client(transport=httpx2.MockTransport(self))
        return Timewright("https://api.example.com/api/v1/", "secret", http=http, retries=AT_ONCE)

    def awaiting(self) -> AsyncTimewright:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self))
        return AsyncTimewright("https://api.example.com/api/v1/", "secret", http=http, retries=AT_ONCE)


def by_contract(request: httpx2.Request) -> httpx2.Response:
    if request.headers.get("authorization") != "Bearer secret":
        return httpx2.Response(401, json={"errors": [{"type": "oauth", "message": "Invalid OAuth 2 Request"}]})
    return httpx2.Response(204) if request.method == "DELETE" else httpx2.Response(200, json=SHOWN)


def test_changes_and_deletes_go_as_published() -> None:
    server = Server(by_contract)
    with server.waiting() as api:
        assert api.time_entries.update(5, notes=None)["id"] == "5"
        api.time_entries.delete(5)
        api.time_entries.delete_many([5, 6])
    assert server.asked == [
        ("PUT", "/time_entries/5"),
        ("DELETE", "/time_entries/5"),
        ("DELETE", "/time_entries?ids=5%2C6"),
    ]
    assert server.keys == [None] * 3


def test_members_of_later_days_are_kept() -> None:
    with Server(by_contract).waiting() as api:
        shown: Any = api.time_entries.get(5)
    assert shown["approved_by_whom"] == "a member of later days"


def test_both_clients_do_the_same() -> None:
    def waits(api: Timewright) -> list[Any]:
        made = api.time_entries.create(workspace_id=1, date_performed="2026-01-02", time_in_minutes=1)
        many = api.time_entries.create_many([], idempotency_key="k")
        api.time_entries.update(5, notes="n")
        api.time_entries.delete(5)
        api.time_entries.delete_many([5])
        listed = [each["id"] for each in api.time_entries.list(include="user")]
        pages = [page.count for page in api.time_entries.list().pages()]
        api.request("GET", "/time_entries")
        api.time_entries.get(5)
        return [made["id"], many.count, listed, pages]

    async def awaits(api: AsyncTimewright) -> list[Any]:
        async with api:
            made = await api.time_entries.create(workspace_id=1, date_performed="2026-01-02", time_in_minutes=1)
            many = await api.time_entries.create_many([], idempotency_key="k")
            await api.time_entries.update(5, notes="n")
            await api.time_entries.delete(5)
            await api.time_entries.delete_many([5])
            listed = [each["id"] async for each in api.time_entries.list(include="user")]
            pages = [page.count async for page in api.time_entries.list().pages()]
            await api.request("GET", "/time_entries")
            await api.time_entries.get(5)
            return [made["id"], many.count, listed, pages]

    mine, theirs = Server(by_contract), Server(by_contract)
    assert waits(mine.waiting()) == asyncio.run(awaits(theirs.awaiting())) == ["5", 1, ["5"], [1]]
    assert mine.asked == theirs.asked
    assert len(mine.asked) == 9


def pushed_on(request: httpx2.Request) -> httpx2.Response:
    """Two pages of two; what stood last on the first stands on the second by now."""
    ids = {"1": ["9", "8"], "2": ["8", "7"]}[request.url.params["page"]]
    results = [{"key": "time_entries", "id": id_} for id_ in ids]
    body = {"count": 4, "results": results, "time_entries": {id_: {"id": id_} for id_ in ids}}
    return httpx2.Response(200, json={**body, "meta": {"page_count": 2}})


def test_what_two_pages_hold_comes_once_to_both_clients() -> None:
    async def awaits(api: AsyncTimewright) -> list[str]:
        async with api:
            return [each["id"] async for each in api.time_entries.list()]

    with Server(pushed_on).waiting() as api:
        assert [each["id"] for each in api.time_entries.list()] == ["9", "8", "7"]
        assert [len(page) for page in api.time_entries.list().pages()] == [2, 2], "a page is as it came"
    assert asyncio.run(awaits(Server(pushed_on).awaiting())) == ["9", "8", "7"]


def losing_posts(request: httpx2.Request) -> httpx2.Response:
    if request.method == "POST":
        raise httpx2.ReadTimeout("nothing came")
    return by_contract(request)


def test_where_keys_are_not_kept_a_lost_create_is_left_to_the_caller() -> None:
    members: Any = {"workspace_id": 1, "date_performed": "2026-01-02", "time_in_minutes": 1}
    server = Server(losing_posts)
    with server.waiting() as api, pytest.raises(OutcomeUnknown) as unknown:
        api.time_entries.create(**members)
    assert [method for method, _ in server.asked] == ["POST", "GET"]
    assert unknown.value.idempotency_key == server.keys[0]

    async def awaits() -> None:
        async with AsyncTimewright(
            "https://api.example.com/api/v1", "secret", keeps_keys=True, retries=AT_ONCE,
            http=httpx2.AsyncClient(transport=httpx2.MockTransport(again)),
        ) as api:  # fmt: skip
            await api.time_entries.create(**members)

    again = Server(losing_posts)
    with pytest.raises(OutcomeUnknown):
        asyncio.run(awaits())
    assert len(set(again.keys)) == 1, "one call has one key"
    assert [method for method, _ in again.asked] == ["POST"] * 3


def unreachable(_: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("refused")


def test_a_server_that_is_away_is_unreachable() -> None:
    server = Server(unreachable)
    with server.waiting() as api, pytest.raises(Unreachable, match="refused"):
        api.users.me()
    assert len(server.asked) == 3


def test_a_base_address_must_be_one() -> None:
    with pytest.raises(ValueError, match="http"):
        Timewright("api.example.com/api/v1", "secret")


def test_nothing_shows_the_token() -> None:
    api = Server(unreachable).waiting()
    assert "secret" not in repr(api) + repr(vars(api)) + str(api)
    with pytest.raises(TimewrightError) as error:
        api.users.me()
    assert "secret" not in repr(error.value)


# Apart from the server ------------------------------------------------------------------------------


def test_the_client_loads_nothing_of_the_server() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, timewright.client; print(*sorted(sys.modules))"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    mine = {name for name in told if name.startswith("timewright")}
    assert {name for name in mine if not name.startswith("timewright.client")} == {"timewright"}
    assert not {"sqlalchemy", "starlette", "uvicorn", "alembic"} & set(told)


def test_without_its_library_the_client_says_what_to_install() -> None:
    program = "import sys; sys.modules['httpx2'] = None; import timewright.client"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "install timewright[client]" in done.stderr
    assert done.returncode == 1
