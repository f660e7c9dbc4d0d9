"""Moves messages from a dead-letter queue back to the queue that they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.context import AppContext
from chalicelib.notifications.relay import MAX_BATCH

HIDDEN_SECONDS = 60
"""How long a message that was received is hidden from others: longer than it takes to send and delete it."""
EMPTY_ANSWERS = 5
"""SQS asks a sample of its servers, so one empty answer does not mean an empty queue."""

Message = dict[str, Any]


@dataclass(frozen=True)
class Redriven:
    """What became of the messages of one dead-letter queue. `unreadable` ones stay: they would come back for ever.
    `refused` ones were not taken by the other queue and stay too."""

    queue: str
    moved: int
    unreadable: int
    refused: int


def redrive(context: AppContext, queue: str, is_readable: Callable[[str], bool]) -> Redriven:
    """Move what is readable from `<queue>-dead` to `queue`, each message once: first sent, then deleted, so that a
    crash between doubles a message and loses none. What stays can be received again at once. Raises botocore's errors,
    a queue that does not exist among them; doing it again is harmless."""
    sqs = context.clients.sqs
    source, target = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in (f"{queue}-dead", queue))
    moved, unreadable, refused = 0, [], []
    for messages in _batches(sqs, source):
        readable = [message for message in messages if is_readable(message["Body"])]
        unreadable += [message for message in messages if message not in readable]
        taken = _send(sqs, target, readable)
        refused += [message for message in readable if message not in taken]
        _delete(sqs, source, taken)
        moved += len(taken)
    _release(sqs, source, [*unreadable, *refused])
    return Redriven(queue, moved, len(unreadable), len(refused))


def _batches(sqs: Any, source: str) -> Iterator[list[Message]]:
    """Each message once, until nothing new comes."""
    seen: set[str] = set()
    empty = 0
    while empty < EMPTY_ANSWERS:
        answer = sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=MAX_BATCH, VisibilityTimeout=HIDDEN_SECONDS)
        new = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
        seen.update(message["MessageId"] for message in new)
        empty = 0 if new else empty + 1
        if new:
            yield new


def _send(sqs: Any, target: str, messages: list[Message]) -> list[Message]:
    """Those that were taken."""
    if not messages:
        return []
    entries = [{"Id": str(place), "MessageBody": message["Body"]} for place, message in enumerate(messages)]
    answer = sqs.send_message_batch(QueueUrl=target, Entries=entries)
    return [messages[int(taken["Id"])] for taken in answer.get("Successful", [])]


def _delete(sqs: Any, source: str, messages: list[Message]) -> None:
    if messages:
        sqs.delete_message_batch(QueueUrl=source, Entries=list(_handles(messages)))


def _release(sqs: Any, source: str, messages: list[Message]) -> None:
    for start in range(0, len(messages), MAX_BATCH):
        some = messages[start : start + MAX_BATCH]
        entries = [{**handle, "VisibilityTimeout": 0} for handle in _handles(some)]
        sqs.change_message_visibility_batch(QueueUrl=source, Entries=entries)


def _handles(messages: list[Message]) -> Iterator[dict[str, Any]]:
    for place, message in enumerate(messages):
        yield {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
