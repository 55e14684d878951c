"""The client for code that awaits. The one for code that waits stands in `blocking.py`, method for method.

Long because each resource has its methods here.
"""

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
from timewright.client.members import (
    AccountLocationChanged,
    AccountLocationCreated,
    Creating,
    Keyed,
    NewTimeEntry,
    RoleChanged,
    RoleCreated,
    Strictly,
    TimeEntryChanged,
    TimeEntryCreated,
)
from timewright.client.objects import (
    AccountLocation,
    AccountLocationsAsked,
    AccountMembership,
    AccountMembershipsAsked,
    Asked,
    Assignment,
    AssignmentsAsked,
    Booked,
    CustomField,
    CustomFieldsAsked,
    CustomFieldValue,
    CustomFieldValuesAsked,
    Expense,
    ExpensesAsked,
    ExternalReference,
    ExternalReferencesAsked,
    Id,
    Invoice,
    InvoicesAsked,
    LineItemLock,
    LineItemLocksAsked,
    Participation,
    ParticipationsAsked,
    RateCard,
    RateCardRole,
    RateCardRolesAsked,
    RateCardsAsked,
    Role,
    RolesAsked,
    StoriesAsked,
    Story,
    TimeEntriesAsked,
    TimeEntry,
    TimeOffEntriesAsked,
    TimeOffEntry,
    User,
    UsersAsked,
    Validated,
    Workspace,
    WorkspaceGroup,
    WorkspaceGroupsAsked,
    WorkspaceResource,
    WorkspaceResourcesAsked,
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


class AsyncExpenses(_Things[Expense]):
    """Money that somebody spent in a project."""

    def list(self, **asked: Unpack[ExpensesAsked]) -> AsyncListing[Expense]:
        """The expenses that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[ExpensesAsked]) -> Expense:
        """One expense."""
        return await self._get(id_, asked)


class AsyncLineItemLocks(_Things[LineItemLock]):
    """Days up to which time and expenses are closed."""

    def list(self, **asked: Unpack[LineItemLocksAsked]) -> AsyncListing[LineItemLock]:
        """The locks that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[LineItemLocksAsked]) -> LineItemLock:
        """One lock."""
        return await self._get(id_, asked)


class AsyncWorkspaceGroups(_Things[WorkspaceGroup]):
    """Groups of projects."""

    def list(self, **asked: Unpack[WorkspaceGroupsAsked]) -> AsyncListing[WorkspaceGroup]:
        """The groups that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[WorkspaceGroupsAsked]) -> WorkspaceGroup:
        """One group."""
        return await self._get(id_, asked)


class AsyncWorkspaceResources(_Things[WorkspaceResource]):
    """Places in the teams of projects."""

    def list(self, **asked: Unpack[WorkspaceResourcesAsked]) -> AsyncListing[WorkspaceResource]:
        """The places that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[WorkspaceResourcesAsked]) -> WorkspaceResource:
        """One place."""
        return await self._get(id_, asked)


class AsyncAssignments(_Things[Assignment]):
    """Who is to work on which task."""

    def list(self, **asked: Unpack[AssignmentsAsked]) -> AsyncListing[Assignment]:
        """The assignments that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[AssignmentsAsked]) -> Assignment:
        """One assignment."""
        return await self._get(id_, asked)


class AsyncAccountMemberships(_Things[AccountMembership]):
    """Members of the account."""

    def list(self, **asked: Unpack[AccountMembershipsAsked]) -> AsyncListing[AccountMembership]:
        """The memberships that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[AccountMembershipsAsked]) -> AccountMembership:
        """One membership."""
        return await self._get(id_, asked)


class AsyncParticipations(_Things[Participation]):
    """Members of projects."""

    def list(self, **asked: Unpack[ParticipationsAsked]) -> AsyncListing[Participation]:
        """The members of a project that match; `workspace_id` has to be given."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[ParticipationsAsked]) -> Participation:
        """One member of a project."""
        return await self._get(id_, asked)


class AsyncRoles(_Things[Role]):
    """What people do in projects."""

    def list(self, **asked: Unpack[RolesAsked]) -> AsyncListing[Role]:
        """The roles that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[RolesAsked]) -> Role:
        """One role."""
        return await self._get(id_, asked)

    async def create(self, **given: Unpack[RoleCreated]) -> Role:
        """Make a role."""
        call: Call[Role] = calls.create(self._name, "role", given)
        return await self._shell.run(call)

    async def update(self, id_: Id, **given: Unpack[RoleChanged]) -> Role:
        """Change the members that are given; None clears one."""
        call: Call[Role] = calls.update(self._name, "role", id_, given)
        return await self._shell.run(call)

    async def delete(self, id_: Id) -> None:
        """Delete a role."""
        await self._shell.run(calls.delete(self._name, id_))


