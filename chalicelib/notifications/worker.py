"""Delivers one row of the outbox: claim, load, render, send, mark."""

from __future__ import annotations

import json
import math
from datetime import timedelta

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed, Gathered, NotWanted
from chalicelib.models.notification import Notification, split_notification_id
from chalicelib.notifications.mail_limits import count_no_longer
from chalicelib.notifications.planning import plan_second_channel
from chalicelib.notifications.relay import MAX_DELAY_SECONDS, poke
from chalicelib.notifications.sending import send
from chalicelib.notifications.stoppages import tell_mail_stopped, tell_on_call_failed
from chalicelib.observability import count_event, failure_fields, log
from chalicelib.storage import gathered_rows, outbox

RETRY_DELAYS = (
    timedelta(seconds=2),
    timedelta(seconds=6),
    timedelta(seconds=12),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
)
"""How long to wait after the first failed attempt, the second, and so on. Three retries fall within 30 seconds, which
outlives a throttled burst; the ninth attempt, about 4.4 hours after the first, is the last."""
LAST_ATTEMPT = len(RETRY_DELAYS) + 1
HELD_FOR = timedelta(seconds=90)
"""How long a row waits when nothing at all can be sent."""
EVENT_GRACE = timedelta(seconds=45)
"""How long a delivery event may take to tell that a mail went out which nobody confirmed. After that it is sent again:
better twice than never."""
_POKE_SLACK_SECONDS = 1
"""Clocks differ: a poke that comes before its row is due would be dropped."""


def notification_id_of(body: str) -> str:
    """The notification id in an SQS message. Raises ValueError for anything else, which sends the message to the
    dead-letter queue; the body is not quoted."""
    try:
        notification_id = json.loads(body)["notification_id"]
        split_notification_id(notification_id)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError("not a poke") from None
    return str(notification_id)


def deliver_notification(context: AppContext, notification_id: str) -> None:
    """Deliver one row, at least once, with bounded duplicates.

    1. Claim it for 30 seconds. Not claimable (a poke that beat its transaction, done, leased, not due yet): dropped.
    2. Load what it is about, render and send. What must not be sent (erased, suppressed, acted on) suppresses the row.
       An alert that is one too many for its window waits, and is told together with others.
       A retryable failure waits as `RETRY_DELAYS` says, the last one fails the row; a permanent one fails it at once;
       an account-wide one waits 90 seconds and uses up no attempt; after an ambiguous one a delivery event has 45
       seconds to tell.
    3. Mark it sent.

    Log lines: `notification not claimed`, `notification sent`, `notification retried`, `notification held`,
    `notification failed`, `notification suppressed`, `notification gathered`, `notification sent but not marked`.
    Fields: `notification_id`, `kind`, `attempts`, and where they apply `message_id`, `code`, `due_at`, `gathered_in`,
    `error_type`, `raised_at`. Metrics:
    `NotificationsHeld`, `NotificationsFailed`. Raises ValueError for an id that is not ours, and DynamoDB's own
    errors: SQS then delivers the message again.
    """
    row = outbox.claim(context.table, *split_notification_id(notification_id), context.clock())
    if row is None:
        log.info("notification not claimed", extra={"notification_id": notification_id})
        return
    try:
        # A row whose worker died each time must not be tried for ever.
        if row.attempts > LAST_ATTEMPT:
            count_no_longer(context, row)
            raise DeliveryFailed("ATTEMPTS_EXHAUSTED", permanent=True)
        message_id = send(context, row)
    except NotWanted as reason:
        _suppress(context, row, str(reason))
    except Gathered as gathering:
        _gather(context, row, gathering)
    except DeliveryFailed as failure:
        _put_off(context, row, failure)
    except Exception as error:  # a delivered message: whatever went wrong, the row stays and is tried again
        log.error("notification not delivered", extra={**_ids(row), **failure_fields(error)})
        _put_off(context, row, DeliveryFailed(type(error).__name__))
    else:
        _mark_sent(context, row, message_id)


def _put_off(context: AppContext, row: Notification, failure: DeliveryFailed) -> None:
    if failure.account_wide:
        _hold(context, row, failure.code)
    elif failure.permanent or row.attempts >= LAST_ATTEMPT:
        _fail(context, row, failure.code)
    else:
        _retry(context, row, failure)


def _retry(context: AppContext, row: Notification, failure: DeliveryFailed) -> None:
    delay = RETRY_DELAYS[row.attempts - 1]
    # The on-call topic tells nothing of what became of a message.
    settled_by_event = failure.ambiguous and not row.kind.startswith("on_call")
    if settled_by_event:
        delay = max(delay, EVENT_GRACE)
    due_at = context.clock() + delay
    outbox.retry_later(
        context.table, row, failure.code, due_at, attempts=row.attempts, ambiguous=settled_by_event or row.ambiguous
    )
    log.warning("notification retried", extra={**_ids(row), "code": failure.code, "due_at": due_at})
    poke_delay = math.ceil(delay.total_seconds()) + _POKE_SLACK_SECONDS
    if poke_delay <= MAX_DELAY_SECONDS:
        poke(context, [row.notification_id], poke_delay)


def _hold(context: AppContext, row: Notification, code: str) -> None:
    due_at = context.clock() + HELD_FOR
    outbox.retry_later(context.table, row, code, due_at, attempts=row.attempts - 1)
    log.error("notification held", extra={**_ids(row), "code": code, "due_at": due_at})
    _count(context, "NotificationsHeld", row)
    tell_mail_stopped(context, row, code)


def _fail(context: AppContext, row: Notification, code: str) -> None:
    """For good. Where staff would never learn of the enquiry, the second channel is tried; where that one fails, staff
    hear of it, first of all: a worker that dies in between comes here again."""
    tell_on_call_failed(context, row, code)
    now = context.clock()
    instead = plan_second_channel(row, context.settings, now)
    outbox.mark_failed(context.table, row, code, now, instead)
    log.error("notification failed", extra={**_ids(row), "code": code})
    _count(context, "NotificationsFailed", row)
    poke(context, [other.notification_id for other in instead])


def _suppress(context: AppContext, row: Notification, reason: str) -> None:
    outbox.mark_suppressed(context.table, row, reason, context.clock())
    log.info("notification suppressed", extra={**_ids(row), "code": reason})


def _gather(context: AppContext, row: Notification, gathering: Gathered) -> None:
    gathered_rows.gather(context.table, row, gathering.into, gathering.due_at)
    log.info("notification gathered", extra={**_ids(row), "gathered_in": gathering.into})


def _mark_sent(context: AppContext, row: Notification, message_id: str) -> None:
    fields = {**_ids(row), "message_id": message_id}
    try:
        outbox.mark_sent(context.table, row, message_id, context.clock())
    except AWS_ERRORS as error:
        # Its delivery event will mark it; else, once the lease has passed, it is sent a second time.
        log.error("notification sent but not marked", extra={**fields, **failure_fields(error)})
        return
    log.info("notification sent", extra=fields)


def _ids(row: Notification) -> dict[str, object]:
    return {"notification_id": row.notification_id, "kind": row.kind, "attempts": row.attempts}


def _count(context: AppContext, metric: str, row: Notification) -> None:
    count_event(
        metric,
        stage=context.settings.stage,
        at=context.clock(),
        notification_id=row.notification_id,
        kind=row.kind,
    )
