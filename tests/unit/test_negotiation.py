"""JSON or HTML: the first match of the contract's list decides."""

from __future__ import annotations

import pytest

from chalicelib.intake.form_body import FormBody
from chalicelib.intake.replies import wants_json
from tests.web_requests import a_request

FORM = FormBody("application/x-www-form-urlencoded", ())
MULTIPART = FormBody("multipart/form-data", ())
JSON = FormBody("application/json", ())
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("headers", "form", "expected"),
    [
        ({}, FORM, False),
        ({}, MULTIPART, False),
        ({}, JSON, True),
        ({"Accept": "*/*"}, FORM, False),
        ({"Accept": "*/*"}, JSON, True),
        ({"Accept": "application/json"}, FORM, True),
        ({"Accept": "application/json, text/html"}, FORM, True),
        ({"Accept": "text/html, application/json"}, FORM, False),
        ({"Accept": "text/html, application/json"}, JSON, False),
        ({"Accept": "application/ld+json"}, FORM, True),
        ({"Accept": "APPLICATION/JSON"}, FORM, True),
        ({"Accept": BROWSER}, FORM, False),
        ({"Accept": BROWSER}, JSON, False),
        ({"Accept": "text/plain"}, JSON, True),
        ({"Accept": "text/plain"}, FORM, False),
        ({"X_Requested_With": "XMLHttpRequest"}, FORM, True),
        ({"X_Requested_With": "XMLHttpRequest", "Accept": BROWSER}, FORM, True),
        ({"X_Requested_With": "fetch", "Sec_Fetch_Mode": "navigate"}, FORM, True),
        ({"Sec_Fetch_Mode": "navigate"}, JSON, False),
        ({"Sec_Fetch_Mode": "navigate", "Accept": "application/json"}, JSON, False),
        ({"Sec_Fetch_Mode": "cors"}, FORM, True),
        ({"Sec_Fetch_Mode": "cors", "Accept": "*/*"}, MULTIPART, True),
        ({"Sec_Fetch_Mode": "cors", "Accept": "text/html"}, JSON, False),
        ({"Sec_Fetch_Mode": "same-origin"}, FORM, True),
        ({"Sec_Fetch_Mode": "no-cors"}, FORM, True),
    ],
)
def test_the_first_match_decides(headers: dict[str, str], form: FormBody, expected: bool) -> None:

    assert wants_json(a_request(**headers), form) is expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [("application/json", True), ("Application/JSON; charset=utf-8", True), ("text/plain", False), ("", False)],
)
def test_a_body_that_was_not_read_counts_by_its_type(content_type: str, expected: bool) -> None:

    assert wants_json(a_request(Content_Type=content_type)) is expected
