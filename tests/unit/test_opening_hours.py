"""When a promise falls due: in the clinic's own time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.opening_hours import OpeningHours, last_closing, opening_hours, reply_deadline, review_deadline
from chalicelib.models.vocabulary import Level
from chalicelib.settings import Settings

ZONE = ZoneInfo("America/New_York")


def clinic(**settings: Any) -> OpeningHours:
    return opening_hours(Settings(**settings))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def deadline(received: str, level: Level, hours: OpeningHours | None = None) -> str:
    moment = reply_deadline(local(received).astimezone(UTC), level, hours or clinic())
    assert moment.tzinfo is UTC
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("level", "received", "due"),
    [
        ("emergency", "2026-03-02 10:00", "2026-03-02 10:15"),
        ("crisis", "2026-03-02 10:00", "2026-03-02 10:30"),
        ("urgent", "2026-03-02 10:00", "2026-03-02 12:00"),
        ("priority", "2026-03-02 10:00", "2026-03-03 17:00"),
        ("routine", "2026-03-02 10:00", "2026-03-04 17:00"),
        ("info", "2026-03-02 10:00", "2026-03-05 17:00"),
        # Friday: business days go over the weekend.
        ("priority", "2026-03-06 16:59", "2026-03-09 17:00"),
        ("routine", "2026-03-06 10:00", "2026-03-10 17:00"),
        # Open time is used up today and goes on at the next opening.
        ("emergency", "2026-03-02 16:50", "2026-03-03 09:05"),
        ("urgent", "2026-03-06 16:00", "2026-03-09 10:00"),
        # Closed: the clock starts at the next opening; urgent within its first hour.
        ("emergency", "2026-03-02 17:00", "2026-03-03 09:15"),
        ("crisis", "2026-03-07 12:00", "2026-03-09 09:30"),
        ("urgent", "2026-03-02 20:00", "2026-03-03 10:00"),
        ("urgent", "2026-03-02 08:59", "2026-03-02 10:00"),
        ("urgent", "2026-03-08 23:00", "2026-03-09 10:00"),
        ("priority", "2026-03-08 23:00", "2026-03-09 17:00"),
        ("emergency", "2026-03-02 09:00", "2026-03-02 09:15"),
    ],
)
def test_a_promise_falls_due_in_open_time(level: Level, received: str, due: str) -> None:

    assert due == deadline(received, level)


def test_holidays_are_no_business_days() -> None:
    hours = clinic(holidays="2026-11-26,2026-11-27")

    assert "2026-11-30 17:00" == deadline("2026-11-25 10:00", "priority", hours)
    assert "2026-11-30 10:00" == deadline("2026-11-26 10:00", "urgent", hours)
    assert not hours.is_open(local("2026-11-26 10:00"))
    assert hours.on(date(2026, 11, 26)) is None


def test_the_day_is_the_clinics_and_not_that_of_greenwich() -> None:
    received = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)  # still Monday evening in New York

    assert date(2026, 3, 3) == reply_deadline(received, "priority", clinic()).astimezone(ZONE).date()


def test_saturday_hours_count() -> None:
    hours = clinic(opening_hours="Mon-Fri 09:00-17:00, Sat 10:00-12:00")

    assert "2026-03-07 11:30" == deadline("2026-03-06 16:30", "urgent", hours)
    assert "2026-03-07 12:00" == deadline("2026-03-06 10:00", "priority", hours)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-03-06 20:00", "2026-03-09 13:00"),  # the clocks go forward on 8 March
        ("2026-10-30 20:00", "2026-11-02 14:00"),  # and back on 1 November
    ],
)
def test_opening_is_at_the_same_local_time_when_the_clocks_change(received: str, due: str) -> None:
    moment = reply_deadline(local(received), "emergency", clinic())

    assert datetime.fromisoformat(due).replace(minute=15, tzinfo=UTC) == moment


def test_open_time_is_real_time_when_the_clocks_change_within_it() -> None:
    hours = clinic(opening_hours="Mon-Sun 00:00-23:00")

    # 01:30 and two hours, of which one does not exist.
    assert "2026-03-08 04:30" == deadline("2026-03-08 01:30", "urgent", hours)


def test_opening_is_open_and_closing_is_closed() -> None:

    assert clinic().is_open(local("2026-03-02 09:00"))
    assert clinic().is_open(local("2026-03-02 16:59"))
    assert not clinic().is_open(local("2026-03-02 17:00"))
    assert not clinic().is_open(local("2026-03-07 12:00"))


@pytest.mark.parametrize("level", ["info", "routine", "priority", "urgent", "crisis", "emergency"])
def test_a_clinic_that_never_opens_still_promises_a_moment_to_come(level: Level) -> None:
    hours = OpeningHours(zone=ZONE, weekly={}, holidays=frozenset())
    received = local("2026-03-02 10:00")

    assert reply_deadline(received, level, hours) > received


@pytest.mark.parametrize("level", ["routine", "urgent"])
def test_a_naive_moment_is_refused(level: Level) -> None:
    with pytest.raises(ValueError, match="aware"):
        reply_deadline(datetime(2026, 3, 2, 10), level, clinic())  # noqa: DTZ001


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-03-02 10:00", "2026-03-03 17:00"),
        ("2026-03-02 00:00", "2026-03-03 17:00"),
        ("2026-03-06 23:59", "2026-03-09 17:00"),
        ("2026-03-08 12:00", "2026-03-09 17:00"),
    ],
)
def test_quarantine_is_looked_through_by_the_end_of_the_next_business_day(received: str, due: str) -> None:

    assert local(due) == review_deadline(local(received).astimezone(UTC), clinic())


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        ("2026-03-03 17:00", "2026-03-03 17:00"),
        ("2026-03-03 16:59", "2026-03-02 17:00"),
        ("2026-03-09 10:00", "2026-03-06 17:00"),
        ("2026-03-09 00:30", "2026-03-06 17:00"),
    ],
)
def test_the_last_closing_is_the_end_of_a_business_day_that_is_over(moment: str, closed: str) -> None:

    assert local(closed) == last_closing(local(moment).astimezone(UTC), clinic())


def test_of_a_clinic_that_never_opens_the_last_closing_is_midnight() -> None:
    never = OpeningHours(zone=ZONE, weekly={}, holidays=frozenset())

    assert local("2026-03-03 00:00") == last_closing(local("2026-03-03 10:00").astimezone(UTC), never)
