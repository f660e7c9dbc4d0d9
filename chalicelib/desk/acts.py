"""What staff do with an enquiry. Every act needs the version of the enquiry that they saw; all raise NotFound,
StatusConflict, and ActRefused where they say so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from chalicelib.context import AppContext
from chalicelib.desk.changes import RESTORED, Act, ActRefused, Change, event_of, perform
from chalicelib.errors import NotFound
from chalicelib.models.enquiry import CLOSING, Enquiry, Status, Undo
from chalicelib.models.notification import Notification
from chalicelib.models.opening_hours import reply_deadline
from chalicelib.models.response_clock import DANGER, ResponseClock, contact_target, start_clock
from chalicelib.models.vocabulary import Level, rank
from chalicelib.notifications.planning import POKE_GRACE, plan_notifications
from chalicelib.storage.enquiries import enquiry_id_of, load_enquiry
from chalicelib.storage.history import append_event
from chalicelib.storage.table import stamp

Channel = Literal["phone", "email", "text"]
Outcome = Literal["reached", "left_message", "no_answer"]
NEXT_TRY_WITHIN, NEXT_TRY_IN_DANGER = timedelta(days=31), timedelta(days=1)
UNDO_WITHIN = timedelta(minutes=10)
REASON_NEEDED: tuple[Status, ...] = ("not_suitable", "closed")
"""Being booked is a reason, and so are the reference of the other enquiry and spam."""


class ContactAttempt(BaseModel):
    """One try to reach the person. `next_try_at` (aware) is when the enquiry returns to the top of the list; without
    it, its next target counts from now."""

    model_config = ConfigDict(frozen=True)

    channel: Channel
    outcome: Outcome
    next_try_at: AwareDatetime | None = None


def take(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """Become the owner, also of what somebody else had taken. Whoever takes it has seen it: it is acknowledged."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        return Change(_with(_seen(enquiry), owner=by), _acknowledged(clock))

    return perform(context, enquiry_id, Act("taken", by, version, undoable=True), decide)


