"""The modelled queue keeps SQS's promises on a virtual clock, and none besides."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from simulation.model_resources import declared_resources
from simulation.model_sqs import Message, ModelQueue, ModelSQS
from simulation.virtual_clock import VirtualClock

NAME = "enquiry-desk-test-notifications"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def sqs(clock: VirtualClock) -> ModelSQS:
    return ModelSQS(declared_resources("test").queues, clock)


@pytest.fixture
def queue(sqs: ModelSQS) -> ModelQueue:
    return sqs.queues[NAME]


def bodies(messages: list[Message]) -> list[str]:
    return [message.body for message in messages]


def test_a_delayed_message_comes_when_its_delay_is_over(queue: ModelQueue, clock: VirtualClock) -> None:
    queue.send("later", 10)
    clock.move(9)

    assert [] == queue.receive()

    clock.move(1)

    assert ["later"] == bodies(queue.receive())


def test_a_received_message_is_hidden_until_its_visibility_timeout(queue: ModelQueue, clock: VirtualClock) -> None:
    queue.send("again")
    queue.receive()
    clock.move(queue.shape.visibility_seconds - 1)

    assert [] == queue.receive()
    assert 1 == queue.counts()["ApproximateNumberOfMessagesNotVisible"]

    clock.move(1)

    assert [2] == [message.receive_count for message in queue.receive()]


def test_what_was_received_too_often_goes_to_the_dead_letter_queue(queue: ModelQueue, clock: VirtualClock) -> None:
    queue.send("poison")
    for _ in range(queue.shape.max_receive_count or 0):
        queue.receive()
        clock.move(queue.shape.visibility_seconds)
    assert queue.dead_letters is not None

    assert [] == queue.receive()
    assert ["poison"] == bodies(queue.dead_letters.receive())
    assert [] == queue.messages


def test_only_the_newest_receipt_deletes(queue: ModelQueue) -> None:
    queue.send("twice received")
    old = queue.receive(visibility_seconds=0)[0].receipt_handle
    new = queue.receive(visibility_seconds=0)[0].receipt_handle
    queue.delete(old)

    assert ["twice received"] == bodies(queue.messages)

    queue.delete(new)

    assert [] == queue.messages


def test_a_message_is_forgotten_after_its_retention(queue: ModelQueue, clock: VirtualClock) -> None:
    queue.send("old")
    clock.move(queue.shape.retention_seconds)

    assert [] == queue.receive()


def test_the_next_moment_at_which_something_can_be_received_is_known(queue: ModelQueue, clock: VirtualClock) -> None:
    assert queue.next_visible_at() is None

    queue.send("later", 10)

    assert clock.now < (queue.next_visible_at() or clock.now)


def test_a_duplicate_comes_although_the_first_was_deleted(sqs: ModelSQS, queue: ModelQueue) -> None:
    url = queue.shape.url
    sqs.send_message(QueueUrl=url, MessageBody="one")
    (first,) = sqs.duplicated_receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    (second,) = sqs.duplicated_receive_message(QueueUrl=url)["Messages"]

    assert first["MessageId"] == second["MessageId"]


def test_a_duplicate_of_what_is_delayed_is_delayed(sqs: ModelSQS, queue: ModelQueue) -> None:
    sqs.variants["send_message", "duplicate"](QueueUrl=queue.shape.url, MessageBody="one", DelaySeconds=5)

    assert 2 == queue.counts()["ApproximateNumberOfMessagesDelayed"]


def test_messages_may_come_in_another_order(sqs: ModelSQS, queue: ModelQueue) -> None:
    url, entries = queue.shape.url, [{"Id": str(number), "MessageBody": str(number)} for number in range(3)]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    answer = sqs.reordered_receive_message(QueueUrl=url, MaxNumberOfMessages=2)

    assert ["2", "1"] == [message["Body"] for message in answer["Messages"]]


def test_a_partial_batch_says_what_was_refused(sqs: ModelSQS, queue: ModelQueue) -> None:
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(3)]
    answer = sqs.partial_send_message_batch(QueueUrl=queue.shape.url, Entries=entries)

    assert ["0"] == bodies(queue.messages)
    assert ["1", "2"] == [entry["Id"] for entry in answer["Failed"]]


def test_what_sqs_does_not_take_is_refused(sqs: ModelSQS, queue: ModelQueue) -> None:
    url, entry = queue.shape.url, {"Id": "0", "MessageBody": "body"}

    for entries in ([], [entry] * 11, [entry] * 2, [{**entry, "DelaySeconds": 901}], [{**entry, "MessageBody": ""}]):
        with pytest.raises(ClientError):
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
