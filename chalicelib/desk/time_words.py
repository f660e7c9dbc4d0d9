"""Spans of time, and what is left of them, in words that staff read at a glance."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def span_in_words(span: timedelta) -> str:
    """`under a minute`, `45 min`, `2 h 5 min`, `3 days`; never less than nothing."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < _MINUTE:
        return "under a minute"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return _two(seconds // _HOUR, "h", seconds % _HOUR // _MINUTE, "min")
    days = seconds // _DAY
    return _two(days, "day" if days == 1 else "days", seconds % _DAY // _HOUR, "h")


def _two(first: int, unit: str, second: int, smaller: str) -> str:
    return f"{first} {unit} {second} {smaller}" if second else f"{first} {unit}"


def time_left(due_at: datetime, next_try_at: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """By when somebody must act, as the queue and the page of an enquiry both say it: a next try at its own time, what
    is left of the target, or by how much that has passed."""
    if now > due_at:
        return text("en", "desk.queue_overdue", span=span_in_words(now - due_at))
    left = span_in_words(due_at - now)
    if next_try_at is None:
        return text("en", "desk.queue_left", span=left)
    if now >= next_try_at:
        return text("en", "desk.queue_try_due", span=left)
    return text("en", "desk.queue_try_later", moment=moment_in_words(next_try_at, "en", zone))
