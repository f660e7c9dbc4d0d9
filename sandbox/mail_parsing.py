"""A mail as moto's SES holds it, taken apart for people and tests."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_string, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

KIND_HEADER = "X-Enquiry-Kind"
REFERENCE_HEADER = "X-Enquiry-Reference"


@dataclass(frozen=True)
class Mail:
    """One mail. `id` is SES's; `to` are bare addresses; `text` and `html` are empty where the part is missing;
    `message` is the parsed MIME, for its headers."""

    id: str
    to: tuple[str, ...]
    sender: str
    reply_to: str
    subject: str
    text: str
    html: str
    kind: str
    reference: str
    message: EmailMessage

    def as_json(self) -> dict[str, Any]:
        """The mail in the shape of `GET /sandbox/mail`."""
        return {
            "to": list(self.to),
            "from": self.sender,
            "reply_to": self.reply_to,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "kind": self.kind,
            "reference": self.reference,
        }


def parse_mail(identity: str, raw: str, envelope: tuple[str, ...]) -> Mail:
    """Take raw MIME apart. `envelope` are the addresses that SES was told to deliver to, for a mail without `To`."""
    message = parse_message(raw)
    written = [address for _, address in getaddresses([str(value) for value in message.get_all("To", [])]) if address]
    return Mail(
        id=identity,
        to=tuple(written) or envelope,
        sender=str(message.get("From", "")),
        reply_to=str(message.get("Reply-To", "")),
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        kind=str(message.get(KIND_HEADER, "")),
        reference=str(message.get(REFERENCE_HEADER, "")),
        message=message,
    )


def parse_message(raw: str) -> EmailMessage:
    """Raw MIME as a message."""
    message = message_from_string(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")
