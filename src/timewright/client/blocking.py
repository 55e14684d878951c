"""The client for code that waits. The one for code that awaits stands in `awaiting.py`, method for method.

Long because each resource has its methods here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

    def __init__(self, line: Line, exchange: Exchange, http: httpx2.Client) -> None:
        self._line = line
        self._exchange = exchange
        self.http = http

    def run(self, call: Call[R]) -> R:
        steps = self._exchange.steps(call)
        reply: Answer | Trouble | None = None
        try:
            while True:
                step = steps.send(reply)
                if isinstance(step, Wait):
                    time.sleep(step.seconds)
                    reply = None
                    continue
                request = self.http.build_request(**self._line.outgoing(step))
                try:
                    reply = self._line.incoming(self.http.send(request))
                except httpx2.RequestError as error:
                    reply = self._line.broken(error)
        except StopIteration as done:
            return cast("R", done.value)


class Listing(Generic[T]):
    """What a list holds, read page by page as it is walked through; each walk asks anew."""

    def __init__(self, shell: _Shell, name: str, asked: Mapping[str, Any]) -> None:
        self._shell = shell
        self._name = name
        self._asked = calls.beginning(asked)

    def __iter__(self) -> Iterator[T]:
        """Every object, once: what is logged meanwhile pushes others onto the next page."""
        seen: set[Any] = set()
        for page in self.pages():
            yield from calls.unseen(page, seen)

    def pages(self) -> Iterator[Page[T]]:
        """Every page, the first one also when it is empty."""
        asked: Mapping[str, Any] | None = self._asked
        while asked is not None:
            page = self._shell.run(calls.page(self._name, asked))
            yield page
            asked = calls.following(asked, page)


class _Things(Generic[T]):
    def __init__(self, shell: _Shell, name: str) -> None:
        self._shell = shell
        self._name = name

    def _list(self, asked: Asked) -> Listing[T]:
        return Listing(self._shell, self._name, cast("Mapping[str, Any]", asked))

    def _get(self, id_: Id, asked: Asked) -> T:
        call: Call[T] = calls.one(self._name, id_, cast("Mapping[str, Any]", asked))
        return self._shell.run(call)


class TimeEntries(_Things[TimeEntry]):
    """So many minutes that somebody worked in a project on a day."""

    def list(self, **asked: Unpack[TimeEntriesAsked]) -> Listing[TimeEntry]:
        """The entries that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[TimeEntriesAsked]) -> TimeEntry:
        """One entry."""
        return self._get(id_, asked)

    def create(self, **given: Unpack[TimeEntryCreated]) -> TimeEntry:
        """Log time."""
        call: Call[TimeEntry] = calls.create(self._name, "time_entry", given)
        return self._shell.run(call)

    def create_many(self, entries: Iterable[NewTimeEntry], **told: Unpack[Creating]) -> Page[TimeEntry]:
        """Log 1 to 100 entries, all of them or none.

        The page is in the order of the list: which entry is which, `created_ids` says.
        """
        call: Call[Page[TimeEntry]] = calls.create_many(self._name, entries, told)
        return self._shell.run(call)

    def batch(self, entries: Iterable[NewTimeEntry], **told: Unpack[Keyed]) -> Sequence[Booked]:
        """Log 1 to 1,000 entries, each on its own: the outcome of each, in the order of the request.

        An addition of Timewright; where it is not offered this is NotFound, and nothing is stored.
        """
        call: Call[list[Booked]] = calls.batch(self._name, entries, told)
        return self._shell.run(call)

    def validate(self, entries: Iterable[NewTimeEntry], **told: Unpack[Strictly]) -> Sequence[Validated]:
        """What would become of 1 to 1,000 entries. Nothing is stored. An addition of Timewright too."""
        call: Call[list[Validated]] = calls.validate(self._name, entries, told)
        return self._shell.run(call)

    def update(self, id_: Id, **given: Unpack[TimeEntryChanged]) -> TimeEntry:
        """Change the members that are given; None clears one."""
        call: Call[TimeEntry] = calls.update(self._name, "time_entry", id_, given)
        return self._shell.run(call)

    def rate(self, id_: Id) -> dict[str, Any]:
        """How an entry got its rate. An addition of Timewright."""
        call: Call[dict[str, Any]] = calls.question(self._name, id_, "rate")
        return self._shell.run(call)

    def delete(self, id_: Id) -> None:
        """Delete an entry."""
        self._shell.run(calls.delete(self._name, id_))

    def delete_many(self, ids: Iterable[Id]) -> None:
        """Delete 1 to 100 entries, all of them or none."""
        self._shell.run(calls.delete_many(self._name, ids))


