"""What became of a mail: SES's events, taken from the queue that SNS fills."""

from __future__ import annotations

from datetime import UTC

from chalicelib.context import AppContext
from chalicelib.errors import NotFound, StatusConflict
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.models.notice import Notice, notice_id
from chalicelib.models.notification import (
    GATHERED_KINDS,
    TO_THE_PERSON,
    Notification,
    NotificationStatus,
    merged_fates,
    split_notification_id,
    status_of,
)
from chalicelib.notifications.gathering import members_of
from chalicelib.notifications.mail_events import MailEvent, UnusableEvent, address_key, read_mail_event
from chalicelib.notifications.planning import POKE_GRACE, plan_second_channel
from chalicelib.notifications.relay import poke
from chalicelib.observability import log
from chalicelib.storage.enquiries import change_enquiry, load_enquiry
from chalicelib.storage.notices import save_notice
from chalicelib.storage.outbox import load_notification, record_fates
from chalicelib.storage.repairs import add_missing_row
from chalicelib.storage.suppressions import suppress

EMAIL_BOUNCED = "email_bounced"
"""Flag and event of an enquiry whose acknowledgement did not arrive: telephone instead."""
TRIES = 3
"""How often a row or an enquiry that somebody else changes at the same moment is read again."""
_NOT_KNOWN_AS_SENT: tuple[NotificationStatus, ...] = ("pending", "failed", "suppressed")
_LOST = ("rejected", "bounced")


def record_delivery_event(context: AppContext, body: str) -> None:
    """Take one event in; it may come before the send is marked, twice, and in any order.

    1. Read envelope and event. What is not ours or cannot be read is logged by a code and done with: a poisoned message
       must not come round again.
    2. Find the outbox row by the tag of its mail. None: the enquiry has been erased, or it is another stage's.
    3. What follows from it comes first, each step harmless when it is taken again: a permanent bounce of, or a
       complaint about, an acknowledgement suppresses its address; an acknowledgement that did not arrive flags its
       enquiry; a staff address that does not get its mail is told to everybody else, once a day; a staff alert that
       reached nobody goes to the second channel. A test enquiry causes none of it.
    4. Write the row. An event proves that the mail went out: a row that still waited (an ambiguous attempt) or had
       failed leaves the index and is not sent again.

    Log lines: `delivery event` and `delivery event repeated` (`notification_id`, `kind`, `event_type`, `status`),
    `delivery event ignored` (`code`), `address suppressed`, `enquiry flagged`, `staff address bounced`, `staff alert
    reached nobody`. Raises UnusableSettings when the stage's key is needed and not known, StatusConflict when others
    were faster three times, and DynamoDB's own errors: SQS then delivers the message again.
    """
    try:
        event = read_mail_event(body, context.settings, context.clients.region)
    except UnusableEvent as reason:
        log.warning("delivery event ignored", extra={"code": str(reason)})
        return
    row = _row_of(context, event)
    if row is not None:
        _take_in(context, row, event)


def row_after(row: Notification, event: MailEvent) -> Notification:
    """The row with the event's news, its revision one higher; the same row when there are none."""
    fates = merged_fates(row.fates, event.fates)
    status = status_of(fates) if fates else "sent" if row.status in _NOT_KNOWN_AS_SENT else row.status
    if (fates, status) == (row.fates, row.status):
        return row
    news = {"fates": fates, "status": status, "message_id": row.message_id or event.message_id}
    return row.model_copy(update={**news, "revision": row.revision + 1})


def _take_in(context: AppContext, row: Notification | None, event: MailEvent) -> None:
    """What follows first, then the row; both again when another event came between, which may change what follows."""
    for _ in range(TRIES):
        if row is None:
            return
        _follow_up(context, row, event)
        after = row_after(row, event)
        if after is row:
            log.info("delivery event repeated", extra=_facts(row, event))
            return
        if record_fates(context.table, after, context.clock()):
            log.info("delivery event", extra=_facts(after, event))
            return
        row = _row_of(context, event)
    raise StatusConflict("another event was faster each time")


