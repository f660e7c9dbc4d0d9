"""A refused form comes back filled in as it was typed, with advice where it is needed."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.context import AppContext
from tests.form_reader import read_form
from tests.functional.conftest import Install, Stored
from tests.website import Website

BROWSER = {"Accept": "text/html", "Sec_Fetch_Mode": "navigate"}
TYPED = [
    ("name", 'Ann "<script>alert(1)</script>" O\'Neil'),
    ("email", "ann at mail"),
    ("phone", "<b>ask</b>"),
    ("best_time", "mornings & evenings"),
    ("message", "</textarea><script>alert(2)</script>\nSecond line"),
    ("symptoms", "swelling"),
    ("symptoms", "sweating"),
    ("symptoms", "It <i>itches</i>"),
    ("pain_side", "left"),
    ("peg_pain", "0"),
    ("urgent_signs", "none"),
    ("health_conditions", "thyroid"),
    ("insurance", '"><img src=x>'),
    ('odd"name', "kept"),
    ("_next", "https://clinic.example/thanks"),
]


def test_everything_typed_comes_back_and_nothing_of_it_is_markup(dry_site: Website) -> None:
    answer = dry_site.post_form("/f/homepage", TYPED, **BROWSER)
    form = read_form(answer.text)

    assert 422 == answer.status
    assert [] == [item for item in TYPED if item not in form.pairs]
    assert ["It <i>itches</i>", "sweating", "swelling"] == sorted(form.values("symptoms"))
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert "https://desk.clinic.example/api/f/homepage" == form.action


def test_what_is_to_mend_stands_in_the_summary_and_at_its_field(dry_site: Website) -> None:
    page = dry_site.post_form("/f/homepage", TYPED, **BROWSER).text

    assert page.index("Please check your answers") < page.index('id="enquiry"')
    assert page.count("Check the email address.") >= 2
    assert page.count("Check the phone number.") >= 2
    assert 'aria-invalid="true"' in page


def test_the_mended_form_is_accepted_with_all_its_answers(site: Website, stored: Stored) -> None:
    form = read_form(site.post_form("/f/homepage", TYPED, **BROWSER).text)
    mended = [pair for pair in form.pairs if pair[0] not in ("email", "phone")]
    answer = site.post_form("/f/homepage", [*mended, ("email", "ann@mail.example"), ("consent", "yes")], **BROWSER)
    submission = stored.enquiry.submission

    assert 303 == answer.status
    assert ("swelling", "sweating") == submission.answers.symptoms
    assert "</textarea><script>alert(2)</script>\nSecond line" == submission.answers.message
    assert 0 == submission.answers.peg_pain
    assert ('"><img src=x>',) == submission.answers.other_answers["insurance"]
    assert ("It <i>itches</i>",) == submission.answers.other_answers["symptoms"]
    assert "yes" == submission.consent.given
    assert "homepage" == submission.form


def test_a_message_that_is_too_long_comes_back_whole(dry_site: Website) -> None:
    typed = "I want to tell you everything. " * 400
    answer = dry_site.post_form("/enquiries", {"name": "Ann", "email": "ann@mail.example", "message": typed}, **BROWSER)

    assert 422 == answer.status
    assert [typed] == read_form(answer.text).values("message")


def test_the_hosted_form_as_it_is_asks_for_name_contact_and_consent(dry_site: Website) -> None:
    empty = read_form(dry_site.get("/form").text)
    answer = dry_site.post_form("/enquiries", empty.pairs, Accept="application/json")

    assert 422 == answer.status
    assert {"name", "email", "consent"} == {field for field, _ in answer.codes}


def test_the_hosted_form_filled_in_is_stored(site: Website, stored: Stored) -> None:
    form = read_form(site.get("/form?lang=es&form=homepage").text)
    filled = [pair for pair in form.pairs if pair[0] not in ("name", "phone")]
    answer = site.post_form(
        "/f/homepage", [*filled, ("name", "Ana"), ("phone", "2025550123"), ("consent", "yes")], Origin="null", **BROWSER
    )

    assert 303 == answer.status
    assert ("es", "homepage") == (stored.enquiry.language, stored.enquiry.submission.form)
    assert stored.enquiry.submission.consent.form_version


def test_the_other_language_keeps_what_was_typed(dry_site: Website) -> None:
    answer = dry_site.post_form("/form?lang=es&form=homepage", TYPED, **BROWSER)
    form = read_form(answer.text)

    assert 200 == answer.status
    assert '<html lang="es">' in answer.text
    assert [] == [item for item in TYPED if item not in form.pairs]


DANGER: list[tuple[dict[str, Any], str]] = [
    ({"urgent_signs": "chest_breathing"}, "Call 911 now"),
    ({"self_harm": "may_act"}, "Call or text 988 now"),
    ({"urgent_signs_withdrawn": "cold_limb", "urgent_signs": "none"}, "Call 911 now"),
    ({"message": "I want to kill myself"}, "Call or text 988 now"),
]


@pytest.mark.parametrize(("fields", "advice"), DANGER)
def test_a_refused_form_of_somebody_in_danger_says_where_help_is(
    dry_site: Website, fields: dict[str, Any], advice: str
) -> None:
    page = dry_site.post_form("/enquiries", {"name": "Ann", "email": "ann", **fields}, **BROWSER).text
    told = dry_site.post_json("/enquiries", {"name": "Ann", "email": "ann", **fields}).json()

    assert page.index(advice) < page.index("Please check your answers")
    assert advice in told["error"]
    assert advice in told["advice"][0]["text"]


def test_a_refused_script_of_a_foreign_site_says_where_help_is(dry_site: Website, install: Install) -> None:
    install(ALLOWED_ORIGINS="https://clinic.example")
    answer = dry_site.post_json(
        "/enquiries", {"name": "Ann", "urgent_signs": ["stroke_signs"]}, Origin="https://evil.example"
    )

    assert 403 == answer.status
    assert [(None, "ORIGIN_NOT_ALLOWED")] == answer.codes
    assert ["call_911"] == [advice["code"] for advice in answer.json()["advice"]]


def test_a_post_that_was_not_stored_says_where_help_is_and_comes_back(site: Website, context: AppContext) -> None:
    context.table.client.meta.events.register("before-call.dynamodb.TransactWriteItems", fail)
    fields = {"name": "Ann", "email": "ann@mail.example", "urgent_signs": "overdose"}
    told = site.post_json("/enquiries", fields)
    page = site.post_form("/enquiries", fields, **BROWSER)

    assert (503, 503) == (told.status, page.status)
    assert [(None, "NOT_STORED")] == told.codes
    assert "call_911" == told.json()["advice"][0]["code"]
    assert page.text.index("Call 911 now") < page.text.index('id="enquiry"')
    assert ["Ann"] == read_form(page.text).values("name")


def test_an_ordinary_refusal_carries_no_advice(dry_site: Website) -> None:

    assert "advice" not in dry_site.post_json("/enquiries", {"name": "Ann", "urgent_signs": ["swollen_limb"]}).json()


def fail(**_: Any) -> None:
    raise EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")
