"""What a request to the desk says about itself: its form, its cookie, its origin, where it may lead."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.desk.requests import (
    COOKIE,
    MAX_BYTES,
    challenge_cookie,
    cookie_header,
    cookie_of,
    form_token,
    is_from_ourselves,
    is_reached_elsewhere,
    page_of,
    read_form,
    safe_next,
    session_id_of,
)
from chalicelib.web import WebRequest

FORM = "application/x-www-form-urlencoded"
FOREIGN = ('prefs={"a":"b"}', "x=a b", "x=é", "x", "=", "path=/foo", "a[b]=1", "\x00;;;==")
"""Cookies that other sites of the domain may set."""


def request(**overrides: Any) -> WebRequest:
    values: dict[str, Any] = {
        "method": "POST",
        "headers": {"content-type": FORM},
        "query": {},
        "path_values": {},
        "body": b"",
        "base_url": "https://desk.clinic.example/api",
    }
    return WebRequest(**{**values, **overrides})


def with_headers(**headers: str) -> WebRequest:
    return request(headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"", {}),
        (b"a=1&b=2&a=3", {"a": "3", "b": "2"}),
        (b"empty=&text=two+words%0D%0A%C3%A9", {"empty": "", "text": "two words\r\né"}),
        (b"text=%FF", {}),
        (b"text=\xff", {}),
        (b"&".join(b"f%d=1" % number for number in range(101)), {}),
        (b"text=" + b"a" * MAX_BYTES, {}),
    ],
)
def test_form_is_read_whole_or_not_at_all(body: bytes, read: dict[str, str]) -> None:

    assert read == read_form(request(body=body))


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_other_bodies_are_no_forms(kind: str) -> None:

    assert {} == read_form(request(headers={"content-type": kind}, body=b"a=1"))


def test_charset_beside_the_type_is_no_matter() -> None:

    assert {"a": "1"} == read_form(request(headers={"content-type": f"{FORM.upper()}; charset=UTF-8"}, body=b"a=1"))


@pytest.mark.parametrize(
    ("cookie", "found"),
    [
        ("", ""),
        (f"{COOKIE}=abc", "abc"),
        (f"other=1; {COOKIE}=abc; more=2", "abc"),
        (f"x{COOKIE}=abc", ""),
        (f"{COOKIE}=abc; {COOKIE}=evil", "abc"),
        (f"{COOKIE.removeprefix('__Host-')}=abc", ""),
        *((f"{foreign}; {COOKIE}=abc", "abc") for foreign in FOREIGN),
        ("\x00;;;==", ""),
    ],
)
def test_session_id_is_what_the_cookie_holds(cookie: str, found: str) -> None:

    assert found == session_id_of(with_headers(cookie=cookie))
    assert "" == cookie_of(with_headers(cookie=cookie), "unknown")


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("https://desk.clinic.example", True),
        ("https://desk.clinic.example/api", False),
        ("http://desk.clinic.example", False),
        ("https://desk.clinic.example:8443", False),
        ("https://evil.example", False),
        ("https://desk.clinic.example.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_our_own_origin_posts(origin: str, ours: bool) -> None:

    assert ours is is_from_ourselves(with_headers(origin=origin, sec_fetch_site="same-origin"))


@pytest.mark.parametrize(("site", "ours"), [("same-origin", True), ("same-site", False), ("none", False), ("", False)])
def test_where_nobody_knows_our_address_the_browser_says_whose_page_it_was(site: str, ours: bool) -> None:

    assert ours is is_from_ourselves(
        request(base_url="", headers={"sec-fetch-site": site, "origin": "https://a.example"})
    )


def test_an_address_of_ours_that_is_none_admits_nobody() -> None:

    assert not is_from_ourselves(request(base_url="file:///x", headers={}))
    assert is_from_ourselves(request(base_url="https://Desk.example:443/x", headers={"origin": "https://desk.example"}))


@pytest.mark.parametrize(
    "path",
    [
        "/desk",
        "/desk/enquiries/3f0c9f1e-4a35",
        "/desk?level=urgent&mine=1",
        "/desk/audit?day=2026-03-02&user=a%40b.example",
    ],
)
def test_sign_in_leads_to_pages_of_the_desk(path: str) -> None:

    assert path == safe_next(path)


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "//desk", "/deskx", "https://evil.example/desk"),
        *("/desk/", "/desk//a", "/desk/../f", "/desk/./a", "/desk/a#b", "/desk/%2e%2e/x"),
        *("/desk?a#b", "/desk?a\n", "/desk?", "/desk?a=" + "1" * 1500, "/desk?a=\\", "/desk/sign-in?a=1"),
        *("/desk/sign-in", "/desk/sign-out", "/desk/challenge", "/desk\n/x", "/desk/a\n"),
    ],
)
def test_sign_in_leads_nowhere_else(path: str) -> None:

    assert "/desk" == safe_next(path)


@pytest.mark.parametrize(
    ("posted", "page"),
    [
        ("/desk/enquiries/1/note", "/desk/enquiries/1"),
        ("/desk/settings", "/desk/settings"),
        ("/desk/sign-out", "/desk"),
        ("/desk/enquiries/..%2F..", "/desk"),
    ],
)
def test_an_act_belongs_to_a_page(posted: str, page: str) -> None:

    assert page == page_of(posted)


@pytest.mark.parametrize(
    ("host", "elsewhere"),
    [
        ("", False),
        ("desk.clinic.example", False),
        ("Desk.Clinic.Example:443", False),
        ("desk.clinic.example:8443", True),
        ("abc123.execute-api.us-east-1.amazonaws.com", True),
        ("[", True),
    ],
)
def test_whoever_comes_by_another_name_is_sent_on_once(host: str, elsewhere: bool) -> None:

    assert elsewhere is is_reached_elsewhere(with_headers(host=host))
    assert not is_reached_elsewhere(request(headers={"host": host}, query={"moved": "1"}))
    assert not is_reached_elsewhere(request(headers={"host": host}, base_url=""))


def test_form_token_belongs_to_one_session() -> None:

    assert form_token("a" * 64) == form_token("a" * 64)
    assert form_token("a" * 64) != form_token("b" * 64)
    assert "a" * 64 != form_token("a" * 64)


def test_no_script_and_no_other_site_reads_the_cookie() -> None:

    assert "__Host-desk_session=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax" == cookie_header("x", 60)
    assert "__Host-desk_sign_in=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Strict" == challenge_cookie("x", 60)
