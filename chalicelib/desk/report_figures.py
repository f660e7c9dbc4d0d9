"""What the counters of a month say: tables, sentences and charts. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.desk.plain_words import level_in_words
from chalicelib.desk.time_words import span_in_words
from chalicelib.models.tally import DIRECT, OTHER, TELEPHONE
from chalicelib.models.time_buckets import BUCKETS, percentile
from chalicelib.models.vocabulary import LEVELS
from chalicelib.pages.charts import Chart, share_chart, span_chart, steps_chart
from chalicelib.pages.desk_reports import Report
from chalicelib.storage.tallies import MonthCounts
from chalicelib.wording.dates import weekday_in_words
from chalicelib.wording.texts import text

_ROUNDED = ((10, 1), (60, 5), (360, 15), (1_440, 60), (10_080, 360), (math.inf, 1_440))
"""Below so many minutes, to the nearest so many: no more precise than buckets are."""
_NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """One line of a report, with the counters it is made of."""

    label: str
    counts: Counter[str]

    @property
    def tried(self) -> int:
        """How many have had a first contact with a time."""
        return sum(self.counts[bucket] for bucket in BUCKETS)

    @property
    def decided(self) -> int:
        """Of how many it is known whether the target was met."""
        return self.counts["in_target"] + self.counts["late"] + self.counts["missed"]

    def within(self, share: float) -> float:
        """Minutes that this share of first contacts did not exceed; only where there are some."""
        found = percentile(self.counts, share)
        return math.inf if found is None else found


def reports_of(month: MonthCounts) -> tuple[Report, ...]:
    """The reports of a month; none when nothing was counted."""
    levels, days = month.of_kind("LEVEL"), month.of_kind("WEEKDAY")
    if not levels:
        return ()
    by_level = [Line(level_in_words(level), levels[level]) for level in reversed(LEVELS) if level in levels]
    by_day = [Line(weekday_in_words(int(day), "en"), days[day]) for day in sorted(days)]
    return (
        _contact_report("by_level", "level", by_level),
        _contact_report("by_weekday", "weekday", by_day),
        _target_report(by_level),
        _steps_report("by_source", "source", month.of_kind("SOURCE")),
        _steps_report("by_form", "form", month.of_kind("FORM")),
    )


def about(minutes: float) -> str:
    """A time from the histogram: `about 1 h 15 min`, `more than 30 days`."""
    return say("longer") if math.isinf(minutes) else say("about", span=_span(minutes))


def say(key: str, **values: str) -> str:
    """A text of the reports."""
    return text("en", f"desk_reports.{key}", **values)


def _contact_report(key: str, kind: str, lines: list[Line]) -> Report:
    everything = _together(lines)
    tried = [line for line in lines if line.tried]
    columns = tuple(say(f"column.{name}") for name in (kind, "tried", "half", "most", "share"))
    return Report(
        key, _contact_sentence(key, tried, everything), columns, _with_total(lines, _contact_row), _spans(key, tried)
    )


def _contact_row(line: Line) -> tuple[str, ...]:
    half, most = (_short(line.within(share)) if line.tried else _NOTHING for share in (0.5, 0.9))
    return line.label, str(line.tried), half, most, _percent(line.counts["in_target"], line.decided)


def _contact_sentence(key: str, tried: list[Line], everything: Line) -> str:
    if not tried:
        return say("nobody_tried")
    if key == "by_weekday":
        slowest = max(tried, key=lambda line: line.within(0.5))
        return say("slowest_day", day=slowest.label, half=about(slowest.within(0.5)))
    half, most = (about(everything.within(share)) for share in (0.5, 0.9))
    return say("first_tries", count=str(everything.tried), half=half, most=most)


def _spans(key: str, tried: list[Line]) -> Chart | None:
    rows = [(line.label, _spans_in_words(line), line.within(0.5), line.within(0.9)) for line in tried]
    return span_chart(say(f"chart.{key}"), rows) if rows else None


def _spans_in_words(line: Line) -> str:
    return " – ".join(_short(line.within(share)) for share in (0.5, 0.9))


def _target_report(lines: list[Line]) -> Report:
    everything = _together(lines)
    columns = tuple(
        say(f"column.{name}") for name in ("level", "share", "in_target", "late", "missed", "waiting", "untried")
    )
    decided = [line for line in lines if line.decided]
    rows = [(line.label, _of(line.counts["in_target"], line.decided), _share(line)) for line in decided]
    sentence = say("in_target", share=_of(everything.counts["in_target"], everything.decided))
    chart = share_chart(say("chart.target"), rows) if rows else None
    return Report(
        "target", sentence if rows else say("nothing_decided"), columns, _with_total(lines, _target_row), chart
    )


def _target_row(line: Line) -> tuple[str, ...]:
    names = ("in_target", "late", "missed", "waiting", "untried")
    share = _percent(line.counts["in_target"], line.decided)
    return line.label, share, *(str(line.counts[name]) for name in names)


def _share(line: Line) -> float:
    return line.counts["in_target"] / line.decided


def _steps_report(key: str, kind: str, found: Mapping[str, Counter[str]]) -> Report:
    most_first = sorted(found, key=lambda name: (name == OTHER, -found[name]["received"], name))
    lines = [Line(_name(name), found[name]) for name in most_first]
    columns = tuple(say(f"column.{name}") for name in (kind, "received", "reached", "booked"))
    steps = [(line.label, " → ".join(map(str, _steps(line))), _steps(line)) for line in lines]
    received, reached, booked = map(str, _steps(_together(lines)))
    sentence = say("steps", received=received, reached=reached, booked=booked)
    return Report(key, sentence, columns, _with_total(lines, _steps_row), steps_chart(say(f"chart.{key}"), steps))


def _steps_row(line: Line) -> tuple[str, ...]:
    received, reached, booked = _steps(line)
    return line.label, str(received), *(f"{count} ({_percent(count, received)})" for count in (reached, booked))


def _steps(line: Line) -> tuple[int, int, int]:
    return line.counts["received"], line.counts["reached"], line.counts["booked"]


def _name(name: str) -> str:
    return say(f"name.{name}") if name in (OTHER, DIRECT, TELEPHONE) else name


def _together(lines: list[Line]) -> Line:
    return Line(say("all"), sum((line.counts for line in lines), Counter()))


def _with_total(lines: list[Line], row_of: Callable[[Line], tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """A row for each line, and one for all when there are several."""
    return tuple(row_of(line) for line in ([*lines, _together(lines)] if len(lines) > 1 else lines))


def _percent(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)} %" if whole else _NOTHING


def _of(part: int, whole: int) -> str:
    return say("part_of", part=str(part), whole=str(whole), percent=_percent(part, whole))


def _short(minutes: float) -> str:
    """Where a heading or legend says that it is about so long."""
    return say("longer_short") if math.isinf(minutes) else _span(minutes)


def _span(minutes: float) -> str:
    step = next(step for below, step in _ROUNDED if minutes < below)
    return span_in_words(timedelta(minutes=max(1, round(minutes / step) * step)))
