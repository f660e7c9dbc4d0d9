"""What the queue and the results of a search show: plain values, one row for each enquiry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.models.vocabulary import Level
from chalicelib.pages.desk_page import DeskShell, desk_reply, rendered
from chalicelib.web import Reply
from chalicelib.wording.texts import text

ICONS: dict[Level, str] = {
    "emergency": "▲",
    "crisis": "◆",
    "urgent": "■",
    "priority": "●",
    "routine": "○",
    "info": "–",
}
"""A shape for each level, so that nobody has to tell colours apart."""


@dataclass(frozen=True)
class QueueRow:
    """One enquiry in words. `time` is what is left, or by how much it is overdue."""

    id: str
    reference: str
    level: Level
    level_word: str
    group: str
    time: str
    age: str
    status: str
    owner: str = ""
    is_mine: bool = False
    flags: tuple[str, ...] = ()
    attempts: int = 0

    @property
    def icon(self) -> str:
        """The shape of its level."""
        return ICONS[self.level]

    @property
    def spoken(self) -> str:
        """How it is announced."""
        return f"{self.level_word} {self.reference}"


@dataclass(frozen=True)
class RowGroup:
    """Rows below one heading."""

    key: str
    heading: str
    rows: tuple[QueueRow, ...]


@dataclass(frozen=True)
class Choice:
    """One option of a filter."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True)
class Pill:
    """A link to a list that is often wanted; `count` stands behind its words."""

    href: str
    words: str
    here: bool
    count: str = ""
    key: str = ""


@dataclass(frozen=True)
class QueueView:
    """A page of the queue. `poll_url` is empty where nothing is loaded anew; `notice` and `ended` name texts."""

    tab: str
    groups: tuple[RowGroup, ...]
    pills: tuple[Pill, ...]
    filters: tuple[tuple[str, tuple[Choice, ...]], ...]
    checks: tuple[tuple[str, bool], ...]
    is_filtered: bool
    next_url: str = ""
    poll_url: str = ""
    notice: str = ""
    ended: str = ""


@dataclass(frozen=True)
class ResultRow:
    """One enquiry that search has found."""

    id: str
    reference: str
    name: str
    level: Level
    level_word: str
    status: str
    received: str

    @property
    def icon(self) -> str:
        """The shape of its level."""
        return ICONS[self.level]


def queue_reply(shell: DeskShell, view: QueueView) -> Reply:
    """The page of the queue."""
    return desk_reply(shell, "desk/queue.html", text("en", "desk.queue_title"), view=view)


def queue_rows(shell: DeskShell, view: QueueView) -> str:
    """The list alone, as it stands in the page."""
    return rendered("desk/queue_rows.html", shell=shell, view=view)


def search_reply(
    shell: DeskShell, *, typed: str = "", message: str = "", rows: Sequence[ResultRow] | None = None, more: bool = False
) -> Reply:
    """The page of the search; without `rows` nothing has been looked for."""
    title = text("en", "desk.search_title")
    return desk_reply(shell, "desk/search.html", title, typed=typed, message=message, rows=rows, more=more)
