"""SNS in memory: keeps what was published, and hands it to the queues that have subscribed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from simulation.model_errors import client_error
from simulation.model_resources import Subscription
from simulation.model_sqs import ModelQueue
from simulation.model_writes import require_known

_MAX_SUBJECT = 100
_MAX_MESSAGE_BYTES = 262_144


@dataclass(frozen=True)
class Alert:
    """One published message."""

    id: str
    at: datetime
    topic_arn: str
    subject: str
    message: str


class ModelSNS:
    """The client. `published` are the messages of the application; mail events are relayed without being kept."""

    def __init__(
        self,
        topics: Iterable[str],
        subscriptions: Iterable[Subscription],
        queues: Mapping[str, ModelQueue],
        clock: Callable[[], datetime],
    ) -> None:
        self.published: list[Alert] = []
        self.variants: dict[tuple[str, str], Callable[..., Any]] = {}
        self._topics = frozenset(topics)
        self._queues = [(each, queues[each.queue_arn.rpartition(":")[2]]) for each in subscriptions]
        self._clock = clock
        self._ids = count(1)

    def publish(self, **parameters: Any) -> dict[str, Any]:
        """`Publish`."""
        require_known(parameters, {"TopicArn", "Subject", "Message"})
        _refuse_unfit(parameters)
        topic, subject = parameters["TopicArn"], parameters.get("Subject", "")
        message_id = self.relay(topic, parameters["Message"], subject=subject)
        self.published.append(Alert(message_id, self._clock(), topic, subject, parameters["Message"]))
        return {"MessageId": message_id}

    def relay(self, topic_arn: str, message: str, *, subject: str = "", delay_seconds: float = 0) -> str:
        """Hand a message to the topic's queues and return its id. Raises ClientError for an unknown topic."""
        if topic_arn not in self._topics:
            raise client_error("Publish", "NotFound", "Topic does not exist", status=404)
        message_id = f"sns-{next(self._ids)}"
        for subscription, queue in self._queues:
            if subscription.topic_arn == topic_arn:
                body = message if subscription.raw else self.envelope(message_id, topic_arn, message, subject)
                queue.send(body, delay_seconds)
        return message_id

    def envelope(self, message_id: str, topic_arn: str, message: str, subject: str = "") -> str:
        """What SNS puts into a queue that did not ask for raw messages."""
        return json.dumps(
            {
                "Type": "Notification",
                "MessageId": message_id,
                "TopicArn": topic_arn,
                **({"Subject": subject} if subject else {}),
                "Message": message,
                "Timestamp": self._clock().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "SignatureVersion": "1",
            }
        )


def _refuse_unfit(parameters: Mapping[str, Any]) -> None:
    """SNS's rules for e-mail subscribers hold for every message. Raises ClientError."""
    subject, message = parameters.get("Subject"), parameters["Message"]
    if subject is not None and not _is_subject(subject):
        raise client_error("Publish", "InvalidParameter", "Invalid parameter: Subject")
    if not message:
        raise client_error("Publish", "InvalidParameter", "Invalid parameter: Empty message")
    if len(message.encode()) > _MAX_MESSAGE_BYTES:
        raise client_error("Publish", "InvalidParameter", "Invalid parameter: Message too long")


def _is_subject(subject: str) -> bool:
    return 0 < len(subject) <= _MAX_SUBJECT and subject.isascii() and subject.isprintable() and subject[0] != " "
