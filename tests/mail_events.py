"""What SES tells of a mail, as its documentation writes it, and the envelopes in which it reaches a Lambda."""

from __future__ import annotations

import json
from typing import Any

from tests.builders import ENQUIRY_ID

TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:enquiry-desk-test-mail-events"
ANN = "ann@mail.example"
_LISTED = {"Bounce": "bouncedRecipients", "Complaint": "complainedRecipients", "DeliveryDelay": "delayedRecipients"}


def ses_event(
    event_type: str,
    notification_id: str = f"{ENQUIRY_ID}_acknowledgement",
    *recipients: str,
    destination: tuple[str, ...] = (),
    **details: Any,
) -> dict[str, Any]:
    """An event of one mail at `recipients` (by default Ann), which was written to `destination` (by default to them).
    `details` are members of the part that is named after the type, such as `bounceType` (by default Permanent)."""
    recipients = recipients or (ANN,)
    if event_type in _LISTED:
        details = {_LISTED[event_type]: [{"emailAddress": address} for address in recipients], **details}
    elif event_type == "Delivery":
        details = {"recipients": list(recipients), "smtpResponse": "250 ok", **details}
    if event_type == "Bounce":
        details = {"bounceType": "Permanent", "bounceSubType": "NoEmail", **details}
    kind = notification_id.partition("_")[2].partition("-")[0]
    return {
        "eventType": event_type,
        "mail": {
            "timestamp": "2026-03-02T15:00:02.012Z",
            "source": "Kalimera Clinic <hello@clinic.example>",
            "messageId": "EXAMPLE7c191be45-e9aedb9a-000000",
            "destination": list(destination or recipients),
            "headersTruncated": False,
            "headers": [{"name": "To", "value": ", ".join(destination or recipients)}],
            "tags": {
                "ses:configuration-set": ["enquiry-desk-test-mail"],
                "notification_id": [notification_id],
                "kind": [kind],
            },
        },
        event_type[:1].lower() + event_type[1:]: details,
    }


def sns_envelope(event: Any, **overrides: Any) -> str:
    """An SQS body: the event as SNS passes it on. Members of the envelope are written as SNS does: `TopicArn=…`."""
    message = event if isinstance(event, str) else json.dumps(event)
    members = {
        "Type": "Notification",
        "MessageId": "7fbca0d9-eeab-5285-ae27-f3f57f2e84b0",
        "TopicArn": TOPIC_ARN,
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": "2026-03-02T15:00:03.000Z",
    }
    return json.dumps({**members, **overrides})


def mail_events_delivery(*bodies: str) -> dict[str, Any]:
    """What Lambda hands over for messages of the queue, one record each."""
    return {
        "Records": [
            {
                "messageId": f"message-{place}",
                "receiptHandle": f"handle-{place}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:enquiry-desk-test-mail-events",
                "awsRegion": "us-east-1",
            }
            for place, body in enumerate(bodies)
        ]
    }
