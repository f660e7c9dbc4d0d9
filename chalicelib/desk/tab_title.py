"""The title of a tab of the queue: how much waits, whatever list or page it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.models.queue_order import GROUPS, Group
from chalicelib.models.response_clock import DANGER
from chalicelib.models.vocabulary import Level
from chalicelib.storage.listings import overdue_count, waiting_count
from chalicelib.storage.table import Table
from chalicelib.wording.texts import text

COUNTED_TO = 99


@dataclass(frozen=True)
class Shown:
    """Group and level of the rows that begin the whole queue, in its order; `whole`: none follow."""

    rows: Sequence[tuple[Group, Level]]
    whole: bool

    def count(self, group: Group) -> int | None:
        """How many of a group there are; None when more of it may follow."""
        is_over = self.whole or GROUPS.index(self.rows[-1][0]) > GROUPS.index(group)
        return sum(each == group for each, _ in self.rows) if is_over else None

    def in_danger(self) -> int | None:
        """How many wait in danger and are not overdue yet; None when more of them may follow."""
        danger_is_over = self.rows[-1:] and self.rows[-1][0] == "waiting" and self.rows[-1][1] not in DANGER
        if not danger_is_over and self.count("waiting") is None:
            return None
        return sum(group == "waiting" and level in DANGER for group, level in self.rows)


def tab_title(table: Table, now: datetime, shown: Shown | None, unreviewed: int) -> str:
    """What waits, in few letters: `(3 overdue) Queue`. Who is in danger is named beside them: they are to be reached
    before they are overdue. Quarantine is named where no person is known to wait. Only what the rows do not tell is
    counted in the table; `shown` is None for every other list and page."""
    title = text("en", "desk.queue_title")
    overdue = shown.count("overdue") if shown else None
    if overdue is None:
        overdue = overdue_count(table, now, COUNTED_TO + 1)
    if overdue:
        return _overdue(table, now, shown, counted(overdue))
    waiting = shown.count("waiting") if shown else None
    if waiting is None:
        waiting = waiting_count(table, now, COUNTED_TO + 1)
    if waiting:
        return text("en", "desk.queue_tab_waiting", count=counted(waiting), title=title)
    return text("en", "desk.queue_tab_review", count=counted(unreviewed), title=title) if unreviewed else title


def _overdue(table: Table, now: datetime, shown: Shown | None, overdue: str) -> str:
    title = text("en", "desk.queue_title")
    danger = shown.in_danger() if shown else None
    if danger is None:
        danger = waiting_count(table, now, COUNTED_TO + 1, DANGER)
    if danger:
        return text("en", "desk.queue_tab_danger", count=counted(danger), overdue=overdue, title=title)
    return text("en", "desk.queue_tab_overdue", count=overdue, title=title)


def counted(number: int) -> str:
    """A number, or `99+`."""
    return f"{COUNTED_TO}+" if number > COUNTED_TO else str(number)
