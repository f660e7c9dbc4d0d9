"""What AWS does between our functions, played by the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from chalicelib.aws import Clients
from chalicelib.context import AppContext
from sandbox.clock import SandboxClock
from sandbox.lambdas import Consumer, Schedule
from sandbox.pump import Pump
from sandbox.queues import Queue, open_queue

Work = Callable[[], object]


@pytest.fixture
def queue(aws: Clients, context: AppContext) -> Queue:
    return open_queue(aws.sqs, context.settings.notification_queue, context.settings.aws_account_id)


@pytest.fixture
def mail_events(aws: Clients, context: AppContext) -> Queue:
    return open_queue(aws.sqs, context.settings.mail_events_queue, context.settings.aws_account_id)


@pytest.fixture
def sandbox_clock() -> SandboxClock:
    return SandboxClock()


def waiting(queue: Queue) -> tuple[int, int]:
    """How many messages are visible, and how many are in flight."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    held = queue.client.get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
    return int(held[names[0]]), int(held[names[1]])


def send(queue: Queue, *bodies: str) -> None:
    for body in bodies:
        queue.client.send_message(QueueUrl=queue.url, MessageBody=body)


def nothing(_event: Any, _context: Any) -> None:
    """A function with nothing to do."""


def every(minutes: int, work: Work, clock: SandboxClock, name: str = "some_schedule") -> Schedule:
    """A schedule that calls without arguments."""
    return Schedule(name, timedelta(minutes=minutes), lambda *_: work(), clock())


def test_tick_sweeps_and_delivers_what_the_sweep_sent(queue: Queue, sandbox_clock: SandboxClock) -> None:
    seen: list[dict[str, Any]] = []
    due = ["one", "two"]
    sweep = every(1, lambda: send(queue, *due) or due.clear(), sandbox_clock)
    before = sandbox_clock()
    pump = Pump([Consumer("deliver", queue, lambda event, _: seen.append(event))], [sweep], sandbox_clock)
    now, delivered = pump.tick(90)

    assert delivered == 2
    assert now - before >= timedelta(minutes=90)
    assert sorted(event["Records"][0]["body"] for event in seen) == ["one", "two"]
    assert waiting(queue) == (0, 0)


def test_tick_empties_every_queue(queue: Queue, mail_events: Queue, sandbox_clock: SandboxClock) -> None:
    seen: list[str] = []
    consumers = [
        Consumer("deliver", queue, lambda event, _: send(mail_events, event["Records"][0]["body"])),
        Consumer("record", mail_events, lambda event, _: seen.append(event["Records"][0]["body"])),
    ]
    send(queue, "one")
    _, delivered = Pump(consumers, [], sandbox_clock).tick(0)

    assert (seen, delivered) == (["one"], 2)


def test_tick_delivers_what_is_under_way_in_its_own_time(queue: Queue, sandbox_clock: SandboxClock) -> None:
    seen: list[timedelta] = []
    send(queue, "early")
    Pump([Consumer("deliver", queue, lambda *_: seen.append(sandbox_clock.moved))], [], sandbox_clock).tick(60)

    assert seen == [timedelta(0)]


def test_tick_runs_what_is_due_in_order_and_leaves_the_rest(queue: Queue, sandbox_clock: SandboxClock) -> None:
    ran: list[str] = []

    def schedule(name: str, minutes: int) -> Schedule:
        return every(minutes, lambda: ran.append(name), sandbox_clock, name)

    schedules = [schedule("sweep", 1), schedule("clocks", 1), schedule("canary", 5), schedule("reconcile", 60)]
    pump = Pump([Consumer("deliver", queue, nothing)], schedules, sandbox_clock)
    pump.tick(20)
    first = ran[:3]
    pump.tick(0)
    pump.tick(50)

    assert first == ["sweep", "clocks", "canary"]
    assert [ran.count(name) for name in ("canary", "reconcile")] == [2, 1]
    assert ran.count("sweep") >= 3


def test_tick_goes_on_until_a_ladder_has_no_more_steps(queue: Queue, sandbox_clock: SandboxClock) -> None:
    steps = ["reminder", "backup", "topic"]
    seen: list[str] = []
    clocks = every(1, lambda: send(queue, steps.pop(0)) if steps else None, sandbox_clock)
    consumer = Consumer("deliver", queue, lambda event, _: seen.append(event["Records"][0]["body"]))
    Pump([consumer], [clocks], sandbox_clock).tick(600)

    assert seen == ["reminder", "backup", "topic"]


