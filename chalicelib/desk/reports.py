"""Reports of a month: how fast people are contacted, and what becomes of them, from counters that are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from chalicelib.desk.report_figures import reports_of
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.pages.desk_reports import MonthChoice, ReportsPage, reports_reply
from chalicelib.storage.tallies import load_counted, load_month
from chalicelib.web import Reply
from chalicelib.wording.dates import moment_in_words, month_in_words
from chalicelib.wording.texts import text

MONTHS_OFFERED = 24
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def show_reports(desk: DeskRequest) -> Reply:
    """The reports of the month that was asked for, else of this month."""
    today = desk.context.clock().astimezone(desk.context.hours.zone).date()
    typed = desk.request.query.get("month", f"{today:%Y-%m}")
    if not _MONTH.fullmatch(typed):
        page = ReportsPage("", _choices(today, None), "", problem=text("en", "desk_reports.which_month"))
        return reports_reply(shell_of(desk), page, 422)
    month = date.fromisoformat(f"{typed}-01")
    reports = reports_of(load_month(desk.context.table, typed))
    page = ReportsPage(month_in_words(month, "en"), _choices(today, month), _as_of(desk), reports)
    return reports_reply(shell_of(desk), page)


def _as_of(desk: DeskRequest) -> str:
    counted_at = load_counted(desk.context.table)
    if counted_at is None:
        return text("en", "desk_reports.not_counted")
    return text("en", "desk_reports.as_of", moment=moment_in_words(counted_at, "en", desk.context.hours.zone))


def _choices(today: date, chosen: date | None) -> tuple[MonthChoice, ...]:
    """The last two years, latest first; a month outside them that was asked for stands at its end."""
    offered = list(_back_from(today))
    if chosen and chosen not in offered:
        offered.append(chosen)
    return tuple(MonthChoice(f"{month:%Y-%m}", month_in_words(month, "en"), month == chosen) for month in offered)


def _back_from(today: date) -> Iterable[date]:
    last = today.year * 12 + today.month - 1
    return (date(number // 12, number % 12 + 1, 1) for number in range(last, last - MONTHS_OFFERED, -1))
