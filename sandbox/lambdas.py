"""The functions that no HTTP request starts, called as Lambda does: by queues and by schedules."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalice.local import LambdaContext

from sandbox.clock import SandboxClock
from sandbox.events import Event, schedule_event, sqs_event
from sandbox.queues import Queue

EVERY_MINUTE = timedelta(minutes=1)
_TIMEOUT_MS = 20_000

Handler = Callable[[Event, Any], Any]


@dataclass(frozen=True)
class Consumer:
    """A function that a queue feeds, one message at a time."""

    name: str
    queue: Queue
    handler: Handler

    def deliver(self, message: Any) -> bool:
        """Hand a message over, and delete it unless the function failed: then it is left to the queue's visibility
        timeout and dead-letter queue."""
        if not call(self.handler, sqs_event(message, self.queue.arn), self.name):
            return False
        self.queue.delete(message)
        return True


class Schedule:
    """A function that the clock starts: for the first time when its rate has passed since `created_at`."""

    def __init__(self, name: str, every: timedelta, handler: Handler, created_at: datetime) -> None:
        self.name = name
        self.every = every
        self._handler = handler
        self._ran_at = created_at
        # One run at a time, so that a tick waits for the run that is under way.
        self._lock = threading.Lock()

    def run_if_due(self, clock: SandboxClock, account: str, region: str) -> None:
        """Run when the rate has passed since the last run began."""
        with self._lock:
            if (now := clock()) - self._ran_at >= self.every:
                self._run(now, account, region)

    def run(self, clock: SandboxClock, account: str, region: str) -> None:
        """Run, due or not."""
        with self._lock:
            self._run(clock(), account, region)

    def _run(self, now: datetime, account: str, region: str) -> None:
        self._ran_at = now
        call(self._handler, schedule_event(self.name, now, account=account, region=region), self.name)


def call(function: Handler, event: Event, name: str) -> bool:
    """Call a function as Lambda does; True unless it raised."""
    try:
        function(event, LambdaContext(name, 1024, _TIMEOUT_MS))
    except Exception as error:  # whatever a function raises, Lambda goes on
        place = traceback.extract_tb(error.__traceback__)[-1]
        print(f"sandbox: {name} failed: {type(error).__name__} at {place.filename}:{place.lineno}", flush=True)
        return False
    return True
