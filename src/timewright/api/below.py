"""A resource below another: `/workspaces/7/time_entries` and `/workspaces/7/time_entries/9` (decisions B19).

What stands in the address is one more thing that must hold: the project is one that the caller sees, and the entry
is one of that project; else it is 404, whatever the method. Then the endpoint of the plain address answers.
"""

from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from timewright.actor import Actor
from timewright.api.endpoints import Endpoint, Endpoints, path_id
from timewright.database import Transaction
from timewright.errors import NotFound
from timewright.presenting import load
from timewright.presenting.ask import Ask
from timewright.presenting.declare import Resource


@dataclass(frozen=True)
class Below:
    """The endpoints of a resource below one object of another, which the member `member` of each names."""

    endpoints: Endpoints
    outer: Resource
    resource: Resource

    @property
    def member(self) -> str:
        """The member and the filter that the address speaks of: `workspace_id`."""
        return f"{self.outer.singular}_id"

    def all_of_them(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint of the whole resource, for those of one object: it lists these alone and makes further ones."""
        return partial(self._all_of_them, endpoint)

    def one_of_them(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint of one thing, for those of one object."""
        return partial(self._one_of_them, endpoint)

    async def _all_of_them(self, endpoint: Endpoint, request: Request) -> Response:
        actor, outer_id = await self.endpoints.doorkeeper.actor(request), path_id(request, "outer_id")
        await self.endpoints.quick.read(self._must_be_seen, actor, self.outer, outer_id, Ask())
        request.state.within = {self.member: outer_id}
        return await endpoint(request)

    async def _one_of_them(self, endpoint: Endpoint, request: Request) -> Response:
        actor, outer_id = await self.endpoints.doorkeeper.actor(request), path_id(request, "outer_id")
        (narrowing,) = (each for each in self.resource.filters if each.name == self.member)
        asked = Ask(filters=((narrowing, outer_id),))
        await self.endpoints.quick.read(self._must_be_seen, actor, self.resource, path_id(request), asked)
        return await endpoint(request)

    def _must_be_seen(self, tx: Transaction, actor: Actor, resource: Resource, id_: int, asked: Ask) -> None:
        if not load.is_seen(tx, actor, resource, id_, asked):
            raise NotFound
