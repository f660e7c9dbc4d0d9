"""What AWS does between our functions, played by the sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws import Clients
from chalicelib.context import AppContext
from sandbox.clock import SandboxClock
from sandbox.pump import Functions, Pump, Queue, open_queue


@pytest.fixture
def queue(aws: Clients, context: AppContext) -> Queue:
    return open_queue(aws.sqs, context.settings.notification_queue)


def waiting(queue: Queue) -> tuple[int, int]:
    """How many messages are visible, and how many are in flight."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    held = queue.client.get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
    return int(held[names[0]]), int(held[names[1]])


def nothing(_event: Any, _context: Any) -> None:
    """A function with nothing to do."""


def test_tick_sweeps_once_and_delivers_what_the_sweep_sent(queue: Queue) -> None:
    seen: list[dict[str, Any]] = []

    def sweep(_event: Any, _context: Any) -> None:
        for body in ("one", "two"):
            queue.client.send_message(QueueUrl=queue.url, MessageBody=body)

    clock = SandboxClock()
    before = clock()
    pump = Pump(queue, Functions(lambda event, _: seen.append(event), sweep), clock)
    now, delivered = pump.tick(90)

    assert delivered == 2
    assert now - before >= timedelta(minutes=90)
    assert [event["Records"][0]["body"] for event in seen] == ["one", "two"]
    assert waiting(queue) == (0, 0)


def test_message_arrives_in_the_documented_shape(queue: Queue) -> None:
    seen: list[dict[str, Any]] = []
    queue.client.send_message(QueueUrl=queue.url, MessageBody="hello")
    Pump(queue, Functions(lambda event, _: seen.append(event), nothing), SandboxClock()).tick(0)
    record = seen[0]["Records"][0]

    assert {
        *("messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody", "eventSource"),
        *("eventSourceARN", "awsRegion"),
    } == set(record)
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:enquiry-desk-test-notifications"


def test_failure_leaves_the_message_to_its_visibility_timeout(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_event: Any, _context: Any) -> None:
        raise RuntimeError("with somebody's name")

    queue.client.send_message(QueueUrl=queue.url, MessageBody="hello")
    _, delivered = Pump(queue, Functions(fail, nothing), SandboxClock()).tick(0)

    assert delivered == 0
    assert waiting(queue) == (0, 1)
    assert "RuntimeError" in (printed := capsys.readouterr().out)
    assert "somebody" not in printed


def test_schedule_fires_with_the_service_time(queue: Queue) -> None:
    seen: list[dict[str, Any]] = []
    now, _ = Pump(queue, Functions(nothing, lambda event, _: seen.append(event)), SandboxClock()).tick(60)

    assert [event["detail-type"] for event in seen] == ["Scheduled Event"]
    assert seen[0]["time"][:13] == now.strftime("%Y-%m-%dT%H")


def test_running_pump_delivers_by_itself(queue: Queue) -> None:
    from threading import Event

    delivered = Event()
    pump = Pump(queue, Functions(lambda *_: delivered.set(), nothing), SandboxClock())
    queue.client.send_message(QueueUrl=queue.url, MessageBody="hello")
    pump.start()
    arrived = delivered.wait(10)
    pump.stop()

    assert arrived
