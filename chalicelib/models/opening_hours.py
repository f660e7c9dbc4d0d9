"""The clinic's open time: when a promise made now falls due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from chalicelib.models.vocabulary import Level
from chalicelib.settings import DEFAULT_TARGETS, OpenHours, ResponseTarget, Settings

OUT_OF_HOURS_MINUTES: dict[Level, int] = {"urgent": 60}
"""An urgent enquiry that arrives while the clinic is closed is due within the first hour of the next opening, at the
latest. Source: clinical-evidence (a)."""
_REVIEW_BUSINESS_DAYS = 1
_HORIZON_DAYS = 366


class OpeningHours(BaseModel):
    """Weekly hours in the clinic's own time zone, less its holidays."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    zone: ZoneInfo
    weekly: dict[int, OpenHours]
    holidays: frozenset[date]

    def on(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of one local day as aware datetimes, None when closed all day."""
        hours = self.weekly.get(day.weekday())
        if hours is None or day in self.holidays:
            return None
        return self._at(day, hours[0]), self._at(day, hours[1])

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody is there at an aware moment."""
        today = self.on(moment.astimezone(self.zone).date())
        return today is not None and today[0] <= moment < today[1]

    def _at(self, day: date, clock: time) -> datetime:
        # Through UTC, so that arithmetic on the result counts real minutes across a change of the clocks.
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def opening_hours(settings: Settings) -> OpeningHours:
    """The hours of one stage."""
    return OpeningHours(
        zone=settings.clinic_time_zone, weekly=settings.opening_hours, holidays=frozenset(settings.holidays)
    )


def reply_deadline(
    received_at: datetime, level: Level, hours: OpeningHours, targets: Mapping[str, ResponseTarget] = DEFAULT_TARGETS
) -> datetime:
    """When a person at the clinic has answered at the latest, aware UTC. Raises ValueError if `received_at` is naive.
    A clinic without any open hour in the coming year gets elapsed days instead of open time."""
    if received_at.tzinfo is None:
        raise ValueError("received_at must be aware")
    target = targets[level]
    if target.business_days:
        return _end_of_business_day(received_at, target.business_days, hours)
    minutes = target.open_minutes
    if level in OUT_OF_HOURS_MINUTES and not hours.is_open(received_at):
        minutes = min(minutes, OUT_OF_HOURS_MINUTES[level])
    return add_open_time(received_at, timedelta(minutes=minutes), hours)


def review_deadline(received_at: datetime, hours: OpeningHours) -> datetime:
    """When staff have looked through an enquiry in quarantine at the latest: the end of the next business day, aware
    UTC."""
    return _end_of_business_day(received_at, _REVIEW_BUSINESS_DAYS, hours)


def last_closing(moment: datetime, hours: OpeningHours) -> datetime:
    """The latest end of a business day up to a moment, aware UTC; of a clinic without open hours, the beginning of
    the local day."""
    day = moment.astimezone(hours.zone).date()
    for offset in range(_HORIZON_DAYS):
        window = hours.on(day - timedelta(days=offset))
        if window is not None and window[1] <= moment:
            return window[1].astimezone(UTC)
    return datetime.combine(day, time.min, hours.zone).astimezone(UTC)


def add_open_time(moment: datetime, remaining: timedelta, hours: OpeningHours) -> datetime:
    """The moment after so much open time, aware UTC."""
    day = moment.astimezone(hours.zone).date()
    for offset in range(_HORIZON_DAYS):
        window = hours.on(day + timedelta(days=offset))
        if window is None or window[1] <= moment:
            continue
        start = max(moment, window[0])
        if remaining <= window[1] - start:
            return (start + remaining).astimezone(UTC)
        remaining -= window[1] - start
    return (moment + remaining).astimezone(UTC)


def _end_of_business_day(received_at: datetime, days: int, hours: OpeningHours) -> datetime:
    day = received_at.astimezone(hours.zone).date()
    for offset in range(1, _HORIZON_DAYS):
        window = hours.on(day + timedelta(days=offset))
        if window is None:
            continue
        days -= 1
        if days == 0:
            return window[1].astimezone(UTC)
    return (received_at + timedelta(days=days)).astimezone(UTC)