def release(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """Nobody owns it any more."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        return Change(_with(enquiry, owner=""), clock)

    return perform(context, enquiry_id, Act("released", by, version, undoable=True), decide)


def assign(context: AppContext, enquiry_id: str, to: str, *, by: str, version: int) -> Enquiry:
    """Somebody else owns it. That does not acknowledge it: they may not have seen it."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        return Change(_with(enquiry, owner=to), clock, {"to": to})

    return perform(context, enquiry_id, Act("assigned", by, version, undoable=True), decide)


def acknowledge(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """Somebody has seen it. Stops the second alert and nothing else."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        return Change(_seen(enquiry), _acknowledged(clock))

    return perform(context, enquiry_id, Act("acknowledged", by, version, undoable=True), decide)


def log_attempt(context: AppContext, enquiry_id: str, attempt: ContactAttempt, *, by: str, version: int) -> Enquiry:
    """A try to reach the person stops the clock. Without an answer the next target begins, at the next try or at once.
    Refused in quarantine, for what is closed, and for a next try that is further off than a month, or in danger a
    day."""
    facts = {"channel": str(attempt.channel), "outcome": str(attempt.outcome)}
    if attempt.next_try_at:
        facts["next_try_at"] = stamp(attempt.next_try_at)

    def decide(enquiry: Enquiry, _clock: ResponseClock | None) -> Change:
        _require(enquiry.status != "quarantined", "in_quarantine")
        _require(enquiry.status not in CLOSING, "is_closed")
        latest = context.clock() + (NEXT_TRY_IN_DANGER if enquiry.level in DANGER else NEXT_TRY_WITHIN)
        _require(attempt.next_try_at is None or attempt.next_try_at <= latest, "next_try_too_late")
        tried = enquiry.tried(context.clock(), attempt.next_try_at)
        if attempt.outcome == "reached":
            reached_at = enquiry.reached_at or context.clock()
            return Change(_with(tried, status="contacted", next_try_at=None, reached_at=reached_at), None, facts)
        return Change(*unanswered(context, tried), facts)

    return perform(context, enquiry_id, Act("contact_attempt", by, version), decide)


def unanswered(context: AppContext, tried: Enquiry) -> tuple[Enquiry, ResponseClock]:
    """After a try without an answer: the next target begins, at the next try or at once."""
    # Counted on the enquiry, because a stopped clock is gone: no step of an earlier round is taken again.
    starts = max(tried.next_try_at or context.clock(), context.clock())
    after = _clock_from(context, tried, starts, number=tried.round + 1)
    return _with(tried, status="no_answer", round=after.round, contact_by=after.target_at), after


def close(
    context: AppContext, enquiry_id: str, status: Status, reason: str, *, by: str, version: int, duplicate_of: str = ""
) -> Enquiry:
    """Nothing is left to do. Stops the clock. Refused for a status that closes nothing, without a reason where one is
    needed, and for a duplicate of itself or of nothing."""
    _require(status in CLOSING, "not_closing")
    _require(bool(reason.strip()) or status not in REASON_NEEDED, "reason_needed")
    other = _other_reference(context, enquiry_id, duplicate_of) if status == "duplicate" else ""
    facts = {"status": str(status), "reason": reason.strip(), "duplicate_of": other}

    def decide(enquiry: Enquiry, _clock: ResponseClock | None) -> Change:
        _require(enquiry.status not in CLOSING, "is_closed")
        changed = _with(enquiry, status=status, duplicate_of=other, next_try_at=None, closed_at=context.clock())
        return Change(changed, None, {name: value for name, value in facts.items() if value})

    return perform(context, enquiry_id, Act("closed", by, version, undoable=True), decide)


def note(context: AppContext, enquiry_id: str, words: str, *, by: str) -> None:
    """Add to the history. It overwrites nothing, so it needs no version and gives nobody a conflict. Refused when it
    is empty."""
    _require(bool(words.strip()), "note_empty")
    load_enquiry(context.table, enquiry_id)
    append_event(context.table, enquiry_id, event_of(context, "note", by, {"text": words.strip()}))


def raise_level(context: AppContext, enquiry_id: str, level: Level, reason: str, *, by: str, version: int) -> Enquiry:
    """More urgent than it seemed: the target is that of the new level from now on, never later than it was. What
    becomes an emergency or crisis is told to whoever is on call. Whoever raises what lies in quarantine takes it for
    real: that releases it, so that nobody in danger is held back. Refused when it is no higher."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        _require(rank(level) > rank(enquiry.level), "not_higher")
        raised, messages = _with(enquiry, level=level), _alert(context, enquiry, level)
        facts = _level_facts(enquiry.level, level, reason)
        if enquiry.status == "quarantined":
            return _out_of_quarantine(context, raised, {**facts, "released": "quarantine"})
        if clock is None:
            return Change(raised, None, facts, messages)
        target = contact_target(context.clock(), level, context.hours, context.settings)
        after = clock.model_copy(
            update={"level": level, "started_at": context.clock(), "target_at": min(target, clock.target_at)}
        )
        return Change(_with(raised, contact_by=after.target_at), after, facts, messages)

    return perform(context, enquiry_id, Act("level_raised", by, version, undoable=True), decide)


def lower_level(context: AppContext, enquiry_id: str, level: Level, reason: str, *, by: str, version: int) -> Enquiry:
    """Less urgent, as a manager says for a reason: the target is that of the new level from where this round began.
    Refused without a reason, and when it is no lower."""
    _require(bool(reason.strip()), "reason_needed")

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        _require(rank(level) < rank(enquiry.level), "not_lower")
        lowered, facts = _with(enquiry, level=level), _level_facts(enquiry.level, level, reason)
        if clock is None:
            return Change(lowered, None, facts)
        target = contact_target(clock.started_at, level, context.hours, context.settings)
        after = clock.model_copy(update={"level": level, "target_at": target})
        return Change(_with(lowered, contact_by=target), after, facts)

    return perform(context, enquiry_id, Act("level_lowered", by, version, undoable=True), decide)


def release_from_quarantine(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """It is no spam: the messages that it missed go out, and its clock starts, from its arrival where that still leaves
    time, else from now. The promise is renewed when it has passed. Refused outside quarantine."""

    def decide(enquiry: Enquiry, _clock: ResponseClock | None) -> Change:
        _require(enquiry.status == "quarantined", "not_quarantined")
        return _out_of_quarantine(context, enquiry, {})

    return perform(context, enquiry_id, Act("released_from_quarantine", by, version), decide)


def undo(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """Take back one's own last act within 10 minutes: owner, status, level and clock are as they were; steps that the
    clock took meanwhile stay taken. Refused for anything else."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        before = undoable_by(enquiry, by, context.clock())
        if before is None:
            raise ActRefused("nothing_to_undo")
        restored = before.model_dump(include=RESTORED)
        return Change(_with(enquiry, **restored), _restored(before.clock, clock), {"act": before.act})

    return perform(context, enquiry_id, Act("undone", by, version), decide)


def undoable_by(enquiry: Enquiry, user: str, now: datetime) -> Undo | None:
    """What `undo` would restore for this user now."""
    last = enquiry.undo
    return last if last is not None and last.by == user and now <= last.at + UNDO_WITHIN else None


def _out_of_quarantine(context: AppContext, enquiry: Enquiry, facts: dict[str, str]) -> Change:
    now = context.clock()
    clock = _clock_from(context, enquiry, enquiry.received_at)
    if clock.target_at <= now:
        clock = _clock_from(context, enquiry, now)
    promised = enquiry.reply_by
    if promised <= now:
        promised = reply_deadline(now, enquiry.level, context.hours, context.settings.response_targets)
    changed = _with(enquiry, status="new", contact_by=clock.target_at, reply_by=promised)
    return Change(changed, clock, facts, plan_notifications(changed, context.settings, now + POKE_GRACE))


def _restored(before: ResponseClock | None, now: ResponseClock | None) -> ResponseClock | None:
    if before is None or now is None:
        return before
    return before.model_copy(update={"done": now.done})


def _seen(enquiry: Enquiry) -> Enquiry:
    return _with(enquiry, status="acknowledged") if enquiry.status == "new" else enquiry


def _acknowledged(clock: ResponseClock | None) -> ResponseClock | None:
    return clock.model_copy(update={"acknowledged": True}) if clock else None


def _clock_from(context: AppContext, enquiry: Enquiry, starts: datetime, number: int = 1) -> ResponseClock:
    return start_clock(enquiry.id, enquiry.level, starts, context.hours, context.settings, number=number)


def _alert(context: AppContext, enquiry: Enquiry, level: Level) -> tuple[Notification, ...]:
    """Reading a message may show what no rule saw: whoever is on call hears of it as they would have at once."""
    if level not in DANGER or enquiry.level in DANGER or not context.settings.on_call_topic_arn:
        return ()
    return (Notification(owner=enquiry.id, kind="on_call_alert", due_at=context.clock() + POKE_GRACE),)


def _other_reference(context: AppContext, enquiry_id: str, reference: str) -> str:
    wanted = reference.strip().upper()
    try:
        other = enquiry_id_of(context.table, wanted)
    except NotFound:
        raise ActRefused("no_such_reference") from None
    _require(other != enquiry_id, "duplicate_of_itself")
    return wanted


def _level_facts(before: Level, after: Level, reason: str) -> dict[str, str]:
    facts = {"from": str(before), "to": str(after), "reason": reason.strip()}
    return {name: value for name, value in facts.items() if value}


def _require(holds: bool, code: str) -> None:
    if not holds:
        raise ActRefused(code)


def _with(enquiry: Enquiry, **changes: Any) -> Enquiry:
    return enquiry.model_copy(update=changes)
