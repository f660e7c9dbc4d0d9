"""People whom a careless screening would hold back: other languages, browsers that fill traps, words in odd places."""

from __future__ import annotations

import hashlib

import pytest

from tests.conftest import SettableClock
from tests.functional.conftest import Install, Stored
from tests.functional.test_screening import filled
from tests.website import Website

OWN_FORM = {"Sec_Fetch_Mode": "navigate", "Origin": "https://desk.clinic.example"}


@pytest.mark.parametrize(
    "message",
    [
        "Ich habe Brustschmerzen",
        "Ich habe Selbstmordgedanken wegen Nervenschmerzen",
        "Ich habe Kopfschmerzen und will sterben",
        "Ik heb angstschreeuwen en slechtstaande schouders",
        "Mam wstrząs mózgu i bezwzględny ból, chcę umrzeć",
    ],
)
def test_a_language_that_nobody_reads_is_no_gibberish(
    site: Website, stored: Stored, clock: SettableClock, message: str
) -> None:
    pairs = filled(site, name="Ann Example", email="g@mail.example", message=message, consent="yes")
    clock.advance(seconds=60)
    site.post_form("/enquiries", pairs, **OWN_FORM)
    site.post_json("/enquiries", {"name": "Ann Example", "email": "h@mail.example", "message": message})

    assert ["new", "new"] == [enquiry.status for enquiry in stored.enquiries]
    assert not any("gibberish" in enquiry.verdict.reasons for enquiry in stored.enquiries)


@pytest.mark.parametrize("held", ["Denver", "80202", "12 Main St", "United States", "New Haven", "+1 202 555 0100"])
def test_an_address_that_a_browser_put_into_the_trap_is_no_robot(site: Website, stored: Stored, held: str) -> None:
    typed = {"name": "Ann Example", "email": "ann@mail.example", "message": "I have CRPS in my left foot."}
    site.post_form("/enquiries", {**typed, "_gotcha": held})

    assert "new" == stored.enquiry.status


@pytest.mark.parametrize(
    "typed",
    [
        {"_gotcha": "please help me i want to kill myself"},
        {"_gotcha": "robot words", "best_time": "now, I am going to kill myself"},
        {"_gotcha": "robot words", "name": "I want to die Ann"},
    ],
)
def test_a_cry_for_help_in_a_field_that_triage_does_not_read_is_not_held_back(
    site: Website, stored: Stored, typed: dict[str, str]
) -> None:
    site.post_form("/enquiries", {"name": "Ann Example", "email": "ann@mail.example", "message": "Hello", **typed})

    assert ("new", True) == (stored.enquiry.status, stored.enquiry.verdict.spared)


def test_sending_a_text_twice_does_not_tell_whether_it_was_quarantined(site: Website) -> None:
    told = []
    for text in ("I ask about infusions for my back pain.", "We do SEO and link building. Shall I send a proposal?"):
        fields, key = (
            {"name": "Ann Example", "email": "ann@mail.example", "message": text},
            {"Idempotency_Key": text[:9]},
        )
        first = site.post_json("/enquiries", fields, **key)
        second = site.post_json("/enquiries", {**fields, "_gotcha": "robot words"}, **key)
        told.append((first.status, second.status, list(first.json()), list(second.json())))

    assert told[0] == told[1]


def test_a_server_that_is_known_has_no_mark_of_a_machine(site: Website, install: Install, stored: Stored) -> None:
    offer = {"name": "Ann Example", "email": "ann@mail.example", "message": "We do SEO. Shall I send our prices?"}
    key = "a key of the site"
    install(FORM_KEYS=f"homepage:{hashlib.sha256(key.encode()).hexdigest()}")
    site.post_json("/f/homepage", offer)
    site.post_json("/f/homepage", {**offer, "name": "Bob Example"}, X_Form_Key=key)
    marks = {
        enquiry.submission.contact.name: {"token_missing", "origin_missing"} & set(enquiry.verdict.reasons)
        for enquiry in stored.enquiries
    }

    assert {"Ann Example": {"token_missing", "origin_missing"}, "Bob Example": set()} == marks
