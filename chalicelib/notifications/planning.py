"""Who is told of an enquiry: a pure decision, written as outbox rows in the transaction that stores it."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import Kind, Notification
from chalicelib.settings import Settings

POKE_GRACE = timedelta(seconds=60)
"""How long after an enquiry came in the sweeper takes over, should its poke be lost."""


def plan_notifications(enquiry: Enquiry, settings: Settings, due_at: datetime) -> tuple[Notification, ...]:
    """The rows of one enquiry, none when it is quarantined. `due_at` is when the sweeper pokes them."""
    return tuple(
        Notification(enquiry_id=enquiry.id, kind=kind, base_url=enquiry.base_url, due_at=due_at)
        for kind in _kinds(enquiry, settings)
    )


def _kinds(enquiry: Enquiry, settings: Settings) -> list[Kind]:
    if enquiry.status == "quarantined":
        return []
    kinds: list[Kind] = ["staff_alert"]
    # Somebody who may be watched at home gets no mail that a second person could read (UR-09).
    if enquiry.submission.contact.mailable and "safeguarding" not in enquiry.flags:
        kinds.append("acknowledgement")
    if enquiry.level in ("emergency", "crisis") and settings.on_call_topic_arn:
        kinds.append("on_call_alert")
    return kinds
