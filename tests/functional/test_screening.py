"""Screening from the post to the desk: what is held back, what is not, and what staff read about it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.context import AppContext
from tests.conftest import SettableClock
from tests.desk_site import DeskSite
from tests.form_reader import read_form
from tests.functional.conftest import Stored
from tests.website import Website

ANN = {"name": "Ann Example", "email": "ann@mail.example"}
OFFER = {**ANN, "message": "We do SEO and link building for clinics. Shall I send you a proposal with our prices?"}
PAIN = {**ANN, "message": "I have CRPS in my left foot. My doctor told me to ask about infusions."}


def filled(site: Website, **fields: str) -> list[tuple[str, str]]:
    """The hosted form as a browser would send it."""
    form = read_form(site.get("/form").text)
    return [*((name, value) for name, value in form.pairs if name not in fields), *fields.items()]


def test_an_offer_is_held_back_and_answered_like_any_other(site: Website, stored: Stored) -> None:
    told = site.post_json("/enquiries", OFFER)
    asked = site.post_json("/enquiries", PAIN)
    found = {enquiry.submission.answers.message: enquiry.status for enquiry in stored.enquiries}

    assert {OFFER["message"]: "quarantined", PAIN["message"]: "new"} == found
    assert told.json().keys() == asked.json().keys()
    assert {asked.json()["id"]} == {row.partition("_")[0] for row in stored.outbox()}


def test_staff_read_the_reasons_in_words(site: Website, staff_site: DeskSite) -> None:
    enquiry_id = site.post_json("/enquiries", {**OFFER, "_gotcha": "x"}).json()["id"]
    page = staff_site.get(f"/desk/enquiries/{enquiry_id}").text

    assert "In quarantine: it looks like spam (a box that nobody sees was filled in; " in page
    assert "; speaks of websites and search results; " in page


@pytest.mark.parametrize("danger", [{"urgent_signs": "stroke_signs"}, {"self_harm": "may_act"}])
def test_what_speaks_of_danger_is_told_and_says_why(
    site: Website, stored: Stored, staff_site: DeskSite, danger: dict[str, str]
) -> None:
    enquiry_id = site.post_json("/enquiries", {**OFFER, **danger}).json()["id"]
    page = staff_site.get(f"/desk/enquiries/{enquiry_id}").text

    assert "new" == stored.enquiry.status
    assert stored.enquiry.verdict.spared
    assert "It was not held back, because it speaks of danger" in page
    assert "In quarantine" not in page


def test_our_form_sends_when_it_was_rendered(site: Website, stored: Stored, clock: SettableClock) -> None:
    quick = filled(site, **PAIN, consent="yes")
    site.post_form("/enquiries", quick)
    instant = stored.enquiry.verdict.reasons
    slow = filled(site, **{**PAIN, "email": "bea@mail.example"}, consent="yes")
    clock.advance(seconds=40)
    site.post_form("/enquiries", slow)
    reasons = {enquiry.submission.contact.email: enquiry.verdict.reasons for enquiry in stored.enquiries}

    assert ("token_instant",) == instant
    assert () == reasons["bea@mail.example"]
    assert {"new"} == {enquiry.status for enquiry in stored.enquiries}


def test_a_form_that_comes_back_keeps_the_time_of_its_first_page(
    site: Website, stored: Stored, clock: SettableClock
) -> None:
    pairs = filled(site, **PAIN)
    clock.advance(seconds=60)
    returned = read_form(site.post_form("/enquiries", pairs, Sec_Fetch_Mode="navigate").text)
    clock.advance(seconds=1)
    site.post_form("/enquiries", [*returned.pairs, ("consent", "yes")])

    assert () == stored.enquiry.verdict.reasons


def test_another_language_keeps_the_time_of_the_first_page(site: Website) -> None:
    pairs = filled(site, **PAIN)
    turned = read_form(site.post_form("/form?lang=es", pairs).text)

    assert dict(pairs)["_rendered"] == dict(turned.pairs)["_rendered"]


def test_a_forged_token_alone_holds_nothing_back(site: Website, stored: Stored) -> None:
    site.post_form("/enquiries", {**PAIN, "_rendered": f"1772463600.{'0' * 64}"})

    assert ("token_forged",) == stored.enquiry.verdict.reasons
    assert "new" == stored.enquiry.status


@pytest.mark.parametrize(
    "fields",
    [
        {"_gotcha": "ann@mail.example"},
        {"_gotcha": "Ann Example", "company": "Example", "address-line1": "12 Example St"},
        {"phone": "\u202a(202) 555\u20110123\u202c", "_gotcha": "(202) 555-0123"},
        {"email": "ann@mailinator.com"},
        {"message": "Scans: https://a.example/1 https://a.example/2 https://a.example/3, my left foot, CRPS."},
    ],
)
def test_a_person_whose_browser_helps_is_not_held_back(site: Website, stored: Stored, fields: dict[str, str]) -> None:
    site.post_form("/enquiries", {**PAIN, **fields}, Origin="null")

    assert "new" == stored.enquiry.status


def test_what_staff_take_down_is_not_screened(staff_site: DeskSite, stored: Stored) -> None:
    staff_site.post("/desk/new", {**OFFER, "entry": "1", "consent": "yes"})

    assert ("new", ()) == (stored.enquiry.status, stored.enquiry.verdict.reasons)


def test_an_enquiry_is_accepted_when_screening_fails(
    site: Website, stored: Stored, monkeypatch: pytest.MonkeyPatch, context: AppContext
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no data")

    monkeypatch.setattr("chalicelib.intake.spam_evidence.screen", fail)
    site.post_json("/enquiries", OFFER)

    assert ("new", ("not_screened",)) == (stored.enquiry.status, stored.enquiry.verdict.reasons)
    assert context.settings.stage == "test"
