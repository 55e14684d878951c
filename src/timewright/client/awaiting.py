"""The client for code that awaits. The one for code that waits stands in `blocking.py`, method for method."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, Unpack, cast

import httpx2

from timewright.client import calls
from timewright.client.calls import Answer, Call, Page
from timewright.client.exchange import Exchange, Retries, Trouble, Wait
from timewright.client.line import TIMEOUT, Line
from timewright.client.objects import (
    Asked,
    Booked,
    Creating,
    Id,
    Keyed,
    NewTimeEntry,
    StoriesAsked,
    Story,
    Strictly,
    TimeEntriesAsked,
    TimeEntry,
    TimeEntryChanged,
    TimeEntryCreated,
    User,
    UsersAsked,
    Validated,
    Workspace,
    WorkspacesAsked,
)

T = TypeVar("T")
R = TypeVar("R")


class _Shell:
    """Carries out calls: sends, waits, and knows nothing else."""

    def __init__(self, line: Line, exchange: Exchange, http: httpx2.AsyncClient) -> None:
        self._line = line
        self._exchange = exchange
        self.http = http

    async def run(self, call: Call[R]) -> R:
        steps = self._exchange.steps(call)
        reply: Answer | Trouble | None = None
        try:
            while True:
                step = steps.send(reply)
                if isinstance(step, Wait):
                    await asyncio.sleep(step.seconds)
                    reply = None
                    continue
                request = self.http.build_request(**self._line.outgoing(step))
                try:
                    reply = self._line.incoming(await self.http.send(request))
                except httpx2.RequestError as error:
                    reply = self._line.broken(error)
        except StopIteration as done:
            return cast("R", done.value)


class AsyncListing(Generic[T]):
    """What a list holds, read page by page as it is walked through; each walk asks anew."""

    def __init__(self, shell: _Shell, name: str, asked: Mapping[str, Any]) -> None:
        self._shell = shell
        self._name = name
        self._asked = calls.beginning(asked)

    async def __aiter__(self) -> AsyncIterator[T]:
        """Every object, once: what is logged meanwhile pushes others onto the next page."""
        seen: set[Any] = set()
        async for page in self.pages():
            for each in calls.unseen(page, seen):
                yield each

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Every page, the first one also when it is empty."""
        asked: Mapping[str, Any] | None = self._asked
        while asked is not None:
            page = await self._shell.run(calls.page(self._name, asked))
            yield page
            asked = calls.following(asked, page)


class _Things(Generic[T]):
    def __init__(self, shell: _Shell, name: str) -> None:
        self._shell = shell
        self._name = name

    def _list(self, asked: Asked) -> AsyncListing[T]:
        return AsyncListing(self._shell, self._name, cast("Mapping[str, Any]", asked))

    async def _get(self, id_: Id, asked: Asked) -> T:
        call: Call[T] = calls.one(self._name, id_, cast("Mapping[str, Any]", asked))
        return await self._shell.run(call)


