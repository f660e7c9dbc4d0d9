"""Values with sensible defaults; a test states what it is about and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.models.answers import Answers
from chalicelib.models.assessment import Assessment
from chalicelib.models.enquiry import Enquiry, Receipt, SpamVerdict
from chalicelib.models.notification import Notification
from chalicelib.models.submission import Contact, Submission
from chalicelib.storage.enquiries import Acceptance, IdempotencyClaim

RECEIVED_AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
"""Monday, 10:00 in New York: the clock of `conftest` starts here."""
ENQUIRY_ID = "3f0c9f1e-4a35-4d1c-9a55-0c4a6f3f2b11"


def a_contact(**overrides: Any) -> Contact:
    """Somebody with a telephone and an address that SES can deliver to."""
    values: dict[str, Any] = {
        "name": "Ann Example",
        "email": "ann@mail.example",
        "email_address": "ann@mail.example",
        "phone": "(202) 555-0123",
        "phone_e164": "+12025550123",
        "preferred_contact": "phone",
    }
    return Contact(**{**values, **overrides})


def a_submission(**overrides: Any) -> Submission:
    """An English form with one answer and a message."""
    values: dict[str, Any] = {
        "form": "homepage",
        "language": "en",
        "contact": a_contact(),
        "answers": Answers(about="call", message="Please call me in the morning."),
    }
    return Submission(**{**values, **overrides})


def an_assessment(**overrides: Any) -> Assessment:
    """Routine, nothing fired."""
    values: dict[str, Any] = {"level": "routine", "rules_version": "2026-03-01"}
    return Assessment(**{**values, **overrides})


def an_enquiry(**overrides: Any) -> Enquiry:
    """A routine enquiry; `level` and `flags` reach its assessment too unless that is given."""
    triaged = {name: overrides[name] for name in ("level", "flags") if name in overrides}
    values: dict[str, Any] = {
        "id": ENQUIRY_ID,
        "reference": "K7F-3Q9M",
        "received_at": RECEIVED_AT,
        "reply_by": RECEIVED_AT + timedelta(days=2, hours=7),
        "contact_by": RECEIVED_AT + timedelta(days=2, hours=7),
        "level": "routine",
        "status": "new",
        "flags": (),
        "submission": a_submission(),
        "assessment": an_assessment(**triaged),
        "verdict": SpamVerdict(),
        "base_url": "https://desk.clinic.example/api",
    }
    return Enquiry(**{**values, **overrides})


def a_notification(**overrides: Any) -> Notification:
    """A staff alert that waits for its first poke."""
    values: dict[str, Any] = {
        "owner": ENQUIRY_ID,
        "kind": "staff_alert",
        "due_at": RECEIVED_AT + timedelta(seconds=60),
    }
    return Notification(**{**values, **overrides})


def an_acceptance(enquiry: Enquiry, *notifications: Notification) -> Acceptance:
    """All that storing the enquiry writes, with keys made of its id."""
    receipt = Receipt(
        reference=enquiry.reference,
        language=enquiry.language,
        level=enquiry.level,
        received_at=enquiry.received_at,
        reply_by=enquiry.reply_by,
    )
    claim = IdempotencyClaim(
        key_hash=f"key-{enquiry.id}", fingerprint="fingerprint", expires_at=enquiry.received_at + timedelta(hours=24)
    )
    return Acceptance(
        enquiry=enquiry, notifications=notifications, receipt=receipt, receipt_hash=f"receipt-{enquiry.id}", claim=claim
    )


def sqs_event(*notification_ids: str) -> dict[str, Any]:
    """What Lambda hands over for pokes, one record each."""
    return {
        "Records": [
            {
                "messageId": f"message-{place}",
                "receiptHandle": f"handle-{place}",
                "body": json.dumps({"notification_id": notification_id}),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:enquiry-desk-test-notifications",
                "awsRegion": "us-east-1",
            }
            for place, notification_id in enumerate(notification_ids)
        ]
    }
