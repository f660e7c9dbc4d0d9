"""Makes the mails about what nobody has looked through in quarantine: references and ages, nothing that a person
typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.errors import DeliveryFailed, NotWanted
from chalicelib.models.notification import Kind
from chalicelib.notifications.mail_templates import STAFF_LANGUAGE, Mail, automatic_headers, render
from chalicelib.notifications.rendering import arrived_ago, unique_addresses
from chalicelib.settings import Settings
from chalicelib.storage.listings import ReceivedEnquiry

COUNTED_TO = 100
_NAMED = 10


def render_review(kind: Kind, overdue: Sequence[ReceivedEnquiry], settings: Settings, now: datetime) -> Mail:
    """The reminder to staff, or the escalation to the backup recipients, of at most 100 enquiries that lie in
    quarantine past their time. Raises NotWanted when there is none any more, DeliveryFailed when nobody is left to
    tell."""
    if not overdue:
        raise NotWanted("acted on")
    recipients = unique_addresses(settings.backup_emails if kind == "review_escalation" else settings.staff_emails)
    if not recipients:
        raise DeliveryFailed("RECIPIENTS_MISSING", permanent=True)
    values = {
        "kind": kind,
        "count": f"{COUNTED_TO}+" if len(overdue) >= COUNTED_TO else str(len(overdue)),
        "enquiries": [(each.reference, arrived_ago(each.received_at, now)) for each in overdue[:_NAMED]],
        "more": len(overdue) > _NAMED,
        "link": f"{settings.public_url}/desk/quarantine" if settings.public_url else "",
    }
    subject, plain, html = render("quarantine_review", STAFF_LANGUAGE, settings, values)
    return Mail(recipients, subject, plain, html, headers=automatic_headers(kind, "auto-generated"))
