"""Dates and times in words, as people in the United States say them in English and Spanish. Needs no system locale."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from chalicelib.models.vocabulary import Language

_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS: dict[Language, tuple[str, ...]] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December"), "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
    "septiembre", "octubre", "noviembre", "diciembre"), }  # fmt: skip


def moment_in_words(moment: datetime, language: Language, zone: ZoneInfo) -> str:
    """`Tuesday, November 24, 5:00 PM` or `martes 24 de noviembre, 5:00 p. m.`, in the clinic's zone."""
    local = moment.astimezone(zone)
    weekday, month = weekday_in_words(local.weekday(), language), _MONTHS[language][local.month - 1]
    clock = clock_in_words(local.time(), language)
    if language == "es":
        return f"{weekday} {local.day} de {month}, {clock}"
    return f"{weekday}, {month} {local.day}, {clock}"


def month_in_words(day: date, language: Language) -> str:
    """`November 2026` or `noviembre de 2026`."""
    between = " de " if language == "es" else " "
    return f"{_MONTHS[language][day.month - 1]}{between}{day.year}"


def weekday_in_words(weekday: int, language: Language) -> str:
    """The name of a day of the week; Monday is 0."""
    return _WEEKDAYS[language][weekday]


def clock_in_words(clock: time, language: Language) -> str:
    """`5:00 PM` or `5:00 p. m.`."""
    morning, afternoon = ("a. m.", "p. m.") if language == "es" else ("AM", "PM")
    return f"{clock.hour % 12 or 12}:{clock.minute:02d} {morning if clock.hour < 12 else afternoon}"
