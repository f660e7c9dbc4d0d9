"""Holds one AWS call of the application, before or after its effect: the moment at which somebody may kill it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

_MAX_SECONDS = 20.0


class UnknownStop(ValueError):
    """The text says how one is asked for."""


@dataclass
class Stop:
    """The call that is to be held: so many calls from now, of a service, and of an operation unless that is empty.
    `after`: when AWS has done it."""

    service: str
    operation: str = ""
    calls: int = 1
    after: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def hold(self) -> None:
        """Say that the call is here, and wait until it is released."""
        self.reached.set()
        self.released.wait(_MAX_SECONDS)


class Stops:
    """At most one stop at a time; safe under threads."""

    def __init__(self) -> None:
        self._stop: Stop | None = None
        self._lock = threading.Lock()

    @property
    def reached(self) -> bool:
        """Whether the call has come and is held."""
        with self._lock:
            return self._stop is not None and self._stop.reached.is_set()

    def set(self, wanted: object) -> None:
        """Hold a call, or with None none any more: what is held then ends without an answer. Raises UnknownStop."""
        stop = None if wanted is None else _stop_from(wanted)
        with self._lock:
            if self._stop is not None:
                self._stop.released.set()
            self._stop = stop

    def meets(self, service: str, target: str) -> Stop | None:
        """The stop, when this call is the one. `target` ends with the operation where the service's protocol names it
        in a header."""
        with self._lock:
            stop = self._stop
            if stop is None or stop.service != service or not target.endswith(stop.operation):
                return None
            stop.calls -= 1
            return stop if stop.calls == 0 else None


def _stop_from(wanted: object) -> Stop:
    given = wanted if isinstance(wanted, dict) else {}
    service, operation, calls = given.get("service"), given.get("operation", ""), given.get("calls", 1)
    if not (isinstance(service, str) and isinstance(operation, str) and isinstance(calls, int)):
        raise UnknownStop('send JSON such as {"service": "sqs", "operation": "SendMessageBatch", "after": true}')
    return Stop(service, operation, calls, after=bool(given.get("after")))
