"""Every quarter of an hour: what has come in or changed since is counted for the reports, and what is kept for a time
is put where retention finds it."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import ValidationError

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.retention import kept_since
from chalicelib.models.tally import Tally, as_it_arrived, tally_of
from chalicelib.observability import failure_fields, log
from chalicelib.storage.kept import kept_shard
from chalicelib.storage.table import UNCOUNTED, Item
from chalicelib.storage.tallies import (
    Mark,
    Names,
    count_enquiry,
    keep_counted,
    keep_put_off,
    load_with_tallies,
    put_off,
    uncounted,
)

MAX_COUNTED = 300
"""Of one run; the others are still marked in 15 minutes. A transaction takes about 20 ms, a Lambda may take 20 s."""
_AT_ONCE = 50
_TRY_AGAIN_AFTER = timedelta(hours=1)


def count_for_reports(context: AppContext, limit: int = MAX_COUNTED) -> int:
    """Bring the counters up to date, and return how many enquiries that took. One that cannot be counted stops none of
    the others: it is put off for an hour, and the error is raised in the end. Log lines `reports counted` with
    `enquiries`, and the error `enquiry not counted` with `enquiry_id`."""
    now, names = context.clock(), Names(context.table)
    ids = uncounted(context.table, now, limit)
    counted, failures = 0, list[Exception]()
    for start in range(0, len(ids), _AT_ONCE):
        for item, tally in load_with_tallies(context.table, ids[start : start + _AT_ONCE]):
            try:
                counted += _count(context, names, Enquiry.model_validate(item), _read(tally))
            except (*AWS_ERRORS, ValidationError) as error:  # the message of the latter would quote the item
                failures.append(_put_off(context, item, error, now))
    if failures:
        keep_put_off(context.table, now + _TRY_AGAIN_AFTER)
    elif len(ids) < limit:
        keep_counted(context.table, now)
    if ids:
        log.info("reports counted", extra={"enquiries": counted})
    if failures:
        raise ExceptionGroup("enquiries not counted", failures)
    return counted


def _count(context: AppContext, names: Names, enquiry: Enquiry, before: Tally | None) -> bool:
    now = context.clock()
    after = tally_of(enquiry, now, context.hours.zone)
    if after is not None:
        after = as_it_arrived(after, before) if before else names.bounded(after)
    return count_enquiry(context.table, enquiry, before, after, _mark_of(enquiry, after))


def _mark_of(enquiry: Enquiry, after: Tally | None) -> Mark | None:
    """What is kept for a time waits for its end from now on. What was withdrawn must not miss it for a report."""
    kept = kept_since(enquiry)
    if kept is not None:
        return kept_shard(kept[0]), kept[1]
    return (UNCOUNTED, enquiry.contact_by) if after is not None and after.contact == "waiting" else None


def _read(tally: Item | None) -> Tally | None:
    return Tally.model_validate(tally) if tally else None


def _put_off(context: AppContext, item: Item, error: Exception, now: datetime) -> Exception:
    enquiry_id = str(item["pk"]).removeprefix("ENQUIRY#")
    log.error("enquiry not counted", extra={"enquiry_id": enquiry_id, **failure_fields(error)})
    put_off(context.table, enquiry_id, now + _TRY_AGAIN_AFTER)
    return error
