"""What is done with users: make them, find them. Used by the command line."""

from typing import Any

import sqlalchemy as sa

from timewright import changes, clock
from timewright.database import Row, Transaction
from timewright.rules import currencies
from timewright.tables import ACCOUNT_PERMISSIONS, account_memberships, account_people, accounts, users

NO_PHOTO = "/images/no-photo.svg"


class Refused(Exception):
    """The person cannot be made. The text says why."""


def by_email_address(tx: Transaction, email_address: str) -> Row | None:
    """The user with an e-mail address, in any case."""
    return tx.one(sa.select(users).where(users.c.email_address == email_address.strip().lower()))


def add(
    tx: Transaction, *, email: str, full_name: str, account: str | None, permission: str, currency: str
) -> dict[str, Any]:
    """Make a user with a membership. The first of an account owns and administers it.

    An account that is named and not there is made. Without a name, the only account is meant.
    """
    email = email.strip().lower()
    if not full_name.strip() or email.count("@") != 1 or not all(email.split("@")) or not email.isprintable():
        raise Refused("A person needs a full name and an e-mail address.")
    if permission not in ACCOUNT_PERMISSIONS:
        raise Refused(f"The permission must be one of {', '.join(ACCOUNT_PERMISSIONS)}.")
    if by_email_address(tx, email):
        raise Refused(f"Somebody has the e-mail address {email} already.")
    home, is_new = _account(tx, account, currency)
    now = clock.now()
    (user_id,), (membership_id,) = tx.allocate(users, 1), tx.allocate(account_memberships, 1)
    user: dict[str, Any] = {
        "id": user_id,
        "account_id": home["id"],
        "full_name": full_name.strip(),
        "email_address": email,
        "photo_path": NO_PHOTO,
        "created_at": now,
        "updated_at": now,
    }
    membership: dict[str, Any] = {
        "account_id": home["id"],
        "id": membership_id,
        "user_id": user_id,
        "permission": "administrator" if is_new else permission,
        "is_owner": is_new,
        "may_proxy": is_new,
        "require_time_entry_location": False,
        "created_at": now,
        "updated_at": now,
    }
    tx.insert(users, [user])
    tx.insert(account_people, [{"account_id": home["id"], "user_id": user_id, "created_at": now}])
    tx.insert(account_memberships, [membership])
    made = [("User", user), ("AccountMembership", membership)]
    if is_new:
        made.insert(0, ("Account", {**home, "account_id": home["id"]}))
    changes.append(
        tx,
        [
            changes.Change(
                account_id=home["id"], subject_type=subject_type, subject_id=row["id"], verb="create", after=row
            )
            for subject_type, row in made
        ],
    )
    return user


def _account(tx: Transaction, name: str | None, currency: str) -> tuple[Row, bool]:
    present = tx.rows(sa.select(accounts).order_by(accounts.c.id))
    if name is None:
        if len(present) != 1:
            raise Refused("Say which account is meant with --account.")
        return present[0], False
    for row in present:
        if row["name"] == name:
            return row, False
    if not currencies.is_known(currency):
        raise Refused("The currency must be an ISO code like USD.")
    now = clock.now()
    (id_,) = tx.allocate(accounts, 1)
    made = {"id": id_, "name": name, "currency": currency, "lock_date": None, "created_at": now, "updated_at": now}
    tx.insert(accounts, [made])
    return made, True
