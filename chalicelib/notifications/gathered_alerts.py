"""Tells staff of all alerts that were gathered, in one mail or page: levels, references and the desk, nothing that a
person typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed, NotWanted
from chalicelib.models.alert_groups import found_at
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notice import Notice
from chalicelib.models.notification import Notification, split_notification_id
from chalicelib.models.vocabulary import rank
from chalicelib.notifications.gathering import members_of
from chalicelib.notifications.mail_templates import STAFF_LANGUAGE, Mail, automatic_headers, render
from chalicelib.notifications.on_call import alert_texts, publish_alert
from chalicelib.notifications.rendering import (
    arrived_ago,
    desk_link,
    level_word,
    render_mail,
    staff_recipients,
    unique_addresses,
)
from chalicelib.notifications.ses import send_mail
from chalicelib.notifications.still_true import require_still_true
from chalicelib.observability import failure_fields, log
from chalicelib.storage import outbox
from chalicelib.storage.gathered_rows import enquiries_of, gathered_rows, waiting_rows
from chalicelib.storage.notices import save_notice
from chalicelib.wording.texts import text

MOST = 500
"""Of one message: reading and marking so many takes five seconds. What is left is due by itself, and gathered again."""
NAMED_IN_MAIL, NAMED_IN_PAGE = 25, 5


@dataclass(frozen=True)
class Alert:
    """An outbox row and the enquiry that it is about."""

    row: Notification
    enquiry: Enquiry


def send_gathered(context: AppContext, row: Notification) -> str:
    """Tell of everything that waits for this row, and return the provider's id.

    1. Write down once and for all what it tells of: after a send that nobody confirmed, that decides who was told.
    2. Send. Raises DeliveryFailed, and NotWanted when nothing is left to tell.
    3. Mark them as sent. One that is not marked finds out by itself a minute later.
    """
    alerts = _alerts(context, row)
    if not alerts:
        raise NotWanted("nothing gathered")
    message_id = _page(context, alerts) if row.kind == "on_call_gathered" else _mail(context, row, alerts)
    try:
        for alert in alerts:
            outbox.mark_sent(context.table, alert.row, message_id, context.clock())
    except AWS_ERRORS as error:
        log.error("gathered alerts not marked", extra={"notification_id": row.notification_id, **failure_fields(error)})
    return message_id


def _alerts(context: AppContext, row: Notification) -> list[Alert]:
    """The most urgent first. Those of an earlier attempt, as far as they still wait."""
    members = members_of(context, row.owner)
    if members:
        keys = [split_notification_id(each) for each in sorted(members)]
        return _with_enquiries(context, waiting_rows(context.table, keys))
    rows = gathered_rows(context.table, row.owner, found_at(row.owner), MOST)
    alerts = [each for each in _with_enquiries(context, rows) if _is_true(context, each)]
    told = " ".join(each.row.notification_id for each in alerts)
    notice = Notice(id=row.owner, topic="gathered", values={"members": told})
    if alerts and not save_notice(context.table, notice, (), context.clock()):
        raise DeliveryFailed("GATHERED_TWICE")
    return alerts


def _with_enquiries(context: AppContext, rows: Sequence[Notification]) -> list[Alert]:
    enquiries = enquiries_of(context.table, rows)
    alerts = [Alert(row, enquiries[row.owner]) for row in rows if row.owner in enquiries]
    return sorted(alerts, key=lambda each: (-rank(each.enquiry.level), each.enquiry.received_at, each.row.name))


def _is_true(context: AppContext, alert: Alert) -> bool:
    """What is not is left alone: when its time comes it is suppressed, as any other."""
    try:
        require_still_true(context, alert.row, alert.enquiry)
    except NotWanted:
        return False
    return True


def _page(context: AppContext, alerts: Sequence[Alert]) -> str:
    first = alerts[0]
    if len(alerts) == 1:
        return publish_alert(
            context, *alert_texts(first.row.kind, first.enquiry, desk_link(first.enquiry, context.settings))
        )
    named = [each.enquiry.reference for each in alerts[:NAMED_IN_PAGE]]
    values = {
        "level": level_word(first.enquiry).upper(),
        "reference": first.enquiry.reference,
        "more": str(len(alerts) - 1),
        "references": ", ".join(named) + (" …" if len(alerts) > NAMED_IN_PAGE else ""),
        "link": _desk(context),
    }
    return publish_alert(
        context,
        text("en", "staff.on_call_gathered_subject", **values),
        text("en", "staff.on_call_gathered_message", **values),
    )


def _mail(context: AppContext, row: Notification, alerts: Sequence[Alert]) -> str:
    settings, now = context.settings, context.clock()
    if len(alerts) == 1:
        return send_mail(context, render_mail(alerts[0].row.kind, alerts[0].enquiry, settings, now), row)
    recipients = unique_addresses(
        address for each in alerts for address in staff_recipients(each.row.kind, each.enquiry, settings)
    )
    if not recipients:
        raise DeliveryFailed("RECIPIENTS_MISSING", permanent=True)
    levels = Counter(level_word(each.enquiry) for each in alerts)
    values = {
        "level": level_word(alerts[0].enquiry),
        "count": str(len(alerts)),
        "levels": ", ".join(f"{word}: {count}" for word, count in levels.items()),
        "alerts": [_line(context, each) for each in alerts[:NAMED_IN_MAIL]],
        "more": str(len(alerts) - NAMED_IN_MAIL) if len(alerts) > NAMED_IN_MAIL else "",
        "link": _desk(context),
    }
    subject, plain, html = render("gathered_alert", STAFF_LANGUAGE, settings, values)
    mail = Mail(recipients, subject, plain, html, headers=automatic_headers(row.kind, "auto-generated"))
    return send_mail(context, mail, row)


def _line(context: AppContext, alert: Alert) -> tuple[str, str]:
    key = "mail.staff_subject" if alert.row.kind == "staff_alert" else f"staff.{alert.row.kind}_subject"
    enquiry = alert.enquiry
    what = text(STAFF_LANGUAGE, key, level=level_word(enquiry), reference=enquiry.reference)
    return what, arrived_ago(enquiry.received_at, context.clock())


def _desk(context: AppContext) -> str:
    return f"{context.settings.public_url}/desk" if context.settings.public_url else ""
