"""Which sites may post, and where their visitors land."""

from __future__ import annotations

import pytest

from tests.functional.conftest import Install, Stored
from tests.website import FORM_TYPE, Answer, Website

ANN = {"name": "Ann Example", "email": "ann@mail.example"}
LIST = "https://clinic.example,https://www.clinic.example"
NAVIGATION = {"Accept": "text/html", "Sec_Fetch_Mode": "navigate"}
OWN = "https://desk.clinic.example"


def allowed(answer: Answer) -> str | None:
    return answer.headers.get("access-control-allow-origin")


@pytest.mark.parametrize("origin", ["https://clinic.example", "https://www.clinic.example", OWN, "null"])
def test_an_allowed_origin_is_reflected_on_every_answer(site: Website, install: Install, origin: str) -> None:
    install(ALLOWED_ORIGINS=LIST)
    answers = [
        site.post_json("/enquiries", ANN, Origin=origin),
        site.post_json("/enquiries", {}, Origin=origin),
        site.post_json("/enquiries", {"name": "Ann"}, Origin=origin),
        site.post_raw("/enquiries", b"{", "application/json", Origin=origin),
        site.post_raw("/enquiries", b"x", "text/plain", Origin=origin),
        site.post_raw("/enquiries", b"a=" + b"x" * 70_000, FORM_TYPE, Origin=origin),
        site.post_form("/enquiries", ANN, Origin=origin, **NAVIGATION),
        site.get("/enquiries", Origin=origin),
        site.send("DELETE", "/health", Origin=origin),
        site.options("/f/homepage", Origin=origin),
        site.get("/received/unknown", Origin=origin),
        site.get("/health", Origin=origin),
        site.get("/form?part=form", Origin=origin),
    ]

    assert [200, 400, 422, 400, 415, 413, 303, 405, 405, 204, 404, 200, 200] == [answer.status for answer in answers]
    assert {origin} == {allowed(answer) for answer in answers}
    assert {"Origin"} == {answer.headers["vary"] for answer in answers}
    assert not [answer for answer in answers if "access-control-allow-credentials" in answer.headers]


def test_a_script_of_a_foreign_site_is_refused_and_may_not_read_why(dry_site: Website, install: Install) -> None:
    install(ALLOWED_ORIGINS=LIST)
    posts = [
        dry_site.post_json("/enquiries", ANN, Origin="https://evil.example"),
        dry_site.post_form("/enquiries", ANN, Origin="https://evil.example", Sec_Fetch_Mode="cors"),
        dry_site.post_form("/enquiries", ANN, Origin="http://clinic.example", X_Requested_With="XMLHttpRequest"),
    ]

    assert [(403, [(None, "ORIGIN_NOT_ALLOWED")])] * 3 == [(post.status, post.codes) for post in posts]
    assert {None} == {allowed(post) for post in posts}
    assert {"Origin"} == {post.headers["vary"] for post in posts}


def test_a_foreign_site_may_not_read_the_form_as_a_part_of_its_page(site: Website, install: Install) -> None:
    install(ALLOWED_ORIGINS=LIST)

    assert None is allowed(site.get("/form?part=form", Origin="https://evil.example"))
    assert OWN == allowed(site.get("/form?part=form", Origin=OWN))


def test_a_form_on_a_forgotten_domain_is_stored_and_scored(site: Website, install: Install, stored: Stored) -> None:
    install(ALLOWED_ORIGINS=LIST)
    answer = site.post_form("/enquiries", ANN, Origin="https://old-clinic.example", **NAVIGATION)

    assert 303 == answer.status
    assert "new" == stored.enquiry.status
    assert ("foreign_origin",) == stored.enquiry.verdict.reasons
    assert 2 == len(stored.outbox())


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}, {"Origin": ""}])
def test_no_origin_never_is_an_error(site: Website, install: Install, stored: Stored, headers: dict[str, str]) -> None:
    install(ALLOWED_ORIGINS=LIST)

    assert 200 == site.post_json("/enquiries", ANN, **headers).status
    assert () == stored.enquiry.verdict.reasons


def test_without_a_list_every_site_may_post(site: Website, stored: Stored) -> None:
    answer = site.post_json("/enquiries", ANN, Origin="https://anywhere.example")

    assert (200, "https://anywhere.example") == (answer.status, allowed(answer))
    assert () == stored.enquiry.verdict.reasons


