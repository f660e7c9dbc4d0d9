"""Every 15 minutes: quarantine has a clock of its own, so that what was taken for spam does not lie there unseen."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.context import AppContext
from chalicelib.errors import NotFound
from chalicelib.models.notice import Notice, notice_id
from chalicelib.models.notification import NoticeKind, Notification
from chalicelib.models.opening_hours import add_open_time, last_closing
from chalicelib.models.queue_order import QUARANTINE
from chalicelib.notifications.planning import POKE_GRACE
from chalicelib.notifications.relay import poke
from chalicelib.observability import log
from chalicelib.storage.listings import overdue_count
from chalicelib.storage.notices import load_notice, save_notice
from chalicelib.storage.table import stamp

ESCALATED_AFTER = timedelta(hours=1)
"""Of open time, as between the steps for a routine enquiry."""


def check_quarantine(context: AppContext) -> None:
    """While anything lies in quarantine past its time: once a business day a mail to staff and, if something still does
    an open hour later, one to the backup recipients. Again every business day, because only people empty a quarantine.

    One mail for all of them: spam comes in floods, and a hundred mails would bury the one about an emergency, as a
    hundred clocks would hold up its next step. Never the on-call topic: nobody is woken for spam.

    Log line `quarantine overdue` with `notification_id`."""
    now = context.clock()
    if not overdue_count(context.table, now, 1, (QUARANTINE,)):
        return
    day = last_closing(now, context.hours).astimezone(context.hours.zone).date().isoformat()
    reminded_at = _said_at(context, "review_reminder", day)
    if reminded_at is None:
        _say(context, "review_reminder", day)
    elif _is_escalated(context, reminded_at) and _said_at(context, "review_escalation", day) is None:
        _say(context, "review_escalation", day)


def _is_escalated(context: AppContext, reminded_at: datetime) -> bool:
    at = add_open_time(reminded_at, ESCALATED_AFTER, context.hours)
    return bool(context.settings.backup_emails) and context.clock() >= at


def _said_at(context: AppContext, kind: NoticeKind, day: str) -> datetime | None:
    try:
        return datetime.fromisoformat(load_notice(context.table, notice_id(kind, day)).values["said_at"])
    except NotFound:
        return None


def _say(context: AppContext, kind: NoticeKind, day: str) -> None:
    now = context.clock()
    notice = Notice(id=notice_id(kind, day), topic="quarantine", values={"said_at": stamp(now)})
    row = Notification(owner=notice.id, kind=kind, due_at=now + POKE_GRACE)
    if save_notice(context.table, notice, [row], now):
        log.warning("quarantine overdue", extra={"notification_id": row.notification_id})
        poke(context, [row.notification_id])
