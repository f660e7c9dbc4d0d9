"""The sandbox's clock: the system's, moved forward by hand."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Now, aware UTC, plus what the clock was moved by."""

    def __init__(self, moved: timedelta = timedelta(0)) -> None:
        self._moved = moved
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved

    @property
    def moved(self) -> timedelta:
        """How far this clock is ahead of the system's."""
        with self._lock:
            return self._moved

    def move(self, minutes: int) -> None:
        """Move forward."""
        with self._lock:
            self._moved += timedelta(minutes=minutes)
