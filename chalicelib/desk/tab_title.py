"""The title of a tab of the queue: how much waits, whatever list or page it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.models.queue_order import GROUPS, Group
from chalicelib.storage.listings import overdue_count, waiting_count
from chalicelib.storage.table import Table
from chalicelib.wording.texts import text

COUNTED_TO = 99


@dataclass(frozen=True)
class Shown:
    """Groups of the rows that begin the whole queue, in its order; `whole`: none follow."""

    groups: Sequence[Group]
    whole: bool

    def count(self, group: Group) -> int | None:
        """How many of a group there are; None when more of it may follow."""
        is_over = self.whole or GROUPS.index(self.groups[-1]) > GROUPS.index(group)
        return self.groups.count(group) if is_over else None


def tab_title(table: Table, now: datetime, shown: Shown | None, unreviewed: int) -> str:
    """What waits, in few letters: `(3 overdue) Queue`. Quarantine is named where no person is known to wait. Only what
    the rows do not tell is counted in the table; `shown` is None for every other list and page."""
    title = text("en", "desk.queue_title")
    overdue = shown.count("overdue") if shown else None
    if overdue is None:
        overdue = overdue_count(table, now, COUNTED_TO + 1)
    if overdue:
        return text("en", "desk.queue_tab_overdue", count=counted(overdue), title=title)
    waiting = shown.count("waiting") if shown else None
    if waiting is None:
        waiting = waiting_count(table, now, COUNTED_TO + 1)
    if waiting:
        return text("en", "desk.queue_tab_waiting", count=counted(waiting), title=title)
    return text("en", "desk.queue_tab_review", count=counted(unreviewed), title=title) if unreviewed else title


def counted(number: int) -> str:
    """A number, or `99+`."""
    return f"{COUNTED_TO}+" if number > COUNTED_TO else str(number)
