"""What moto has received and real AWS would have sent on: mails and alerts, read in moto's own process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import RawMessage, ses_backends
from moto.sns.models import sns_backends

from sandbox.mail_parsing import Mail, parse_mail
from sandbox.ses_publishing import event_topics


@dataclass(frozen=True)
class Alert:
    """One message to a topic; `id` is SNS's message id."""

    id: str
    topic: str
    subject: str
    message: str

    def as_json(self) -> dict[str, str]:
        """The message in the shape of `GET /sandbox/alerts`."""
        return {"topic": self.topic, "subject": self.subject, "message": self.message}


def mails(region: str) -> list[Mail]:
    """Every raw mail that SES accepted, oldest first."""
    sent = ses_backends[DEFAULT_ACCOUNT_ID][region].sent_messages
    return [_parsed(mail.id, mail.raw_data, tuple(mail.destinations)) for mail in sent if isinstance(mail, RawMessage)]


# Taking a mail apart costs a millisecond, and the whole mailbox is read at every look.
@lru_cache(maxsize=4096)
def _parsed(identity: str, raw: str, envelope: tuple[str, ...]) -> Mail:
    return parse_mail(identity, raw, envelope)


def alerts(region: str) -> list[Alert]:
    """Every message that SNS accepted, oldest first within its topic, without what SES publishes."""
    topics = sns_backends[DEFAULT_ACCOUNT_ID][region].topics
    told_by_ses = event_topics(region)
    return [
        Alert(id=sent[0], topic=arn, subject=sent[2] or "", message=sent[1])
        for arn, topic in topics.items()
        if arn not in told_by_ses
        for sent in topic.sent_notifications
    ]