class Workspaces(_Things[Workspace]):
    """Projects."""

    def list(self, **asked: Unpack[WorkspacesAsked]) -> Listing[Workspace]:
        """The projects that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[WorkspacesAsked]) -> Workspace:
        """One project."""
        return self._get(id_, asked)


class Stories(_Things[Story]):
    """Tasks."""

    def list(self, **asked: Unpack[StoriesAsked]) -> Listing[Story]:
        """The tasks that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[StoriesAsked]) -> Story:
        """One task."""
        return self._get(id_, asked)


class Users(_Things[User]):
    """People."""

    def list(self, **asked: Unpack[UsersAsked]) -> Listing[User]:
        """The people who match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[UsersAsked]) -> User:
        """One person."""
        return self._get(id_, asked)

    def me(self, **asked: Unpack[UsersAsked]) -> User:
        """Who holds the token."""
        return self._get("me", asked)


class Expenses(_Things[Expense]):
    """Money that somebody spent in a project."""

    def list(self, **asked: Unpack[ExpensesAsked]) -> Listing[Expense]:
        """The expenses that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[ExpensesAsked]) -> Expense:
        """One expense."""
        return self._get(id_, asked)


class LineItemLocks(_Things[LineItemLock]):
    """Days up to which time and expenses are closed."""

    def list(self, **asked: Unpack[LineItemLocksAsked]) -> Listing[LineItemLock]:
        """The locks that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[LineItemLocksAsked]) -> LineItemLock:
        """One lock."""
        return self._get(id_, asked)


class WorkspaceGroups(_Things[WorkspaceGroup]):
    """Groups of projects."""

    def list(self, **asked: Unpack[WorkspaceGroupsAsked]) -> Listing[WorkspaceGroup]:
        """The groups that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[WorkspaceGroupsAsked]) -> WorkspaceGroup:
        """One group."""
        return self._get(id_, asked)


class WorkspaceResources(_Things[WorkspaceResource]):
    """Places in the teams of projects."""

    def list(self, **asked: Unpack[WorkspaceResourcesAsked]) -> Listing[WorkspaceResource]:
        """The places that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[WorkspaceResourcesAsked]) -> WorkspaceResource:
        """One place."""
        return self._get(id_, asked)


class Assignments(_Things[Assignment]):
    """Who is to work on which task."""

    def list(self, **asked: Unpack[AssignmentsAsked]) -> Listing[Assignment]:
        """The assignments that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[AssignmentsAsked]) -> Assignment:
        """One assignment."""
        return self._get(id_, asked)


class AccountMemberships(_Things[AccountMembership]):
    """Members of the account."""

    def list(self, **asked: Unpack[AccountMembershipsAsked]) -> Listing[AccountMembership]:
        """The memberships that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[AccountMembershipsAsked]) -> AccountMembership:
        """One membership."""
        return self._get(id_, asked)


class Participations(_Things[Participation]):
    """Members of projects."""

    def list(self, **asked: Unpack[ParticipationsAsked]) -> Listing[Participation]:
        """The members of a project that match; `workspace_id` has to be given."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[ParticipationsAsked]) -> Participation:
        """One member of a project."""
        return self._get(id_, asked)


class Roles(_Things[Role]):
    """What people do in projects."""

    def list(self, **asked: Unpack[RolesAsked]) -> Listing[Role]:
        """The roles that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[RolesAsked]) -> Role:
        """One role."""
        return self._get(id_, asked)

    def create(self, **given: Unpack[RoleCreated]) -> Role:
        """Make a role."""
        call: Call[Role] = calls.create(self._name, "role", given)
        return self._shell.run(call)

    def update(self, id_: Id, **given: Unpack[RoleChanged]) -> Role:
        """Change the members that are given; None clears one."""
        call: Call[Role] = calls.update(self._name, "role", id_, given)
        return self._shell.run(call)

    def delete(self, id_: Id) -> None:
        """Delete a role."""
        self._shell.run(calls.delete(self._name, id_))


class RateCards(_Things[RateCard]):
    """Rate cards."""

    def list(self, **asked: Unpack[RateCardsAsked]) -> Listing[RateCard]:
        """The cards that match."""
        return self._list(asked)


class RateCardRoles(_Things[RateCardRole]):
    """The rates of roles on rate cards."""

    def list(self, **asked: Unpack[RateCardRolesAsked]) -> Listing[RateCardRole]:
        """The rates that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[RateCardRolesAsked]) -> RateCardRole:
        """One rate."""
        return self._get(id_, asked)


