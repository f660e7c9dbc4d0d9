"""The clock of a simulation: it stands still until something moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MONDAY_MORNING = datetime(2026, 3, 2, 15, tzinfo=UTC)
"""10:00 in New York, within opening hours."""


class VirtualClock:
    """Now, aware UTC. Passed to the application as its clock, and `pause` as its way to wait."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> datetime:
        """Move on, or back by a negative number, and return the new time."""
        self.now += timedelta(seconds=seconds)
        return self.now

    def move_to(self, moment: datetime) -> None:
        """Move on to a moment; one that has passed changes nothing."""
        self.now = max(self.now, moment)

    def pause(self, seconds: float) -> None:
        """Wait, as `time.sleep` would."""
        self.move(seconds)
