"""Plays what AWS does between our functions: SQS calls the worker, the schedule calls the sweeper."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chalice.local import LambdaContext

from sandbox.clock import SandboxClock
from sandbox.events import Event, schedule_event, sqs_event

WORKERS = 2
SWEEP_EVERY = timedelta(seconds=60)
_POLL_SECONDS = 0.3
_DRAIN_SECONDS = 60.0
_DELAY_SECONDS = 2.0
"""How long a tick waits for messages that SQS holds back; a poke is held back for one second."""
_LAMBDA_TIMEOUT_MS = 20_000

Handler = Callable[[Event, Any], Any]


@dataclass(frozen=True)
class Functions:
    """The application's Lambda functions that no HTTP request starts."""

    deliver_notification: Handler
    sweep_outbox: Handler


@dataclass(frozen=True)
class Queue:
    """The queue that the worker reads. `arn` carries region and account."""

    client: Any
    url: str
    arn: str


def open_queue(client: Any, name: str) -> Queue:
    """Find a queue by its name."""
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return Queue(client, url, arn)


class Pump:
    """Threads that deliver messages one at a time, as batch size 1 does: a success deletes the message, a failure
    leaves it to the queue's visibility timeout and dead-letter queue. The schedule runs on the sandbox's clock."""

    def __init__(self, queue: Queue, functions: Functions, clock: SandboxClock) -> None:
        self._queue = queue
        self._functions = functions
        self._clock = clock
        self._stopping = threading.Event()
        self._count = threading.Condition()
        self._delivered = 0
        self._busy = 0
        self._swept_at = clock()
        self._threads = [threading.Thread(target=self._deliver_until_stopped, daemon=True) for _ in range(WORKERS)]
        self._threads.append(threading.Thread(target=self._sweep_until_stopped, daemon=True))

    def start(self) -> None:
        """Begin to deliver and to sweep."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after what is under way, and wait for it a little."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=2)

    def tick(self, minutes: int) -> tuple[datetime, int]:
        """Move the clock, run the schedule once and empty the queue. Returns the new time and how many messages were
        delivered meanwhile."""
        before = self._delivered
        self._clock.move(minutes)
        self._sweep()
        self._drain()
        return self._clock(), self._delivered - before

    def _drain(self) -> None:
        deadline = time.monotonic() + _DRAIN_SECONDS
        patience = time.monotonic() + _DELAY_SECONDS
        while time.monotonic() < deadline:
            if self._deliver_one():
                patience = time.monotonic() + _DELAY_SECONDS
            elif not self._wait_while_busy():
                if time.monotonic() > patience or not self._any_held_back():
                    return
                self._stopping.wait(0.1)

    def _deliver_until_stopped(self) -> None:
        while not self._stopping.is_set():
            if not self._deliver_one():
                self._stopping.wait(_POLL_SECONDS)

    def _sweep_until_stopped(self) -> None:
        while not self._stopping.wait(1):
            if self._clock() - self._swept_at >= SWEEP_EVERY:
                self._sweep()

    def _sweep(self) -> None:
        self._swept_at = self._clock()
        _, _, _, region, account, _ = self._queue.arn.split(":")
        event = schedule_event("sweep_outbox", self._swept_at, account=account, region=region)
        _call(self._functions.sweep_outbox, event, "sweep_outbox")

    def _deliver_one(self) -> bool:
        """Receive and hand over at most one message; True when there was one."""
        with self._count:
            self._busy += 1
        succeeded = False
        try:
            message = self._receive()
            if message is None:
                return False
            event = sqs_event(message, self._queue.arn)
            succeeded = _call(self._functions.deliver_notification, event, "deliver_notification")
            if succeeded:
                self._delete(message)
            return True
        finally:
            with self._count:
                self._busy -= 1
                self._delivered += succeeded
                self._count.notify_all()

    def _wait_while_busy(self) -> bool:
        """Wait for a change while other threads deliver; True when one may have come."""
        with self._count:
            return self._busy > 0 and self._count.wait(timeout=1) is not None

    def _receive(self) -> Any:
        try:
            answer = self._queue.client.receive_message(
                QueueUrl=self._queue.url,
                MaxNumberOfMessages=1,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except (BotoCoreError, ClientError):
            return None
        return next(iter(answer.get("Messages", [])), None)

    def _any_held_back(self) -> bool:
        name = "ApproximateNumberOfMessagesDelayed"
        try:
            answer = self._queue.client.get_queue_attributes(QueueUrl=self._queue.url, AttributeNames=[name])
        except (BotoCoreError, ClientError):
            return False
        return int(answer["Attributes"][name]) > 0

    def _delete(self, message: Any) -> None:
        try:
            self._queue.client.delete_message(QueueUrl=self._queue.url, ReceiptHandle=message["ReceiptHandle"])
        except (BotoCoreError, ClientError):
            print(f"sandbox: message {message['MessageId']} was delivered but not deleted; it will come again")


def _call(function: Handler, event: Event, name: str) -> bool:
    """Call a function as Lambda does; True unless it raised."""
    try:
        function(event, LambdaContext(name, 1024, _LAMBDA_TIMEOUT_MS))
    except Exception as error:  # whatever a function raises, Lambda goes on
        place = traceback.extract_tb(error.__traceback__)[-1]
        print(f"sandbox: {name} failed: {type(error).__name__} at {place.filename}:{place.lineno}", flush=True)
        return False
    return True
