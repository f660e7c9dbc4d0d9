"""SES's events as the sandbox plays them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.mail_parsing import parse_message
from sandbox.ses_events import SentMail, events_of

AT = datetime(2026, 3, 2, 15, 0, 0, 123456, tzinfo=UTC)


def a_sent_mail(*to: str) -> SentMail:
    """An acknowledgement with its tag."""
    return SentMail(
        id="0100-message",
        source="Kalimera Clinic <hello@clinic.example>",
        to=to,
        configuration_set="enquiry-desk-test-mail",
        tags={"notification_id": "id_acknowledgement"},
        message=parse_message(f"From: hello@clinic.example\nTo: {', '.join(to)}\nSubject: Received\n\nHello"),
        account="123456789012",
        region="us-east-1",
    )


def kinds(*to: str) -> list[str]:
    """What happens, in order."""
    return [event["eventType"] for event in events_of(a_sent_mail(*to), AT)]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ann@mail.example", ["Send", "Delivery"]),
        ("success@simulator.amazonses.com", ["Send", "Delivery"]),
        ("ooto@simulator.amazonses.com", ["Send", "Delivery"]),
        ("bounce@simulator.amazonses.com", ["Send", "Bounce"]),
        ("bounce+label@simulator.amazonses.com", ["Send", "Bounce"]),
        ("suppressionlist@simulator.amazonses.com", ["Send", "Bounce"]),
        ("complaint@simulator.amazonses.com", ["Send", "Delivery", "Complaint"]),
        ("Bounce@mail.example", ["Send", "Bounce"]),
        ("delayed@mail.example", ["Send", "DeliveryDelay"]),
        ("rejected@mail.example", ["Reject"]),
        ("delayed@simulator.amazonses.com", ["Send", "Delivery"]),
        ("bounce@hospital.invalid", ["Send", "Delivery"]),
    ],
)
def test_address_decides_what_becomes_of_a_mail(address: str, expected: list[str]) -> None:
    assert kinds(address) == expected


def test_each_recipient_has_a_fate_of_its_own() -> None:
    assert kinds("ann@mail.example", "bounce@mail.example") == ["Send", "Delivery", "Bounce"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("bounce@mail.example", ("Permanent", "General")),
        ("full@mail.example", ("Transient", "MailboxFull")),
        ("suppressionlist@simulator.amazonses.com", ("Permanent", "Suppressed")),
    ],
)
def test_bounce_says_whether_it_is_for_good(address: str, expected: tuple[str, str]) -> None:
    bounce = events_of(a_sent_mail(address), AT)[1]["bounce"]

    assert (bounce["bounceType"], bounce["bounceSubType"]) == expected
    assert [recipient["emailAddress"] for recipient in bounce["bouncedRecipients"]] == [address]


def test_every_event_names_mail_recipients_and_tags() -> None:
    mail: Any = events_of(a_sent_mail("ann@mail.example"), AT)[1]["mail"]

    assert (mail["messageId"], mail["timestamp"]) == ("0100-message", "2026-03-02T15:00:00.123Z")
    assert mail["destination"] == ["ann@mail.example"]
    assert mail["tags"]["notification_id"] == ["id_acknowledgement"]
    assert mail["tags"]["ses:configuration-set"] == ["enquiry-desk-test-mail"]
    assert {"name": "Subject", "value": "Received"} in mail["headers"]
