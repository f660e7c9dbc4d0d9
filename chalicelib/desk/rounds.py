"""Where a round of the response clock begins or changes by what staff do. Rounds are counted on the enquiry and never
back, because a stopped clock is gone: no message of an earlier round stands in the way of a later one."""

from __future__ import annotations

from datetime import datetime

from chalicelib.context import AppContext
from chalicelib.desk.changes import Change
from chalicelib.models.enquiry import AWAITING_CONTACT, Enquiry
from chalicelib.models.opening_hours import reply_deadline
from chalicelib.models.response_clock import DANGER, ResponseClock, contact_target, start_clock
from chalicelib.models.vocabulary import Level
from chalicelib.notifications.planning import POKE_GRACE, plan_notifications
from chalicelib.storage.outbox import load_notification

Round = tuple[Enquiry, ResponseClock]


def unanswered(context: AppContext, tried: Enquiry) -> Round:
    """After a try without an answer: the next target begins, at the next try or at once."""
    starts = max(tried.next_try_at or context.clock(), context.clock())
    after = _clock_from(context, tried, starts, tried.round + 1)
    return _in_round(tried, after, status="no_answer"), after


def opened_again(context: AppContext, opened: Enquiry) -> Round:
    """After it was closed: the target counts from now, and whoever opened it has seen it. What the person was promised
    stays what reports judge by."""
    after = _clock_from(context, opened, context.clock(), opened.round + 1)
    opened = opened.model_copy(update={"first_target_at": opened.first_contact_by})
    after = after.model_copy(update={"acknowledged": True})
    return _in_round(opened, after, status="acknowledged"), after


def raised(context: AppContext, enquiry: Enquiry, level: Level, clock: ResponseClock | None) -> Round:
    """At a higher level: all of its ladder is still to come, also its second alert unless those in danger were
    acknowledged already, and a next try that was planned is planned no longer. The target is never later than it was.
    What was overdue stays so; its ladder counts from now all the same, or all of it would go out at once."""
    now, higher = context.clock(), enquiry.model_copy(update={"level": level, "next_try_at": None})
    after = _clock_from(context, higher, now, enquiry.round + 1)
    seen = clock is not None and clock.acknowledged and enquiry.level in DANGER
    counts_from = (clock.counts_from or clock.started_at) if clock else None
    after = after.model_copy(update={"raised": True, "acknowledged": seen, "counts_from": counts_from})
    if enquiry.status not in AWAITING_CONTACT:
        return _in_round(higher, after, status="acknowledged"), after
    contact_by = min(after.target_at, enquiry.contact_by)
    if contact_by > now:
        after = after.model_copy(update={"target_at": contact_by})
    return _in_round(higher, after).model_copy(update={"contact_by": contact_by}), after


def lowered(context: AppContext, enquiry: Enquiry, level: Level, clock: ResponseClock) -> Round:
    """At a lower level: its target counts from where this round began, or the one before it was raised. When that is
    still to come nobody has been reminded of it, so a new round begins; when it has passed, the steps that were taken
    told of it. The ladder of what was raised when it was overdue counts from the raising at the lower level too."""
    since = clock.counts_from or clock.started_at
    target = contact_by = contact_target(since, level, context.hours, context.settings)
    if contact_by <= context.clock():
        target = contact_target(clock.started_at, level, context.hours, context.settings)
    lower, after = enquiry.model_copy(update={"level": level}), clock.model_copy(update={"level": level})
    if target > context.clock():
        after = after.model_copy(update={"round": enquiry.round + 1, "done": ()})
    after = after.model_copy(update={"target_at": target})
    return lower.model_copy(update={"round": max(enquiry.round, after.round), "contact_by": contact_by}), after


def out_of_quarantine(context: AppContext, enquiry: Enquiry, facts: dict[str, str]) -> Change:
    """It is no spam: the messages that it missed go out, and its clock starts, from its arrival where that still leaves
    time, else from now. The promise is renewed when it has passed. What was let out before and put back by an undo has
    rows of that time, so it begins another round, and staff are told once more."""
    now, number = context.clock(), enquiry.round + (not is_untold(context, enquiry))
    clock = _clock_from(context, enquiry, enquiry.received_at, number)
    if clock.target_at <= now:
        clock = _clock_from(context, enquiry, now, number)
    clock = clock.model_copy(update={"raised": number > 1})
    promised = enquiry.reply_by
    if promised <= now:
        promised = reply_deadline(now, enquiry.level, context.hours, context.settings.response_targets)
    changed = _in_round(enquiry, clock, status="new").model_copy(update={"reply_by": promised})
    return Change(changed, clock, facts, plan_notifications(changed, context.settings, now + POKE_GRACE))


def is_untold(context: AppContext, enquiry: Enquiry) -> bool:
    """Whether it was held back as possible spam and nobody ever took it for real."""
    return enquiry.verdict.quarantined and load_notification(context.table, enquiry.id, "staff_alert") is None


def restored(before: ResponseClock | None, now: ResponseClock | None) -> ResponseClock | None:
    """The clock as it was before an act that is taken back. Steps that it took meanwhile stay taken; those of a round
    that the act began were that round's."""
    if before is None or now is None or before.round != now.round:
        return before
    return before.model_copy(update={"done": now.done})


def _clock_from(context: AppContext, enquiry: Enquiry, starts: datetime, number: int) -> ResponseClock:
    return start_clock(enquiry.id, enquiry.level, starts, context.hours, context.settings, number=number)


def _in_round(enquiry: Enquiry, clock: ResponseClock, **changes: str) -> Enquiry:
    return enquiry.model_copy(update={**changes, "round": clock.round, "contact_by": clock.target_at})
