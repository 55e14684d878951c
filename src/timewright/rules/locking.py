"""When time can no longer be written."""

from datetime import date


def is_locked(day: date, lock_date: date | None) -> bool:
    """Whether a day lies strictly before the account's lock date; the lock day itself is open
    (contract: line_item_locks.effects).
    """
    return lock_date is not None and day < lock_date
