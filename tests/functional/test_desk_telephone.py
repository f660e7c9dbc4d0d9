"""An enquiry that staff take down by telephone is read, triaged and stored like any other."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.context import AppContext
from chalicelib.storage.history import history_of, verify_history
from chalicelib.storage.lookups import find_by_name
from tests.conftest import STAGE_KEY
from tests.desk_site import STAFF, DeskSite
from tests.functional.conftest import Stored
from tests.html_page import read_page
from tests.website import Answer, Website

CALLER = {
    "entry": "0c7a",
    "name": "Ann Example",
    "phone": "(202) 555-0123",
    "language": "en",
    "message": "My foot hurts since the fall.",
}


def take_down(desk: DeskSite, **fields: Any) -> Answer:
    return desk.post("/desk/new", {**CALLER, **fields})


def text_of(answer: Answer) -> str:
    return " ".join(read_page(answer.text).one("main").text.split())


def test_what_was_taken_down_is_stored_with_who_did_it_and_all_that_belongs_to_it(
    staff_site: DeskSite, stored: Stored, context: AppContext
) -> None:
    answer = take_down(staff_site, email="ann@mail.example", self_harm="no", about="call", consent="yes")
    enquiry = stored.enquiry
    links = history_of(context.table, enquiry.id)

    assert (303, f"https://desk.clinic.example/api/desk/new/{enquiry.id}") == (
        answer.status,
        answer.headers["location"],
    )
    assert (STAFF.user, "telephone") == (enquiry.entered_by, enquiry.submission.form)
    assert "+12025550123" == enquiry.submission.contact.phone_e164
    assert "yes" == enquiry.submission.consent.given
    assert [("entered", STAFF.user)] == [(link.kind, link.by) for link in links]
    assert verify_history(context.table, enquiry.id) is None
    assert [f"{enquiry.id}_acknowledgement", f"{enquiry.id}_staff_alert"] == stored.outbox()
    assert [enquiry.id] == [found.id for found in find_by_name(context.table, STAGE_KEY, "ann")[0]]


def test_level_and_advice_are_shown_at_once(staff_site: DeskSite, stored: Stored) -> None:
    take_down(staff_site, sign_cold_limb="yes", sign_overdose="yes", self_harm="may_act")
    shown = text_of(staff_site.get(f"/desk/new/{stored.enquiry.id}"))

    assert ("cold_limb", "overdose") == stored.enquiry.submission.answers.urgent_signs
    assert "emergency" == stored.enquiry.level
    assert "Level: Emergency" in shown
    assert "Call 911 now" in shown
    assert "988" in shown
    assert "thoughts of suicide" in shown
    assert stored.enquiry.reference in shown


def test_what_the_caller_said_is_read_by_the_rules(staff_site: DeskSite, stored: Stored) -> None:
    take_down(staff_site, message="She says: I want to kill myself.")

    assert "crisis" == stored.enquiry.level


def test_the_advice_does_not_wait_for_a_number_that_can_be_read(staff_site: DeskSite, stored: Stored) -> None:
    answer = take_down(staff_site, phone="555", sign_cold_limb="yes", message='<script>alert("x")</script>')
    page = read_page(answer.text)

    assert 422 == answer.status
    assert [] == stored.enquiries
    assert "Call 911 now" in text_of(answer)
    assert "We will also try to call you" not in text_of(answer)
    assert "Write it with its area code." in text_of(answer)
    assert "555" == page.one("input", id="phone").attributes["value"]
    assert "checked" in page.one("input", id="sign_cold_limb").attributes
    assert '<script>alert("x")' not in answer.text


def test_a_second_press_stores_nothing_twice(staff_site: DeskSite, stored: Stored) -> None:
    first, second = take_down(staff_site), take_down(staff_site)

    assert first.headers["location"] == second.headers["location"]
    assert 1 == len(stored.enquiries)


def test_signs_that_were_not_asked_are_not_taken_for_a_no(staff_site: DeskSite, stored: Stored) -> None:
    take_down(staff_site)

    assert "red_flags_not_asked" in stored.enquiry.flags
    assert "consent_not_asked" in stored.enquiry.flags


def test_no_post_from_a_desk_is_held_for_spam(staff_site: DeskSite, stored: Stored) -> None:
    take_down(staff_site, _gotcha="filled", website="filled", page_url="https://spam.example")

    assert "new" == stored.enquiry.status
    assert {} == stored.enquiry.submission.answers.other_answers


def test_what_cannot_be_stored_comes_back_as_it_was_typed(
    staff_site: DeskSite, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    monkeypatch.setattr(context.table.client, "transact_write_items", fail)
    answer = take_down(staff_site)

    assert 503 == answer.status
    assert "press the button again" in text_of(answer)
    assert "My foot hurts" in answer.text


def test_the_page_of_a_call_is_that_of_a_call_only(site: Website, staff_site: DeskSite) -> None:
    written = site.post_json("/f/telephone", {"name": "Bob", "phone": "202-555-0100"}).json()["id"]

    assert 404 == staff_site.get(f"/desk/new/{written}").status


def test_every_field_has_a_label_and_the_form_is_empty(staff_site: DeskSite) -> None:
    page = read_page(staff_site.get("/desk/new").text)
    labelled = {label.attributes["for"] for label in page.all("label")}
    fields = [field for kind in ("input", "select", "textarea") for field in page.all(kind)]

    assert {field.attributes["id"] for field in fields if field.attributes.get("type") != "hidden"} <= labelled
    assert page.one("input", name="entry").attributes["value"]


def test_the_enquiry_says_that_it_came_by_telephone(staff_site: DeskSite, stored: Stored) -> None:
    take_down(staff_site)
    shown = text_of(staff_site.get(f"/desk/enquiries/{stored.enquiry.id}"))

    assert "Took it down by telephone" in shown
    assert STAFF.user in shown


def test_an_empty_form_stores_nothing_and_says_so(staff_site: DeskSite, stored: Stored) -> None:
    answer = staff_site.post("/desk/new")

    assert 400 == answer.status
    assert "Nothing is stored yet" in text_of(answer)
    assert [] == stored.enquiries
