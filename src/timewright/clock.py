"""What time it is. The only reader of the clock, so that a test can hold it still.

Days (`date_performed`) are dates without a zone; instants end in `_at` and are UTC.
"""

import time
from datetime import UTC, date, datetime


def now() -> datetime:
    """The present instant in UTC, to the microsecond."""
    return datetime.now(UTC)


def today() -> date:
    """The present day in UTC."""
    return now().date()


def monotonic() -> float:
    """Seconds that only go forward: for deadlines, never for dates."""
    return time.monotonic()
