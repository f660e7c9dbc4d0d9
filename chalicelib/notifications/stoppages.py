"""One channel says of the other that it does not work: the topic when mail stands still, mail when the topic fails; and
mail to staff says that people get no acknowledgements any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import NotFound
from chalicelib.models.alert_groups import gathered_until
from chalicelib.models.notice import Notice, notice_id
from chalicelib.models.notification import NOTICE_PREFIX, Notification
from chalicelib.notifications.planning import POKE_GRACE
from chalicelib.notifications.relay import poke
from chalicelib.observability import failure_fields, log
from chalicelib.storage.canaries import is_canary
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.notices import is_said, save_notice

STOPPED_AFTER = timedelta(minutes=10)
"""An enquiry so old, with mail to staff still held, is no hiccup."""
_STAFF_MAIL = ("staff_alert", "level_alert", "re_alert", "reminder", "backup_alert", "gathered_alert")
_OF_DANGER = ("on_call_alert", "on_call_re_alert")
"""Only an emergency or a crisis causes these."""


def tell_mail_stopped(context: AppContext, row: Notification, code: str) -> None:
    """Tell whoever is on call, at most once an hour, that nothing can be mailed: the staff of an enquiry older than 10
    minutes have not been told, and this row was held for the same reason the last time. A canary's is missed by its own
    alarm. Log line `mail stopped` with `code`."""
    if row.kind not in _STAFF_MAIL or row.last_error != code or is_canary(row.owner):
        return
    now = context.clock().astimezone(UTC)
    if not context.settings.on_call_topic_arn or not _is_old(context, row.owner, now):
        return
    notice = Notice(id=notice_id("mail-stopped", f"{now:%Y-%m-%d-%H}"), topic="mail_stopped", values={"code": code})
    alert = Notification(owner=notice.id, kind="on_call_notice", due_at=now + POKE_GRACE)
    _say(context, notice, alert, code)


def tell_on_call_failed(context: AppContext, row: Notification, code: str) -> None:
    """Tell the staff, once for an enquiry, that whoever is on call does not know of an emergency or a crisis. Log line
    `on call failed` with `code`."""
    if row.kind not in _OF_DANGER:
        return
    values = {"enquiry": _reference(context, row.owner), "code": code}
    notice = Notice(id=notice_id("on-call-failed", row.owner), topic="on_call_failed", values=values)
    mail = Notification(owner=notice.id, kind="staff_notice", due_at=context.clock() + POKE_GRACE)
    _say(context, notice, mail, code)


def tell_budget_spent(context: AppContext, most: int) -> None:
    """Tell the staff, once a UTC day, that all its acknowledgements are spent. What fails here is only logged: it must
    not stop a row. Log lines `mail budget spent` and `staff not told`."""
    now = context.clock().astimezone(UTC)
    notice = Notice(
        id=notice_id("mail-budget", now.date().isoformat()), topic="mail_budget_spent", values={"most": str(most)}
    )
    mail = Notification(owner=notice.id, kind="staff_notice", due_at=now + POKE_GRACE)
    try:
        if not is_said(context.table, notice.id):  # each of a flood comes here, and a refused write costs more
            _say(context, notice, mail, "MAIL_BUDGET")
    except AWS_ERRORS as error:
        log.error("staff not told", extra={"notice_id": notice.id, **failure_fields(error)})


def _say(context: AppContext, notice: Notice, row: Notification, code: str) -> None:
    if save_notice(context.table, notice, [row], context.clock()):
        log.error(notice.topic.replace("_", " "), extra={"notice_id": notice.id, "code": code})
        poke(context, [row.notification_id])


def _is_old(context: AppContext, owner: str, now: datetime) -> bool:
    try:
        if owner.startswith(NOTICE_PREFIX):  # alerts that were gathered
            return now - gathered_until(owner) >= STOPPED_AFTER
        return now - load_enquiry(context.table, owner).received_at >= STOPPED_AFTER
    except NotFound:
        return False


def _reference(context: AppContext, enquiry_id: str) -> str:
    """The id where the enquiry cannot be read, which may be why the alert failed."""
    try:
        return load_enquiry(context.table, enquiry_id).reference
    except (NotFound, ValueError):
        return enquiry_id
