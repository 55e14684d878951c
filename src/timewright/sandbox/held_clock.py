"""The time of a sandbox: it stands still until it is set."""

from datetime import datetime

from timewright import clock


class HeldClock:
    """A clock that the whole process follows. It begins at `start`, an instant in UTC."""

    def __init__(self, start: datetime) -> None:
        self.start = self.now = start
        clock.follow(lambda: self.now)