@pytest.mark.parametrize("path", ["/enquiries", "/f/homepage"])
def test_a_preflight_names_what_the_clients_of_form_services_send(
    dry_site: Website, install: Install, path: str
) -> None:
    install(ALLOWED_ORIGINS=LIST)
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "formspree-client"}
    answer = dry_site.options(path, Origin="https://clinic.example", **asked)
    foreign = dry_site.options(path, Origin="https://evil.example", **asked)
    headers = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}

    assert 204 == answer.status
    assert "https://clinic.example" == allowed(answer)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "86400" == answer.headers["access-control-max-age"]
    assert headers >= {
        "content-type",
        "accept",
        "x-requested-with",
        "idempotency-key",
        "formspree-client",
        "formspree-session-data",
    }
    assert allowed(foreign) is None
    assert "Origin" == foreign.headers["vary"]


LANDING = ["_next", "redirect", "_redirect", "_success_url", "options[redirect]", "retURL"]


def test_a_visitor_goes_on_to_the_sites_own_page(site: Website, install: Install) -> None:
    install(ALLOWED_ORIGINS=LIST)
    thanks = "https://www.clinic.example/thanks?from=form"
    forms = [site.post_form("/enquiries", {**ANN, name: thanks, "message": name}) for name in LANDING]
    scripts = [site.post_json("/enquiries", {**ANN, name: thanks, "message": name}) for name in LANDING]

    assert [thanks] * len(LANDING) == [answer.headers["location"] for answer in forms]
    assert [thanks] * len(LANDING) == [answer.json()["next"] for answer in scripts]


def test_a_relative_page_is_one_of_the_site_that_the_form_stands_on(site: Website, install: Install) -> None:
    install(ALLOWED_ORIGINS=LIST)
    fields = {**ANN, "_next": "../thanks.html"}
    answer = site.post_form("/enquiries", fields, Referer="https://clinic.example/contact/form.html")

    assert "https://clinic.example/thanks.html" == answer.headers["location"]


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "https:evil.example",
    "/\\evil.example",
    "https:\\\\evil.example",
    "https://clinic.example@evil.example/",
    "https://clinic.example.evil.example/",
    "javascript:alert(1)",
    "https://clinic.example/\r\nSet-Cookie: a=b",
    "https://clinic.example/\x00",
]


def test_a_visitor_is_never_sent_to_a_foreign_site(site: Website, install: Install, stored: Stored) -> None:
    install(ALLOWED_ORIGINS=LIST)
    answers = [
        site.post_form("/enquiries", {**ANN, "_next": url, "message": url}, Referer="https://clinic.example/")
        for url in ELSEWHERE
    ]

    assert {303} == {answer.status for answer in answers}
    assert [] == [
        a.headers["location"] for a in answers if not a.headers["location"].startswith(f"{OWN}/api/received/")
    ]
    assert not [answer for answer in answers if "set-cookie" in answer.headers]
    assert len(ELSEWHERE) == len(stored.enquiries)


def test_without_a_list_a_visitor_goes_to_our_own_pages_only(site: Website) -> None:
    foreign = site.post_form("/enquiries", {**ANN, "_next": "https://clinic.example/thanks"})
    own = site.post_form("/enquiries", {**ANN, "_next": f"{OWN}/api/form?lang=es", "message": "2"})

    assert foreign.headers["location"].startswith(f"{OWN}/api/received/")
    assert f"{OWN}/api/form?lang=es" == own.headers["location"]


def test_somebody_in_danger_lands_on_the_receipt_which_links_to_the_sites_page(site: Website, install: Install) -> None:
    install(ALLOWED_ORIGINS=LIST)
    fields = {**ANN, "_next": "https://clinic.example/thanks", "urgent_signs": "hot_joint"}
    location = site.post_form("/enquiries", fields).headers["location"]
    page = site.get(location.removeprefix(f"{OWN}/api"))

    assert location.startswith(f"{OWN}/api/received/")
    assert 'href="https://clinic.example/thanks"' in page.text
    assert "Please see a doctor or urgent care today." in page.text


def test_a_refused_form_links_back_only_to_an_allowed_page(dry_site: Website, install: Install) -> None:
    install(ALLOWED_ORIGINS=LIST)
    good, evil = "https://clinic.example/contact", "https://evil.example/contact"

    assert f'href="{good}"' in dry_site.post_form("/enquiries", {"name": "Ann", "_error_url": good}, **NAVIGATION).text
    assert (
        f'href="{evil}"' not in dry_site.post_form("/enquiries", {"name": "Ann", "_error_url": evil}, **NAVIGATION).text
    )
