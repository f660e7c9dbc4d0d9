"""Whether what an outbox row says of an enquiry is still so when its turn comes."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.errors import NotWanted
from chalicelib.models.enquiry import AWAITING_CONTACT, Enquiry
from chalicelib.models.notification import Notification
from chalicelib.models.response_clock import DANGER
from chalicelib.models.vocabulary import rank
from chalicelib.storage.response_clocks import load_clock

_SECOND_ALERT = ("re_alert", "on_call_re_alert")
_WHILE_NOBODY_ACTS = (*_SECOND_ALERT, "reminder", "backup_alert", "on_call_escalation", "level_alert")


def require_still_true(context: AppContext, row: Notification, enquiry: Enquiry) -> None:
    """Raises NotWanted for what somebody's act has overtaken."""
    if row.kind in _WHILE_NOBODY_ACTS and not _still_true(context, row, enquiry):
        raise NotWanted("acted on")
    if row.kind == "on_call_alert" and enquiry.level not in DANGER:
        raise NotWanted("acted on")


def _still_true(context: AppContext, row: Notification, enquiry: Enquiry) -> bool:
    """A step of the ladder may have waited while somebody acted: it is about one round, and the second alert about an
    enquiry that nobody has acknowledged. That a level was raised stays true in later rounds, and no longer is when that
    was taken back, also if a later round has begun since."""
    clock = load_clock(context.table, enquiry.id)
    if clock is None or enquiry.status not in AWAITING_CONTACT:
        return False
    if row.kind == "level_alert":
        return clock.round >= row.round and rank(enquiry.level) >= rank("urgent")
    if clock.round != row.round:
        return False
    return not (clock.acknowledged and row.kind in _SECOND_ALERT)
