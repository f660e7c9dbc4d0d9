"""Plays what AWS does between our functions: queues and schedules call them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sandbox.clock import SandboxClock
from sandbox.lambdas import EVERY_MINUTE, Consumer, Schedule

WORKERS = 2
"""Threads for each queue."""
_POLL_SECONDS = 0.3
_DRAIN_SECONDS = 60.0
_DELAY_SECONDS = 2.0
"""How long a tick waits for messages that SQS holds back: a poke is held back for one second, a retry for longer."""
_STILL_SECONDS = 30.0
"""Longer than a function may run."""
_MAX_ROUNDS = 12


class Pump:
    """Threads that deliver messages one at a time, as batch size 1 does, and run each schedule at its rate on the
    sandbox's clock."""

    def __init__(self, consumers: Sequence[Consumer], schedules: Sequence[Schedule], clock: SandboxClock) -> None:
        self.consumers = consumers
        self.schedules = schedules
        self._clock = clock
        _, _, _, self._region, self._account, _ = consumers[0].queue.arn.split(":")
        self._stopping = threading.Event()
        self._count = threading.Condition()
        self._delivered = 0
        self._busy = 0
        self._still = False
        self._held_for_long = 0
        self._ticking = threading.Lock()
        deliveries = [partial(self._deliver_until_stopped, part) for part in consumers for _ in range(WORKERS)]
        runs = [partial(self._run_until_stopped, part) for part in schedules]
        self._threads = [threading.Thread(target=work, daemon=True) for work in (*deliveries, *runs)]

    def start(self) -> None:
        """Begin to deliver, and to look at the clock."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after what is under way, and wait for it a little."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=2)

    def tick(self, minutes: int) -> tuple[datetime, int]:
        """Move the clock and let everything happen that then is due.

        1. Empty the queues, so that time does not pass by what is under way.
        2. Move the clock, while nothing is delivered.
        3. Run each schedule whose rate has passed, and in any case those of every minute, once, and empty the queues.
        4. Run those of every minute again as long as that brings messages: one run takes one step of a ladder.

        Returns the new time and how many messages were delivered meanwhile.
        """
        with self._ticking:
            before = self._delivered
            self._drain()
            with self._nothing_delivered():
                self._clock.move(minutes)
                self._held_for_long = 0
            self._run_schedules(of_every_minute_only=False)
            self._drain()
            for _ in range(_MAX_ROUNDS):
                so_far = self._delivered
                self._run_schedules(of_every_minute_only=True)
                self._drain()
                if self._delivered == so_far:
                    break
            return self._clock(), self._delivered - before

    def _run_schedules(self, *, of_every_minute_only: bool) -> None:
        for schedule in self.schedules:
            if schedule.every <= EVERY_MINUTE:
                schedule.run(self._clock, self._account, self._region)
            elif not of_every_minute_only:
                schedule.run_if_due(self._clock, self._account, self._region)

    def _drain(self) -> None:
        deadline = time.monotonic() + _DRAIN_SECONDS
        patience = time.monotonic() + _DELAY_SECONDS
        while time.monotonic() < deadline:
            if any([self._deliver_one(consumer) for consumer in self.consumers]):
                patience = time.monotonic() + _DELAY_SECONDS
            elif not self._wait_while_busy():
                held_back = sum(part.queue.held_back() for part in self.consumers)
                if time.monotonic() > patience or held_back <= self._held_for_long:
                    self._held_for_long = held_back
                    return
                self._stopping.wait(0.1)

    def _deliver_until_stopped(self, consumer: Consumer) -> None:
        while not self._stopping.is_set():
            if not self._deliver_one(consumer):
                self._stopping.wait(_POLL_SECONDS)

    def _run_until_stopped(self, schedule: Schedule) -> None:
        while not self._stopping.wait(1):
            schedule.run_if_due(self._clock, self._account, self._region)

    def _deliver_one(self, consumer: Consumer) -> bool:
        """Receive and hand over at most one message; True when there was one."""
        with self._count:
            if self._still:
                return False
            self._busy += 1
        succeeded = False
        try:
            message = consumer.queue.receive()
            if message is None:
                return False
            succeeded = consumer.deliver(message)
            return True
        finally:
            with self._count:
                self._busy -= 1
                self._delivered += succeeded
                self._count.notify_all()

    @contextmanager
    def _nothing_delivered(self) -> Iterator[None]:
        """Wait for what is under way, and let nothing begin."""
        with self._count:
            self._still = True
            self._count.wait_for(lambda: self._busy == 0, timeout=_STILL_SECONDS)
        try:
            yield
        finally:
            with self._count:
                self._still = False

    def _wait_while_busy(self) -> bool:
        """Wait for a change while other threads deliver; True when one may have come."""
        with self._count:
            return self._busy > 0 and self._count.wait(timeout=1) is not None
