"""How much mail a flood of false enquiries may send to people who never wrote: so many acknowledgements a day to one
address, and so many in all. Mail to staff is never counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed, NotWanted
from chalicelib.models.addresses import mailbox_of
from chalicelib.models.notification import BUDGET_SPENT, TOO_MANY_MAILS, Notification
from chalicelib.notifications.stoppages import tell_budget_spent
from chalicelib.observability import failure_fields, log
from chalicelib.storage.outbox import note_counters
from chalicelib.storage.rate_counters import RateLimit, count_request, counter_key, take_one_from

A_DAY = timedelta(days=1)
EVERYBODY = "everybody"
Limits = tuple[tuple[RateLimit, str], ...]


@contextmanager
def within_limits(context: AppContext, stage_key: bytes, row: Notification, address: str) -> Iterator[None]:
    """Count one acknowledgement around the sending of it, once for all its attempts. One that was certainly not handed
    over counts no more, so that mail that stands still uses up nothing; one that may have been stays counted. What
    cannot be counted is sent: a limit must not cost a person their answer. Raises NotWanted when it is one too many.
    Log line `mail not counted`; when everybody's are spent, staff are told once a day."""
    counters = row.counters or _count(context, stage_key, row, address)
    try:
        yield
    except DeliveryFailed as failure:
        if not failure.ambiguous:
            _take_back(context, row, counters)
        raise
    except Exception:
        _take_back(context, row, counters)
        raise


def count_no_longer(context: AppContext, row: Notification) -> None:
    """An acknowledgement whose worker died each time is given up: as far as anybody knows, nobody got it."""
    if row.counters:
        _take_back(context, row, row.counters)


def _count(context: AppContext, stage_key: bytes, row: Notification, address: str) -> dict[str, str]:
    """The keys of what counts this row from now on. They are in the row before it is counted: a worker that dies in
    between counts it once less, never once more."""
    settings, now = context.settings, context.clock()
    limits: Limits = (
        (RateLimit("acknowledgement", settings.acknowledgements_a_day, A_DAY), mailbox_of(address)),
        (RateLimit("mail-budget", settings.mail_budget, A_DAY), EVERYBODY),
    )
    keys = [counter_key(stage_key, limit, client, now) for limit, client in limits]
    try:
        if not note_counters(context.table, row, {key["pk"]: key["sk"] for key in keys}):
            return {}
    except AWS_ERRORS as error:
        log.warning("mail not counted", extra=failure_fields(error))
        return {}
    return _count_each(context, stage_key, row, limits)


def _count_each(context: AppContext, stage_key: bytes, row: Notification, limits: Limits) -> dict[str, str]:
    counted: dict[str, str] = {}
    for limit, client in limits:
        try:
            each = count_request(context.table, stage_key, limit, client, context.clock())
        except AWS_ERRORS as error:
            log.warning("mail not counted", extra=failure_fields(error))
            continue
        if each.is_over:
            _take_back(context, row, counted)
            if client != EVERYBODY:
                raise NotWanted(TOO_MANY_MAILS)
            tell_budget_spent(context, limit.most)
            raise NotWanted(BUDGET_SPENT)
        counted[each.key["pk"]] = each.key["sk"]
    return counted


def _take_back(context: AppContext, row: Notification, counters: dict[str, str]) -> None:
    """The row says so last: a worker that dies in between leaves one counted that is not, never the reverse."""
    try:
        for pk, sk in counters.items():
            take_one_from(context.table, {"pk": pk, "sk": sk})
        note_counters(context.table, row, None)
    except AWS_ERRORS as error:
        log.warning("mail not counted", extra=failure_fields(error))
