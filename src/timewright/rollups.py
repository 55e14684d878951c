"""Roll-ups: how many entries there are by person, by day and by story, taken in later, and exact at any moment.

A roll-up holds the entries of an account up to an id, `accounts.rolled_up_to`. Storing an entry does not touch
it. A count is what it says and the entries after that id (decisions/0007). The database itself does to the
roll-ups what happens to an entry that they hold.
"""

import time
from collections.abc import Callable

import sqlalchemy as sa

from timewright.database import Database, Row, Transaction, added_up
from timewright.tables import ROLL_UPS, accounts, time_entries

AT_ONCE = 1_000
"""How many entries are taken in by one transaction. So long a writer may wait; so many are counted one by one."""

_PAUSE_SECONDS = 0.05

_ACCOUNT, _ENTRY = accounts.c, time_entries.c
_LAST_OF_NEXT = (
    sa.select(_ENTRY.id)
    .where(_ENTRY.account_id == _ACCOUNT.id, _ENTRY.id > _ACCOUNT.rolled_up_to)
    .order_by(_ENTRY.id)
    .limit(1)
    .offset(sa.bindparam("at_once") - 1)
    .scalar_subquery()
)
_DUE = sa.select(_ACCOUNT.id.label("account_id"), _ACCOUNT.rolled_up_to.label("after"), _LAST_OF_NEXT.label("through"))
_FURTHER = "(SELECT *, 1 AS sign FROM time_entries WHERE account_id = :account_id AND id > :after AND id <= :through)"
_STEPS = [sa.text(added_up(roll_up, f"{_FURTHER} AS further", "sign = 1")) for roll_up in ROLL_UPS]


def fold(database: Database, *, at_once: int | None = None, ended: Callable[[], bool] = lambda: False) -> None:
    """Take in what was stored since, in transactions so small that no writer waits long for one.

    What is less than a transaction's worth is left for the next time, and so is the rest as soon as `ended` says
    that there is no more time for it.
    """
    while due := _due(database, at_once or AT_ONCE):
        for each in due:
            if ended():
                return
            with database.write() as tx:
                _take_in(tx, each)
            # Two threads want the one connection that writes: whoever waits for it is to have it now.
            time.sleep(_PAUSE_SECONDS)


def _due(database: Database, at_once: int) -> list[Row]:
    with database.read() as tx:
        rows = tx.rows(_DUE.params(at_once=at_once))
    return [row for row in rows if row["through"] is not None]


def _take_in(tx: Transaction, due: Row) -> None:
    # From here on nobody stores or changes entries of this account; what was stored before is seen below.
    as_before = _ACCOUNT.id == due["account_id"], _ACCOUNT.rolled_up_to == due["after"]
    if tx.execute(sa.update(accounts).where(*as_before).values(rolled_up_to=due["through"])):
        for step in _STEPS:
            tx.execute(step.bindparams(**due))
