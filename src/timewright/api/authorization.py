"""From the Authorization header to the actor."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request

from timewright import tokens
from timewright.actor import Actor, people
from timewright.database import Transaction
from timewright.errors import Unauthenticated, Unreadable
from timewright.reader import Reader

MOST_KNOWN = 10_000
"""How many tokens the doorkeeper knows the holders of, at most."""


class Doorkeeper:
    """Finds who holds a token. Tokens that wait at the same time are looked up as one set.

    What a person may do is never kept. Whose a token is never changes, and is: a write needs no more than that
    to be queued, since its transaction reads the token and the rights itself.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, Actor] = {}
        self._waiting: dict[str, list[asyncio.Future[Actor | None]]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def actor(self, request: Request) -> Actor:
        """The actor of a request, or `Unauthenticated`. A token in the query is no token (decisions A)."""
        return await self._looked_up(tokens.hashed(_bearer(request)))

    async def writing_actor(self, request: Request) -> Actor:
        """Who asks to write, perhaps as they were when they were last looked up. The verb's own reading counts."""
        token_hash = tokens.hashed(_bearer(request))
        known = self._known.get(token_hash)
        if known is not None and known.can_write:
            return known
        actor = await self._looked_up(token_hash)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[token_hash] = actor
        return actor

    def forget(self, actor: Actor) -> None:
        """Look the tokens of an actor up anew: the writer did not know them any more, or refused what they ask."""
        self._known = {token_hash: known for token_hash, known in self._known.items() if known is not actor}

    async def _looked_up(self, token_hash: str) -> Actor:
        answer: asyncio.Future[Actor | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(token_hash, []).append(answer)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        actor = await answer
        if actor is None:
            raise Unauthenticated
        return actor

    async def _ask(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, {}
                try:
                    found = await self._reader.read(_actors, list(waiting))
                except Exception as error:
                    self._fail(waiting, error)
                    continue
                for token_hash, answers in waiting.items():
                    for answer in answers:
                        if not answer.done():
                            answer.set_result(found.get(token_hash))
        finally:
            self._asking = None

    @staticmethod
    def _fail(waiting: Mapping[str, list[asyncio.Future[Actor | None]]], error: Exception) -> None:
        for answers in waiting.values():
            for answer in answers:
                if not answer.done():
                    answer.set_exception(error)


def _actors(tx: Transaction, token_hashes: list[str]) -> Mapping[str, Actor]:
    return people(tx, "token_hash", token_hashes).actors


def _bearer(request: Request) -> str:
    headers = request.headers.getlist("authorization")
    if len(headers) > 1:
        raise Unreadable("The request has more than one Authorization header.")
    scheme, _, token = (headers[0] if headers else "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not tokens.is_well_formed(token):
        raise Unauthenticated
    return token
