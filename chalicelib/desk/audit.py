"""What staff do that is about no single enquiry, such as a search or an export: who, what and when, day by day."""

from __future__ import annotations

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.desk.changes import event_of
from chalicelib.errors import StatusConflict
from chalicelib.observability import failure_fields, log
from chalicelib.storage.audit_days import append_to_audit


def record_use(context: AppContext, kind: str, by: str, **facts: str) -> None:
    """Add to the audit of somebody's day. Raises StatusConflict and DynamoDB's errors: an export that cannot be written
    down must not be made."""
    append_to_audit(context.table, event_of(context, kind, by, facts))


def try_to_record_use(context: AppContext, kind: str, by: str, **facts: str) -> None:
    """The same for what must work all the same, such as a search in an emergency: what cannot be written is logged."""
    try:
        record_use(context, kind, by, **facts)
    except (*AWS_ERRORS, StatusConflict) as error:
        log.error("use not recorded", extra={"act": kind, **failure_fields(error)})
