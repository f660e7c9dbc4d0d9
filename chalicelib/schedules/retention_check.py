"""Every hour: what has been kept for its time is erased, and what a person has withdrawn once staff have looked."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import zip_longest

from pydantic import ValidationError

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import ConfigurationError, LegallyHeld, NotFound, StatusConflict
from chalicelib.models.retention import is_past, periods
from chalicelib.models.tombstone import BY_RETENTION, Erasure, ErasureReason
from chalicelib.observability import failure_fields, log
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.erasure import erase_and_finish
from chalicelib.storage.kept import count_again, kept_until, look_again

MAX_ERASED = 80
"""Of one run: an erasure takes about 150 ms, a Lambda may take 20 s."""
SALT_BYTES = 16
_BEHIND = timedelta(minutes=30)
"""So late stands what could not be erased: before the next run, and behind what waits longer."""


def apply_retention(context: AppContext, limit: int = MAX_ERASED) -> int:
    """Erase every enquiry that is past its period, the kinds in turn, oldest first of each, and return how many. Hourly
    and little by little: one run at night would not end. Each is read again and asked whether it is past, held or open
    by now, under the settings of this moment. One that cannot be erased stops none of the others: it stands behind them
    at the next run, and the error is raised in the end. So it is when RETENTION cannot be read: then only what people
    have withdrawn is erased. Raises UnusableSettings while the stage's key cannot be read.

    Log lines `retention applied` with `enquiries`, the warning `retention not finished` when there are more than
    `limit`, and the errors `enquiry not erased` with `enquiry_id`, and `retention unreadable`."""
    now, key = context.clock(), context.stage_settings.known_key()
    due = _due(context, now, limit)
    erased, failures = 0, _unreadable(context)
    for kind, enquiry_id in due:
        try:
            erased += _erase(context, key, kind, enquiry_id, now)
        except (*AWS_ERRORS, ValidationError) as error:  # the message of the latter would quote the item
            log.error("enquiry not erased", extra={"enquiry_id": enquiry_id, **failure_fields(error)})
            failures.append(error)
            _put_behind(context, kind, enquiry_id, now)
    if erased:
        log.info("retention applied", extra={"enquiries": erased})
    if len(due) >= limit:
        log.warning("retention not finished", extra={"enquiries": erased})
    if failures:
        raise ExceptionGroup("enquiries not erased", failures)
    return erased


def _unreadable(context: AppContext) -> list[Exception]:
    if "RETENTION" not in context.settings_problems:
        return []
    log.error("retention unreadable")
    return [ConfigurationError({"RETENTION": "cannot be read"})]


def _due(context: AppContext, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Kinds and ids of what to look at. In turn, so that a flood of one kind holds up none of the others."""
    found = [
        [(kind, enquiry_id) for enquiry_id in kept_until(context.table, kind, now - period, limit)]
        for kind, period in periods(context.settings).items()
    ]
    return [each for turn in zip_longest(*found) for each in turn if each][:limit]


def _erase(context: AppContext, key: bytes, kind: str, enquiry_id: str, now: datetime) -> bool:
    try:
        enquiry = load_enquiry(context.table, enquiry_id)
        if not is_past(enquiry, context.settings, now):
            count_again(context.table, kind, enquiry_id)
            return False
        salt = context.ids.random_bytes(SALT_BYTES).hex()
        reason: ErasureReason = "asked" if enquiry.withdrawn_at else "retention"
        erasure = Erasure(by=BY_RETENTION, at=now, reason=reason, salt=salt, zone=context.hours.zone)
        erase_and_finish(context.table, key, enquiry, erasure)
    except NotFound:
        return False
    except (StatusConflict, LegallyHeld):
        _put_behind(context, kind, enquiry_id, now)
        return False
    return True


def _put_behind(context: AppContext, kind: str, enquiry_id: str, now: datetime) -> None:
    with suppress(*AWS_ERRORS):  # then it stays where it stood
        look_again(context.table, kind, enquiry_id, now - periods(context.settings)[kind] + _BEHIND)
