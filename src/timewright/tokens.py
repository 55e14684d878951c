"""Bearer tokens: opaque, findable by their prefix, stored only as a hash, with a checksum that tells a typing
error from a stranger without asking the database.

`tw_` + 32 random characters + 6 characters of CRC-32 over what stands before, all of base 62.
"""

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from timewright import clock
from timewright.database import Row, Transaction
from timewright.tables import tokens

PREFIX = "tw_"
SCOPES = ("read", "write")
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECK = 32, 6
_SHOWN = 8


def new_token() -> str:
    """A token nobody has: 190 bits of chance."""
    start = PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM))
    return start + _checksum(start)


def is_well_formed(token: str) -> bool:
    """Whether a text can be a token at all."""
    start, check = token[:-_CHECK], token[-_CHECK:]
    return (
        len(token) == len(PREFIX) + _RANDOM + _CHECK
        and token.isascii()
        and start.startswith(PREFIX)
        and check == _checksum(start)
    )


def hashed(token: str) -> str:
    """What is stored of a token. Its 190 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(start: str) -> str:
    number, letters = zlib.crc32(start.encode()), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_LETTERS))
        letters = _LETTERS[rest] + letters
    return letters


def add(
    tx: Transaction,
    token: str,
    *,
    user_id: int,
    name: str,
    scopes: Sequence[str] = SCOPES,
    expires_at: datetime | None = None,
) -> int:
    """Store a token for a user; answers its id."""
    (id_,) = tx.allocate(tokens, 1)
    row: dict[str, Any] = {
        "id": id_,
        "user_id": user_id,
        "name": name,
        "start": token[:_SHOWN],
        "token_hash": hashed(token),
        "can_read": "read" in scopes,
        "can_write": "write" in scopes,
        "expires_at": expires_at,
        "revoked_at": None,
        "created_at": clock.now(),
    }
    tx.insert(tokens, [row])
    return id_


def is_stored(tx: Transaction, token: str) -> bool:
    """Whether a token was stored once, good or not."""
    return tx.one(sa.select(tokens.c.id).where(tokens.c.token_hash == hashed(token))) is not None


def revoke(tx: Transaction, id_: int) -> bool:
    """Revoke a token from this moment on; False when there is none or it was revoked before."""
    return bool(
        tx.execute(
            sa.update(tokens).where(tokens.c.id == id_, tokens.c.revoked_at.is_(None)).values(revoked_at=clock.now())
        )
    )


def listed(tx: Transaction, user_id: int | None = None) -> list[Row]:
    """The tokens of a user, or of everyone, oldest first. The tokens themselves are not known any more."""
    statement = sa.select(tokens).order_by(tokens.c.id)
    return tx.rows(statement if user_id is None else statement.where(tokens.c.user_id == user_id))
