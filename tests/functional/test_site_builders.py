"""What site builders post from their own server: every answer reaches staff, under a name that says what it is, and
nothing that steers the builder does."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.intake.numbered_fields import GUESSED_NOTE as NOTE
from tests.functional.conftest import Stored
from tests.website import Website

CONTACT = {"name": "Ann Example", "email": "ann@mail.example"}


def elementor(**fields: dict[str, str]) -> list[tuple[str, str]]:
    """What its webhook sends with advanced data."""
    parts = [(f"fields[{key}][{part}]", value) for key, field in fields.items() for part, value in field.items()]
    return [("form[id]", "1a2b3c4"), ("form[name]", "Contact"), *parts]


def test_the_name_of_a_form_is_nobodys_name(site: Website, stored: Stored) -> None:
    fields = elementor(
        who={"id": "who", "type": "text", "title": "Full name", "value": "Ann Example", "raw_value": "Ann Example"},
        field_2={"id": "field_2", "type": "tel", "title": "Where do we reach you?", "value": "(202) 555-0123"},
    )
    site.post_form("/f/homepage", fields)

    assert "Ann Example" == stored.enquiry.submission.contact.name
    assert "+12025550123" == stored.enquiry.submission.contact.phone_e164
    assert {NOTE: ("phone: Where do we reach you?",)} == stored.enquiry.submission.answers.other_answers


def test_a_type_names_nothing_that_another_field_may_be_and_labels_stay(site: Website, stored: Stored) -> None:
    fields = elementor(
        name={"type": "text", "title": "Name", "value": "Ann Example"},
        email={"type": "email", "title": "Email", "value": "ann@mail.example"},
        field_3={"type": "textarea", "title": "Which medicines do you take?", "value": "None."},
        message={"type": "textarea", "title": "Message", "value": "Please call."},
        field_5={"type": "tel", "title": "Phone of your doctor", "value": "202-555-0188"},
        field_6={"type": "tel", "title": "A second one", "value": "202-555-0199"},
    )
    site.post_form("/f/homepage", fields)
    answers = stored.enquiry.submission.answers

    assert "Please call." == answers.message
    assert {
        "Which medicines do you take?": ("None.",),
        "Phone of your doctor": ("202-555-0188",),
        "A second one": ("202-555-0199",),
    } == answers.other_answers


@pytest.mark.parametrize(
    "body",
    [
        {"fields": [{"name": "firstname", "value": "Ann"}, {"name": "lastname", "value": "Example"},
                    {"objectTypeId": "0-1", "name": "email", "value": "ann@mail.example"}],
         "context": {"hutk": "0f1e", "pageUri": "https://www.clinic.example/ask?q=pain"}},
        {"fields": {"0": {"name": "Name", "value": "Ann Example", "id": 0, "type": "name", "first": "Ann"},
                    "1": {"name": "Where to write", "value": "ann@mail.example", "id": 1, "type": "email"}}},
        {"data": {"name": "Ann Example", "email": "ann@mail.example"}},
        {"name": {"first": "Ann", "last": "Example"}, "email": "ann@mail.example"},
        {"input_1.3": "Ann", "input_1.6": "Example", "input_2": "ann@mail.example", "gform_submit": "1",
         "is_submit_1": "1", "state_1": "WyJbXSJd", "gform_unique_id": ""},
        {"form_fields": {"name": "Ann Example", "email": "ann@mail.example"}, "post_id": "7", "form_id": "1a2b",
         "action": "elementor_pro_forms_send_form", "referer_title": "Contact", "Powered by": "Elementor"},
    ],
)  # fmt: skip
def test_nested_fields_are_read_by_what_they_call_themselves(
    site: Website, stored: Stored, body: dict[str, Any]
) -> None:
    answer = site.post_json("/f/homepage", body)

    assert 200 == answer.status
    contact = stored.enquiry.submission.contact
    assert ("Ann Example", "ann@mail.example") == (contact.name, contact.email_address)
    assert set() == stored.enquiry.submission.answers.other_answers.keys() - {NOTE}


def test_what_nobody_knows_is_kept_with_its_place(site: Website, stored: Stored) -> None:
    site.post_json(
        "/f/homepage", {**CONTACT, "doctor": {"name": "Dr. Bo"}, "pets": [{"kind": "cat"}], "action": "call"}
    )

    assert {"doctor[name]": ("Dr. Bo",), "pets[0][kind]": ("cat",), "action": ("call",)} == (
        stored.enquiry.submission.answers.other_answers
    )
    assert "Ann Example" == stored.enquiry.submission.contact.name


def test_danger_within_a_nested_answer_is_heard(site: Website, stored: Stored) -> None:
    site.post_json("/f/homepage", {**CONTACT, "quiz": {"last": {"words": "I want to kill myself tonight."}}})

    assert "crisis" == stored.enquiry.level


def test_an_address_in_numbers_is_no_name_and_an_only_short_answer_may_be_one(site: Website, stored: Stored) -> None:
    entry = {"form_id": "2", "source_url": "https://www.clinic.example/", "date_created": "2026-11-23 14:02:11"}
    address = {"3.1": "1 Main St", "3.3": "Springfield", "3.4": "IL", "3.5": "62701", "3.6": "United States"}
    site.post_json("/f/homepage", {**entry, "1": "Ann Example", "2": "ann@mail.example", **address})
    submission = stored.enquiry.submission

    assert "Ann Example" == submission.contact.name
    assert {("name: 1", "email: 2"), ("Ann Example",), *((value,) for value in address.values())} == set(
        submission.answers.other_answers.values()
    )
    assert "https://www.clinic.example/" == submission.attribution.page_url


def test_a_builders_honeypot_is_one(site: Website, stored: Stored) -> None:
    site.post_form("/f/homepage", [*CONTACT.items(), ("wpforms[hp]", "Buy our casino now"), ("wpforms[id]", "3")])

    assert "honeypot_filled" in stored.enquiry.verdict.reasons


def test_a_number_for_a_name_stays_where_a_form_names_its_fields(site: Website, stored: Stored) -> None:
    site.post_form("/f/homepage", [*CONTACT.items(), ("1", "202-555-0199")])

    assert {"1": ("202-555-0199",)} == stored.enquiry.submission.answers.other_answers


@pytest.mark.parametrize("name", ["data" + "[data]" * 5_000, "fields" + "[a][value]" * 2_000, "[" * 9_000, "a[" * 99])
def test_a_name_without_end_is_a_name(site: Website, stored: Stored, name: str) -> None:
    site.post_form("/f/homepage", [*CONTACT.items(), (name, "x")])

    assert "Ann Example" == stored.enquiry.submission.contact.name


def test_a_thousand_numbers_are_read_at_once(site: Website, stored: Stored) -> None:
    site.post_form("/f/homepage", [(f"input_{number}", "5550123 x") for number in range(2_000)] + [*CONTACT.items()])

    assert "ann@mail.example" == stored.enquiry.submission.contact.email_address
