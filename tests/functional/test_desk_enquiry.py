"""The page of one enquiry tells staff all that is known of it, and whoever opens it stands in its history."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.storage.enquiries import load_enquiry, save_enquiry
from chalicelib.storage.history import append_event, history_of, verify_history
from chalicelib.storage.outbox import claim, mark_failed
from tests.builders import ENQUIRY_ID, an_acceptance, an_enquiry
from tests.conftest import SettableClock
from tests.desk_site import DeskSite
from tests.functional.conftest import Stored
from tests.html_page import HtmlPage, read_page
from tests.website import Website

WRITTEN = {
    "name": "Ann Example",
    "email": "ann@mail.example",
    "phone": "(202) 555-0123",
    "best_time": "after school, 3-ish",
    "urgent_signs": ["cold_limb"],
    "self_harm": "thoughts_safe",
    "interpreter": "yes",
    "leave_message": "no",
    "peg_pain": "8",
    "health_conditions": ["liver"],
    "message": "I cannot take it any more. I want to kill myself. My leg is cold.",
}
HOSTILE = '<script>alert("x")</script><b>'


def post(site: Website, **fields: Any) -> str:
    answer = site.post_json("/enquiries", {**WRITTEN, **fields})
    return str(answer.json()["id"])


def open_page(desk: DeskSite, enquiry_id: str) -> HtmlPage:
    answer = desk.get(f"/desk/enquiries/{enquiry_id}")

    assert 200 == answer.status
    return read_page(answer.text)


def text_of(page: HtmlPage) -> str:
    return " ".join(page.one("main").text.split())


def kinds(context: AppContext, enquiry_id: str) -> list[tuple[str, str]]:
    return [(link.kind, link.by) for link in history_of(context.table, enquiry_id)]


def test_what_was_asked_and_answered_is_in_plain_words(site: Website, staff_site: DeskSite) -> None:
    shown = text_of(open_page(staff_site, post(site)))

    for words in (
        "Is any of this new or suddenly worse in the last 7 days?",
        "An arm or leg that has suddenly become cold",
        "I have had thoughts, but I feel safe right now",
        "8 of 10",
        "My leg is cold.",
        "Ann Example",
    ):
        assert words in shown
    assert "cold_limb" not in shown
    assert "thoughts_safe" not in shown


def test_level_has_every_reason_and_marks_the_words_that_fired(site: Website, staff_site: DeskSite) -> None:
    page = open_page(staff_site, post(site))
    marked = [element.text for element in page.all("mark")]

    assert "kill myself" in marked
    assert {"I want to kill myself", "I cannot take it any more"} <= {
        part.strip() for element in page.all("li") for part in [element.text.partition(":")[2]] if element.text
    }
    assert "Sudden limb change: circulation emergency possible" in text_of(page)
    assert "Emergency" in page.all("span", class_="badge level-emergency")[0].text


def test_flags_wishes_and_consent_are_said(site: Website, staff_site: DeskSite) -> None:
    shown = text_of(open_page(staff_site, post(site)))

    for words in (
        "Interpreter wanted",
        "Leave no voice message",
        "Do not leave a voice message",
        "after school, 3-ish",
        "Review first: severe liver disease",
        "Ask on the call",
        "Call 911 now",
    ):
        assert words in shown


def test_the_telephone_is_a_link_and_can_be_copied(site: Website, staff_site: DeskSite) -> None:
    page = open_page(staff_site, post(site))

    assert "tel:+12025550123" in [link.attributes["href"] for link in page.all("a", class_="button main")]
    assert ["+12025550123", "ann@mail.example"] == [
        element.attributes["data-copy"] for element in page.all("button") if "data-copy" in element.attributes
    ]


def test_the_summary_holds_the_whole_enquiry(site: Website, staff_site: DeskSite) -> None:
    summary = open_page(staff_site, post(site)).one("textarea", id="summary-text").text

    for words in ("Ann Example", "+12025550123", "Level: Emergency", "kill myself", "8 of 10", "after school"):
        assert words in summary


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"message": "", "urgent_signs": ["none"], "self_harm": "may_act"}, True),
        ({"message": "", "urgent_signs": ["none"], "self_harm": "unsaid"}, True),
        ({"message": "", "urgent_signs": ["overdose"], "self_harm": "no"}, True),
        ({"message": "", "urgent_signs": ["cold_limb"], "self_harm": "no"}, False),
        ({"message": "Prices please", "urgent_signs": ["none"], "self_harm": "no", "peg_pain": "2"}, False),
    ],
)
def test_the_call_back_script_stands_where_it_applies(
    site: Website, staff_site: DeskSite, fields: dict[str, Any], shown: bool
) -> None:
    text = text_of(open_page(staff_site, post(site, **fields)))

    assert shown is ("Not signed off by the clinic. Not a validated instrument" in text)
    assert shown is ("C-SSRS" in text)


def test_each_message_says_what_became_of_it(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site)
    row = claim(context.table, enquiry_id, "staff_alert", clock())
    assert row is not None
    mark_failed(context.table, row, "MessageRejected", clock())
    shown = text_of(open_page(staff_site, enquiry_id))

    assert "Mail to staff: ✕ Failed: could not be sent, Monday, March 2, 10:00 AM" in shown
    assert "Mail to the person: Waiting to be sent" in shown


def test_earlier_enquiries_of_the_same_person_are_linked(
    site: Website, staff_site: DeskSite, clock: SettableClock
) -> None:
    first = post(site)
    clock.advance(minutes=3)
    page = open_page(staff_site, post(site, message="another one"))

    assert [first] == [
        element.attributes["href"].rpartition("/")[2]
        for element in page.all("a", class_="tall")
        if re.search(r"/enquiries/[^/]+$", element.attributes["href"]) and not element.text.startswith("Load")
    ]


def test_opening_it_is_in_the_history_once_while_it_stays_open(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site)
    for desk in (staff_site, staff_site, manager_site):
        open_page(desk, enquiry_id)
    clock.advance(seconds=90)
    staff_site.get(f"/desk/enquiries/{enquiry_id}/state")
    clock.advance(seconds=90)
    open_page(staff_site, enquiry_id)
    open_page(manager_site, enquiry_id)

    assert [
        ("received", "visitor"),
        ("viewed", "staff@example.com"),
        ("viewed", "manager@example.com"),
        ("viewed", "manager@example.com"),
    ] == kinds(context, enquiry_id)
    assert 1 == load_enquiry(context.table, enquiry_id).version
    assert verify_history(context.table, enquiry_id) is None


def test_whoever_else_has_it_open_is_named(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, clock: SettableClock
) -> None:
    enquiry_id = post(site)
    open_page(manager_site, enquiry_id)
    shown = text_of(open_page(staff_site, enquiry_id))
    state = staff_site.get(f"/desk/enquiries/{enquiry_id}/state").json()
    clock.advance(minutes=3)
    later = staff_site.get(f"/desk/enquiries/{enquiry_id}/state").json()

    assert "Also open here: manager@example.com" in shown
    assert {"version": 1, "viewers": "Also open here: manager@example.com"} == state
    assert {"version": 1, "viewers": ""} == later


def test_a_long_history_stays_short_on_the_page(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    enquiry_id = post(site)
    for number in range(110):
        event = HistoryEvent(
            kind="note", by="staff@example.com", at=context.clock(), facts={"text": f"Note {number}."}, salt="salt"
        )
        append_event(context.table, enquiry_id, event)
    shown = text_of(open_page(staff_site, enquiry_id))

    assert "The whole history: 112 entries" in shown
    assert "Note 109." in shown
    assert "Note 9." not in shown


def test_html_in_every_field_is_shown_as_text(site: Website, staff_site: DeskSite) -> None:
    enquiry_id = post(site, name=HOSTILE, best_time=HOSTILE, message=HOSTILE, **{HOSTILE: HOSTILE, "page_url": HOSTILE})
    staff_site.post(f"/desk/enquiries/{enquiry_id}/note", {"note": HOSTILE, "version": "1"})
    answer = staff_site.get(f"/desk/enquiries/{enquiry_id}")

    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text
    assert HOSTILE in read_page(answer.text).one("main").text


@pytest.mark.parametrize("key", ["nothing", "00000000-0000-4000-8000-000000000000", "a%23b", "x" * 3000, "%3Cb%3E"])
@pytest.mark.parametrize("end", ["", "/state"])
def test_an_unknown_enquiry_is_not_found(staff_site: DeskSite, key: str, end: str) -> None:

    assert 404 == staff_site.get(f"/desk/enquiries/{key}{end}").status


def test_a_test_enquiry_is_shown_to_nobody(staff_site: DeskSite, context: AppContext, stored: Stored) -> None:
    save_enquiry(context.table, an_acceptance(an_enquiry(is_test=True)))

    assert 404 == staff_site.get(f"/desk/enquiries/{ENQUIRY_ID}").status
    assert [] == stored.items("VIEWING#")


def test_the_page_is_small(site: Website, staff_site: DeskSite) -> None:
    enquiry_id = post(site, message="A long story. " * 700)

    assert len(staff_site.get(f"/desk/enquiries/{enquiry_id}").text.encode()) < 100_000


def test_what_the_person_agreed_to_is_kept_and_shown(site: Website, staff_site: DeskSite) -> None:
    enquiry_id = post(site, consent="yes", _form_version="2026-11", language="es")

    assert "Our form, text 2026-11. “Acepto que Kalimera Clinic guarde" in text_of(open_page(staff_site, enquiry_id))
