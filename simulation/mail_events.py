"""SES's events about a mail, as they are published to SNS. Source: SES developer guide, "Examples of event data that
Amazon SES publishes to Amazon SNS"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class SentMail:
    """A mail that SES accepted; `raw` are its bytes."""

    id: str
    at: datetime
    to: tuple[str, ...]
    tags: Mapping[str, str]
    configuration_set: str
    raw: bytes


def mail_event(mail: SentMail, event_type: str, to: tuple[str, ...], *, for_good: bool = True) -> str:
    """One event as JSON. `to` are the addresses that it is about; `for_good` makes a bounce a permanent one."""
    timestamp = mail.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    about = {
        "timestamp": timestamp,
        "messageId": mail.id,
        "source": "hello@clinic.example",
        "destination": list(mail.to),
        "tags": {
            "ses:configuration-set": [mail.configuration_set],
            **{name: [value] for name, value in mail.tags.items()},
        },
    }
    name, detail = _detail(event_type, timestamp, to, for_good)
    return json.dumps({"eventType": event_type, "mail": about, name: detail})


def _detail(event_type: str, timestamp: str, to: tuple[str, ...], for_good: bool) -> tuple[str, dict[str, Any]]:
    recipients = [{"emailAddress": address} for address in to]
    if event_type == "Bounce":
        kind = ("Permanent", "General") if for_good else ("Transient", "MailboxFull")
        kinds = {"bounceType": kind[0], "bounceSubType": kind[1]}
        return "bounce", {**kinds, "bouncedRecipients": recipients, "timestamp": timestamp, "feedbackId": "feedback"}
    if event_type == "Complaint":
        return "complaint", {"complainedRecipients": recipients, "timestamp": timestamp, "feedbackId": "feedback"}
    if event_type == "Delivery":
        return "delivery", {"timestamp": timestamp, "recipients": list(to), "smtpResponse": "250 ok"}
    if event_type == "DeliveryDelay":
        return "deliveryDelay", {"delayType": "MailboxFull", "delayedRecipients": recipients, "timestamp": timestamp}
    return ("reject", {"reason": "Bad content"}) if event_type == "Reject" else ("send", {})
