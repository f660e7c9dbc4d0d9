"""A queue as Lambda's poller sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

_UNREACHABLE = (BotoCoreError, ClientError)


@dataclass(frozen=True)
class Queue:
    """`arn` carries region and account. A queue that cannot be reached is empty for now."""

    client: Any
    url: str
    arn: str

    def receive(self) -> Any:
        """One message with all that SQS knows of it, or None."""
        try:
            answer = self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=1,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except _UNREACHABLE:
            return None
        return next(iter(answer.get("Messages", [])), None)

    def delete(self, message: Any) -> None:
        """Take out what has been delivered."""
        try:
            self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        except _UNREACHABLE:
            print(f"sandbox: message {message['MessageId']} was delivered but not deleted; it will come again")

    def held_back(self) -> int:
        """How many messages wait for their delay to end."""
        name = "ApproximateNumberOfMessagesDelayed"
        try:
            answer = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        except _UNREACHABLE:
            return 0
        return int(answer["Attributes"][name])


def open_queue(client: Any, name: str, account: str) -> Queue:
    """A queue by its name, without a call: one that is down at the moment is there all the same."""
    region = client.meta.region_name
    url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    return Queue(client, url, f"arn:aws:sqs:{region}:{account}:{name}")
