"""How much mail a flood of false enquiries may send to people who never wrote: so many acknowledgements a day to one
address, and so many in all. Mail to staff is never counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed, NotWanted
from chalicelib.observability import failure_fields, log
from chalicelib.storage.rate_counters import Counted, RateLimit, count_request, take_back

A_DAY = timedelta(days=1)
EVERYBODY = "everybody"


@contextmanager
def within_limits(context: AppContext, stage_key: bytes, address: str) -> Iterator[None]:
    """Count one acknowledgement around the sending of it; one that was not handed over counts no more, so that mail
    that stands still uses up nothing. What cannot be counted is sent: a limit must not cost a person their answer.
    Raises NotWanted when it is one too many. Log line `mail not counted`, and the warning `mail budget spent`."""
    counted = _count(context, stage_key, address)
    over = next((each for each in counted if each.is_over), None)
    if over is not None:
        _take_back(context, counted)
        raise NotWanted("too many mails")
    try:
        yield
    except DeliveryFailed:
        _take_back(context, counted)
        raise


def _count(context: AppContext, stage_key: bytes, address: str) -> list[Counted]:
    settings, now = context.settings, context.clock()
    limits = (
        (RateLimit("acknowledgement", settings.acknowledgements_a_day, A_DAY), address.lower()),
        (RateLimit("mail-budget", settings.mail_budget, A_DAY), EVERYBODY),
    )
    counted: list[Counted] = []
    for limit, client in limits:
        try:
            counted.append(count_request(context.table, stage_key, limit, client, now))
        except AWS_ERRORS as error:
            log.warning("mail not counted", extra=failure_fields(error))
        if counted and counted[-1].is_over:
            break
    if len(counted) == len(limits) and counted[-1].is_over:
        log.warning("mail budget spent", extra={"most": settings.mail_budget})
    return counted


def _take_back(context: AppContext, counted: list[Counted]) -> None:
    for each in counted:
        if not each.is_over:
            try:
                take_back(context.table, each)
            except AWS_ERRORS as error:
                log.warning("mail not counted", extra=failure_fields(error))
