"""A clock that keeps step with that of the AWS process."""

from __future__ import annotations

from datetime import timedelta

from sandbox.clock import SandboxClock
from sandbox.front import ask_aws


class SharedClock(SandboxClock):
    """Moves AWS's clock first: it stamps mail, and ends what queues hold back."""

    def __init__(self, aws_port: int, moved: timedelta = timedelta(0)) -> None:
        super().__init__(moved)
        self._aws_port = aws_port

    def move(self, minutes: int) -> None:
        """Move both forward."""
        ask_aws(self._aws_port, "POST", f"/sandbox/clock?minutes={minutes}")
        super().move(minutes)
