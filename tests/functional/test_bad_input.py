"""Hostile and broken input: none gives a 5xx, a stack trace or a hang, and none loses a valid enquiry."""

from __future__ import annotations

import json
from itertools import islice, product
from typing import Any

import pytest
from chalice.local import LambdaContext

import app as app_module
from chalicelib.notifications.worker import deliver_notification
from sandbox.gateway import Gateway as PlayedGateway
from sandbox.gateway import swagger_of
from sandbox.proxy_event import HttpRequest
from tests.conftest import Mailbox
from tests.functional.conftest import Install, Stored
from tests.website import BOUNDARY, DEPLOYED, FORM_TYPE, Answer, Website

JSON = "application/json"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
ANN = {"name": "Ann Example", "email": "ann@mail.example"}
CR_LF = "x\r\nBcc: evil@evil.example\r\nX-Injected: 1\r\n\r\nbody"
PAGE = {"Accept": "text/html", "Sec_Fetch_Mode": "navigate"}


def part(head: str, content: bytes = b"Ann") -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
WHOLE = part('name="name"') + part('name="email"', b"ann@mail.example")

REFUSED: list[tuple[str, bytes, str, int]] = [
    ("empty JSON", b"", JSON, 400),
    ("empty form", b"", FORM_TYPE, 400),
    ("empty multipart", b"", MULTIPART, 400),
    ("blank form", b"&&&=&", FORM_TYPE, 400),
    ("truncated JSON", b'{"name": "Ann", "email": "ann@mail.ex', JSON, 400),
    ("a JSON list", b'[{"name": "Ann"}]', JSON, 400),
    ("a JSON text", b'"name"', JSON, 400),
    ("a JSON null", b"null", JSON, 400),
    ("nesting", b'{"name":' + b"[" * 10_000 + b"]" * 10_000 + b"}", JSON, 400),
    ("nesting without end", b'{"name":' * 7_000, JSON, 400),
    ("duplicate keys", b'{"name": "Ann", "email": "a@mail.example", "name": "Bo"}', JSON, 400),
    ("NaN", b'{"name": "Ann", "email": "ann@mail.example", "peg_pain": NaN}', JSON, 400),
    ("Infinity", b'{"name": "Ann", "email": "ann@mail.example", "peg_pain": -Infinity}', JSON, 400),
    ("a lone surrogate", b'{"name": "\\ud800", "email": "ann@mail.example"}', JSON, 400),
    ("a form that says JSON", b"name=Ann&email=ann@mail.example", JSON, 400),
    ("multipart without boundary", WHOLE + END, "multipart/form-data", 400),
    ("multipart without end", WHOLE, MULTIPART, 400),
    ("multipart of another boundary", WHOLE + END, "multipart/form-data; boundary=other", 400),
    ("multipart without parts", b"name=Ann", MULTIPART, 400),
    ("JSON of 70 KiB", b'{"message":"' + b"x" * 71_680 + b'"}', JSON, 413),
    ("a form of 70 KiB", b"message=" + b"x" * 71_680, FORM_TYPE, 413),
    ("multipart of 70 KiB", part('name="message"', b"x" * 71_680) + END, MULTIPART, 413),
    ("a field of 1 MB", b"name=Ann&message=" + b"x" * 1_000_000, FORM_TYPE, 413),
    ("XML", b"<name>Ann</name>", "application/xml", 415),
    ("plain text", b"name=Ann&email=ann@mail.example", "text/plain", 415),
    ("a nonsense type", b"name=Ann", "\x00/;;=", 415),
    ("a file", WHOLE + part('name="scan"; filename="a.png"', b"\x89PNG") + END, MULTIPART, 422),
    ("a file without a name", WHOLE + part('name="scan"; filename=""', b"\x89PNG") + END, MULTIPART, 422),
    ("a name of 20,000", b"email=ann@mail.example&name=" + b"x" * 20_000, FORM_TYPE, 422),
    ("a message of 60,000", b"name=Ann&email=ann@mail.example&message=" + b"x" * 60_000, FORM_TYPE, 422),
    ("control characters alone", b"name=%00%01&email=%00", FORM_TYPE, 422),
]


