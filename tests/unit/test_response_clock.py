"""When each step of the response clock falls due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.opening_hours import opening_hours
from chalicelib.models.response_clock import (
    DANGER,
    ResponseClock,
    Step,
    contact_target,
    kinds_of,
    next_step,
    start_clock,
)
from chalicelib.models.vocabulary import LEVELS, Level
from chalicelib.settings import Settings, read_settings
from tests.conftest import ENVIRONMENT

ZONE = ZoneInfo("America/New_York")
MONDAY_10 = "2026-03-02 10:00"
SATURDAY_NIGHT = "2026-03-07 23:00"


def settings(**changes: str) -> Settings:
    return read_settings({**ENVIRONMENT, **changes})


NO_ROTA = {"ON_CALL_TOPIC_ARN": ""}


def local(words: str) -> datetime:
    return datetime.strptime(words, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).astimezone(UTC)


def in_words(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def steps_of(level: Level, started: str, chosen: Settings, **clock: Any) -> list[tuple[Step, str]]:
    """The whole ladder, each step taken at its time."""
    hours = opening_hours(chosen)
    now = start_clock("id", level, local(started), hours, chosen).model_copy(update=clock)
    taken = []
    while planned := next_step(now, hours, chosen):
        taken.append((planned[0], in_words(planned[1])))
        now = now.model_copy(update={"done": (*now.done, planned[0])})
    return taken


def test_an_emergency_in_open_hours_gets_louder_every_five_minutes() -> None:

    assert steps_of("emergency", MONDAY_10, settings()) == [
        ("re_alert", "2026-03-02 10:10"),
        ("reminder", "2026-03-02 10:15"),
        ("backup_alert", "2026-03-02 10:20"),
        ("on_call_escalation", "2026-03-02 10:25"),
    ]


def test_acknowledging_stops_the_second_alert_and_nothing_else() -> None:
    steps = [step for step, _ in steps_of("crisis", MONDAY_10, settings(), acknowledged=True)]

    assert ["reminder", "backup_alert", "on_call_escalation"] == steps


@pytest.mark.parametrize(
    ("level", "target"),
    [
        ("emergency", "2026-03-02 10:15"),
        ("crisis", "2026-03-02 10:30"),
        ("urgent", "2026-03-02 12:00"),
        ("priority", "2026-03-03 17:00"),
        ("routine", "2026-03-04 17:00"),
        ("info", "2026-03-05 17:00"),
    ],
)
def test_each_level_has_its_target(level: Level, target: str) -> None:
    chosen = settings()

    assert target == in_words(contact_target(local(MONDAY_10), level, opening_hours(chosen), chosen))


def test_targets_are_settings() -> None:
    chosen = settings(RESPONSE_TARGETS="urgent 45m, routine 1d, priority 3h")
    hours = opening_hours(chosen)
    targets = {level: in_words(contact_target(local(MONDAY_10), level, hours, chosen)) for level in LEVELS}

    assert targets == {
        "emergency": "2026-03-02 10:15",
        "crisis": "2026-03-02 10:30",
        "urgent": "2026-03-02 10:45",
        "priority": "2026-03-02 13:00",
        "routine": "2026-03-03 17:00",
        "info": "2026-03-05 17:00",
    }


@pytest.mark.parametrize(
    ("level", "target"),
    [
        ("emergency", "2026-03-07 23:15"),
        ("crisis", "2026-03-08 00:00"),
        ("urgent", "2026-03-09 10:00"),
        ("priority", "2026-03-09 17:00"),
    ],
)
def test_at_night_somebody_on_call_is_woken_for_danger_only(level: Level, target: str) -> None:
    chosen = settings()

    assert target == in_words(contact_target(local(SATURDAY_NIGHT), level, opening_hours(chosen), chosen))


def test_without_a_rota_danger_is_the_first_task_on_opening() -> None:
    """The night in between is the one on which the clocks go forward."""

    assert steps_of("crisis", SATURDAY_NIGHT, settings(**NO_ROTA)) == [
        ("re_alert", "2026-03-09 09:10"),
        ("reminder", "2026-03-09 09:30"),
        ("backup_alert", "2026-03-09 09:40"),
    ]


def test_just_before_closing_danger_does_not_wait_for_the_morning() -> None:

    assert ("reminder", "2026-03-02 17:10") == steps_of("emergency", "2026-03-02 16:55", settings())[1]
    assert ("reminder", "2026-03-02 17:55") == steps_of("crisis", "2026-03-02 16:55", settings())[1]


def test_nobody_is_woken_for_a_routine_call() -> None:

    assert steps_of("routine", "2026-03-05 12:00", settings()) == [
        ("reminder", "2026-03-09 17:00"),
        ("backup_alert", "2026-03-10 10:00"),
        ("on_call_escalation", "2026-03-10 11:00"),
    ]


def test_a_holiday_is_no_business_day() -> None:
    chosen = settings(HOLIDAYS="2026-03-03")

    assert (
        date(2026, 3, 4)
        == contact_target(local(MONDAY_10), "priority", opening_hours(chosen), chosen).astimezone(ZONE).date()
    )


def test_a_rung_that_nobody_stands_on_is_left_out() -> None:

    assert ["reminder"] == [step for step, _ in steps_of("routine", MONDAY_10, settings(BACKUP_EMAILS="", **NO_ROTA))]


def test_the_second_alert_takes_the_topic_too_where_there_is_one() -> None:

    assert ("re_alert", "on_call_re_alert") == kinds_of("re_alert", settings())
    assert ("re_alert",) == kinds_of("re_alert", settings(**NO_ROTA))
    assert ("reminder",) == kinds_of("reminder", settings())


def test_later_rounds_have_no_second_alert() -> None:

    assert "reminder" == steps_of("emergency", MONDAY_10, settings(), round=2)[0][0]


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


@given(MOMENTS, st.sampled_from(LEVELS), st.booleans(), st.booleans())
def test_steps_never_go_back_in_time_and_each_is_taken_once(
    started: datetime, level: Level, has_topic: bool, acknowledged: bool
) -> None:
    chosen = settings() if has_topic else settings(**NO_ROTA)
    hours = opening_hours(chosen)
    clock = start_clock("id", level, started, hours, chosen).model_copy(update={"acknowledged": acknowledged})
    taken: list[tuple[Step, datetime]] = []
    while planned := next_step(clock, hours, chosen):
        taken.append(planned)
        clock = clock.model_copy(update={"done": (*clock.done, planned[0])})
    ladder = [at for step, at in taken if step != "re_alert"]

    assert len({step for step, _ in taken}) == len(taken)
    assert ladder == sorted(ladder)
    assert all(at > started for _, at in taken)


@given(MOMENTS, st.sampled_from(DANGER))
def test_with_a_rota_danger_is_never_put_off_for_more_than_an_hour(started: datetime, level: Level) -> None:
    chosen = settings()

    assert contact_target(started, level, opening_hours(chosen), chosen) <= started + timedelta(hours=1)


def test_a_clock_survives_being_stored() -> None:
    clock = start_clock("id", "urgent", local(MONDAY_10), opening_hours(settings()), settings())

    assert ResponseClock.model_validate(clock.model_dump(mode="json")) == clock
