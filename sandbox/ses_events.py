"""What SES tells of a mail, in the documented shape of its events.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html (mailbox simulator)
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

SIMULATOR = "simulator.amazonses.com"
_AT_SIMULATOR = {
    "success": ("Delivery",),
    "ooto": ("Delivery",),
    "bounce": ("Bounce",),
    "suppressionlist": ("Bounce",),
    "complaint": ("Delivery", "Complaint"),
}
_AT_EXAMPLES = _AT_SIMULATOR | {"delayed": ("DeliveryDelay",), "full": ("Bounce",), "rejected": ("Reject",)}
"""The same names work at every domain that ends in `.example`, which nobody can own (RFC 2606), and three more, for
which AWS has no address."""
_BOUNCES = {
    "suppressionlist": ("Permanent", "Suppressed", "5.1.1"),
    "full": ("Transient", "MailboxFull", "5.2.2"),
}
_BOUNCE = ("Permanent", "General", "5.1.1")

Event = dict[str, Any]


@dataclass(frozen=True)
class SentMail:
    """A mail that SES has accepted. `to` are bare addresses; `tags` are the sender's, by name."""

    id: str
    source: str
    to: Sequence[str]
    configuration_set: str
    tags: Mapping[str, str]
    message: EmailMessage
    account: str
    region: str


def events_of(mail: SentMail, at: datetime) -> list[Event]:
    """All that SES tells of a mail: one event for sending it, and for each recipient what becomes of it there."""
    outcomes = [(address, kind) for address in mail.to for kind in _outcomes(address)]
    rejected = any(kind == "Reject" for _, kind in outcomes)
    kept = [(mail.to[0], "Reject")] if rejected else [("", "Send"), *outcomes]
    return [_event(mail, kind, address, _stamp(at)) for address, kind in kept]


def _outcomes(address: str) -> tuple[str, ...]:
    name, domain = _simulated(address)
    known = _AT_SIMULATOR if domain == SIMULATOR else _AT_EXAMPLES if domain.endswith(".example") else {}
    return known.get(name, ("Delivery",))


def _simulated(address: str) -> tuple[str, str]:
    """Name, without what follows a plus sign, and domain."""
    name, _, domain = address.lower().rpartition("@")
    return name.partition("+")[0], domain


def _event(mail: SentMail, kind: str, address: str, at: str) -> Event:
    return {"eventType": kind, "mail": _mail(mail, at), kind[0].lower() + kind[1:]: _DETAILS[kind](address, at)}


def _mail(mail: SentMail, at: str) -> Event:
    headers = [{"name": name, "value": str(value)} for name, value in mail.message.items()]
    domain = parseaddr(mail.source)[1].rpartition("@")[2]
    ours = {"ses:configuration-set": mail.configuration_set, "ses:from-domain": domain, "ses:source-ip": "192.0.2.1"}
    return {
        "timestamp": at,
        "source": mail.source,
        "sourceArn": f"arn:aws:ses:{mail.region}:{mail.account}:identity/{domain}",
        "sendingAccountId": mail.account,
        "messageId": mail.id,
        "destination": list(mail.to),
        "headersTruncated": False,
        "headers": headers,
        "commonHeaders": {
            "from": [str(mail.message.get("From", ""))],
            "to": list(mail.to),
            "messageId": mail.id,
            "subject": str(mail.message.get("Subject", "")),
        },
        "tags": {name: [value] for name, value in (ours | dict(mail.tags)).items()},
    }


def _delivery(address: str, at: str) -> Event:
    return {
        "timestamp": at,
        "processingTimeMillis": 540,
        "recipients": [address],
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "a8-70.smtp-out.amazonses.com",
    }


def _delay(address: str, at: str) -> Event:
    diagnosis = "smtp; 451 4.4.1 Unable to connect to remote host"
    return {
        "timestamp": at,
        "delayType": "TransientCommunicationFailure",
        "expirationTime": at,
        "delayedRecipients": [{"emailAddress": address, "status": "4.4.1", "diagnosticCode": diagnosis}],
    }


def _bounce(address: str, at: str) -> Event:
    kind, subtype, status = _BOUNCES.get(_simulated(address)[0], _BOUNCE)
    diagnosis = f"smtp; 550 {status} mailbox unavailable"
    recipient = {"emailAddress": address, "action": "failed", "status": status, "diagnosticCode": diagnosis}
    return {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [recipient],
        "timestamp": at,
        "feedbackId": str(uuid.uuid4()),
        "reportingMTA": "dsn; a8-70.smtp-out.amazonses.com",
    }


def _complaint(address: str, at: str) -> Event:
    return {
        "complainedRecipients": [{"emailAddress": address}],
        "timestamp": at,
        "feedbackId": str(uuid.uuid4()),
        "complaintSubType": None,
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": at,
    }


_DETAILS: Mapping[str, Callable[[str, str], Event]] = {
    "Send": lambda _address, _at: {},
    "Delivery": _delivery,
    "DeliveryDelay": _delay,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Reject": lambda _address, _at: {"reason": "Bad content"},
}


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