class AsyncTimeEntries(_Things[TimeEntry]):
    """So many minutes that somebody worked in a project on a day."""

    def list(self, **asked: Unpack[TimeEntriesAsked]) -> AsyncListing[TimeEntry]:
        """The entries that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[TimeEntriesAsked]) -> TimeEntry:
        """One entry."""
        return await self._get(id_, asked)

    async def create(self, **given: Unpack[TimeEntryCreated]) -> TimeEntry:
        """Log time."""
        call: Call[TimeEntry] = calls.create(self._name, "time_entry", given)
        return await self._shell.run(call)

    async def create_many(self, entries: Iterable[NewTimeEntry], **told: Unpack[Creating]) -> Page[TimeEntry]:
        """Log 1 to 100 entries, all of them or none.

        The page is in the order of the list: which entry is which, `created_ids` says.
        """
        call: Call[Page[TimeEntry]] = calls.create_many(self._name, entries, told)
        return await self._shell.run(call)

    async def batch(self, entries: Iterable[NewTimeEntry], **told: Unpack[Keyed]) -> Sequence[Booked]:
        """Log 1 to 1,000 entries, each on its own: the outcome of each, in the order of the request.

        An addition of Timewright; where it is not offered this is NotFound, and nothing is stored.
        """
        call: Call[list[Booked]] = calls.batch(self._name, entries, told)
        return await self._shell.run(call)

    async def validate(self, entries: Iterable[NewTimeEntry], **told: Unpack[Strictly]) -> Sequence[Validated]:
        """What would become of 1 to 1,000 entries. Nothing is stored. An addition of Timewright too."""
        call: Call[list[Validated]] = calls.validate(self._name, entries, told)
        return await self._shell.run(call)

    async def update(self, id_: Id, **given: Unpack[TimeEntryChanged]) -> TimeEntry:
        """Change the members that are given; None clears one."""
        call: Call[TimeEntry] = calls.update(self._name, "time_entry", id_, given)
        return await self._shell.run(call)

    async def rate(self, id_: Id) -> dict[str, Any]:
        """How an entry got its rate. An addition of Timewright."""
        call: Call[dict[str, Any]] = calls.question(self._name, id_, "rate")
        return await self._shell.run(call)

    async def delete(self, id_: Id) -> None:
        """Delete an entry."""
        await self._shell.run(calls.delete(self._name, id_))

    async def delete_many(self, ids: Iterable[Id]) -> None:
        """Delete 1 to 100 entries, all of them or none."""
        await self._shell.run(calls.delete_many(self._name, ids))


class AsyncWorkspaces(_Things[Workspace]):
    """Projects."""

    def list(self, **asked: Unpack[WorkspacesAsked]) -> AsyncListing[Workspace]:
        """The projects that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[WorkspacesAsked]) -> Workspace:
        """One project."""
        return await self._get(id_, asked)


class AsyncStories(_Things[Story]):
    """Tasks."""

    def list(self, **asked: Unpack[StoriesAsked]) -> AsyncListing[Story]:
        """The tasks that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[StoriesAsked]) -> Story:
        """One task."""
        return await self._get(id_, asked)


class AsyncUsers(_Things[User]):
    """People."""

    def list(self, **asked: Unpack[UsersAsked]) -> AsyncListing[User]:
        """The people who match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[UsersAsked]) -> User:
        """One person."""
        return await self._get(id_, asked)

    async def me(self, **asked: Unpack[UsersAsked]) -> User:
        """Who holds the token."""
        return await self._get("me", asked)


class AsyncTimewright:
    """A client of one server, for one token.

    `base_url` ends with the path of the API, like `http://127.0.0.1:8000/api/v1`. `keeps_keys` says whether the
    server keeps idempotency keys; None finds out when it matters. `http` is an httpx2 client to send through, for
    settings of its own; it is not closed with this one.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        retries: Retries | None = None,
        timeout: float | httpx2.Timeout = TIMEOUT,
        keeps_keys: bool | None = None,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        self._line = Line(base_url, token)
        self._own = httpx2.AsyncClient(timeout=timeout) if http is None else None
        self._shell = _Shell(
            self._line,
            Exchange(retries or Retries(), keeps_keys=keeps_keys),
            http or cast("httpx2.AsyncClient", self._own),
        )
        self.time_entries = AsyncTimeEntries(self._shell, "time_entries")
        self.workspaces = AsyncWorkspaces(self._shell, "workspaces")
        self.stories = AsyncStories(self._shell, "stories")
        self.users = AsyncUsers(self._shell, "users")

    def __repr__(self) -> str:
        return f"AsyncTimewright({self._line.base_url!r})"

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        idempotency_key: str | None = None,
    ) -> Page[dict[str, Any]] | None:
        """Any request below the base address, for what has no method here; None when the answer is empty.

        Example: request("POST", "/expenses", json={"expense": {...}})
        """
        call: Call[Page[dict[str, Any]] | None] = calls.any_request(method, path, query or {}, json, idempotency_key)
        return await self._shell.run(call)

    async def document(self, method: str, path: str, *, json: Any = None, idempotency_key: str | None = None) -> Any:
        """The JSON that a request is answered with, as it came; None when the answer is empty."""
        return await self._shell.run(calls.document(method, path, json, idempotency_key))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._own is not None:
            await self._own.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
