"""A mail from the desk to somebody who left no telephone number, or does not answer it."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.desk import rounds
from chalicelib.desk.changes import Act, ActRefused, Change, perform
from chalicelib.models.enquiry import AWAITING_CONTACT, Enquiry
from chalicelib.models.notification import Notification
from chalicelib.models.response_clock import ResponseClock
from chalicelib.notifications.planning import POKE_GRACE
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.suppressions import is_suppressed


def reply_by_mail(context: AppContext, enquiry_id: str, words: str, *, by: str, version: int) -> Enquiry:
    """Ask the person to call or to send a number; `words` may be empty, else they stand in the mail and in the history.
    While somebody must still reach the person it counts as a try without an answer. Refused in quarantine, and where no
    mail may go. Raises NotFound, StatusConflict, ActRefused."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        _check(context, enquiry)
        row = _row(context, enquiry, words)
        facts = {"text": words} if words else {}
        if enquiry.status not in AWAITING_CONTACT:
            return Change(enquiry, clock, facts, (row,))
        return Change(*rounds.unanswered(context, enquiry.tried(context.clock())), facts, (row,))

    return perform(context, enquiry_id, Act("reply_mailed", by, version), decide)


def can_be_mailed(enquiry: Enquiry) -> bool:
    """Whether there is an address, and nobody but the person is likely to read what comes there (UR-09)."""
    return enquiry.submission.contact.mailable and "safeguarding" not in enquiry.flags


def _check(context: AppContext, enquiry: Enquiry) -> None:
    if enquiry.status == "quarantined":
        raise ActRefused("in_quarantine")
    if not enquiry.submission.contact.mailable:
        raise ActRefused("no_mail_address")
    if not can_be_mailed(enquiry):
        raise ActRefused("no_mail_safeguarding")
    stage = context.stage_settings.current()
    # Without the key nobody can tell now; the worker asks again before it sends.
    if stage.known and is_suppressed(context.table, stage.key, enquiry.submission.contact.email_address):
        raise ActRefused("address_suppressed")


def _row(context: AppContext, enquiry: Enquiry, words: str) -> Notification:
    earlier = sum(row.kind == "desk_reply" for row in notifications_of(context.table, enquiry.id))
    due_at = context.clock() + POKE_GRACE
    return Notification(owner=enquiry.id, kind="desk_reply", round=earlier + 1, due_at=due_at, words=words)
