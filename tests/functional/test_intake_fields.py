"""What is kept of a whole form, and what is not."""

from __future__ import annotations

from typing import Any

from tests.functional.conftest import Stored
from tests.website import Website

WHOLE: dict[str, Any] = {
    "full-name": "Ana Núñez 李",
    "E-Mail": "ana@mail.example",
    "tel": "(202) 555\u20110123",
    "preferred_contact": "text",
    "best_time": "mornings",
    "leave_message": "no",
    "interpreter": "yes",
    "language": "es",
    "about": "call",
    "age_group": "18_64",
    "pain_areas": ["arm_hand", "leg_foot"],
    "pain_side": "left",
    "pain_duration": "1_5_years",
    "pain_trigger": ["surgery", "cast_splint"],
    "crps_diagnosis": "suspected",
    "crps_type": "unsure",
    "out_of_proportion": "yes",
    "symptoms[]": ["touch_hurts", "skin_colour", "swelling"],
    "peg_pain": "8",
    "peg_enjoyment": "9",
    "peg_activity": "10",
    "phq4_nervous": "0",
    "phq4_worry": "1",
    "phq4_interest": "2",
    "phq4_down": "3",
    "urgent_signs": ["none"],
    "treatments_tried": ["ketamine", "other"],
    "health_conditions": ["blood_pressure", "thyroid"],
    "msg": "First line.\r\nSecond line.",
    "insurance": "Blue Shield",
    "page_url": "https://clinic.example/crps?q=private",
    "utm_source": "news",
    "_subject": "CONTROLFIELD subject",
    "_cc": "controlfield@evil.example",
    "_next": "https://controlfield.evil.example/",
    "g-recaptcha-response": "CONTROLFIELD token",
    "gclid": "CONTROLFIELD click",
    "access_key": "CONTROLFIELD key",
}


def test_every_answer_is_stored_the_same_in_each_encoding(site: Website, stored: Stored) -> None:
    for post in (site.post_json, site.post_form, site.post_multipart):
        post("/f/homepage", {**WHOLE, "phone": "", "_idempotency": post.__name__})
    first, second, third = (enquiry.submission for enquiry in stored.enquiries)
    answers = first.answers

    assert first == second == third
    assert "Ana Núñez 李" == first.contact.name
    assert "ana@mail.example" == first.contact.email_address
    assert ("(202) 555\u20110123", "+12025550123") == (first.contact.phone, first.contact.phone_e164)
    assert ("text", "mornings") == (first.contact.preferred_contact, first.contact.best_time)
    assert (False, True, "es") == (answers.leave_message, answers.interpreter, first.language)
    assert ("touch_hurts", "skin_colour", "swelling") == answers.symptoms
    assert (8, 10, 0, 3) == (answers.peg_pain, answers.peg_activity, answers.phq4_nervous, answers.phq4_down)
    assert (("none",), ("ketamine", "other")) == (answers.urgent_signs, answers.treatments_tried)
    assert "First line.\nSecond line." == answers.message
    assert {"insurance": ("Blue Shield",)} == answers.other_answers
    assert "https://clinic.example/crps" == first.attribution.page_url
    assert {"utm_source": "news"} == first.attribution.utm


def test_control_fields_are_stored_nowhere(site: Website, stored: Stored) -> None:
    site.post_form("/enquiries", WHOLE)

    assert "controlfield" not in str(stored.items()).lower()


def test_flags_of_contact_consent_and_triage_stand_together(site: Website, stored: Stored) -> None:
    site.post_json("/enquiries", {"name": "Ann", "email": "ann@mail.example", "phone": "ask", "age_group": "under_18"})

    assert set(stored.enquiry.flags) >= {"phone_unreadable", "consent_not_asked", "minor", "red_flags_not_asked"}


def test_many_and_long_other_answers_are_cut_with_a_note(site: Website, stored: Stored) -> None:
    many = {f"question {number}": "x" * 1_200 for number in range(45)}
    answer = site.post_json("/enquiries", {"name": "Ann", "email": "ann@mail.example", **many})
    kept = stored.enquiry.submission.answers.other_answers
    notes = {name: values for name, values in kept.items() if name not in many}

    assert 200 == answer.status
    assert 40 == len(kept) - len(notes)
    assert {1_000} == {len("".join(values)) for name, values in kept.items() if name in many}
    assert "45" in str(notes)


def test_words_beyond_what_is_kept_are_still_screened(site: Website, stored: Stored) -> None:
    many = {f"question {number}": "nothing" for number in range(50)} | {"last": "x " * 900 + "I want to kill myself"}
    site.post_json("/enquiries", {"name": "Ann", "email": "ann@mail.example", **many})

    assert "last" not in stored.enquiry.submission.answers.other_answers
    assert "crisis" == stored.enquiry.level


def test_the_history_begins_with_the_arrival(site: Website, stored: Stored) -> None:
    site.post_json("/enquiries", {"name": "Ann", "email": "ann@mail.example"})
    (event,) = [item for item in stored.items("ENQUIRY#") if item["sk"].startswith("EVENT#")]

    assert ("received", "visitor") == (event["kind"], event["by"])
    assert ("EVENT#0000001", "2026-03-02T15:00:00Z") == (event["sk"], event["at"])