def _row_of(context: AppContext, event: MailEvent) -> Notification | None:
    row = load_notification(context.table, *split_notification_id(event.notification_id))
    if row is None:
        facts = {"code": "notification_unknown", "notification_id": event.notification_id}
        log.info("delivery event ignored", extra=facts)
    return row


def _follow_up(context: AppContext, row: Notification, event: MailEvent) -> None:
    enquiry = None if row.is_notice else _enquiry(context, row.owner)
    if enquiry is not None and enquiry.is_test:
        return
    if row.kind in TO_THE_PERSON:
        if event.permanent:
            _suppress(context, row, event)
        if event.fate in _LOST:
            _flag(context, row.owner)
    elif event.fate in _LOST:
        for address in event.recipients:
            _tell_the_others(context, address)
        if all(row_after(row, event).fates.get(key) in _LOST for key in event.everybody):
            _try_second_channel(context, row)
            if row.kind in GATHERED_KINDS:
                _lose_members(context, row_after(row, event))


def _suppress(context: AppContext, row: Notification, event: MailEvent) -> None:
    key = context.stage_settings.known_key()
    for address in event.recipients:
        suppress(context.table, key, address, event.type.lower(), context.clock())
    log.info("address suppressed", extra={"notification_id": row.notification_id, "event_type": event.type})


def _flag(context: AppContext, enquiry_id: str) -> None:
    for _ in range(TRIES):
        enquiry = _enquiry(context, enquiry_id)
        if enquiry is None or EMAIL_BOUNCED in enquiry.flags:
            return
        flagged = enquiry.model_copy(update={"flags": (*enquiry.flags, EMAIL_BOUNCED)})
        try:
            change_enquiry(context.table, flagged, HistoryEvent(kind=EMAIL_BOUNCED, by="mail", at=context.clock()))
        except StatusConflict:
            continue
        log.info("enquiry flagged", extra={"enquiry_id": enquiry_id, "flag": EMAIL_BOUNCED})
        return
    raise StatusConflict("the enquiry changed each time")


def _tell_the_others(context: AppContext, address: str) -> None:
    """One notice for an address and a day, so that a notice that bounces in its turn says nothing new."""
    now = context.clock()
    notice = Notice(
        id=notice_id("bounced", address_key(address), now.astimezone(UTC).date().isoformat()),
        topic="address_bounced",
        values={"address": address},
        without=(address,),
    )
    mail = Notification(owner=notice.id, kind="staff_notice", due_at=now + POKE_GRACE)
    alert = mail.model_copy(update={"kind": "on_call_notice"})
    rows = (mail, alert) if context.settings.on_call_topic_arn else (mail,)
    if save_notice(context.table, notice, rows, now):
        log.warning("staff address bounced", extra={"notice_id": notice.id})
        poke(context, [row.notification_id for row in rows])


def _try_second_channel(context: AppContext, row: Notification) -> None:
    for other in plan_second_channel(row, context.settings, context.clock() + POKE_GRACE):
        if add_missing_row(context.table, other):
            log.error("staff alert reached nobody", extra={"notification_id": row.notification_id})
            poke(context, [other.notification_id])


def _lose_members(context: AppContext, gatherer: Notification) -> None:
    """Nobody got the mail that told of many: each of them has reached nobody."""
    for notification_id in sorted(members_of(context, gatherer.owner)):
        row = load_notification(context.table, *split_notification_id(notification_id))
        if row is not None and (row.fates, row.status) != (gatherer.fates, gatherer.status):
            lost = {"fates": gatherer.fates, "status": gatherer.status, "revision": row.revision + 1}
            record_fates(context.table, row.model_copy(update=lost), context.clock())
            _try_second_channel(context, row)


def _enquiry(context: AppContext, enquiry_id: str) -> Enquiry | None:
    try:
        return load_enquiry(context.table, enquiry_id)
    except NotFound:
        return None


def _facts(row: Notification, event: MailEvent) -> dict[str, object]:
    return {
        "notification_id": row.notification_id,
        "kind": row.kind,
        "event_type": event.type,
        "status": row.status,
    }
