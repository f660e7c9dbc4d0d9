"""What the sender of a post is told: JSON or HTML, success or refusal, in their language."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chalicelib.intake.openapi import openapi_document
from tests.functional.conftest import Install, Stored
from tests.website import FORM_TYPE, Answer, Website

ANN = {"name": "Ann Example", "email": "ann@mail.example"}
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
RECEIPT = r"https://desk\.clinic\.example/api/received/[0-9a-f]{32}"
FOOTER = {"en": "We do not read messages right away.", "es": "No leemos los mensajes"}


def assert_matches(schema: str, answer: Answer) -> None:
    definition = openapi_document()["components"]["schemas"][schema]

    assert [] == list(Draft202012Validator(definition).iter_errors(answer.json()))


@pytest.mark.parametrize("path", ["/enquiries", "/f/homepage"])
def test_each_encoding_is_stored_and_answered(site: Website, stored: Stored, path: str) -> None:
    posts = (site.post_json, site.post_form, site.post_multipart)
    answers = [post(path, {**ANN, "message": str(number)}) for number, post in enumerate(posts)]

    assert [200, 303, 303] == [answer.status for answer in answers]
    assert {"0", "1", "2"} == {enquiry.submission.answers.message for enquiry in stored.enquiries}
    assert {path.rpartition("/")[2]} == {enquiry.submission.form for enquiry in stored.enquiries}


def test_a_script_gets_the_contracts_json(site: Website, stored: Stored) -> None:
    answer = site.post_json("/enquiries", ANN)
    told = answer.json()

    assert 200 == answer.status
    assert "application/json; charset=utf-8" == answer.headers["content-type"]
    assert "no-store" == answer.headers["cache-control"]
    assert {"ok", "success", "id", "reference", "message", "next", "reply_by", "advice"} == set(told)
    assert (True, True, stored.enquiry.id) == (told["ok"], told["success"], told["id"])
    assert re.fullmatch(r"[0-9A-Z]{3}-[0-9A-Z]{4}", told["reference"])
    assert re.fullmatch(RECEIPT, told["next"])
    assert stored.enquiry.reply_by == datetime.fromisoformat(told["reply_by"])
    assert told["reference"] in told["message"]
    assert ["we_call"] == [advice["code"] for advice in told["advice"]]
    assert_matches("Received", answer)


def test_a_form_is_sent_to_its_receipt(site: Website) -> None:
    answer = site.post_form("/enquiries", ANN, Accept=BROWSER, Sec_Fetch_Mode="navigate")

    assert 303 == answer.status
    assert re.fullmatch(RECEIPT, answer.headers["location"])
    assert "" == answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "application/json"}, 200),
        ({"X_Requested_With": "XMLHttpRequest"}, 200),
        ({"Sec_Fetch_Mode": "cors", "Accept": "*/*"}, 200),
        ({"Sec_Fetch_Mode": "navigate", "Accept": "application/json"}, 303),
        ({"Accept": "*/*"}, 303),
    ],
)
def test_a_form_body_is_answered_as_its_headers_ask(site: Website, headers: dict[str, str], status: int) -> None:

    assert status == site.post_multipart("/enquiries", ANN, **headers).status


@pytest.mark.parametrize(
    ("language", "begin"), [("en", "Some of your answers can be"), ("es", "Algunas de sus respuestas")]
)
def test_a_message_begins_with_the_advice_that_cannot_wait(site: Website, language: str, begin: str) -> None:
    told = site.post_json("/enquiries", {**ANN, "language": language, "urgent_signs": ["cold_limb"]}).json()

    assert told["message"].startswith(begin)
    assert "911" in told["message"]
    assert "call_911" == told["advice"][0]["code"]
    assert told["advice"][0]["text"] in told["message"]


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"self_harm": "may_act"}, ["call_988"]),
        ({"urgent_signs": ["swollen_limb"]}, ["see_doctor_today"]),
        ({"urgent_signs": ["none"], "about": "prices"}, ["we_reply"]),
        ({"urgent_signs": ["stroke_signs"], "self_harm": "may_act"}, ["call_911", "call_988"]),
    ],
)
def test_advice_carries_the_contracts_codes(site: Website, fields: dict[str, Any], codes: list[str]) -> None:

    assert codes == [advice["code"] for advice in site.post_json("/enquiries", {**ANN, **fields}).json()["advice"]]


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"language": "es"}, {}),
        ({"_language": "es"}, {"Accept_Language": "en"}),
        ({}, {"Accept_Language": "es-MX,en;q=0.5"}),
    ],
)
def test_a_person_is_answered_in_their_language(
    site: Website, stored: Stored, fields: dict[str, str], headers: dict[str, str]
) -> None:
    told = site.post_json("/enquiries", {**ANN, **fields}, **headers).json()
    refused = site.post_json("/enquiries", {"name": "Ann", **fields}, **headers).json()

    assert "referencia" in told["message"]
    assert "es" == stored.enquiry.language
    assert "teléfono" in refused["errors"][0]["message"]


REFUSALS: list[tuple[int, str, dict[str, Any]]] = [
    (400, "MALFORMED_BODY", {"body": b"{", "content_type": "application/json"}),
    (400, "EMPTY", {"body": b"_gotcha=&_next=/", "content_type": FORM_TYPE}),
    (413, "MALFORMED_BODY", {"body": b"a=" + b"x" * 65_536, "content_type": FORM_TYPE}),
    (415, "MALFORMED_BODY", {"body": b"name=Ann", "content_type": "text/plain"}),
    (422, "REQUIRED_FIELD_MISSING", {"body": b"name=Ann", "content_type": FORM_TYPE}),
]


@pytest.mark.parametrize(("status", "code", "post"), REFUSALS)
def test_a_refusal_has_one_shape_for_scripts(dry_site: Website, status: int, code: str, post: dict[str, Any]) -> None:
    answer = dry_site.post_raw("/enquiries", **post, Accept="application/json")
    told = answer.json()

    assert status == answer.status
    assert "application/json; charset=utf-8" == answer.headers["content-type"]
    assert (False, False, "+1 202-555-0100") == (told["ok"], told["success"], told["phone"])
    assert [code] == [error["code"] for error in told["errors"]]
    assert told["error"]
    assert all(error["message"] for error in told["errors"])
    assert_matches("Refused", answer)


@pytest.mark.parametrize(("status", "code", "post"), REFUSALS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_refusal_is_a_page_with_phone_and_crisis_line_for_people(
    dry_site: Website, status: int, code: str, post: dict[str, Any], language: str
) -> None:
    answer = dry_site.post_raw("/enquiries", **post, Accept=BROWSER, Accept_Language=language)

    assert status == answer.status
    assert "text/html; charset=utf-8" == answer.headers["content-type"]
    assert "+1 202-555-0100" in answer.text
    assert FOOTER[language] in answer.text
    assert f'<html lang="{language}">' in answer.text
    assert code not in answer.text


@pytest.mark.parametrize("path", ["/enquiries", "/f/homepage"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_any_other_method_is_told_how_to_post(dry_site: Website, path: str, method: str) -> None:
    page = dry_site.send(method, path, Content_Type=FORM_TYPE, Accept=BROWSER)
    told = dry_site.send(method, path, Accept="application/json")

    assert (405, 405) == (page.status, told.status)
    assert page.headers["allow"] == told.headers["allow"] == "POST, OPTIONS"
    assert "+1 202-555-0100" in page.text
    assert FOOTER["en"] in page.text
    assert_matches("Refused", told)


def test_a_page_is_shown_whatever_type_the_request_claims_to_have(dry_site: Website) -> None:

    assert 200 == dry_site.get("/form", Content_Type="text/plain").status
    assert 200 == dry_site.get("/health", Content_Type="text/xml").status


def test_a_method_that_a_page_does_not_have_names_those_that_it_has(dry_site: Website) -> None:
    answer = dry_site.send("DELETE", "/health", Accept="application/json")

    assert 405 == answer.status
    assert "GET, HEAD" == answer.headers["allow"]
    assert answer.json()["ok"] is False


def test_the_clinics_own_number_is_in_every_refusal(dry_site: Website, install: Install) -> None:
    install(CLINIC_PHONE="+1 303-555-0199")

    assert "+1 303-555-0199" == dry_site.post_json("/enquiries", {}).json()["phone"]