class Invoices(_Things[Invoice]):
    """Bills."""

    def list(self, **asked: Unpack[InvoicesAsked]) -> Listing[Invoice]:
        """The invoices that match."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[InvoicesAsked]) -> Invoice:
        """One invoice."""
        return self._get(id_, asked)


class ExternalReferences(_Things[ExternalReference]):
    """What things are called in other systems."""

    def list(self, **asked: Unpack[ExternalReferencesAsked]) -> Listing[ExternalReference]:
        """The references that match; `subject_type` has to be given."""
        return self._list(asked)


class CustomFields(_Things[CustomField]):
    """Fields that an account made for itself."""

    def list(self, **asked: Unpack[CustomFieldsAsked]) -> Listing[CustomField]:
        """The fields that match."""
        return self._list(asked)


class CustomFieldValues(_Things[CustomFieldValue]):
    """What such fields say."""

    def list(self, **asked: Unpack[CustomFieldValuesAsked]) -> Listing[CustomFieldValue]:
        """The values that match; `subject_type` has to be given."""
        return self._list(asked)

    def get(self, id_: Id, **asked: Unpack[CustomFieldValuesAsked]) -> CustomFieldValue:
        """One value."""
        return self._get(id_, asked)


class AccountLocations(_Things[AccountLocation]):
    """Places where work may be done."""

    def list(self, **asked: Unpack[AccountLocationsAsked]) -> Listing[AccountLocation]:
        """The places that match."""
        return self._list(asked)

    def create(self, **given: Unpack[AccountLocationCreated]) -> AccountLocation:
        """Make an account location."""
        call: Call[AccountLocation] = calls.create(self._name, "account_location", given)
        return self._shell.run(call)

    def update(self, id_: Id, **given: Unpack[AccountLocationChanged]) -> AccountLocation:
        """Change the members that are given; None clears one."""
        call: Call[AccountLocation] = calls.update(self._name, "account_location", id_, given)
        return self._shell.run(call)

    def delete(self, id_: Id) -> None:
        """Delete an account location."""
        self._shell.run(calls.delete(self._name, id_))


class TimeOffEntries(_Things[TimeOffEntry]):
    """Hours in which somebody does not work."""

    def list(self, **asked: Unpack[TimeOffEntriesAsked]) -> Listing[TimeOffEntry]:
        """The hours that match."""
        return self._list(asked)


class Timewright:
    """A client of one server, for one token.

    `base_url` ends with the path of the API, like `http://127.0.0.1:8000/api/v1`. `keeps_keys` says whether the
    server keeps idempotency keys; None finds out when it matters. `http` is an httpx2 client to send through, for
    settings of its own; it is not closed with this one. Threads may share a client.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        retries: Retries | None = None,
        timeout: float | httpx2.Timeout = TIMEOUT,
        keeps_keys: bool | None = None,
        http: httpx2.Client | None = None,
    ) -> None:
        self._line = Line(base_url, token)
        self._own = httpx2.Client(timeout=timeout) if http is None else None
        self._shell = _Shell(
            self._line, Exchange(retries or Retries(), keeps_keys=keeps_keys), http or cast("httpx2.Client", self._own)
        )
        self.time_entries = TimeEntries(self._shell, "time_entries")
        self.workspaces = Workspaces(self._shell, "workspaces")
        self.stories = Stories(self._shell, "stories")
        self.users = Users(self._shell, "users")
        self.expenses = Expenses(self._shell, "expenses")
        self.line_item_locks = LineItemLocks(self._shell, "line_item_locks")
        self.workspace_groups = WorkspaceGroups(self._shell, "workspace_groups")
        self.workspace_resources = WorkspaceResources(self._shell, "workspace_resources")
        self.assignments = Assignments(self._shell, "assignments")
        self.account_memberships = AccountMemberships(self._shell, "account_memberships")
        self.participations = Participations(self._shell, "participations")
        self.roles = Roles(self._shell, "roles")
        self.rate_cards = RateCards(self._shell, "rate_cards")
        self.rate_card_roles = RateCardRoles(self._shell, "rate_card_roles")
        self.invoices = Invoices(self._shell, "invoices")
        self.external_references = ExternalReferences(self._shell, "external_references")
        self.custom_fields = CustomFields(self._shell, "custom_fields")
        self.custom_field_values = CustomFieldValues(self._shell, "custom_field_values")
        self.account_locations = AccountLocations(self._shell, "account_locations")
        self.time_off_entries = TimeOffEntries(self._shell, "time_off_entries")

    def __repr__(self) -> str:
        return f"Timewright({self._line.base_url!r})"

    def request(
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
        return self._shell.run(call)

    def document(self, method: str, path: str, *, json: Any = None, idempotency_key: str | None = None) -> Any:
        """The JSON that a request is answered with, as it came; None when the answer is empty."""
        return self._shell.run(calls.document(method, path, json, idempotency_key))

    def close(self) -> None:
        """Close the connections."""
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
