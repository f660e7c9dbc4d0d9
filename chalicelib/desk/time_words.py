"""Spans of time in words, as staff read them at a glance."""

from __future__ import annotations

from datetime import timedelta

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
