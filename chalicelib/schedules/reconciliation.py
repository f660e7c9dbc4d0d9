"""Every hour: each enquiry of two days is in exactly one account, and one that is in none is mended and told of."""

from __future__ import annotations

from functools import partial

from chalicelib.context import AppContext
from chalicelib.models.notice import Notice, notice_id
from chalicelib.models.notification import Kind, Notification
from chalicelib.notifications.accounting import MAX_ENQUIRIES, Accounts, take_accounts
from chalicelib.notifications.planning import POKE_GRACE
from chalicelib.notifications.relay import MAX_BATCH, poke
from chalicelib.observability import count_values, log
from chalicelib.storage.erasure import due_erasures, finish_erasure
from chalicelib.storage.lookups import add_missing_lookups
from chalicelib.storage.notices import save_notice
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.repairs import add_missing_row
from chalicelib.storage.table import UNLISTED

MAX_UNLISTED, MAX_ERASURES = 200, 50
"""Enquiries whose look-ups one run writes, and of which it takes the rest away."""


def reconcile_enquiries(context: AppContext, limit: int = MAX_ENQUIRIES) -> None:
    """Account for every enquiry of the last 48 hours that is older than 5 minutes.

    1. Take the accounts and report them. Log line `enquiries reconciled` with `notified`, `retrying`, `failed`,
       `quarantined`, `unaccounted`, and `unreadable`, the outbox rows that a later release wrote; metrics
       `EnquiriesNotified`, `EnquiriesRetrying`, `EnquiriesFailed`, `EnquiriesQuarantined`, `EnquiriesUnaccounted`, each
       the number now, not an event. Error `enquiries not reconciled` with `left_out` when there were more than `limit`.
    2. Tell staff and whoever is on call of unaccounted enquiries, at most once an hour; first, because what is mended
       is found no more.
    3. Mend each of them: its staff alert is written if it is missing, and what waits is poked. Error
       `enquiry unaccounted` with `enquiry_id`.
    4. Finish what was begun to be erased and then cut off; hourly, because nobody finds an enquiry from its first step
       on. Log line `erasures finished` with `enquiries`, the number; error `erasure not finished` with `enquiry_id`.
    5. Write the look-ups of enquiries that were accepted while the stage's key could not be read. Log line
       `look-ups written` with `enquiries`. Fails with UnusableSettings when it still cannot.

    Neither accounts (1 to 3), erasures and look-ups stop one another, nor one erasure the others: what failed is raised
    in the end, as one ExceptionGroup.
    """
    failures = list[Exception]()
    for step in (partial(_account_for_all, limit=limit), _finish_erasures, _write_missing_lookups):
        try:
            step(context)
        except Exception as error:  # raised below
            failures.append(error)
    if failures:
        raise ExceptionGroup("not all was reconciled", failures)


def _account_for_all(context: AppContext, limit: int) -> None:
    accounts = take_accounts(context, limit)
    _report(context, accounts)
    unaccounted = accounts.enquiries("unaccounted")
    if unaccounted:
        _tell(context, len(unaccounted))
    for enquiry_id in unaccounted:
        _mend(context, enquiry_id)


def _finish_erasures(context: AppContext) -> None:
    now = context.clock()
    ids = due_erasures(context.table, now, MAX_ERASURES)
    finished, failures = 0, list[Exception]()
    for enquiry_id in ids:
        try:
            is_finished = finish_erasure(context.table, enquiry_id, now)
        except Exception as error:  # one enquiry's fault must not keep the data of the others
            failures.append(error)
            is_finished = False
        finished += is_finished
        if not is_finished:
            log.error("erasure not finished", extra={"enquiry_id": enquiry_id})
    if ids:
        log.info("erasures finished", extra={"enquiries": finished})
    if failures:
        raise ExceptionGroup("erasures not finished", failures)


def _write_missing_lookups(context: AppContext) -> None:
    listed = context.table.due(UNLISTED, context.clock(), MAX_UNLISTED)
    if not listed:
        return
    key = context.stage_settings.known_key()
    ids = [str(item["pk"]).removeprefix("ENQUIRY#") for item in listed]
    written = sum(add_missing_lookups(context.table, key, enquiry_id) for enquiry_id in ids)
    log.info("look-ups written", extra={"enquiries": written})


def _report(context: AppContext, accounts: Accounts) -> None:
    counts = accounts.counts()
    log.info("enquiries reconciled", extra={**counts, "unreadable": accounts.unreadable})
    metrics = {
        "EnquiriesNotified": counts["notified"],
        "EnquiriesRetrying": counts["retrying"],
        "EnquiriesFailed": counts["failed"],
        "EnquiriesQuarantined": counts["quarantined"],
        "EnquiriesUnaccounted": counts["unaccounted"],
    }
    count_values(metrics, stage=context.settings.stage, at=context.clock())
    if accounts.left_out:
        log.error("enquiries not reconciled", extra={"left_out": accounts.left_out})


def _mend(context: AppContext, enquiry_id: str) -> None:
    log.error("enquiry unaccounted", extra={"enquiry_id": enquiry_id})
    alert = Notification(owner=enquiry_id, kind="staff_alert", due_at=context.clock() + POKE_GRACE)
    add_missing_row(context.table, alert)
    rows = notifications_of(context.table, enquiry_id)
    poke(context, [row.notification_id for row in rows if row.status == "pending"][:MAX_BATCH])


def _tell(context: AppContext, count: int) -> None:
    now = context.clock()
    notice = Notice(
        id=notice_id("unaccounted", f"{now:%Y-%m-%d-%H}"), topic="unaccounted", values={"count": str(count)}
    )
    kinds: list[Kind] = ["staff_notice"]
    if context.settings.on_call_topic_arn:
        kinds.append("on_call_notice")
    rows = [Notification(owner=notice.id, kind=kind, due_at=now + POKE_GRACE) for kind in kinds]
    if save_notice(context.table, notice, rows, now):
        poke(context, [row.notification_id for row in rows])
