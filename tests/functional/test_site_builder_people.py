"""Whose name, address and words a site builder sends: nobody is given to somebody else, and nothing said gets lost."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.intake.numbered_fields import GUESSED_NOTE as NOTE
from tests.functional.conftest import Stored
from tests.website import Website

ANN = {"name": "Ann Example", "email": "ann@mail.example"}
HUSBAND = {"label": "Husband", "type": "tel", "value": "(202) 555-0199"}
DOCTOR = {"label": "Doctor", "type": "email", "value": "doctor@mail.example"}
ENTRY = {"form_id": "2", "source_url": "https://www.clinic.example/", "date_created": "2026-11-23 14:02:11"}
NO_BREATH = "I cannot breathe"


@pytest.mark.parametrize(
    ("body", "label"),
    [
        ({"name": "Ann Example", "spouse": HUSBAND, "phone": "(202) 555-0123"}, "Husband"),
        ({"doctor": DOCTOR, **ANN}, "Doctor"),
        ({"name": "Ann Example", "doctor": DOCTOR, "phone": "(202) 555-0123"}, "Doctor"),
        ({"spouse": HUSBAND, **ANN}, "Husband"),
        ({"doctor": {"label": "Email", "value": "doctor@mail.example"}, **ANN}, "Email (beside: doctor)"),
        ({"answers": {"email": "doctor@mail.example"}, **ANN}, "email (beside: answers)"),
        ({"answers": {"email": {"value": "doctor@mail.example"}}, **ANN}, "email (beside: answers)"),
    ],
)
def test_a_field_of_somebody_else_is_no_contact(
    site: Website, stored: Stored, body: dict[str, Any], label: str
) -> None:
    site.post_json("/f/homepage", body)
    contact, answers = stored.enquiry.submission.contact, stored.enquiry.submission.answers

    assert contact.email_address in ("", "ann@mail.example")
    assert contact.phone_e164 in ("", "+12025550123")
    assert [label] == list(answers.other_answers)


def test_of_two_numbers_the_first_counts_where_nobody_could_be_reached_and_staff_are_told(
    site: Website, stored: Stored
) -> None:
    own = {"label": "Where do we reach you?", "type": "tel", "value": "(202) 555-0123"}
    site.post_json("/f/homepage", {"name": "Ann Example", "a": own, "b": HUSBAND})

    assert "+12025550123" == stored.enquiry.submission.contact.phone_e164
    assert {NOTE: ("phone: Where do we reach you?",), "Husband": ("(202) 555-0199",)} == (
        stored.enquiry.submission.answers.other_answers
    )


def test_a_text_with_a_label_is_not_put_before_the_message(site: Website, stored: Stored) -> None:
    history = {"label": "Pain history", "type": "textarea", "value": "Since May."}
    site.post_json("/f/homepage", {"history": history, **ANN, "message": "Please call."})

    assert "Please call." == stored.enquiry.submission.answers.message
    assert {"Pain history": ("Since May.",)} == stored.enquiry.submission.answers.other_answers


@pytest.mark.parametrize(
    "name",
    ["state_1", "other_1", "form[title]", "gform_comment", "wpcf7_pain_since", "unique_id_1", "nonce", "form_id",
     "meta[time][value]", "wpforms[token]", "context[hutk]", "form_name", "is_submit_1", "pain[type]", "pain[id]",
     "pain[required]", "pain[raw_value]", "pain[first]", "acceptance-1", "consent"],
)  # fmt: skip
def test_a_cry_for_help_is_heard_under_any_name(site: Website, stored: Stored, name: str) -> None:
    site.post_form("/f/homepage", [*ANN.items(), ("pain[label]", "Pain"), ("pain[value]", "7"), (name, NO_BREATH)])
    others = stored.enquiry.submission.answers.other_answers

    assert "emergency" == stored.enquiry.level
    assert NO_BREATH in [value for values in others.values() for value in values]


@pytest.mark.parametrize("name", ["ip", "status", "id", "created_by", "payment_status", "currency"])
def test_a_cry_for_help_is_heard_in_an_entry(site: Website, stored: Stored, name: str) -> None:
    site.post_json("/f/homepage", {**ENTRY, **ANN, name: NO_BREATH})

    assert "emergency" == stored.enquiry.level
    assert {name: (NO_BREATH,)} == stored.enquiry.submission.answers.other_answers


def test_a_label_that_looks_like_a_control_hides_nothing(site: Website, stored: Stored) -> None:
    site.post_json("/f/homepage", {**ANN, "a": {"label": "_subject", "value": NO_BREATH}})

    assert "emergency" == stored.enquiry.level


@pytest.mark.parametrize(
    "body",
    [
        {"form[name]": "Ann Example", "form[email]": "ann@mail.example"},
        {"fields[name][value]": "Ann Example", "fields[email][value]": "ann@mail.example"},
        {"name[value]": "Ann Example", "email[value]": "ann@mail.example"},
    ],
)
def test_a_field_in_brackets_is_read_by_its_key(site: Website, stored: Stored, body: dict[str, str]) -> None:
    site.post_form("/f/homepage", list(body.items()))
    contact = stored.enquiry.submission.contact

    assert ("Ann Example", "ann@mail.example") == (contact.name, contact.email_address)
    assert {} == stored.enquiry.submission.answers.other_answers


@pytest.mark.parametrize(
    ("body", "aside"),
    [
        ({"name": "Contact Form", "data": {"Name": "Ann Example", "Email": "ann@mail.example"}},
         {"name (beside: name)": ("Contact Form",)}),
        ({"payload": {"name": "Contact Form", "data": {"Name": "Ann Example", "Email": "ann@mail.example"}}},
         {"name (beside: payload)": ("Contact Form",)}),
        ({"name": {"first": "Ann", "last": "Example"}, "0": {"first": "Bo", "last": "House"},
          "email": "ann@mail.example"}, {"0[first]": ("Bo",), "0[last]": ("House",)}),
        ({"fields": [{"name": "name", "value": "Ann Example"}, {"name": "email", "value": "ann@mail.example"}],
          "answers": [{"question": "Since?", "value": "May"}, {"question": "Doctor?", "value": "Bo House"}]},
         {"answers[0][question]": ("Since?",), "answers[0]": ("May",),
          "answers[1][question]": ("Doctor?",), "answers[1]": ("Bo House",)}),
        ({"name": "Ann Example", "email": "ann@mail.example", "answers": {"name": "Bo", "email": "bo@mail.example"}},
         {"name (beside: answers)": ("Bo",), "email (beside: answers)": ("bo@mail.example",)}),
    ],
)  # fmt: skip
def test_two_people_stay_two(
    site: Website, stored: Stored, body: dict[str, Any], aside: dict[str, tuple[str, ...]]
) -> None:
    site.post_json("/f/homepage", body)
    submission = stored.enquiry.submission

    assert ("Ann Example", "ann@mail.example") == (submission.contact.name, submission.contact.email_address)
    assert aside == submission.answers.other_answers


def test_looks_tell_only_what_is_there_once_and_staff_see_what_was_told(site: Website, stored: Stored) -> None:
    numbered = {"1": "Blue Cross", "2": "(202) 555-0199", "3": "Ann Example", "4": "(202) 555-0123"}
    texts = {"5": "ann@mail.example", "6": "Longer than three months, nearly every day", "7": "My hand burns at night"}
    site.post_json("/f/homepage", {**ENTRY, **numbered, **texts})
    submission = stored.enquiry.submission

    assert ("ann@mail.example", "", "") == (
        submission.contact.email_address,
        submission.contact.phone,
        submission.answers.message,
    )
    assert ("name: 1", "email: 5") == submission.answers.other_answers[NOTE]
    assert {"1", "2", "3", "4", "6", "7", NOTE} == submission.answers.other_answers.keys()


def test_a_sign_of_danger_within_a_list_of_values_is_one(site: Website, stored: Stored) -> None:
    site.post_json("/f/homepage", {**ANN, "urgent_signs": [{"value": "chest_breathing"}]})

    assert ("chest_breathing",) == stored.enquiry.submission.answers.urgent_signs
    assert "emergency" == stored.enquiry.level
