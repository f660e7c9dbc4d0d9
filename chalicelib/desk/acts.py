"""What staff do with an enquiry. Every act needs the version of the enquiry that they saw; all raise NotFound,
StatusConflict, and ActRefused where they say so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from chalicelib.context import AppContext
from chalicelib.desk import rounds
from chalicelib.desk.changes import RESTORED, Act, ActRefused, Change, event_of, perform
from chalicelib.errors import NotFound
from chalicelib.models.enquiry import CLOSING, Enquiry, Status, Undo
from chalicelib.models.response_clock import DANGER, ResponseClock
from chalicelib.models.vocabulary import Level, rank
from chalicelib.notifications.planning import POKE_GRACE, plan_level_alerts
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
    """Become the owner, also of what somebody else had taken. Whoever takes it has seen it: it is acknowledged.
    Refused, as every act but a note, a reply and `reopen`, for what is closed."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        _require_open(enquiry)
        return Change(_with(_seen(enquiry), owner=by), _acknowledged(clock))

    return perform(context, enquiry_id, Act("taken", by, version, undoable=True), decide)


def release(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """Nobody owns it any more."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        _require_open(enquiry)
        return Change(_with(enquiry, owner=""), clock)

    return perform(context, enquiry_id, Act("released", by, version, undoable=True), decide)


def assign(context: AppContext, enquiry_id: str, to: str, *, by: str, version: int) -> Enquiry:
    """Somebody else owns it. That does not acknowledge it: they may not have seen it."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        _require_open(enquiry)
        return Change(_with(enquiry, owner=to), clock, {"to": to})

    return perform(context, enquiry_id, Act("assigned", by, version, undoable=True), decide)


def acknowledge(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """Somebody has seen it. Stops the second alert and nothing else."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        _require_open(enquiry)
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
        _require_open(enquiry)
        latest = latest_next_try(enquiry, context.clock())
        _require(attempt.next_try_at is None or attempt.next_try_at <= latest, "next_try_too_late")
        tried = enquiry.tried(context.clock(), attempt.next_try_at)
        if attempt.outcome == "reached":
            reached_at = enquiry.reached_at or context.clock()
            return Change(_with(tried, status="contacted", next_try_at=None, reached_at=reached_at), None, facts)
        return Change(*rounds.unanswered(context, tried), facts)

    return perform(context, enquiry_id, Act("contact_attempt", by, version), decide)


def latest_next_try(enquiry: Enquiry, now: datetime) -> datetime:
    """How far the next try can be put off."""
    return now + (NEXT_TRY_IN_DANGER if enquiry.level in DANGER else NEXT_TRY_WITHIN)


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
        _require_open(enquiry)
        changed = _with(enquiry, status=status, duplicate_of=other, next_try_at=None, closed_at=context.clock())
        return Change(changed, None, {name: value for name, value in facts.items() if value})

    return perform(context, enquiry_id, Act("closed", by, version, undoable=True), decide)


def reopen(context: AppContext, enquiry_id: str, reason: str, *, by: str, version: int) -> Enquiry:
    """It was closed by mistake, or there is more to do: it waits for contact again, with a target of its own from now
    on. What nobody was ever told of, because it was closed in quarantine, is told now as if it had been released.
    Refused without a reason, and for what is not closed."""
    _require(bool(reason.strip()), "reason_needed")

    def decide(enquiry: Enquiry, _clock: ResponseClock | None) -> Change:
        _require(enquiry.status in CLOSING, "not_closed")
        facts = {"status": str(enquiry.status), "reason": reason.strip()}
        opened = _with(enquiry, duplicate_of="", closed_at=None, next_try_at=None)
        if rounds.is_untold(context, enquiry):
            return rounds.out_of_quarantine(context, opened, facts)
        return Change(*rounds.opened_again(context, opened), facts)

    return perform(context, enquiry_id, Act("reopened", by, version, undoable=True), decide)


def note(context: AppContext, enquiry_id: str, words: str, *, by: str) -> None:
    """Add to the history. It overwrites nothing, so it needs no version and gives nobody a conflict. Refused when it
    is empty."""
    _require(bool(words.strip()), "note_empty")
    load_enquiry(context.table, enquiry_id)
    append_event(context.table, enquiry_id, event_of(context, "note", by, {"text": words.strip()}))


def raise_level(context: AppContext, enquiry_id: str, level: Level, reason: str, *, by: str, version: int) -> Enquiry:
    """More urgent than it seemed: a new round begins, with the ladder of the new level, and those who handle that level
    are told, as they would have been at once. Whom staff have reached waits for contact again. Whoever raises what lies
    in quarantine takes it for real: that releases it, so that nobody in danger is held back. Refused when it is no
    higher."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        _require_open(enquiry)
        _require(rank(level) > rank(enquiry.level), "not_higher")
        facts = _level_facts(enquiry.level, level, reason)
        if enquiry.status == "quarantined":
            return rounds.out_of_quarantine(context, _with(enquiry, level=level), {**facts, "released": "quarantine"})
        raised, after = rounds.raised(context, enquiry, level, clock)
        due_at = context.clock() + POKE_GRACE
        return Change(raised, after, facts, plan_level_alerts(raised, enquiry.level, context.settings, due_at))

    return perform(context, enquiry_id, Act("level_raised", by, version, undoable=True), decide)


def lower_level(context: AppContext, enquiry_id: str, level: Level, reason: str, *, by: str, version: int) -> Enquiry:
    """Less urgent, as a manager says for a reason: the target is that of the new level from where this round began.
    Refused without a reason, and when it is no lower."""
    _require(bool(reason.strip()), "reason_needed")

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        _require_open(enquiry)
        _require(rank(level) < rank(enquiry.level), "not_lower")
        facts = _level_facts(enquiry.level, level, reason)
        if clock is None:
            return Change(_with(enquiry, level=level), None, facts)
        return Change(*rounds.lowered(context, enquiry, level, clock), facts)

    return perform(context, enquiry_id, Act("level_lowered", by, version, undoable=True), decide)


def release_from_quarantine(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """It is no spam: the messages that it missed go out, and its clock starts, from its arrival where that still leaves
    time, else from now. The promise is renewed when it has passed. Refused outside quarantine."""

    def decide(enquiry: Enquiry, _clock: ResponseClock | None) -> Change:
        _require(enquiry.status == "quarantined", "not_quarantined")
        return rounds.out_of_quarantine(context, enquiry, {})

    return perform(context, enquiry_id, Act("released_from_quarantine", by, version), decide)


def undo(context: AppContext, enquiry_id: str, *, by: str, version: int) -> Enquiry:
    """Take back one's own last act within 10 minutes: owner, status, level and clock are as they were; steps that the
    clock took meanwhile stay taken. Refused for anything else."""

    def decide(enquiry: Enquiry, clock: ResponseClock | None) -> Change:
        before = undoable_by(enquiry, by, context.clock())
        if before is None:
            raise ActRefused("nothing_to_undo")
        restored = before.model_dump(include=RESTORED)
        facts = {**before.facts, "act": before.act}
        return Change(_with(enquiry, **restored), rounds.restored(before.clock, clock), facts)

    return perform(context, enquiry_id, Act("undone", by, version), decide)


def undoable_by(enquiry: Enquiry, user: str, now: datetime) -> Undo | None:
    """What `undo` would restore for this user now."""
    last = enquiry.undo
    return last if last is not None and last.by == user and now <= last.at + UNDO_WITHIN else None


def _seen(enquiry: Enquiry) -> Enquiry:
    return _with(enquiry, status="acknowledged") if enquiry.status == "new" else enquiry


def _acknowledged(clock: ResponseClock | None) -> ResponseClock | None:
    return clock.model_copy(update={"acknowledged": True}) if clock else None


def _other_reference(context: AppContext, enquiry_id: str, reference: str) -> str:
    wanted = reference.strip().upper()
    try:
        other = load_enquiry(context.table, enquiry_id_of(context.table, wanted)).id
    except NotFound:
        raise ActRefused("no_such_reference") from None
    _require(other != enquiry_id, "duplicate_of_itself")
    return wanted


def _level_facts(before: Level, after: Level, reason: str) -> dict[str, str]:
    facts = {"from": str(before), "to": str(after), "reason": reason.strip()}
    return {name: value for name, value in facts.items() if value}


def _require_open(enquiry: Enquiry) -> None:
    _require(enquiry.status not in CLOSING, "is_closed")


def _require(holds: bool, code: str) -> None:
    if not holds:
        raise ActRefused(code)


def _with(enquiry: Enquiry, **changes: Any) -> Enquiry:
    return enquiry.model_copy(update=changes)
