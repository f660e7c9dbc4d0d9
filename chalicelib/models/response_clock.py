"""The response clock of an enquiry: when somebody must have tried to reach the person, and what happens until then
and after. Pure: times and settings are arguments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from chalicelib.models.notification import EnquiryKind
from chalicelib.models.opening_hours import OpeningHours, add_open_time, reply_deadline
from chalicelib.models.vocabulary import Level
from chalicelib.settings import Settings

Step = Literal["re_alert", "reminder", "backup_alert", "on_call_escalation"]
"""In the order in which they are taken: a second person hears of an emergency or crisis that nobody has acknowledged;
once the target has passed, the same recipients again, the backup recipients, the on-call topic."""

DANGER: tuple[Level, ...] = ("emergency", "crisis")
RE_ALERT_AFTER = timedelta(minutes=10)
"""Source: clinical-evidence (a)."""
STEP_EVERY: dict[Level, timedelta] = {
    "emergency": timedelta(minutes=5),
    "crisis": timedelta(minutes=10),
    "urgent": timedelta(minutes=30),
}
"""From one step of the ladder to the next; an hour for the levels below."""
_STEP_EVERY_OTHER = timedelta(hours=1)
ON_CALL_MINUTES: dict[Level, int] = {"emergency": 15, "crisis": 60}
"""While the clinic is closed and somebody is on call, by the clock on the wall. Source: clinical-evidence (a)."""


class ResponseClock(BaseModel):
    """How far one target has got. Each contact attempt without an answer starts a new round with a target of its own,
    and so does another level. `started_at` is when the round began (for a next try: when it is due); `done` names the
    steps taken in this round; `raised`: it began because staff raised the level, or let it out of quarantine again.
    `counts_from`: where the round before it was raised began. Times are aware UTC."""

    model_config = ConfigDict(frozen=True)

    enquiry_id: str
    level: Level
    round: int = 1
    started_at: datetime
    target_at: datetime
    acknowledged: bool = False
    raised: bool = False
    counts_from: datetime | None = None
    done: tuple[Step, ...] = ()

    @property
    def is_unseen(self) -> bool:
        """Whether it is an emergency or crisis, from the beginning or since it was raised, that nobody has
        acknowledged: a second person hears of it. Where a try was made somebody knows."""
        return self.level in DANGER and (self.round == 1 or self.raised) and not self.acknowledged


def start_clock(
    enquiry_id: str, level: Level, started_at: datetime, hours: OpeningHours, settings: Settings, number: int = 1
) -> ResponseClock:
    """The clock of round `number`."""
    target_at = contact_target(started_at, level, hours, settings)
    return ResponseClock(enquiry_id=enquiry_id, level=level, round=number, started_at=started_at, target_at=target_at)


def contact_target(started_at: datetime, level: Level, hours: OpeningHours, settings: Settings) -> datetime:
    """When somebody must have tried to reach the person. It is what the person is promised; in an emergency or crisis
    with somebody on call it is not put off until the clinic opens."""
    promised = reply_deadline(started_at, level, hours, settings.response_targets)
    if _is_for_on_call(level, settings):
        return min(promised, started_at + timedelta(minutes=ON_CALL_MINUTES[level]))
    return promised


def next_step(clock: ResponseClock, hours: OpeningHours, settings: Settings) -> tuple[Step, datetime] | None:
    """The step that is taken next, and when; None when all have been taken. Acknowledging stops the second alert and
    nothing else."""
    return next((planned for planned in _ladder(clock, hours, settings) if planned[0] not in clock.done), None)


def kinds_of(step: Step, settings: Settings) -> tuple[EnquiryKind, ...]:
    """The messages of a step."""
    if step == "re_alert" and settings.on_call_topic_arn:
        return ("re_alert", "on_call_re_alert")
    return (step,)


def _ladder(clock: ResponseClock, hours: OpeningHours, settings: Settings) -> Iterator[tuple[Step, datetime]]:
    if clock.is_unseen:
        yield "re_alert", _later(clock, clock.started_at, RE_ALERT_AFTER, hours, settings)
    at = clock.target_at
    yield "reminder", at
    for step, exists in (("backup_alert", settings.backup_emails), ("on_call_escalation", settings.on_call_topic_arn)):
        if exists:
            at = _later(clock, at, STEP_EVERY.get(clock.level, _STEP_EVERY_OTHER), hours, settings)
            yield step, at  # type: ignore[misc]  # mypy widens the literals of the loop


def _later(
    clock: ResponseClock, moment: datetime, span: timedelta, hours: OpeningHours, settings: Settings
) -> datetime:
    """Nobody is woken for a routine call: only an emergency or crisis with somebody on call runs by the clock on the
    wall."""
    if _is_for_on_call(clock.level, settings):
        return moment + span
    return add_open_time(moment, span, hours)


def _is_for_on_call(level: Level, settings: Settings) -> bool:
    return level in DANGER and bool(settings.on_call_topic_arn)