def assert_ours(answer: Answer, status: int) -> None:
    """An answer of ours: the error shape, or a page with the phone number."""
    assert status == answer.status
    assert "Traceback" not in answer.text
    if answer.headers["content-type"].startswith(JSON):
        told = answer.json()

        assert (False, False, "+1 202-555-0100") == (told["ok"], told["success"], told["phone"])
        assert all(error["message"] and error["code"] for error in told["errors"])
    else:
        assert "+1 202-555-0100" in answer.text


@pytest.mark.parametrize(
    ("body", "content_type", "status"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_cannot_be_an_enquiry_is_refused(dry_site: Website, body: bytes, content_type: str, status: int) -> None:
    assert_ours(dry_site.post_raw("/enquiries", body, content_type, Accept="application/json"), status)
    assert_ours(dry_site.post_raw("/f/homepage", body, content_type, **PAGE), status)


def short_names(count: int) -> list[str]:
    """Different names, short enough for 10,000 of them to fit into 64 KiB."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(each) for each in islice(product(letters, repeat=3), count)]


def accepted_bodies() -> list[tuple[str, bytes, str]]:
    """Odd, but an enquiry all the same."""
    ann = "name=Ann&email=ann@mail.example&"
    return [
        (
            "a number of 5,000 digits",
            b'{"name":"Ann","email":"ann@mail.example","peg_pain":' + b"9" * 5_000 + b"}",
            JSON,
        ),
        ("a huge exponent", b'{"name":"Ann","email":"ann@mail.example","peg_pain":1e999}', JSON),
        ("wrong types", json.dumps({**ANN, "symptoms": {"a": 1}, "peg_pain": [[1]], "about": True}).encode(), JSON),
        ("a number as a name", b'{"name": 7, "phone": 2025550123}', JSON),
        (
            "lists for single fields",
            json.dumps({"name": ["Ann", "Bo"], "email": ["x", "ann@mail.example"]}).encode(),
            JSON,
        ),
        (
            "NUL and controls",
            b'{"name": "An\\u0000n\\u0007", "email": "ann@mail.example\\u0000", "a\\u0000b": "\\u0001c"}',
            JSON,
        ),
        ("a field without a name", b'{"name": "Ann", "email": "ann@mail.example", "": "kept"}', JSON),
        ("10,000 fields", (ann + "&".join(f"{name}=x" for name in short_names(10_000))).encode(), FORM_TYPE),
        ("10,000 values of one field", (ann + "symptoms=a&" * 5_000).encode(), FORM_TYPE),
        ("long accents", (ann + "note=a" + "\u0301\u0327" * 15_000).encode(), FORM_TYPE),
        ("a long field name", (ann + "x" * 60_000 + "=kept").encode(), FORM_TYPE),
        ("windows-1252", b"name=N\xfa\xf1ez&email=ann@mail.example", FORM_TYPE),
        ("a wrong charset", (ann + "message=ñ").encode(), FORM_TYPE + "; charset=utf-16"),
        ("an unknown charset", (ann + "message=ñ").encode(), FORM_TYPE + "; charset=klingon"),
        ("broken escapes", (ann + "message=%&x=%zz&y=%u0041&%=%").encode(), FORM_TYPE),
        ("an invisible address", "name=Ann&email=\u202eann@mail.example\u202c".encode(), FORM_TYPE),
        ("an empty file part", WHOLE + part('name="scan"; filename=""', b"") + END, MULTIPART),
        ("a part without a name", WHOLE + part("filename*=utf-8''", b"kept") + END, MULTIPART),
    ]


def test_an_odd_but_valid_enquiry_is_stored(site: Website, stored: Stored) -> None:
    bodies = accepted_bodies()
    answers = [
        site.post_raw("/enquiries", body, content_type, Accept="application/json", Idempotency_Key=title)
        for title, body, content_type in bodies
    ]

    assert [] == [title for (title, *_), answer in zip(bodies, answers, strict=True) if answer.status != 200]
    assert len(bodies) == len(stored.enquiries)


HEADER_BOUND = [
    "name",
    "best_time",
    "_replyto",
    "_subject",
    "subject",
    "_cc",
    "language",
    "_next",
    "referrer",
    "page_url",
]


@pytest.mark.parametrize("detail", ["minimal", "full"])
def test_line_ends_reach_no_header(site: Website, install: Install, mailbox: Mailbox, detail: str) -> None:
    context = install(STAFF_MAIL_DETAIL=detail)
    stored = Stored(context)
    fields = dict.fromkeys(HEADER_BOUND, CR_LF)
    answers = [
        site.post_form("/enquiries", {**fields, "email": "ann@mail.example", "phone": CR_LF}, **PAGE),
        site.post_json("/enquiries", {**fields, "email": f"bo@mail.example{CR_LF}", "phone": "202-555-0123"}),
    ]
    for row in stored.outbox():
        deliver_notification(context, row)
    headers = [(name.lower(), value) for mail in mailbox for name, value in mail.message.items()]

    assert [303, 200] == [answer.status for answer in answers]
    assert not [answer for answer in answers if {"x-injected", "bcc"} & set(answer.headers)]
    assert 2 == len(stored.enquiries)
    assert len(mailbox) >= 3
    assert not [name for name, _ in headers if name in ("x-injected", "bcc", "cc")]
    assert {address for mail in mailbox for address in mail.to} <= {"ann@mail.example", "frontdesk@clinic.example"}


ODD_HEADERS = [
    {"Origin": "https://a.example\r\nX-Injected: 1"},
    {"Referer": "https://[::1"},
    {"Accept_Language": "es;q=" + "9" * 4_000},
    {"Accept": "\x00" * 500},
    {"Idempotency_Key": "k" * 10_000},
    {"Idempotency_Key": "\x00\r\n"},
    {"Content_Length": "-1"},
    {"Sec_Fetch_Mode": "\U0001f600"},
    {"X_Requested_With": ""},
]


def test_odd_headers_lose_no_enquiry(site: Website, stored: Stored) -> None:
    answers = [
        site.post_json("/enquiries", {**ANN, "message": str(number)}, **headers)
        for number, headers in enumerate(ODD_HEADERS)
    ]

    assert {200} == {answer.status for answer in answers}
    assert not [answer for answer in answers if "x-injected" in answer.headers]
    assert len(ODD_HEADERS) == len(stored.enquiries)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("TRACE", "/enquiries", 405),
        ("BREW", "/f/homepage", 405),
        ("POST", "/health", 405),
        ("POST", "/received/x", 405),
        ("GET", "/nothing", 404),
        ("POST", "/enquiries/x/y", 404),
        ("POST", "/f/", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%00", 404),
    ],
)
def test_an_unknown_method_or_path_is_no_error_of_ours(dry_site: Website, method: str, path: str, status: int) -> None:
    app = app_module.app
    played = PlayedGateway(
        swagger_of(app, "us-east-1", "123456789012"),
        lambda event: app(event, LambdaContext("api_handler", 1024, 20_000)),
        DEPLOYED,
        "+1 202-555-0100",
    )
    headers = [("Accept", "application/json"), ("Content-Type", FORM_TYPE)]
    answer = played.answer(HttpRequest(method, path, "", headers, b"name=Ann", "203.0.113.9"))

    assert isinstance(dry_site, Website)
    assert status == answer.status
    assert "+1 202-555-0100" == json.loads(answer.body)["phone"]


@pytest.mark.parametrize("method", ["TRACE", "BREW"])
def test_an_unknown_method_that_gets_through_is_a_405(dry_site: Website, method: str) -> None:
    assert_ours(dry_site.send(method, "/enquiries", Accept="application/json"), 405)


HOSTILE_FORMS = ["x" * 300, "%00", "..%2f..%2fetc", "%F0%9F%98%80", "a%0d%0aSet-Cookie:x", "Home Page", "<script>"]


def test_a_form_with_a_hostile_name_is_stored_under_the_general_one(site: Website, stored: Stored) -> None:
    answers = [site.post_json(f"/f/{form}", {**ANN, "message": form}) for form in HOSTILE_FORMS]

    assert {200} == {answer.status for answer in answers}
    assert ["enquiries"] * len(HOSTILE_FORMS) == [enquiry.submission.form for enquiry in stored.enquiries]


def test_queries_do_no_harm(dry_site: Website) -> None:
    odd = [
        "?lang=%00&form=%0d%0a&next=javascript:alert(1)",
        "?lang=es&lang=en",
        "?" + "a=b&" * 2_000,
        "?%",
        "?form=<script>",
    ]
    answers: list[Any] = [dry_site.get(f"/form{query}") for query in odd]

    assert {200} == {answer.status for answer in answers}
    assert {1} == {answer.text.count("<script") for answer in answers}
