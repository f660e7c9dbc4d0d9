"""What staff do with an enquiry, as far as the response clock knows it: acknowledge, log a contact attempt, close."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from chalicelib.context import AppContext
from chalicelib.errors import StatusConflict
from chalicelib.models.enquiry import CLOSING, Enquiry, Status
from chalicelib.models.history import HistoryEvent
from chalicelib.models.response_clock import ResponseClock, next_step, start_clock
from chalicelib.observability import log
from chalicelib.storage.enquiries import change_enquiry, load_enquiry
from chalicelib.storage.response_clocks import load_clock, put_clock, replace_clock, stop_clock
from chalicelib.storage.table import stamp

Outcome = Literal["reached", "left_message", "no_answer"]


class ContactAttempt(BaseModel):
    """One try to reach the person. `next_try_at` (aware UTC) is when the enquiry returns to the top of the list;
    without it, at once."""

    model_config = ConfigDict(frozen=True)

    channel: Literal["phone", "email", "text"]
    outcome: Outcome
    next_try_at: datetime | None = None


@dataclass(frozen=True)
class Change:
    """What an act makes of an enquiry: its new state, what is done to its clock, and what the history says."""

    enquiry: Enquiry
    clock_actions: tuple[dict[str, Any], ...]
    facts: dict[str, str] = field(default_factory=dict)


Decide = Callable[[Enquiry, ResponseClock | None], Change]


def acknowledge(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """Somebody has seen it. Stops the second alert and nothing else. Raises NotFound, StatusConflict."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        changed = enquiry.model_copy(update={"status": "acknowledged"}) if enquiry.status == "new" else enquiry
        if clock is None:
            return Change(changed, ())
        after = clock.model_copy(update={"acknowledged": True})
        return Change(changed, (replace_clock(context.table, clock, after, _due_at(context, after)),))

    return _act(context, enquiry_id, version, "acknowledged", by, decide)


def log_attempt(context: AppContext, enquiry_id: str, attempt: ContactAttempt, *, by: str, version: int) -> Enquiry:
    """A try to reach the person stops the clock. Without an answer the next target begins, at the next try or at once.
    Raises NotFound, StatusConflict."""
    facts = {"channel": str(attempt.channel), "outcome": str(attempt.outcome)}
    if attempt.next_try_at:
        facts["next_try_at"] = stamp(attempt.next_try_at)

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        if attempt.outcome == "reached":
            return Change(_with(enquiry, status="contacted"), (stop_clock(context.table, enquiry_id),), facts)
        # Counted on the enquiry, because a stopped clock is gone: no step of an earlier round is taken again.
        starts = max(attempt.next_try_at or context.clock(), context.clock())
        after = start_clock(
            enquiry_id, enquiry.level, starts, context.hours, context.settings, number=enquiry.round + 1
        )
        changed = _with(enquiry, status="no_answer", round=after.round, contact_by=after.target_at)
        return Change(changed, (put_clock(context.table, clock, after, _due_at(context, after)),), facts)

    return _act(context, enquiry_id, version, "contact_attempt", by, decide)


def close(context: AppContext, enquiry_id: str, status: Status, reason: str, *, by: str, version: int) -> Enquiry:
    """Nothing is left to do, for a reason. Stops the clock. Raises ValueError without a closing status or a reason,
    NotFound, StatusConflict."""
    if status not in CLOSING or not reason.strip():
        raise ValueError("a closing status and a reason are needed")

    def decide(enquiry: Enquiry, _clock: ResponseClock | None) -> Change:
        facts = {"status": str(status), "reason": reason.strip()}
        return Change(_with(enquiry, status=status), (stop_clock(context.table, enquiry_id),), facts)

    return _act(context, enquiry_id, version, "closed", by, decide)


def _act(context: AppContext, enquiry_id: str, version: int, kind: str, by: str, decide: Decide) -> Enquiry:
    """Decide on what is stored now and write it, all or nothing. When only the clock has moved meanwhile, decide
    again: a reminder must not cost a member of staff a conflict."""
    for last in (False, False, True):
        enquiry = load_enquiry(context.table, enquiry_id)
        if enquiry.version != version:
            break
        change = decide(enquiry, load_clock(context.table, enquiry_id))
        salt = context.ids.random_bytes(16).hex() if change.facts else ""
        event = HistoryEvent(kind=kind, by=by, at=context.clock(), facts=change.facts, salt=salt)
        try:
            after = change_enquiry(context.table, change.enquiry, event, change.clock_actions)
        except StatusConflict:
            if last:
                raise
            continue
        log.info("enquiry changed", extra={"enquiry_id": enquiry_id, "act": kind, "status": after.status})
        return after
    raise StatusConflict("changed since it was read")


def _with(enquiry: Enquiry, **changes: Any) -> Enquiry:
    return enquiry.model_copy(update=changes)


def _due_at(context: AppContext, clock: ResponseClock) -> datetime | None:
    planned = next_step(clock, context.hours, context.settings)
    return planned[1] if planned else None
