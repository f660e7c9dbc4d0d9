"""Lets moto's SQS tell the sandbox's time: when the clock is moved, delays and visibility timeouts end with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.sqs import models

from sandbox.clock import SandboxClock

_SECONDS, _MILLISECONDS = models.unix_time, models.unix_time_millis


def follow(clock: SandboxClock) -> None:
    """Add to SQS's time what the clock was moved by. Every queue of this process, until another clock is followed."""

    def seconds(at: datetime | None = None) -> Any:
        return _SECONDS(at) + (0 if at else clock.moved.total_seconds())

    def milliseconds(at: datetime | None = None) -> Any:
        return _MILLISECONDS(at) + (0 if at else clock.moved.total_seconds() * 1000)

    models.unix_time, models.unix_time_millis = seconds, milliseconds