class AsyncRateCards(_Things[RateCard]):
    """Rate cards."""

    def list(self, **asked: Unpack[RateCardsAsked]) -> AsyncListing[RateCard]:
        """The cards that match."""
        return self._list(asked)


class AsyncRateCardRoles(_Things[RateCardRole]):
    """The rates of roles on rate cards."""

    def list(self, **asked: Unpack[RateCardRolesAsked]) -> AsyncListing[RateCardRole]:
        """The rates that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[RateCardRolesAsked]) -> RateCardRole:
        """One rate."""
        return await self._get(id_, asked)


class AsyncInvoices(_Things[Invoice]):
    """Bills."""

    def list(self, **asked: Unpack[InvoicesAsked]) -> AsyncListing[Invoice]:
        """The invoices that match."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[InvoicesAsked]) -> Invoice:
        """One invoice."""
        return await self._get(id_, asked)


class AsyncExternalReferences(_Things[ExternalReference]):
    """What things are called in other systems."""

    def list(self, **asked: Unpack[ExternalReferencesAsked]) -> AsyncListing[ExternalReference]:
        """The references that match; `subject_type` has to be given."""
        return self._list(asked)


class AsyncCustomFields(_Things[CustomField]):
    """Fields that an account made for itself."""

    def list(self, **asked: Unpack[CustomFieldsAsked]) -> AsyncListing[CustomField]:
        """The fields that match."""
        return self._list(asked)


class AsyncCustomFieldValues(_Things[CustomFieldValue]):
    """What such fields say."""

    def list(self, **asked: Unpack[CustomFieldValuesAsked]) -> AsyncListing[CustomFieldValue]:
        """The values that match; `subject_type` has to be given."""
        return self._list(asked)

    async def get(self, id_: Id, **asked: Unpack[CustomFieldValuesAsked]) -> CustomFieldValue:
        """One value."""
        return await self._get(id_, asked)


class AsyncAccountLocations(_Things[AccountLocation]):
    """Places where work may be done."""

    def list(self, **asked: Unpack[AccountLocationsAsked]) -> AsyncListing[AccountLocation]:
        """The places that match."""
        return self._list(asked)

    async def create(self, **given: Unpack[AccountLocationCreated]) -> AccountLocation:
        """Make an account location."""
        call: Call[AccountLocation] = calls.create(self._name, "account_location", given)
        return await self._shell.run(call)

    async def update(self, id_: Id, **given: Unpack[AccountLocationChanged]) -> AccountLocation:
        """Change the members that are given; None clears one."""
        call: Call[AccountLocation] = calls.update(self._name, "account_location", id_, given)
        return await self._shell.run(call)

    async def delete(self, id_: Id) -> None:
        """Delete an account location."""
        await self._shell.run(calls.delete(self._name, id_))


class AsyncTimeOffEntries(_Things[TimeOffEntry]):
    """Hours in which somebody does not work."""

    def list(self, **asked: Unpack[TimeOffEntriesAsked]) -> AsyncListing[TimeOffEntry]:
        """The hours that match."""
        return self._list(asked)


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
        self.expenses = AsyncExpenses(self._shell, "expenses")
        self.line_item_locks = AsyncLineItemLocks(self._shell, "line_item_locks")
        self.workspace_groups = AsyncWorkspaceGroups(self._shell, "workspace_groups")
        self.workspace_resources = AsyncWorkspaceResources(self._shell, "workspace_resources")
        self.assignments = AsyncAssignments(self._shell, "assignments")
        self.account_memberships = AsyncAccountMemberships(self._shell, "account_memberships")
        self.participations = AsyncParticipations(self._shell, "participations")
        self.roles = AsyncRoles(self._shell, "roles")
        self.rate_cards = AsyncRateCards(self._shell, "rate_cards")
        self.rate_card_roles = AsyncRateCardRoles(self._shell, "rate_card_roles")
        self.invoices = AsyncInvoices(self._shell, "invoices")
        self.external_references = AsyncExternalReferences(self._shell, "external_references")
        self.custom_fields = AsyncCustomFields(self._shell, "custom_fields")
        self.custom_field_values = AsyncCustomFieldValues(self._shell, "custom_field_values")
        self.account_locations = AsyncAccountLocations(self._shell, "account_locations")
        self.time_off_entries = AsyncTimeOffEntries(self._shell, "time_off_entries")

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
