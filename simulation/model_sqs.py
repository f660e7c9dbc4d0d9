"""SQS in memory on a virtual clock: delays, visibility, receive counts, dead-letter queues, retention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from simulation.model_errors import client_error
from simulation.model_resources import QueueShape
from simulation.model_writes import require_known

_MAX_BATCH = 10
_MAX_DELAY_SECONDS = 900
_MAX_BODY_BYTES = 1_048_576
_PREFIX = "AWS.SimpleQueueService."
_RECEIVE_PARAMETERS = {
    "QueueUrl",
    "MaxNumberOfMessages",
    "VisibilityTimeout",
    "WaitTimeSeconds",
    "AttributeNames",
    "MessageSystemAttributeNames",
    "MessageAttributeNames",
}


@dataclass
class Message:
    """A message in a queue. `visible_at` lies ahead while it is delayed or somebody works on it."""

    id: str
    body: str
    sent_at: datetime
    visible_at: datetime
    expires_at: datetime
    receive_count: int = 0
    copy: int = 0

    @property
    def receipt_handle(self) -> str:
        """Changes with every receive; only the newest deletes."""
        return f"{self.id}/{self.copy}/{self.receive_count}"


@dataclass
class ModelQueue:
    """One queue. `messages` are what is in it, in the order of sending, whether they can be received or not."""

    shape: QueueShape
    clock: Callable[[], datetime]
    dead_letters: ModelQueue | None = None
    messages: list[Message] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(1))

    def send(self, body: str, delay_seconds: float | None = None) -> str:
        """Put a message in and return its id."""
        now, delay = self.clock(), self.shape.delay_seconds if delay_seconds is None else delay_seconds
        kept_until = now + timedelta(seconds=self.shape.retention_seconds)
        message_id = f"{self.shape.name}-{next(self._ids)}"
        self.messages.append(Message(message_id, body, now, now + timedelta(seconds=delay), kept_until))
        return message_id

    def receive(
        self, most: int = 1, visibility_seconds: float | None = None, *, newest_first: bool = False
    ) -> list[Message]:
        """Take messages that can be received, and hide them. One that was received too often moves to the dead-letter
        queue instead."""
        self._drop_expired()
        taken: list[Message] = []
        hidden_for = self.shape.visibility_seconds if visibility_seconds is None else visibility_seconds
        for message in self._visible(newest_first=newest_first):
            if len(taken) == most:
                break
            if self.dead_letters is not None and message.receive_count >= (self.shape.max_receive_count or 0):
                self._give_up(message, self.dead_letters)
                continue
            message.receive_count += 1
            message.visible_at = self.clock() + timedelta(seconds=hidden_for)
            taken.append(message)
        return taken

    def _give_up(self, message: Message, dead_letters: ModelQueue) -> None:
        """Its age goes on counting from when it was sent first."""
        self.messages.remove(message)
        kept_until = message.sent_at + timedelta(seconds=dead_letters.shape.retention_seconds)
        moved = replace(message, visible_at=self.clock(), expires_at=kept_until, receive_count=0)
        dead_letters.messages.append(moved)

    def delete(self, receipt_handle: str) -> None:
        """Take a message out for good; an older handle of it succeeds and does nothing."""
        self.messages[:] = [each for each in self.messages if each.receipt_handle != receipt_handle]

    def deliver_again(self, message: Message) -> None:
        """SQS delivers at least once: the message comes once more, whatever happens to this delivery."""
        visible_at = self.clock() if message.receive_count else message.visible_at
        self.messages.append(replace(message, visible_at=visible_at, receive_count=0, copy=next(self._ids)))

    def next_visible_at(self) -> datetime | None:
        """When something can be received next, which may be in the past; None when the queue is empty."""
        return min((message.visible_at for message in self.messages), default=None)

    def counts(self) -> dict[str, int]:
        """How many messages can be received, are worked on, and are delayed."""
        now = self.clock()
        hidden = [message for message in self.messages if message.visible_at > now]
        in_flight = sum(message.receive_count > 0 for message in hidden)
        return {
            "ApproximateNumberOfMessages": len(self.messages) - len(hidden),
            "ApproximateNumberOfMessagesNotVisible": in_flight,
            "ApproximateNumberOfMessagesDelayed": len(hidden) - in_flight,
        }

    def _visible(self, *, newest_first: bool) -> list[Message]:
        now = self.clock()
        visible = [message for message in self.messages if message.visible_at <= now]
        return visible[::-1] if newest_first else visible

    def _drop_expired(self) -> None:
        now = self.clock()
        self.messages[:] = [message for message in self.messages if message.expires_at > now]


class ModelSQS:
    """The client. `queues` by name; `variants` are the answers that a fault may put in place of the ordinary one."""

    def __init__(self, shapes: Iterable[QueueShape], clock: Callable[[], datetime]) -> None:
        self.queues = {shape.name: ModelQueue(shape, clock) for shape in shapes}
        self._by_url = {queue.shape.url: queue for queue in self.queues.values()}
        by_arn = {queue.shape.arn: queue for queue in self.queues.values()}
        for queue in self.queues.values():
            queue.dead_letters = by_arn.get(queue.shape.dead_letter_arn or "")
        self.variants: dict[tuple[str, str], Callable[..., Any]] = {
            ("send_message", "duplicate"): lambda **p: self._delivered_twice(self.send_message, p),
            ("send_message_batch", "duplicate"): lambda **p: self._delivered_twice(self.send_message_batch, p),
            ("send_message_batch", "reorder"): self.reordered_send_message_batch,
            ("send_message_batch", "partial"): self.partial_send_message_batch,
            ("receive_message", "duplicate"): self.duplicated_receive_message,
            ("receive_message", "reorder"): self.reordered_receive_message,
            ("delete_message", "duplicate"): self.duplicated_delete_message,
        }

    def get_queue_url(self, **parameters: Any) -> dict[str, Any]:
        """`GetQueueUrl`."""
        require_known(parameters, {"QueueName"})
        queue = self.queues.get(parameters["QueueName"])
        if queue is None:
            raise _no_such_queue("GetQueueUrl")
        return {"QueueUrl": queue.shape.url}

    def get_queue_attributes(self, **parameters: Any) -> dict[str, Any]:
        """`GetQueueAttributes`: numbers of messages, ARN and timeouts."""
        require_known(parameters, {"QueueUrl", "AttributeNames"})
        queue = self._queue(parameters, "GetQueueAttributes")
        known: dict[str, object] = {
            **queue.counts(),
            "QueueArn": queue.shape.arn,
            "VisibilityTimeout": queue.shape.visibility_seconds,
            "MessageRetentionPeriod": queue.shape.retention_seconds,
            "DelaySeconds": queue.shape.delay_seconds,
        }
        wanted = parameters.get("AttributeNames", [])
        return {"Attributes": {name: str(value) for name, value in known.items() if name in wanted or "All" in wanted}}

    def send_message(self, **parameters: Any) -> dict[str, Any]:
        """`SendMessage`."""
        require_known(parameters, {"QueueUrl", "MessageBody", "DelaySeconds"})
        return {"MessageId": self._send(parameters, parameters, "SendMessage").id}

    def send_message_batch(self, **parameters: Any) -> dict[str, Any]:
        """`SendMessageBatch`."""
        return self._send_batch(parameters, parameters["Entries"])

    def receive_message(self, **parameters: Any) -> dict[str, Any]:
        """`ReceiveMessage`; never waits."""
        return self._receive(parameters, newest_first=False)

    def delete_message(self, **parameters: Any) -> dict[str, Any]:
        """`DeleteMessage`."""
        require_known(parameters, {"QueueUrl", "ReceiptHandle"})
        self._queue(parameters, "DeleteMessage").delete(parameters["ReceiptHandle"])
        return {}

    def purge_queue(self, **parameters: Any) -> dict[str, Any]:
        """`PurgeQueue`."""
        require_known(parameters, {"QueueUrl"})
        self._queue(parameters, "PurgeQueue").messages.clear()
        return {}

    def reordered_send_message_batch(self, **parameters: Any) -> dict[str, Any]:
        """`SendMessageBatch` whose messages arrive the other way round."""
        return self._send_batch(parameters, parameters["Entries"][::-1])

    def partial_send_message_batch(self, **parameters: Any) -> dict[str, Any]:
        """`SendMessageBatch` that takes the earlier half of the entries and refuses the rest."""
        entries = parameters["Entries"]
        answer = self._send_batch(parameters, entries[: len(entries) // 2], allow_empty=True)
        refused = [{"Id": each["Id"], "SenderFault": False, "Code": "InternalError"} for each in entries]
        return {**answer, "Failed": refused[len(entries) // 2 :]}

    def duplicated_receive_message(self, **parameters: Any) -> dict[str, Any]:
        """`ReceiveMessage` whose messages another consumer gets as well."""
        queue = self._queue(parameters, "ReceiveMessage")
        answer = self.receive_message(**parameters)
        handles = {each["ReceiptHandle"] for each in answer.get("Messages", [])}
        _repeat(queue, [message for message in queue.messages if message.receipt_handle in handles])
        return answer

    def reordered_receive_message(self, **parameters: Any) -> dict[str, Any]:
        """`ReceiveMessage` that hands out the newest first."""
        return self._receive(parameters, newest_first=True)

    def duplicated_delete_message(self, **parameters: Any) -> dict[str, Any]:
        """`DeleteMessage` after which a server that was down brings the message back."""
        queue = self._queue(parameters, "DeleteMessage")
        _repeat(queue, [each for each in queue.messages if each.receipt_handle == parameters["ReceiptHandle"]])
        return self.delete_message(**parameters)

    def _delivered_twice(self, send: Callable[..., dict[str, Any]], parameters: dict[str, Any]) -> dict[str, Any]:
        """A send whose messages will be delivered twice."""
        queue = self._queue(parameters, "SendMessage")
        before = len(queue.messages)
        answer = send(**parameters)
        _repeat(queue, queue.messages[before:])
        return answer

    def _queue(self, parameters: Mapping[str, Any], operation: str) -> ModelQueue:
        if parameters["QueueUrl"] not in self._by_url:
            raise _no_such_queue(operation)
        return self._by_url[parameters["QueueUrl"]]

    def _send(self, parameters: Mapping[str, Any], entry: Mapping[str, Any], operation: str) -> Message:
        queue = self._queue(parameters, operation)
        delay, body = entry.get("DelaySeconds"), entry["MessageBody"]
        if delay is not None and not 0 <= delay <= _MAX_DELAY_SECONDS:
            raise client_error(operation, "InvalidParameterValue", "DelaySeconds must be >= 0 and <= 900.")
        if not 0 < len(body.encode()) <= _MAX_BODY_BYTES:
            raise client_error(operation, "InvalidParameterValue", "One or more parameters are invalid.")
        queue.send(body, delay)
        return queue.messages[-1]

    def _send_batch(
        self, parameters: Mapping[str, Any], entries: list[dict[str, Any]], *, allow_empty: bool = False
    ) -> dict[str, Any]:
        operation = "SendMessageBatch"
        require_known(parameters, {"QueueUrl", "Entries"})
        if not entries and not allow_empty:
            raise client_error(operation, f"{_PREFIX}EmptyBatchRequest")
        if len(entries) > _MAX_BATCH:
            raise client_error(operation, f"{_PREFIX}TooManyEntriesInBatchRequest")
        if len({each["Id"] for each in entries}) < len(entries):
            raise client_error(operation, f"{_PREFIX}BatchEntryIdsNotDistinct")
        sent = [{"Id": each["Id"], "MessageId": self._send(parameters, each, operation).id} for each in entries]
        return {"Successful": sent}

    def _receive(self, parameters: Mapping[str, Any], *, newest_first: bool) -> dict[str, Any]:
        require_known(parameters, _RECEIVE_PARAMETERS)
        most = parameters.get("MaxNumberOfMessages", 1)
        if not 1 <= most <= _MAX_BATCH:
            raise client_error("ReceiveMessage", "InvalidParameterValue", "MaxNumberOfMessages must be 1 to 10.")
        queue = self._queue(parameters, "ReceiveMessage")
        taken = queue.receive(most, parameters.get("VisibilityTimeout"), newest_first=newest_first)
        return {"Messages": [_as_received(message) for message in taken]} if taken else {}


def _repeat(queue: ModelQueue, messages: Iterable[Message]) -> None:
    for message in list(messages):
        queue.deliver_again(message)


def _as_received(message: Message) -> dict[str, Any]:
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt_handle,
        "Body": message.body,
        "Attributes": {
            "ApproximateReceiveCount": str(message.receive_count),
            "SentTimestamp": str(int(message.sent_at.timestamp() * 1000)),
        },
    }


def _no_such_queue(operation: str) -> Exception:
    message = "The specified queue does not exist."
    return client_error(operation, f"{_PREFIX}NonExistentQueue", message)
