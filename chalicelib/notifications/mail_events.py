"""Reads what SES tells of a mail, in the envelope that SNS puts round it, into one small value."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel, to_pascal

from chalicelib.models.notification import Fate, split_notification_id
from chalicelib.settings import Settings

FATE_BY_TYPE: dict[str, Fate | None] = {
    "Send": None,
    "DeliveryDelay": "delayed",
    "Delivery": "delivered",
    "Reject": "rejected",
    "Bounce": "bounced",
    "Complaint": "complained",
}
"""The types of event that we asked SES for, and what each makes of a mail at its recipients."""
MAX_RECIPIENTS = 50
"""SES takes no mail to more."""
_NOTIFICATION_ID = re.compile(r"[A-Za-z0-9-]{1,100}_[a-z_]{1,30}(-[0-9]{1,6})?")
_ADDRESS = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,255}")


class UnusableEvent(Exception):
    """A message that is no event of our mail; the text is a code that says why, and quotes nothing."""


class MailEvent(BaseModel):
    """What happened to one mail, at the addresses in `recipients`. `fate` is None for a mail that was taken over and of
    which no more is known yet. `permanent`: it is of no use, or not wanted, to write there again. `everybody` are
    the hashes of all addresses that the mail was for."""

    model_config = ConfigDict(frozen=True)

    type: str
    notification_id: str
    message_id: str
    recipients: tuple[str, ...]
    fate: Fate | None
    permanent: bool = False
    everybody: frozenset[str] = frozenset()

    @property
    def fates(self) -> dict[str, Fate]:
        """The fate by the hash of each recipient's address."""
        return {address_key(address): self.fate for address in self.recipients if self.fate}


def address_key(address: str) -> str:
    """What stands for an address in a row: 16 hexadecimal digits, whatever the case of its letters."""
    return sha256(address.lower().encode()).hexdigest()[:16]


def read_mail_event(body: str, settings: Settings, region: str) -> MailEvent:
    """The event in the body of an SQS message. Raises UnusableEvent for everything that is no event of a mail of ours:
    no envelope, the request to confirm a subscription (whose address is never visited), another topic, SES's own test
    message, a type that nobody asked for."""
    try:
        envelope = _Envelope.model_validate_json(body)
    except ValidationError:
        raise UnusableEvent("not_an_envelope") from None
    if envelope.type != "Notification":
        raise UnusableEvent("not_a_notification")
    if not _is_our_topic(envelope.topic_arn, settings, region):
        raise UnusableEvent("foreign_topic")
    try:
        event = _SesEvent.model_validate_json(envelope.message)
    except ValidationError:
        raise UnusableEvent("not_an_event") from None
    return _mail_event(event)


def _is_our_topic(arn: str, settings: Settings, region: str) -> bool:
    """`arn:aws:sns:us-east-1:123456789012:enquiry-desk-prod-mail-events`; which account is ours is not always known."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "sns":
        return False
    return parts[3:] == [region, settings.aws_account_id or parts[4], settings.mail_events_topic]


def _one_address(recipient: Any) -> Any:
    """Some events list addresses, others objects that hold one."""
    return recipient.get("emailAddress") if isinstance(recipient, dict) else recipient


class _Envelope(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_pascal)

    type: str
    topic_arn: str
    message: str


class _Report(BaseModel):
    """What the receiving mail server said of one address (RFC 3464)."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    action: str = ""
    status: str = ""


class _Details(BaseModel):
    """The part of an event that is named after its type."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    recipients: Annotated[
        tuple[Annotated[str, BeforeValidator(_one_address)], ...],
        Field(
            max_length=MAX_RECIPIENTS,
            validation_alias=AliasChoices(
                "bouncedRecipients", "complainedRecipients", "delayedRecipients", "recipients"
            ),
        ),
    ] = ()
    reports: Annotated[tuple[_Report, ...], Field(max_length=MAX_RECIPIENTS, validation_alias="bouncedRecipients")] = ()
    bounce_type: str = ""
    bounce_sub_type: str = ""
    complaint_feedback_type: str | None = None

    @property
    def is_automatic_reply(self) -> bool:
        """Somebody is on holiday, and their mail has arrived. SES reports it under the same words as a domain that
        does not exist or a mail that expired, but only those come with what the mail server said."""
        said = any(report.status or report.action.lower() == "failed" for report in self.reports)
        return (self.bounce_type, self.bounce_sub_type) == ("Transient", "General") and not said


class _Mail(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    message_id: Annotated[str, Field(pattern=r"^[\w.@-]{1,200}$")]
    destination: Annotated[tuple[str, ...], Field(max_length=MAX_RECIPIENTS)]
    tags: dict[str, tuple[str, ...]] = {}


class _SesEvent(BaseModel):
    """Source: "Contents of event data that Amazon SES publishes to Amazon SNS"."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    event_type: str
    mail: _Mail
    delivery_delay: _Details | None = None
    delivery: _Details | None = None
    bounce: _Details | None = None
    complaint: _Details | None = None

    @property
    def details(self) -> _Details | None:
        """Those of its type. What was sent or rejected concerns everybody that the mail was for."""
        parts = {
            "DeliveryDelay": self.delivery_delay,
            "Delivery": self.delivery,
            "Bounce": self.bounce,
            "Complaint": self.complaint,
        }
        return parts.get(self.event_type, _Details())


def _mail_event(event: _SesEvent) -> MailEvent:
    if event.event_type not in FATE_BY_TYPE:
        raise UnusableEvent("type_unknown")
    details = event.details
    if details is None:
        raise UnusableEvent("not_an_event")
    # With this word a mail provider takes a complaint back (IANA registry of MARF feedback types).
    if details.complaint_feedback_type == "not-spam":
        raise UnusableEvent("no_complaint")
    if details.is_automatic_reply:
        raise UnusableEvent("automatic_reply")
    recipients = _recipients(details.recipients, event.mail.destination)
    fate = FATE_BY_TYPE[event.event_type]
    if fate and not recipients:
        raise UnusableEvent("recipients_unusable")
    return MailEvent(
        type=event.event_type,
        notification_id=_notification_id(event.mail),
        message_id=event.mail.message_id,
        recipients=recipients,
        fate=fate,
        permanent=event.event_type == "Complaint" or details.bounce_type == "Permanent",
        everybody=frozenset(address_key(address) for address in map(_bare, event.mail.destination) if address),
    )


def _notification_id(mail: _Mail) -> str:
    tag = next(iter(mail.tags.get("notification_id", ())), "")
    try:
        split_notification_id(tag)
    except ValueError:
        raise UnusableEvent("tag_unusable") from None
    if not _NOTIFICATION_ID.fullmatch(tag):
        raise UnusableEvent("tag_unusable")
    return tag


def _recipients(listed: tuple[str, ...], destination: tuple[str, ...]) -> tuple[str, ...]:
    """Whom of those that we wrote to an event means, each once. What a bounce lists is the server's own word
    (`Final-Recipient`): an address that it forwards to may stand there, and a mail to one person can only mean them."""
    written = {address.lower(): address for address in map(_bare, destination) if address}
    if len(written) <= 1:
        return tuple(written.values())
    named = {address.lower(): address for address in map(_bare, listed or destination) if address}
    return tuple(written.get(key, address) for key, address in named.items())


def _bare(recipient: str) -> str:
    """`Ann <ann@mail.example>` is ann@mail.example; empty when there is no address in it."""
    address = recipient.rpartition("<")[2].partition(">")[0].strip()
    return address if _ADDRESS.fullmatch(address) and address.isprintable() else ""
