"""The reports page: what it says of a month, for everybody at the desk."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk import acts
from chalicelib.desk.report_figures import about
from chalicelib.models.submission import Attribution
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.storage.tallies import load_month
from tests.builders import RECEIVED_AT, a_submission
from tests.conftest import SettableClock
from tests.desk_site import STAFF, DeskSite, signed_in
from tests.functional.test_report_counts import act, attempt, store
from tests.html_page import read_page
from tests.website import Answer

PATH = "/desk/reports"


def said(answer: Answer) -> str:
    return " ".join(read_page(answer.text).one("main").text.split())


def table(answer: Answer, report: str) -> list[list[str]]:
    """The cells of a report's table, row by row."""
    section = answer.text.split(f'<h2 id="{report}">')[1].split("</section>")[0]
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", section)]


def a_busy_month(context: AppContext, clock: SettableClock) -> None:
    """Two routine enquiries by newsletter, one tried in time and booked, one missed; an urgent one tried late."""
    letter = a_submission(form="contact", attribution=Attribution(utm={"utm_source": "newsletter"}))
    first = store(context, 1, submission=letter)
    store(context, 2, submission=letter, contact_by=RECEIVED_AT + timedelta(hours=5))
    urgent = store(context, 3, level="urgent", contact_by=RECEIVED_AT + timedelta(hours=2))
    clock.advance(minutes=50)
    act(context, first, acts.log_attempt, attempt("reached"))
    clock.advance(hours=3)
    act(context, urgent, acts.log_attempt, attempt("no_answer"))
    act(context, first, acts.close, "booked", "")
    clock.advance(hours=3)
    count_for_reports(context)


@pytest.mark.usefixtures("site")
def test_the_page_has_every_figure_of_the_month(context: AppContext, clock: SettableClock) -> None:
    a_busy_month(context, clock)
    answer = signed_in(app_module, context, STAFF).get(PATH)

    assert 200 == answer.status
    assert [
        ["Level", "Tried", "Half within about", "9 of 10 within about", "In target"],
        ["Urgent", "1", "3 h 30 min", "4 h", "0 %"],
        ["Routine", "1", "50 min", "1 h", "50 %"],
        ["All", "2", "1 h", "3 h 45 min", "33 %"],
    ] == table(answer, "by_level")
    assert ["Monday", "2"] == table(answer, "by_weekday")[1][:2]
    assert [
        ["Urgent", "0 %", "0", "1", "0", "0", "0"],
        ["Routine", "50 %", "1", "0", "1", "0", "0"],
        ["All", "33 %", "1", "1", "1", "0", "0"],
    ] == table(answer, "target")[1:]
    assert [
        ["Source", "Received", "Reached", "Booked"],
        ["newsletter", "2", "1 (50 %)", "1 (50 %)"],
        ["direct, or not known", "1", "0 (0 %)", "0 (0 %)"],
        ["All", "3", "1 (33 %)", "1 (33 %)"],
    ] == table(answer, "by_source")
    assert ["contact", "homepage", "All"] == [row[0] for row in table(answer, "by_form")[1:]]
    assert "First tries: 2. Half of them came within about 1 h, nine of ten within about 3 h 45 min." in said(answer)
    assert "Tried within the target: 1 of 3 (33 %)." in said(answer)


@pytest.mark.usefixtures("site")
def test_each_report_has_a_chart_that_needs_no_style_of_its_own(context: AppContext, clock: SettableClock) -> None:
    a_busy_month(context, clock)
    answer = signed_in(app_module, context, STAFF).get(PATH)
    titles = re.findall(r'<title id="(chart-\w+)">[^<]+</title>', answer.text)

    assert ["chart-by_level", "chart-by_weekday", "chart-target", "chart-by_source", "chart-by_form"] == titles
    assert titles == re.findall(r'role="img" aria-labelledby="([\w-]+)"', answer.text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", answer.text)
    assert len(answer.text) < 40_000


def test_the_page_says_up_to_when_it_counts_and_that_it_does_not_know_yet(
    staff_site: DeskSite, context: AppContext
) -> None:
    assert "Nothing has been counted yet." in said(staff_site.get(PATH))

    count_for_reports(context)
    page = said(staff_site.get(PATH))

    assert "Counted up to Monday, March 2, 10:00 AM." in page
    assert "No enquiry that came in during March 2026 has been counted." in page


def test_another_month_can_be_asked_for(staff_site: DeskSite, context: AppContext) -> None:
    store(context, received_at=RECEIVED_AT - timedelta(days=20))
    count_for_reports(context)

    assert "came in during March 2026 has been" in said(staff_site.get(PATH))
    assert "Received: 1. Reached: 0. Booked: 0." in said(staff_site.get(f"{PATH}?month=2026-02"))


def test_the_chooser_offers_two_years_and_what_was_asked_for(staff_site: DeskSite) -> None:
    offered = re.findall(r'<option value="([\d-]+)"( selected)?>([^<]+)<', staff_site.get(PATH).text)

    assert ("2026-03", " selected", "March 2026") == offered[0]
    assert ("2024-04", "", "April 2024") == offered[-1]
    assert 24 == len(offered)

    asked = re.findall(r'value="([\d-]+)" selected', staff_site.get(f"{PATH}?month=2020-01").text)

    assert ["2020-01"] == asked


@pytest.mark.parametrize("month", ["", "2026-13", "2026-3", "1026-03", "2026-03-01", "<b>", "２０２６-03"])
def test_what_is_no_month_is_told_and_the_form_stays(staff_site: DeskSite, month: str) -> None:
    answer = staff_site.get(f"{PATH}?month={month}")

    assert 422 == answer.status
    assert "Choose a month, such as 2026-11." in said(answer)
    assert "<b>" not in answer.text
    assert 24 == answer.text.count("<option ")


def test_everybody_finds_the_reports_in_the_menu(staff_site: DeskSite, manager_site: DeskSite) -> None:
    for browser in (staff_site, manager_site):
        assert '/desk/reports">Reports</a>' in browser.get(PATH).text


def test_before_anybody_was_tried_there_is_nothing_to_draw(staff_site: DeskSite, context: AppContext) -> None:
    store(context)
    count_for_reports(context)
    answer = staff_site.get(PATH)

    assert 2 == said(answer).count("Nobody has been tried yet.")
    assert "Nothing is decided yet" in said(answer)
    assert ["Routine", "0", "–", "–", "–"] == table(answer, "by_level")[1]
    assert 2 == answer.text.count("<svg ")


def test_names_that_visitors_make_up_are_shown_as_text(staff_site: DeskSite, context: AppContext) -> None:
    wrote: Any = a_submission(form="x" * 40, attribution=Attribution(utm={"utm_source": "<script>"}))
    store(context, submission=wrote)
    count_for_reports(context)
    answer = staff_site.get(PATH)

    assert "<script>" not in answer.text
    assert f">{'x' * 21}…<" in answer.text
    assert ["direct"] == list(load_month(context.table, "2026-03").of_kind("SOURCE"))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.2, "about 1 min"),
        (7.6, "about 8 min"),
        (37, "about 35 min"),
        (59, "about 1 h"),
        (100, "about 1 h 45 min"),
        (400, "about 7 h"),
        (2_000, "about 1 day 12 h"),
        (20_000, "about 14 days"),
        (float("inf"), "more than 30 days"),
    ],
)
def test_times_are_no_more_exact_than_they_are(minutes: float, words: str) -> None:
    assert words == about(minutes)
