"""How the reports of a month look: for each what it means, a sentence, a chart, and the table with every number."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.pages.charts import Chart
from chalicelib.pages.desk_page import DeskShell, desk_reply
from chalicelib.web import Reply
from chalicelib.wording.texts import text


@dataclass(frozen=True)
class Report:
    """One report; `key` names its texts. Without anything to draw there is no chart."""

    key: str
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    chart: Chart | None = None


@dataclass(frozen=True)
class MonthChoice:
    """One month of the chooser, `2026-11`, and in words."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True)
class ReportsPage:
    """The month in words, what can be chosen, up to when all is counted, and the reports: none of an empty month."""

    month: str
    choices: tuple[MonthChoice, ...]
    as_of: str
    reports: tuple[Report, ...] = ()
    problem: str = ""


def reports_reply(shell: DeskShell, page: ReportsPage, status: int = 200) -> Reply:
    """The page of one month."""
    return desk_reply(shell, "desk/reports.html", text("en", "desk_reports.title"), status=status, page=page)
