"""Small charts, drawn as SVG without a style attribute: places across are shares of the width, so that text keeps its
size on every screen. Each repeats what a table beside it says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FIRST, _LAST = 1, 43_200
"""The scale of times in minutes: a minute to 30 days."""
TICKS: tuple[tuple[int, str], ...] = ((5, "5 min"), (60, "1 h"), (1_440, "1 day"), (_LAST, "30 days"))
MOST_ROWS = 10
_LONGEST_LABEL = 22
_TEXT, _LANE, _ROW, _AXIS = 16, 24, 52, 24
"""Pixels down: the baseline of a row's words, where its marks begin, its height, and room for the scale."""


@dataclass(frozen=True)
class Mark:
    """A bar, or with `dot` a circle at `left`; the class says what it means."""

    meaning: str
    left: str
    width: str
    top: int
    height: int
    dot: bool = False


@dataclass(frozen=True)
class ChartRow:
    """What one row says and shows; `top` is the baseline of its words."""

    label: str
    words: str
    top: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Chart:
    """A chart; `ticks` are places across with their labels."""

    title: str
    rows: tuple[ChartRow, ...]
    height: int
    ticks: tuple[tuple[str, str], ...] = ()


def span_chart(title: str, rows: Iterable[tuple[str, str, float, float]]) -> Chart:
    """Label, words, and two times in minutes: a dot at the first, a line to the second, each hour less wide than the
    one before."""
    drawn = [(label, words, _span_marks(half, most)) for label, words, half, most in rows]
    return _chart(title, drawn, tuple((_percent(_place(minutes)), label) for minutes, label in TICKS))


def share_chart(title: str, rows: Iterable[tuple[str, str, float]]) -> Chart:
    """Label, words and a share, 0 to 1."""
    return _chart(title, [(label, words, _share_marks(share)) for label, words, share in rows])


def steps_chart(title: str, rows: Sequence[tuple[str, str, tuple[int, int, int]]]) -> Chart:
    """Label, words, and how many were received, reached and booked, below one another."""
    most = max((counts[0] for _, _, counts in rows), default=0)
    return _chart(title, [(label, words, _step_marks(counts, most)) for label, words, counts in rows])


def _chart(
    title: str, rows: Sequence[tuple[str, str, tuple[Mark, ...]]], ticks: tuple[tuple[str, str], ...] = ()
) -> Chart:
    drawn = tuple(
        ChartRow(_short(label), words, place * _ROW + _TEXT, tuple(_moved(mark, place * _ROW) for mark in marks))
        for place, (label, words, marks) in enumerate(rows[:MOST_ROWS])
    )
    return Chart(title, drawn, len(drawn) * _ROW + (_AXIS if ticks else 0), ticks)


def _span_marks(half: float, most: float) -> tuple[Mark, ...]:
    left, right = _place(half), _place(most)
    return (
        Mark("most", _percent(left), _percent(right - left), _LANE + 6, 4),
        Mark("most", _percent(right), "3", _LANE, 16),
        Mark("half", _percent(left), "7", _LANE + 8, 0, dot=True),
    )


def _share_marks(share: float) -> tuple[Mark, ...]:
    return Mark("whole", "0%", "100%", _LANE, 14), Mark("part", "0%", _percent(share), _LANE, 14)


def _step_marks(counts: tuple[int, int, int], most: int) -> tuple[Mark, ...]:
    names = ("received", "reached", "booked")
    return tuple(
        Mark(name, "0%", _percent(count / most), _LANE + place * 7, 5)
        for place, (name, count) in enumerate(zip(names, counts, strict=True))
        if count > 0
    )


def _place(minutes: float) -> float:
    """Where a time stands on the scale, 0 to 1."""
    inside = min(max(minutes, _FIRST), _LAST)
    return math.log(inside / _FIRST) / math.log(_LAST / _FIRST)


def _percent(share: float) -> str:
    return f"{share * 100:.4g}%"


def _moved(mark: Mark, down: int) -> Mark:
    return Mark(mark.meaning, mark.left, mark.width, mark.top + down, mark.height, mark.dot)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
