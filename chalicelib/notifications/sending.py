"""Hands the message of one outbox row over: loads what it is about, renders, sends."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed, NotFound, NotWanted
from chalicelib.models.enquiry import AWAITING_CONTACT, Enquiry
from chalicelib.models.notification import REVIEW_KINDS, TO_THE_PERSON, Notification
from chalicelib.models.response_clock import DANGER
from chalicelib.models.vocabulary import rank
from chalicelib.notifications.mail_limits import within_limits
from chalicelib.notifications.notice_mails import render_notice
from chalicelib.notifications.on_call import alert_texts, notice_texts, publish_alert
from chalicelib.notifications.rendering import desk_link, render_mail
from chalicelib.notifications.review_mails import COUNTED_TO, render_review
from chalicelib.notifications.ses import send_mail
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.listings import unreviewed
from chalicelib.storage.notices import load_notice
from chalicelib.storage.response_clocks import load_clock
from chalicelib.storage.stage_settings import UnusableSettings
from chalicelib.storage.suppressions import is_suppressed
from chalicelib.storage.withdrawal_tokens import withdrawal_token

_SECOND_ALERT = ("re_alert", "on_call_re_alert")
_WHILE_NOBODY_ACTS = (*_SECOND_ALERT, "reminder", "backup_alert", "on_call_escalation", "level_alert")


def send(context: AppContext, row: Notification) -> str:
    """Send one row's message and return the provider's id. Raises DeliveryFailed, and NotWanted for what must not be
    sent (any more)."""
    try:
        return _send_notice(context, row) if row.is_notice else _send_about_enquiry(context, row)
    except NotFound:
        raise NotWanted("erased") from None


def _send_notice(context: AppContext, row: Notification) -> str:
    notice = load_notice(context.table, row.owner)
    if row.kind == "on_call_notice":
        return publish_alert(context, *notice_texts(notice))
    if row.kind in REVIEW_KINDS:
        return _send_review(context, row)
    return send_mail(context, render_notice(row.kind, notice, context.settings), row)


def _send_review(context: AppContext, row: Notification) -> str:
    """What lies in quarantine now, not what did when the mail was planned."""
    now = context.clock()
    overdue = unreviewed(context.table, now, COUNTED_TO)
    return send_mail(context, render_review(row.kind, overdue, context.settings, now), row)


def _send_about_enquiry(context: AppContext, row: Notification) -> str:
    enquiry = load_enquiry(context.table, row.owner)
    if row.kind in _WHILE_NOBODY_ACTS and not _still_true(context, row, enquiry):
        raise NotWanted("acted on")
    if row.kind == "on_call_alert" and enquiry.level not in DANGER:
        raise NotWanted("acted on")
    if row.kind.startswith("on_call"):
        return publish_alert(context, *alert_texts(row.kind, enquiry, desk_link(enquiry, context.settings)))
    if row.kind not in TO_THE_PERSON:
        return send_mail(context, render_mail(row.kind, enquiry, context.settings, context.clock()), row)
    key = _known_key(context)
    _check_suppression(context, key, enquiry)
    token = withdrawal_token(key, enquiry.id)
    mail = render_mail(row.kind, enquiry, context.settings, context.clock(), row.words, token=token)
    if row.kind != "acknowledgement" or enquiry.is_test:
        return send_mail(context, mail, row)
    with within_limits(context, key, enquiry.submission.contact.email_address):
        return send_mail(context, mail, row)


def _still_true(context: AppContext, row: Notification, enquiry: Enquiry) -> bool:
    """A step of the ladder may have waited while somebody acted: it is about one round, and the second alert about an
    enquiry that nobody has acknowledged. That a level was raised stays true in later rounds, and no longer is when that
    was taken back, also if a later round has begun since."""
    clock = load_clock(context.table, enquiry.id)
    if clock is None or enquiry.status not in AWAITING_CONTACT:
        return False
    if row.kind == "level_alert":
        return clock.round >= row.round and rank(enquiry.level) >= rank("urgent")
    if clock.round != row.round:
        return False
    return not (clock.acknowledged and row.kind in _SECOND_ALERT)


def _known_key(context: AppContext) -> bytes:
    """Without the stage's key nobody can tell whom no mail may reach, so the mail waits."""
    try:
        return context.stage_settings.known_key()
    except UnusableSettings as error:
        raise DeliveryFailed("STAGE_KEY_UNKNOWN", account_wide=True) from error


def _check_suppression(context: AppContext, key: bytes, enquiry: Enquiry) -> None:
    """Last of all before the mail."""
    if is_suppressed(context.table, key, enquiry.submission.contact.email_address):
        raise NotWanted("address suppressed")
