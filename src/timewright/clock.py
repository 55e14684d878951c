"""What time it is. The only reader of the clock, so that a test can hold it still.

Days (`date_performed`) are dates without a zone; instants end in `_at` and are UTC.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

_source: Callable[[], datetime] = partial(datetime.now, UTC)


def now() -> datetime:
    """The present instant in UTC, to the microsecond."""
    return _source()


def today() -> date:
    """The present day in UTC."""
    return now().date()


def monotonic() -> float:
    """Seconds that only go forward: for deadlines, never for dates. Nobody can set them."""
    return time.monotonic()


def follow(source: Callable[[], datetime]) -> None:
    """From now on, and in the whole process, it is what `source` says. The sandbox alone asks for this."""
    global _source  # noqa: PLW0603 - the time is one for the process
    _source = source
