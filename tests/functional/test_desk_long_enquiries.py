"""However much a person and staff have written, the page of an enquiry opens, is light, and all of it can be read."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.desk.page_weight import shortened, weight, within
from chalicelib.models.answers import Answers
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.pages.desk_enquiry import Happened
from chalicelib.storage.enquiries import save_enquiry
from chalicelib.storage.history import append_event
from chalicelib.triage.engine import triage
from tests.builders import a_contact, a_submission, an_acceptance, an_enquiry
from tests.desk_site import STAFF, DeskSite
from tests.functional.test_desk_enquiry import text_of
from tests.html_page import read_page
from tests.website import Answer

LIMIT = 100_000
LAMBDA_LIMIT = 6_000_000
NOTES = 100
FILLINGS = {"emoji": "😀", "quotes": '"', "words": "I want to kill myself and my leg is cold. "}


def filled(filling: str, length: int) -> str:
    return (filling * length)[:length]


def worst(context: AppContext, filling: str, notes: int = NOTES) -> str:
    """Everything as long as it may be stored; its path."""
    message = filled(filling, 10_000)
    others = {f"{number} {filled(filling, 990)}": (filled(filling, 1_000),) for number in range(40)}
    answers = Answers(message=message, other_answers=others)
    contact = a_contact(name=filled(filling, 300), best_time=filled(filling, 100))
    assessment = triage(answers)
    enquiry = an_enquiry(
        submission=a_submission(contact=contact, answers=answers),
        assessment=assessment,
        level=assessment.level,
        flags=assessment.flags,
    )
    save_enquiry(context.table, an_acceptance(enquiry))
    for number in range(notes):
        add_note(context, enquiry, f"{number:03d} {filled(filling, 9_990)} end {number:03d}")
    return f"/desk/enquiries/{enquiry.id}"


def add_note(context: AppContext, enquiry: Enquiry, words: str) -> None:
    event = HistoryEvent(kind="note", by=STAFF.user, at=context.clock(), facts={"text": words}, salt="0" * 32)
    append_event(context.table, enquiry.id, event)


def pages_of_the_history(site: DeskSite, path: str) -> list[Answer]:
    pages, following = [], f"{path}/history"
    while following:
        pages.append(site.get(following))
        link = re.search(r'rel="next" href="[^"]+(\?before=\d+)"', pages[-1].text)
        following = f"{path}/history{link[1]}" if link else ""
    return pages


@pytest.mark.parametrize("filling", FILLINGS)
def test_the_heaviest_enquiry_has_a_light_page_and_all_of_it_is_reachable(
    staff_site: DeskSite, context: AppContext, filling: str
) -> None:
    path = worst(context, FILLINGS[filling])
    page = staff_site.get(path)
    whole = staff_site.get(f"{path}/whole")
    text = html.unescape(whole.text)

    assert [200, 200] == [page.status, whole.status]
    assert len(page.text.encode()) <= LIMIT
    assert len(json.dumps(whole.text)) < LAMBDA_LIMIT / 2
    assert f'{path}/whole"' in page.text
    assert "(shortened here)" in page.text
    assert filled(FILLINGS[filling], 10_000).strip() in text
    assert all(f"{number} {filled(FILLINGS[filling], 990)}".strip() in text for number in range(40))


def test_a_history_of_long_notes_is_read_page_by_page(staff_site: DeskSite, context: AppContext) -> None:
    path = worst(context, "😀", notes=12)
    pages = pages_of_the_history(staff_site, path)
    together = "".join(page.text for page in pages)

    assert {200} == {page.status for page in pages}
    assert max(len(page.text.encode()) for page in pages) <= LIMIT
    assert [f"end {number:03d}" for number in reversed(range(12))] == re.findall(r"end \d{3}", together)
    assert 1 == together.count("Enquiry came in")
    assert 1 == together.count("Opened it")


def test_a_refused_act_keeps_what_was_typed_and_little_else(staff_site: DeskSite, context: AppContext) -> None:
    path = worst(context, "😀", notes=20)
    words = filled("😀", 10_000)
    answer = staff_site.post(f"{path}/note", {"note": words + "x", "version": "1", "seen": "1"})
    late = staff_site.post(f"{path}/reply", {"words": "x", "warned": "yes", "version": "0", "seen": "1"})

    assert [422, 409] == [answer.status, late.status]
    assert words in answer.text
    assert len(answer.text.encode()) <= LIMIT + len(words.encode())
    assert len(late.text.encode()) <= LIMIT


@pytest.mark.parametrize("filling", FILLINGS)
def test_a_note_that_is_too_long_comes_back_in_a_light_page(
    staff_site: DeskSite, context: AppContext, filling: str
) -> None:
    path, words = worst(context, FILLINGS[filling], notes=20), filled(FILLINGS[filling], 10_001)
    answer = staff_site.post(f"{path}/note", {"note": words, "version": "1", "seen": "1"})

    assert 422 == answer.status
    assert words.strip() in html.unescape(answer.text)
    assert len(answer.text.encode()) <= LIMIT
    assert f'{path}/whole"' in answer.text


def test_a_history_that_was_looked_at_for_years_costs_one_page(staff_site: DeskSite, context: AppContext) -> None:
    enquiry = an_enquiry()
    save_enquiry(context.table, an_acceptance(enquiry))
    add_note(context, enquiry, "The first note")
    for number in range(170):
        append_event(
            context.table, enquiry.id, HistoryEvent(kind="viewed", by=f"a{number}@b.example", at=context.clock())
        )
    shown = text_of(read_page(staff_site.get(f"/desk/enquiries/{enquiry.id}").text))
    history = pages_of_the_history(staff_site, f"/desk/enquiries/{enquiry.id}")

    assert "The whole history: 173 entries" in shown
    assert 2 == len(history)
    assert "The first note" in history[1].text


def test_what_is_short_is_shown_as_it_is(staff_site: DeskSite, context: AppContext) -> None:
    enquiry = an_enquiry(submission=a_submission(answers=Answers(message="a" * 10_000)))
    save_enquiry(context.table, an_acceptance(enquiry))
    page = staff_site.get(f"/desk/enquiries/{enquiry.id}").text

    assert "a" * 10_000 in page
    assert "(shortened here)" not in page


@pytest.mark.parametrize("before", ["", "0", "-1", "x", "1", "9999999", "9" * 40, "٣"])
def test_any_place_in_a_history_can_be_asked_for(staff_site: DeskSite, context: AppContext, before: str) -> None:
    enquiry = an_enquiry()
    save_enquiry(context.table, an_acceptance(enquiry))

    assert 200 == staff_site.get(f"/desk/enquiries/{enquiry.id}/history?before={before}").status
    assert 404 == staff_site.get(f"/desk/enquiries/unknown/history?before={before}").status


@pytest.mark.parametrize(("words", "most", "starts"), [("abc", 3, "abc"), ("abcd", 3, "abc …"), ("😀😀", 7, "😀 …")])
def test_a_text_is_cut_where_it_no_longer_fits(words: str, most: int, starts: str) -> None:

    assert shortened(words, most).startswith(starts)
    assert (weight(words) <= most) == (shortened(words, most) == words)


def test_one_entry_is_always_shown() -> None:
    entry: dict[str, Any] = {"iso": "", "when": "", "by": "ann", "what": "Note"}
    entries = [Happened(**entry, details=("x" * 5_000,)) for _ in range(3)]

    assert 1 == len(within(entries, 100, 10_000))
    assert 2 == len(within(entries, 10_700, 10_000))