def test_message_arrives_in_the_documented_shape(queue: Queue, sandbox_clock: SandboxClock) -> None:
    seen: list[dict[str, Any]] = []
    send(queue, "hello")
    Pump([Consumer("deliver", queue, lambda event, _: seen.append(event))], [], sandbox_clock).tick(0)
    record = seen[0]["Records"][0]

    assert {
        *("messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody", "eventSource"),
        *("eventSourceARN", "awsRegion"),
    } == set(record)
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:enquiry-desk-test-notifications"


def test_failure_leaves_the_message_to_its_visibility_timeout(
    queue: Queue, sandbox_clock: SandboxClock, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_event: Any, _context: Any) -> None:
        raise RuntimeError("with somebody's name")

    send(queue, "hello")
    _, delivered = Pump([Consumer("deliver", queue, fail)], [], sandbox_clock).tick(0)

    assert delivered == 0
    assert waiting(queue) == (0, 1)
    assert "RuntimeError" in (printed := capsys.readouterr().out)
    assert "somebody" not in printed


def test_schedule_that_fails_does_not_stop_the_next(queue: Queue, sandbox_clock: SandboxClock) -> None:
    ran: list[str] = []
    schedules = [every(1, lambda: 1 // 0, sandbox_clock), every(1, lambda: ran.append("next"), sandbox_clock)]
    Pump([Consumer("deliver", queue, nothing)], schedules, sandbox_clock).tick(1)

    assert ran


def test_schedule_fires_with_the_service_time(queue: Queue, sandbox_clock: SandboxClock) -> None:
    seen: list[dict[str, Any]] = []
    schedule = Schedule("digest", timedelta(hours=1), lambda event, _: seen.append(event), sandbox_clock())
    now, _ = Pump([Consumer("deliver", queue, nothing)], [schedule], sandbox_clock).tick(60)

    assert [event["detail-type"] for event in seen] == ["Scheduled Event"]
    assert seen[0]["time"][:13] == now.strftime("%Y-%m-%dT%H")


def test_running_pump_delivers_and_keeps_its_schedules_by_itself(queue: Queue, sandbox_clock: SandboxClock) -> None:
    delivered, ran = Event(), Event()
    schedule = every(1, ran.set, sandbox_clock)
    pump = Pump([Consumer("deliver", queue, lambda *_: delivered.set())], [schedule], sandbox_clock)
    send(queue, "hello")
    pump.start()
    sandbox_clock.move(1)
    happened = delivered.wait(10), ran.wait(10)
    pump.stop()

    assert happened == (True, True)


def test_clock_is_not_moved_while_a_message_is_under_way(queue: Queue, sandbox_clock: SandboxClock) -> None:
    began, may_end = Event(), Event()
    moved: list[timedelta] = []

    def slow(_event: Any, _context: Any) -> None:
        began.set()
        may_end.wait(5)
        moved.append(sandbox_clock.moved)

    pump = Pump([Consumer("deliver", queue, slow)], [every(1, lambda: None, sandbox_clock)], sandbox_clock)
    send(queue, "hello")
    pump.start()
    began.wait(10)
    may_end.set()
    pump.tick(60)
    pump.stop()

    assert moved == [timedelta(0)]


def test_pump_plays_every_queue_and_schedule_of_the_application(
    context: AppContext, sandbox_clock: SandboxClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox import application

    monkeypatch.setattr(application.app, "instance", lambda: context)
    pump = application.new_pump(sandbox_clock)

    assert [consumer.name for consumer in pump.consumers] == ["deliver_notification", "record_delivery_event"]
    assert [(schedule.name, schedule.every) for schedule in pump.schedules] == [
        ("sweep_outbox", timedelta(minutes=1)),
        ("check_response_clocks", timedelta(minutes=1)),
        ("check_quarantine", timedelta(minutes=15)),
        ("run_canary", timedelta(minutes=5)),
        ("reconcile_enquiries", timedelta(hours=1)),
        ("count_for_reports", timedelta(minutes=15)),
        ("apply_retention", timedelta(hours=1)),
        ("send_digest", timedelta(minutes=15)),
    ]
