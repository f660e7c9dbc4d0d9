"""Hands the message of one outbox row over: loads what it is about, renders, sends."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed, NotFound, NotWanted
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import GATHERED_KINDS, REVIEW_KINDS, TO_THE_PERSON, Notification
from chalicelib.notifications.gathered_alerts import send_gathered
from chalicelib.notifications.gathering import told_with_others
from chalicelib.notifications.mail_limits import within_limits
from chalicelib.notifications.notice_mails import render_notice
from chalicelib.notifications.on_call import alert_texts, notice_texts, publish_alert
from chalicelib.notifications.rendering import desk_link, render_mail
from chalicelib.notifications.review_mails import COUNTED_TO, render_review
from chalicelib.notifications.ses import send_mail
from chalicelib.notifications.still_true import require_still_true
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.listings import unreviewed
from chalicelib.storage.notices import load_notice
from chalicelib.storage.stage_settings import UnusableSettings
from chalicelib.storage.suppressions import is_suppressed
from chalicelib.storage.withdrawal_tokens import withdrawal_token


def send(context: AppContext, row: Notification) -> str:
    """Send one row's message and return the provider's id. Raises DeliveryFailed, NotWanted for what must not be sent
    (any more), and Gathered for what is told together with others."""
    try:
        return _send_notice(context, row) if row.is_notice else _send_about_enquiry(context, row)
    except NotFound:
        raise NotWanted("erased") from None


def _send_notice(context: AppContext, row: Notification) -> str:
    if row.kind in GATHERED_KINDS:
        return send_gathered(context, row)
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
    require_still_true(context, row, enquiry)
    if row.kind not in TO_THE_PERSON:
        return _alert(context, row, enquiry)
    key = _known_key(context)
    _check_suppression(context, key, enquiry)
    token = withdrawal_token(key, enquiry.id)
    mail = render_mail(row.kind, enquiry, context.settings, context.clock(), row.words, token=token)
    if row.kind != "acknowledgement" or enquiry.is_test:
        return send_mail(context, mail, row)
    with within_limits(context, key, row, enquiry.submission.contact.email_address):
        return send_mail(context, mail, row)


def _alert(context: AppContext, row: Notification, enquiry: Enquiry) -> str:
    """Tell staff, unless somebody did together with others, or will."""
    told = told_with_others(context, row, enquiry)
    if told:
        return told
    if row.kind.startswith("on_call"):
        return publish_alert(context, *alert_texts(row.kind, enquiry, desk_link(enquiry, context.settings)))
    return send_mail(context, render_mail(row.kind, enquiry, context.settings, context.clock()), row)


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
