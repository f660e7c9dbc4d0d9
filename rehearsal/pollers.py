"""What Lambda's event source mappings do: receive from a queue, hand over, delete what was handled."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import boto3

from rehearsal.place import credentials
from sandbox.events import sqs_event
from sandbox.queues import Queue

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Mapping:
    """An enabled mapping; `role` is the ARN of the function's, under which Lambda receives."""

    queue_arn: str
    function: str
    role: str


Deliver = Callable[[str, bytes], bool]
"""Runs a function on an event; False when it failed."""


class Pollers:
    """One thread that serves every mapping, one message at a time. What a function failed on is left to the queue's
    visibility timeout and its dead-letter queue."""

    def __init__(self, mappings: Callable[[], Iterable[Mapping]], deliver: Deliver) -> None:
        self._mappings = mappings
        self._deliver = deliver
        self._queues: dict[Mapping, Queue] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the message under way."""
        self._stopping.set()
        self._thread.join(timeout=30)

    def _poll(self) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            for mapping in self._mappings():
                self._empty(mapping)

    def _empty(self, mapping: Mapping) -> None:
        queue = self._queue(mapping)
        while not self._stopping.is_set() and (message := queue.receive()) is not None:
            if self._deliver(mapping.function, json.dumps(sqs_event(message, mapping.queue_arn)).encode()):
                queue.delete(message)

    def _queue(self, mapping: Mapping) -> Queue:
        if mapping not in self._queues:
            self._queues[mapping] = Queue(_client(mapping), _url(mapping.queue_arn), mapping.queue_arn)
        return self._queues[mapping]


def _client(mapping: Mapping) -> Any:
    keys = credentials(mapping.role)
    return boto3.client(
        "sqs",
        region_name=mapping.queue_arn.split(":")[3],
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
    )


def _url(queue_arn: str) -> str:
    _, _, _, region, account, name = queue_arn.split(":")
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"
