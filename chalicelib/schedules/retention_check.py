"""Every hour: what has been kept for its time is erased, and what a person has withdrawn once staff have looked."""

from __future__ import annotations

from datetime import datetime

from pydantic import ValidationError

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import LegallyHeld, NotFound, StatusConflict
from chalicelib.models.retention import is_past, periods
from chalicelib.models.tombstone import BY_RETENTION, Erasure, ErasureReason
from chalicelib.observability import failure_fields, log
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.erasure import erase_and_finish
from chalicelib.storage.kept import kept_until

MAX_ERASED = 80
"""Of one run: an erasure takes about 150 ms, a Lambda may take 20 s."""
SALT_BYTES = 16


def apply_retention(context: AppContext, limit: int = MAX_ERASED) -> int:
    """Erase every enquiry that is past its period, oldest first of each kind, and return how many. Hourly and little
    by little: one run at night would not end. Each is read again and asked whether it is past, held or open by now,
    under the settings of this moment; a conflict is left for the next hour. One that cannot be erased stops none of
    the others, and the error is raised in the end. Raises UnusableSettings while the stage's key cannot be read.

    Log lines `retention applied` with `enquiries`, the warning `retention not finished` when there are more than
    `limit`, and the error `enquiry not erased` with `enquiry_id`."""
    now, key = context.clock(), context.stage_settings.known_key()
    erased, looked_at, failures = 0, 0, list[Exception]()
    for kind, period in periods(context.settings).items():
        for enquiry_id in kept_until(context.table, kind, now - period, limit - looked_at):
            looked_at += 1
            try:
                erased += _erase(context, key, enquiry_id, now)
            except (*AWS_ERRORS, ValidationError) as error:  # the message of the latter would quote the item
                log.error("enquiry not erased", extra={"enquiry_id": enquiry_id, **failure_fields(error)})
                failures.append(error)
    if erased:
        log.info("retention applied", extra={"enquiries": erased})
    if looked_at >= limit:
        log.warning("retention not finished", extra={"enquiries": erased})
    if failures:
        raise ExceptionGroup("enquiries not erased", failures)
    return erased


def _erase(context: AppContext, key: bytes, enquiry_id: str, now: datetime) -> bool:
    try:
        enquiry = load_enquiry(context.table, enquiry_id)
        if not is_past(enquiry, context.settings, now):
            return False
        salt = context.ids.random_bytes(SALT_BYTES).hex()
        reason: ErasureReason = "asked" if enquiry.withdrawn_at else "retention"
        erasure = Erasure(by=BY_RETENTION, at=now, reason=reason, salt=salt, zone=context.hours.zone)
        erase_and_finish(context.table, key, enquiry, erasure)
    except (NotFound, StatusConflict, LegallyHeld):
        return False
    return True
