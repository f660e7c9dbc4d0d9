"""Once a day, at its hour: the digest of what came in, what waits, and what could not be told."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.context import AppContext
from chalicelib.errors import NotFound
from chalicelib.models.notice import notice_id
from chalicelib.models.notification import Notification
from chalicelib.notifications.accounting import take_accounts
from chalicelib.notifications.digest_notice import Figures, digest_notice
from chalicelib.notifications.planning import POKE_GRACE
from chalicelib.notifications.relay import poke
from chalicelib.observability import log
from chalicelib.storage import listings
from chalicelib.storage.notices import load_notice, save_notice

RECEIVED_WITHIN = timedelta(hours=24)


def send_digest(context: AppContext) -> None:
    """Write the digest of this local day with its outbox row in one transaction, so never twice, once the clinic's
    clock has reached `DIGEST_HOUR`; an hour that daylight saving leaves out is reached by the next. A quiet day is
    told all the same: silence must mean that something is wrong. Log line `digest written` with `notification_id`."""
    now, settings = context.clock(), context.settings
    local = now.astimezone(settings.clinic_time_zone)
    of_the_day = notice_id("digest", local.date().isoformat())
    if local.hour < settings.digest_hour or _is_written(context, of_the_day):
        return
    row = Notification(owner=of_the_day, kind="digest", due_at=now + POKE_GRACE)
    if save_notice(context.table, digest_notice(of_the_day, take_figures(context), settings), [row], now):
        log.info("digest written", extra={"notification_id": row.notification_id})
        poke(context, [row.notification_id])


def take_figures(context: AppContext) -> Figures:
    """Read the lists: what came in within two days, what waits, what failed; never the whole table."""
    now, table = context.clock(), context.table
    return Figures(
        at=now,
        received=list(listings.received_between(table, now - RECEIVED_WITHIN, now)),
        waiting=list(listings.waiting_enquiries(table)),
        quarantined=listings.quarantined_count(table),
        failed=listings.failed_count(table),
        unsent=listings.unsent_count(table),
        accounts=take_accounts(context).counts(),
    )


def _is_written(context: AppContext, of_the_day: str) -> bool:
    try:
        load_notice(context.table, of_the_day)
    except NotFound:
        return False
    return True
