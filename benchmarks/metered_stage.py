"""One stage of the application in memory, every use of AWS of which is counted: the same run is the same count."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

from chalice.local import LambdaContext

from benchmarks.metered_dynamodb import MeteredDynamoDB
from benchmarks.prices import ANSWER_MS, LAMBDA_LINES, LINE_EXTRA_BYTES, OWN_MS, WARM_FOR
from chalicelib.context import AppContext
from chalicelib.observability import JsonLine, log
from sandbox.events import schedule_event, sqs_event
from simulation.model_resources import ACCOUNT, REGION, Resources
from simulation.model_sqs import ModelQueue
from simulation.world import World

API = "api_handler"
NOTIFICATIONS, MAIL_EVENTS = "notifications", "mail-events"
QUEUES = {NOTIFICATIONS: "deliver_notification", MAIL_EVENTS: "record_delivery_event"}
KEY_WINDOW = timedelta(minutes=5)

Usage = Counter[str]
"""Amounts by their unit, halves among them."""


class MeteredWorld(World):
    """A world whose table counts what is asked of it."""

    def found(self, resources: Resources) -> None:
        """Open the account."""
        super().found(resources)
        self.dynamodb = MeteredDynamoDB(resources.tables, self.clock)


class MeteredStage:
    """`used` is what has been used since it was opened. Each function has one instance, as in Lambda when little
    happens, which runs one thing after the other.

    | amount | counted |
    |---|---|
    | `write units`, `read units` | by the sizes of the items (`metered_dynamodb`) |
    | `runs`, `ms` | invocations; milliseconds worked out from the calls of AWS in each (`prices.ANSWER_MS`) |
    | `cold starts` | runs of a function that has rested for longer than `prices.WARM_FOR` |
    | `requests` | to API Gateway |
    | `SQS`, `SNS` | requests, those that Lambda and SNS make for us among them |
    | `mails` | recipients, which is what SES counts |
    | `log bytes` | our lines, Lambda's own three, the gateway's one |
    | `key requests` | functions, and the encrypted topic, that used the key within each five minutes |
    """

    def __init__(self, app_module: ModuleType) -> None:
        self.app = app_module
        self.world = MeteredWorld()
        self.used: Usage = Counter()
        self._instances: dict[str, AppContext] = {}
        self._ran_at: dict[str, datetime] = {}
        self._key_used: set[tuple[str, int]] = set()

    @property
    def clock(self) -> Any:
        """The stage's clock, which stands still until it is moved."""
        return self.world.clock

    @property
    def context(self) -> AppContext:
        """An instance whose calls are not counted as calls of a function."""
        return self.world.calm_instance()

    @contextmanager
    def counted(self) -> Iterator[Usage]:
        """What is used within, once it has ended."""
        before, within = self.used.copy(), Counter[str]()
        yield within
        within.update({name: self.used[name] - before[name] for name in self.used})

    def request(self, send: Callable[[], Any]) -> Any:
        """Send one request to the API and return its answer."""
        self.used["requests"] += 1
        self.used["log bytes"] += LAMBDA_LINES.access + LINE_EXTRA_BYTES
        return self.run(API, send)

    def fire(self, name: str) -> None:
        """Let a schedule start its function."""
        event = schedule_event(name, self.clock(), account=ACCOUNT, region=REGION)
        self.run(name, lambda: getattr(self.app, name)(event, LambdaContext(name, 1024, 20_000)))

    def run(self, function: str, work: Callable[[], Any]) -> Any:
        """Run a function on its own instance. Raises what it raises."""
        context = self._instances.get(function) or self._instances.setdefault(function, self.world.new_instance())
        calls, units, lines = len(self.world.trace), self.world.dynamodb.used.copy(), _Bytes()
        kept_instance, kept_log = self.app.instance, (log.handlers, log.propagate, log.level)
        self.app.instance, log.handlers, log.propagate = (lambda: context), [lines], False
        log.setLevel(logging.INFO)
        try:
            return work()
        finally:
            self.app.instance = kept_instance
            log.handlers, log.propagate = kept_log[:2]
            log.setLevel(kept_log[2])
            self._meter(function, self.world.trace[calls:], self.world.dynamodb.used - units, lines.count)

    def deliver(self, *kinds: str) -> None:
        """Let Lambda take every message, one at a time, until the queues are empty."""
        while at := min((at for kind in kinds if (at := self.world.queue(kind).next_visible_at())), default=None):
            self.clock.move_to(at)
            for kind in kinds:
                self._deliver(self.world.queue(kind), QUEUES[kind], is_mail_event=kind == MAIL_EVENTS)

    def deliver_now(self, *kinds: str) -> None:
        """Let Lambda take the messages that can be received at this moment."""
        for kind in kinds:
            self._deliver(self.world.queue(kind), QUEUES[kind], is_mail_event=kind == MAIL_EVENTS)

    def _deliver(self, queue: ModelQueue, function: str, *, is_mail_event: bool) -> None:
        for message in queue.receive(10):
            received = {"MessageId": message.id, "ReceiptHandle": message.receipt_handle, "Body": message.body}
            event = sqs_event({**received, "MD5OfBody": ""}, queue.shape.arn)
            context = LambdaContext(function, 1024, 20_000)
            self.run(function, lambda event=event, context=context: getattr(self.app, function)(event, context))
            queue.delete(message.receipt_handle)
            self.used["SQS"] += 2  # received and deleted
            if is_mail_event:  # published by SES, and sent by SNS
                self.used["SNS"] += 1
                self.used["SQS"] += 1
                self._use_key("topic of mail events")

    def _meter(self, function: str, calls: list[Any], units: Mapping[str, float], log_bytes: int) -> None:
        self.used.update(units)
        self.used["runs"] += 1
        self.used["ms"] += OWN_MS + sum(ANSWER_MS[call.operation] for call in calls)
        self.used["cold starts"] += self._is_cold(function)
        self.used["log bytes"] += log_bytes + LAMBDA_LINES.own + 3 * LINE_EXTRA_BYTES
        self.used["SQS"] += sum(call.service == "sqs" for call in calls)
        self.used["SNS"] += sum(call.service == "sns" for call in calls)
        sent = sum(call.operation == "send_email" for call in calls)
        self.used["mails"] += sum(len(mail.to) for mail in self.world.mails[-sent:]) if sent else 0
        if any(call.service == "dynamodb" for call in calls):
            self._use_key(function)

    def _is_cold(self, function: str) -> bool:
        before, self._ran_at[function] = self._ran_at.get(function), self.clock()
        return before is None or self.clock() - before > WARM_FOR

    def _use_key(self, who: str) -> None:
        """Once within five minutes, as DynamoDB and SNS keep what they were given."""
        window = (who, int(self.clock().timestamp() // KEY_WINDOW.total_seconds()))
        self.used["key requests"] += window not in self._key_used
        self._key_used.add(window)


class _Bytes(logging.Handler):
    """Counts what CloudWatch would take in."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.setFormatter(JsonLine())

    def emit(self, record: logging.LogRecord) -> None:
        self.count += len(self.format(record).encode()) + 1 + LINE_EXTRA_BYTES
