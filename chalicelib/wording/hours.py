"""Opening hours in words: `Monday to Friday, 9:00 AM to 5:00 PM`."""

from __future__ import annotations

from datetime import time
from itertools import groupby

from chalicelib.models.opening_hours import OpeningHours
from chalicelib.models.vocabulary import Language
from chalicelib.wording.dates import clock_in_words, weekday_in_words
from chalicelib.wording.texts import text


def hours_in_words(hours: OpeningHours, language: Language) -> str:
    """The weekly hours, days with the same hours taken together. Holidays are not named."""
    spans = [_span(days, language) for days in _runs(hours)]
    return "; ".join(spans) if spans else text(language, "pages.hours.none")


def _runs(hours: OpeningHours) -> list[list[tuple[int, tuple[time, time]]]]:
    """Weekdays in a row with the same hours."""
    days = sorted(hours.weekly.items())
    # Within a row, weekday minus position is constant.
    keyed = [(day - place, span, (day, span)) for place, (day, span) in enumerate(days)]
    return [[item for _, _, item in run] for _, run in groupby(keyed, key=lambda entry: entry[:2])]


def _span(days: list[tuple[int, tuple[time, time]]], language: Language) -> str:
    first, last = days[0][0], days[-1][0]
    opens, closes = days[0][1]
    names = weekday_in_words(first, language)
    if first != last:
        names = text(language, "pages.hours.range", first=names, last=weekday_in_words(last, language))
    return text(
        language,
        "pages.hours.span",
        days=names,
        opens=clock_in_words(opens, language),
        closes=clock_in_words(closes, language),
    )
