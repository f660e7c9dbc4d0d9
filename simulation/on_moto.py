"""The same runs on moto: the application's own boto3 clients against AWS as somebody else understands it.

The model and moto must agree on every run: the same calls, struck faults, answers, mails, alerts and rows at rest.
Faults fall outside the clients, so that botocore's own attempts pass no boundary of their own.

| part of AWS | played by |
|---|---|
| DynamoDB, SQS with its delays and timeouts, SNS to SQS | moto, from the template, on the virtual clock |
| what SES accepts | moto |
| which events a mail has, and when | the model; moto's SNS and SQS carry them |
| a read that lags | moto's table, put back to an earlier state for that read |
| a message delivered twice, out of order, half a batch | moto's queue, rearranged |

| moto 5.2 does otherwise than AWS | what is done here |
|---|---|
| a received message is hidden beyond the end of its timeout, by one instant | it ends an instant earlier |
| SES forgets configuration set and tags of a mail | they are taken from the call |
| `SendEmail` appends the header's addresses to those of the call | compared without the repetition |
| transactions ignore `ClientRequestToken` | nothing: the application sends none, and botocore's is new at each call |
| an old receipt handle deletes as well | nothing: no run takes longer over a message than it is hidden |
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends
from moto.sqs import models as moto_sqs

import sandbox.cloudformation_types  # noqa: F401
from chalicelib.aws import Clients
from chalicelib.settings import read_settings
from sandbox.resources import create_resources
from simulation.mail_events import SentMail
from simulation.model_dynamodb import STALE_FOR, ModelDynamoDB
from simulation.model_resources import ACCOUNT, REGION, QueueShape, Resources
from simulation.model_ses import ModelSES
from simulation.model_sns import Alert, ModelSNS
from simulation.model_sqs import ModelSQS
from simulation.world import STAGE_KEY, World

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MotoWorld(World):
    """A world whose account is moto's. It lasts until the `moto_account` ends that it was made in, or another world is
    made there: a stack takes longer (0.2 s, with the keys that moto draws) than a run."""

    def found(self, resources: Resources) -> None:
        """Create the stage's stack, or empty the one that is there."""
        moto_sqs.unix_time = lambda at=None: _milliseconds(at or self.clock()) / 1000
        moto_sqs.unix_time_millis = lambda at=None: _milliseconds(at or self.clock())
        clients = _clients()
        if _backend(dynamodb_backends).tables:
            _empty()
        else:
            create_resources(clients, read_settings(self.environment), STAGE_KEY)
        self.dynamodb = MotoDynamoDB(resources, self.clock, clients.dynamodb)
        self.sqs = MotoSQS(resources.queues, self.clock, clients.sqs)
        self.sns = MotoSNS(resources, self.sqs, self.clock, clients.sns)
        self.ses = MotoSES(resources, self.sns, self.clock, clients.ses)


@contextmanager
def moto_account() -> Iterator[None]:
    """An account in memory; afterwards moto tells the real time again."""
    kept = moto_sqs.unix_time, moto_sqs.unix_time_millis
    try:
        with mock_aws():
            yield
    finally:
        moto_sqs.unix_time, moto_sqs.unix_time_millis = kept


class MotoTable:
    """A table as `ModelTable` shows it: its items, and for one read those of a moment ago."""

    def __init__(self, name: str, clock: Callable[[], datetime]) -> None:
        self._table: Any = _backend(dynamodb_backends).tables[name]
        self._clock = clock
        self._before: list[tuple[datetime, Any]] = []

    @property
    def items(self) -> dict[Any, Any]:
        """Every item by its key."""
        found = self._table.all_items()
        return {(item.hash_key.value, item.range_key.value): item.to_json()["Attributes"] for item in found}

    def remember(self) -> None:
        """Called before each change."""
        self._before.append((self._clock(), copy.deepcopy(self._table.items)))

    @contextmanager
    def put_back(self, moment: datetime) -> Iterator[None]:
        """Within, the table is as it was at a moment."""
        now = self._table.items
        self._table.items = next((items for at, items in self._before if at >= moment), now)
        try:
            yield
        finally:
            self._table.items = now


class MotoDynamoDB(ModelDynamoDB):
    """The client. The variants of its answers are the model's, made of moto's."""

    def __init__(self, resources: Resources, clock: Callable[[], datetime], client: Any) -> None:
        super().__init__((), clock)
        self._client = client
        self.tables: Any = {shape.name: MotoTable(shape.name, clock) for shape in resources.tables}

    def transact_write_items(self, **parameters: Any) -> Any:
        """`TransactWriteItems`."""
        return self._change("transact_write_items", parameters)

    def batch_write_item(self, **parameters: Any) -> Any:
        """`BatchWriteItem`."""
        return self._change("batch_write_item", parameters)

    def batch_get_item(self, **parameters: Any) -> Any:
        """`BatchGetItem`."""
        return self._client.batch_get_item(**parameters)

    def _write(self, _operation: str, kind: str, parameters: Any) -> Any:
        return self._change(f"{kind.lower()}_item", parameters)

    def _change(self, operation: str, parameters: Any) -> Any:
        for table in self.tables.values():
            table.remember()
        return getattr(self._client, operation)(**parameters)

    def _get(self, parameters: Any, *, stale: bool) -> Any:
        with self._lagging(parameters, stale=stale):
            return self._client.get_item(**parameters)

    def _query(self, parameters: Any, *, stale: bool) -> Any:
        with self._lagging(parameters, stale=stale):
            return self._client.query(**parameters)

    def _lagging(self, parameters: Any, *, stale: bool) -> AbstractContextManager[None]:
        table: MotoTable = self.tables[parameters["TableName"]]
        return table.put_back(self._clock() - STALE_FOR) if stale else nullcontext()


