"""Dates and times in words, as people in the United States say them in English and Spanish. Needs no system locale."""

from __future__ import annotations

from datetime import datetime
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
    weekday, month = _WEEKDAYS[language][local.weekday()], _MONTHS[language][local.month - 1]
    hour, minute = local.hour % 12 or 12, f"{local.minute:02d}"
    if language == "es":
        return f"{weekday} {local.day} de {month}, {hour}:{minute} {'a. m.' if local.hour < 12 else 'p. m.'}"
    return f"{weekday}, {month} {local.day}, {hour}:{minute} {'AM' if local.hour < 12 else 'PM'}"
