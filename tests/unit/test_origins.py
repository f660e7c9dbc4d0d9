"""Which sites may talk to us by script, and where a visitor may be sent."""

from __future__ import annotations

import pytest

from chalicelib.errors import OriginNotAllowed
from chalicelib.intake.origins import check_origin, cors_headers, is_foreign, safe_destination
from chalicelib.settings import Settings
from chalicelib.web import origin_of
from tests.web_requests import OWN, SETTINGS, a_request

OPEN = Settings(public_url=OWN)
ALLOWED = [
    "https://clinic.example",
    "https://www.clinic.example",
    "https://desk.clinic.example",
    "HTTPS://Clinic.Example",
]
FOREIGN = [
    "https://evil.example",
    "http://clinic.example",
    "https://clinic.example:8443",
    "https://clinic.example.evil.example",
]


@pytest.mark.parametrize("origin", ALLOWED)
def test_an_allowed_origin_is_reflected(origin: str) -> None:
    request = a_request(Origin=origin)

    assert origin == cors_headers(request, SETTINGS)["Access-Control-Allow-Origin"]
    assert "Origin" == cors_headers(request, SETTINGS)["Vary"]
    check_origin(request, SETTINGS, by_script=True)


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_not_reflected_and_its_scripts_are_refused(origin: str) -> None:
    request = a_request(Origin=origin)

    assert {"Vary": "Origin"} == cors_headers(request, SETTINGS)
    with pytest.raises(OriginNotAllowed):
        check_origin(request, SETTINGS, by_script=True)


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_plain_form_on_a_foreign_site_is_taken_and_scored(origin: str) -> None:
    check_origin(a_request(Origin=origin), SETTINGS, by_script=False)

    assert is_foreign(a_request(Origin=origin), SETTINGS)


@pytest.mark.parametrize("origin", ["", "null", " null ", "NULL"])
def test_no_origin_is_nobodys_fault(origin: str) -> None:
    check_origin(a_request(Origin=origin), SETTINGS, by_script=True)

    assert not is_foreign(a_request(Origin=origin), SETTINGS)


@pytest.mark.parametrize("origin", [*ALLOWED, *FOREIGN])
def test_an_empty_list_lets_every_site_post(origin: str) -> None:
    check_origin(a_request(Origin=origin), OPEN, by_script=True)

    assert origin == cors_headers(a_request(Origin=origin), OPEN)["Access-Control-Allow-Origin"]


def test_an_origin_cannot_write_headers() -> None:
    headers = cors_headers(a_request(Origin="https://a.example\r\nSet-Cookie: a=b"), OPEN)

    assert "\r" not in "".join(headers.values())
    assert "\n" not in "".join(headers.values())


@pytest.mark.parametrize(
    "url",
    [
        "https://clinic.example/thanks",
        "https://CLINIC.example/thanks?a=b#c",
        "https://clinic.example:443/thanks",
        "https://www.clinic.example",
        "https://desk.clinic.example/api/form",
    ],
)
def test_a_visitor_may_be_sent_to_an_allowed_site(url: str) -> None:

    assert url == safe_destination(url, a_request(), SETTINGS)


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("/thanks", "https://clinic.example/thanks"),
        ("thanks.html", "https://clinic.example/contact/thanks.html"),
        ("?sent=1", "https://clinic.example/contact/form.html?sent=1"),
        ("../thanks", "https://clinic.example/thanks"),
    ],
)
def test_a_relative_address_is_resolved_against_the_page(url: str, absolute: str) -> None:
    request = a_request(Referer="https://clinic.example/contact/form.html")

    assert absolute == safe_destination(url, request, SETTINGS)


@pytest.mark.parametrize("url", ["/thanks", "thanks.html"])
@pytest.mark.parametrize("referer", ["", "https://evil.example/contact", "javascript:alert(1)//", "https://[", "x"])
def test_a_relative_address_leads_nowhere_without_an_allowed_page(url: str, referer: str) -> None:

    assert "" == safe_destination(url, a_request(Referer=referer), SETTINGS)


HOSTILE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example/a",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:clinic.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:\\\\evil.example",
    "https://clinic.example\\@evil.example",
    "https://clinic.example@evil.example/",
    "https://clinic.example:pw@evil.example/",
    "https://clinic.example%40evil.example/",
    "https://evil.example#@clinic.example",
    "https://evil.example?https://clinic.example",
    "https://clinic.example.evil.example",
    "https://evil.example/https://clinic.example",
    "http://clinic.example/",
    "https://clinic.example:8443/",
    "https://clinic.example./",
    "https://user@clinic.example/",
    "javascript:alert(1)",
    "JavaScript://clinic.example/%0aalert(1)",
    "data:text/html,x",
    "ftp://clinic.example/",
    "https://clinic.example/\r\nSet-Cookie: a=b",
    "https://clinic.example/\x00",
    "\thttps://clinic.example/",
    "https://clinic\t.example/",
    "java\nscript:alert(1)",
    "https://clinic\u3002example/",
    "https://clínic.example/",
    "https://[::1",
    "https://clinic.example:port/",
    "",
    " ",
    "https://clinic.example/" + "a" * 2_000,
]


@pytest.mark.parametrize("url", HOSTILE)
@pytest.mark.parametrize("settings", [SETTINGS, OPEN], ids=["list", "empty list"])
def test_a_visitor_is_never_sent_elsewhere(url: str, settings: Settings) -> None:
    request = a_request(Referer="https://clinic.example/contact")

    assert "" == safe_destination(url, request, settings)


def test_an_empty_list_allows_only_our_own_pages() -> None:

    assert "" == safe_destination("https://clinic.example/thanks", a_request(), OPEN)
    assert f"{OWN}/form" == safe_destination(f"{OWN}/form", a_request(), OPEN)


def test_nobody_is_sent_anywhere_when_our_own_address_is_unknown() -> None:
    request = a_request(base_url="", Referer="https://evil.example/")

    assert "" == safe_destination("/thanks", request, Settings())


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.example:443/x", "https://a.example"),
        ("http://a.example:80", "http://a.example"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000"),
        ("https://u@a.example", ""),
        ("mailto:a@b.example", ""),
        ("/x", ""),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:

    assert origin == origin_of(url)