class MotoQueue:
    """A queue as `ModelQueue` shows it, for whoever plays its poller. Its messages are moto's own."""

    def __init__(self, shape: QueueShape, client: Any) -> None:
        self.shape = shape
        self._client = client
        self._queue: Any = _backend(moto_sqs.sqs_backends).queues[shape.name]

    @property
    def messages(self) -> list[Any]:
        """What is in it, in the order of sending."""
        return list(self._queue._messages)

    def receive(self, most: int, *, newest_first: bool) -> list[Any]:
        """Receive messages that are due."""
        with self._turned() if newest_first else nullcontext():
            answer = self._client.receive_message(QueueUrl=self.shape.url, MaxNumberOfMessages=most)
        by_handle = {message.receipt_handle: message for message in self.messages}
        received = [by_handle[each["ReceiptHandle"]] for each in answer.get("Messages", [])]
        for message in received:
            message.visible_at = math.nextafter(message.visible_at, 0)
        return received

    def delete(self, receipt_handle: str) -> None:
        """Take a message out for good."""
        self._client.delete_message(QueueUrl=self.shape.url, ReceiptHandle=receipt_handle)

    def deliver_again(self, message: Any) -> None:
        """The message comes once more, whatever happens to this delivery."""
        again = copy.copy(message)
        again.receipt_handle, again._old_receipt_handles, again.approximate_receive_count = None, [], 0
        again.visible_at = 0.0
        self._queue._messages.append(again)

    def next_visible_at(self) -> datetime | None:
        """When something can be received next; None when the queue is empty."""
        due = [max(message.visible_at, message.delayed_until, message.sent_timestamp) for message in self.messages]
        return _EPOCH + timedelta(milliseconds=min(due)) if due else None

    @contextmanager
    def _turned(self) -> Iterator[None]:
        self._queue._messages.reverse()
        try:
            yield
        finally:
            self._queue._messages.reverse()


class MotoSQS(ModelSQS):
    """The client, as far as the application uses it. The variants of its answers are the model's, made of moto's."""

    def __init__(self, shapes: tuple[QueueShape, ...], clock: Callable[[], datetime], client: Any) -> None:
        super().__init__((), clock)
        self._client = client
        self.queues: Any = {shape.name: MotoQueue(shape, client) for shape in shapes}
        self._by_url: Any = {queue.shape.url: queue for queue in self.queues.values()}

    def get_queue_url(self, **parameters: Any) -> Any:
        """`GetQueueUrl`."""
        return self._client.get_queue_url(**parameters)

    def send_message(self, **parameters: Any) -> Any:
        """`SendMessage`."""
        return self._client.send_message(**parameters)

    def _send_batch(self, parameters: Any, entries: list[dict[str, Any]], *, allow_empty: bool = False) -> Any:
        if allow_empty and not entries:
            return {"Successful": []}
        return self._client.send_message_batch(**{**parameters, "Entries": entries})


class MotoSNS(ModelSNS):
    """The client, and the topics that mail events go through."""

    def __init__(self, resources: Resources, sqs: MotoSQS, clock: Callable[[], datetime], client: Any) -> None:
        super().__init__(resources.topics, resources.subscriptions, sqs.queues, clock)
        self._client = client

    def publish(self, **parameters: Any) -> Any:
        """`Publish`."""
        answer = self._client.publish(**parameters)
        topic = parameters["TopicArn"]
        message_id, message, subject, *_ = self._topic(topic).sent_notifications[-1]
        self.published.append(Alert(message_id, self._clock(), topic, subject, message))
        return answer

    def relay(self, topic_arn: str, message: str, *, subject: str = "", delay_seconds: float = 0) -> str:
        """Publish an event of SES, which reaches the topic's queues later by the delay."""
        before = [(queue, len(queue.messages)) for _, queue in self._queues]
        message_id = str(self._topic(topic_arn).publish(message, subject=subject or None))
        for queue, length in before:
            for arrived in queue.messages[length:] if delay_seconds else ():
                arrived.delay(delay_seconds)
        return message_id

    def _topic(self, arn: str) -> Any:
        return _backend(sns_backends).topics[arn]


class MotoSES(ModelSES):
    """The client. What becomes of a mail is the model's decision."""

    def __init__(self, resources: Resources, sns: MotoSNS, clock: Callable[[], datetime], client: Any) -> None:
        super().__init__(resources.configuration_sets, resources.event_destinations, sns, clock)
        self._client = client

    def send_email(self, **parameters: Any) -> Any:
        """`SendEmail`."""
        answer = self._client.send_email(**parameters)
        stored: Any = _backend(ses_backends).sent_messages[-1]
        mail = SentMail(
            id=answer["MessageId"],
            at=self._clock(),
            to=tuple(dict.fromkeys(stored.destinations)),
            tags={each["Name"]: each["Value"] for each in parameters["EmailTags"]},
            configuration_set=parameters["ConfigurationSetName"],
            raw=stored.raw_data.encode(),
        )
        self.sent.append(mail)
        self._tell(mail)
        return answer


@cache
def _clients() -> Clients:
    # Kept, because reading the services' models takes as long as a run.
    return Clients({"AWS_REGION": REGION})


def _backend(of_service: Any) -> Any:
    return of_service[ACCOUNT][REGION]


def _empty() -> None:
    for table in _backend(dynamodb_backends).tables.values():
        table.items.clear()
    for queue in _backend(moto_sqs.sqs_backends).queues.values():
        queue._messages, queue._pending_messages, queue.deleted_messages = [], set(), set()
    for topic in _backend(sns_backends).topics.values():
        topic.sent_notifications.clear()
    _backend(ses_backends).sent_messages.clear()


def _milliseconds(at: datetime) -> float:
    return (at - _EPOCH) / timedelta(milliseconds=1)
