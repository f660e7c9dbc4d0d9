"""What holds for whatever comes in."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import Refusal
from chalicelib.intake.form_body import FormBody, decode_form
from chalicelib.intake.origins import safe_destination
from chalicelib.intake.parsing import parse_submission
from chalicelib.models.addresses import read_email, read_phone
from chalicelib.models.text import clean_line
from chalicelib.web import origin_of
from tests.web_requests import SETTINGS, a_request

FEW = settings(max_examples=60, deadline=None, derandomize=True, database=None)
TYPES = st.sampled_from(
    [
        "application/json",
        "application/json; charset=latin-1",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=iso-8859-15",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
    ]
)
PARTS = st.sampled_from(
    [b"--b", b"--b--", b"\r\n", b'Content-Disposition: form-data; name="a"', b"\r\n\r\n", b'filename="x"', b"=", b"&"]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["name", "email", "phone", "message", "symptoms", "peg_pain", "consent", "_next", "x"]
) | st.text(max_size=8)
URL_PIECES = st.sampled_from(
    [
        "https:",
        "http:",
        "javascript:",
        "/",
        "//",
        "\\",
        "@",
        "clinic.example",
        "evil.example",
        ":443",
        ".",
        "#",
        "?",
        "%",
        "\t",
        "a",
    ]
)
OUR_ORIGINS = {"https://clinic.example", "https://www.clinic.example", "https://desk.clinic.example"}


def decoded(content_type: str, body: bytes) -> FormBody | Refusal:
    try:
        return decode_form(content_type, body)
    except Refusal as refusal:
        return refusal


@FEW
@given(TYPES | st.text(max_size=30), st.binary(max_size=400) | st.lists(PARTS, max_size=12).map(b"".join))
def test_any_bytes_are_a_form_or_a_refusal(content_type: str, body: bytes) -> None:

    assert isinstance(decoded(content_type, body), FormBody | Refusal)


@FEW
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_json_object_is_a_form_or_a_refusal_and_is_understood(data: dict[str, Any]) -> None:
    form = decoded("application/json", json.dumps(data).encode())
    if isinstance(form, FormBody):
        draft = parse_submission(form, a_request(), SETTINGS)

        assert draft.submission.model_dump_json().encode()


@FEW
@given(st.lists(st.tuples(NAMES, st.text(max_size=30)), max_size=8))
def test_urlencoded_text_comes_back_as_it_was_sent(pairs: list[tuple[str, str]]) -> None:
    form = decoded("application/x-www-form-urlencoded", urlencode(pairs).encode())

    assert isinstance(form, FormBody)
    assert [(name.removeprefix("\ufeff"), value.removeprefix("\ufeff")) for name, value in pairs] == [
        (name, value) for name, value in form.pairs
    ]


@FEW
@given(st.text(max_size=60) | st.text(alphabet="0123456789+-() .ext#", max_size=40))
def test_a_number_is_e164_or_nothing(typed: str) -> None:

    assert re.fullmatch(r"(\+[1-9]\d{5,14})?", read_phone(typed))


@FEW
@given(st.text(max_size=60) | st.text(alphabet="ab.@<>é\r\n,; \"'", max_size=40) | st.emails())
def test_an_address_is_one_clean_address_or_nothing(typed: str) -> None:
    address = read_email(typed)

    assert re.fullmatch(r"([^\s@<>,;\"]{1,64}@[a-z0-9.\-]{3,})?", address)
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp") for char in address)


@FEW
@given(
    st.lists(URL_PIECES, max_size=8).map("".join),
    st.sampled_from(["", "https://clinic.example/a", "https://evil.example/"]),
)
def test_a_visitor_only_ever_goes_to_an_allowed_origin(url: str, referer: str) -> None:
    destination = safe_destination(url, a_request(Referer=referer), SETTINGS)

    assert destination == "" or origin_of(destination) in OUR_ORIGINS
    assert re.match(r"^$|^https://[^/\\@]+", destination, re.IGNORECASE)


@FEW
@given(st.text(max_size=80))
def test_a_cleaned_line_is_clean_and_stays_so(typed: str) -> None:
    line = clean_line(typed)

    assert line == clean_line(line)
    assert unicodedata.is_normalized("NFC", line)
    assert not [char for char in line if unicodedata.category(char) == "Cc" or char in "\u202e\u2066\u200b"]
