"""The security headers of every answer of ours, kind by kind: every route and method, signed in or not, whatever the
status."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.routes import ROUTES
from chalicelib.storage.withdrawal_tokens import withdrawal_token
from infrastructure.gateway import ANSWERS, gateway_answer
from sandbox.gateway_answers import gateway_error
from tests.conftest import STAGE_KEY
from tests.desk_site import DeskSite
from tests.fake_api import client_error
from tests.functional.conftest import Install
from tests.website import FORM_TYPE, Answer, Website

Headers = dict[str, str]
OURS = "https://desk.clinic.example"
ON_EVERY_ANSWER = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
"""What is neither page nor file: JSON, redirects, preflights."""
FOR_OTHER_SITES = {"cross-origin-resource-policy": "cross-origin"}
PAGE = "default-src 'none'; style-src 'sha256'; form-action 'self' {own}; base-uri 'none'; frame-ancestors {frames}"
SCRIPTED = PAGE.replace("; form-action", "; script-src 'sha256'; connect-src 'self' {own}; form-action")
NOTICE = {"content-security-policy": PAGE.format(own=OURS, frames="*")}
FORM = {"content-security-policy": SCRIPTED.format(own=OURS, frames="*")}
RECEIPT = {**FORM, "referrer-policy": "no-referrer"}
WITHDRAWAL = {
    "content-security-policy": PAGE.format(own=OURS, frames="'none'"),
    "referrer-policy": "no-referrer",
}
PART = {**FOR_OTHER_SITES, "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"}
DESK = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
}
NAMES = {*ON_EVERY_ANSWER, "x-frame-options"}
ANN = b"name=Ann&email=ann%40mail.example"
BROWSER = {"Accept": "text/html", "Sec_Fetch_Mode": "navigate"}
SCRIPT = {"Accept": "application/json"}
STATUSES = {200, 204, 302, 303, 400, 403, 404, 405, 413, 415, 422, 429, 503}


def headers_of(answer: Answer) -> Headers:
    """Those of interest; hashes of our own style and script stand for themselves."""
    found = {name: value for name, value in answer.headers.items() if name in NAMES}
    return {name: re.sub(r"'sha256-[\w+/=]{44}'", "'sha256'", value) for name, value in found.items()}


def expected(path: str, answer: Answer) -> Headers:
    """What an answer at a path has to say, by what it is."""
    if path == "/form?part=form":
        return {**ON_EVERY_ANSWER, **PART}
    is_page = answer.headers["content-type"].startswith("text/html") and answer.text
    if path.startswith("/desk"):
        stored = {"cache-control": "private, max-age=300"} if "/assets/" in path and answer.status == 200 else {}
        return {**ON_EVERY_ANSWER, **DESK, **stored}
    shared = FOR_OTHER_SITES if path.startswith(("/enquiries", "/f/")) else {}
    if is_page:
        return {**ON_EVERY_ANSWER, **shared, **_page(path, answer)}
    if path.startswith("/withdraw") and answer.status == 303:
        return {**ON_EVERY_ANSWER, "referrer-policy": "no-referrer"}
    if path in ("/embed.js", "/openapi.json"):
        own = FOR_OTHER_SITES if path == "/embed.js" else {}
        return {**ON_EVERY_ANSWER, **own, "cache-control": "public, max-age=300"}
    return {**ON_EVERY_ANSWER, **shared}


def _page(path: str, answer: Answer) -> Headers:
    if path.startswith("/received") and answer.status == 200:
        return RECEIPT
    if path.startswith("/withdraw") and answer.status == 200:
        return WITHDRAWAL
    if "<form" not in answer.text:
        return NOTICE
    is_empty = path == "/form" and 'value="Ann"' not in answer.text
    return {**FORM, **({"cache-control": "private, no-cache"} if is_empty else {})}


def assert_headers(title: str, path: str, answer: Answer) -> None:
    wanted, found = expected(path, answer), headers_of(answer)
    differing = {name: (wanted.get(name), found.get(name)) for name in wanted | found}

    assert {} == {name: pair for name, pair in differing.items() if pair[0] != pair[1]}, f"{title} {answer.status}"
    assert "unsafe" not in found["content-security-policy"]
    assert "*" not in found["content-security-policy"].partition("frame-ancestors")[0]


def addresses() -> Iterator[tuple[str, str]]:
    """Every method and path that the gateway lets through, and every route of the desk."""
    values = {"form": "homepage", "receipt": "0" * 32, "token": "x.y", "page": "none", "key": "k", "act": "a"}
    for path, methods in app_module.app.routes.items():
        yield from ((method, re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)) for method in methods)
    yield from ((route.method, route.path.replace("{key}", "desk.css")) for route in ROUTES)


def test_every_route_has_its_headers_for_visitors_and_staff(
    site: Website, staff_site: DeskSite, manager_site: DeskSite
) -> None:
    asked = list(addresses())
    for method, path in asked:
        for who in (site, staff_site, manager_site):
            for accept in (BROWSER, SCRIPT):
                body = b"" if method in ("GET", "HEAD", "OPTIONS") else ANN
                answer = who.send(method, path, body, Content_Type=FORM_TYPE, **accept)

                assert_headers(f"{method} {path}", path, answer)

    assert len(set(asked)) > 60


def answers_of(site: Website, staff_site: DeskSite, enquiry_id: str) -> Iterator[tuple[str, Answer]]:
    """One of each status, as JSON and as a page."""
    for accept in (BROWSER, SCRIPT):
        yield "/enquiries", site.post_raw("/enquiries", ANN, FORM_TYPE, **accept)
        yield "/enquiries", site.post_raw("/enquiries", b"", FORM_TYPE, **accept)
        yield "/f/x", site.post_raw("/f/x", b"message=" + b"x" * 70_000, FORM_TYPE, **accept)
        yield "/f/x", site.post_raw("/f/x", b"<a/>", "text/xml", **accept)
        yield "/f/x", site.post_raw("/f/x", b"name=Ann&_next=https%3A%2F%2Fevil.example", FORM_TYPE, **accept)
        yield "/enquiries", site.send("TRACE", "/enquiries", **accept)
        yield "/health", site.send("POST", "/health", **accept)
        yield "/received", site.get(f"/received/{'0' * 32}", **accept)
        yield "/withdraw", site.get("/withdraw/forged", **accept)
        yield "/desk/none", staff_site.get("/desk/none", **accept)
        yield "/desk", site.send("DELETE", "/desk", **accept)
        yield "/desk/search", staff_site.post_raw("/desk/search", b"{}", "application/json", **accept)
    yield "/enquiries", site.post_raw("/enquiries", ANN, FORM_TYPE, Origin="https://evil.example", **SCRIPT)
    yield "/", site.get("/")
    yield "/form?part=form", site.get("/form?part=form")
    yield "/enquiries", site.options("/enquiries", Origin="https://clinic.example")
    landed = site.post_form("/enquiries", {"name": "Bo", "phone": "202-555-0123"}, **BROWSER).headers["location"]
    yield "/received", site.get(landed.partition("/api")[2])
    path = f"/withdraw/{withdrawal_token(STAGE_KEY, enquiry_id)}"
    yield path, site.get(path)
    yield path, site.post_form(path, {"withdraw": "yes"})
    yield path, site.get(path)
    yield "/desk/settings", staff_site.get("/desk/settings")


def test_every_status_has_its_headers(
    site: Website, staff_site: DeskSite, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = install(ALLOWED_ORIGINS="https://clinic.example", RATE_LIMIT_CONTACT="3")
    enquiry_id = site.post_json("/enquiries", {"name": "Ann", "phone": "303-555-0123"}).json()["id"]
    given = list(answers_of(site, staff_site, enquiry_id))
    given += [("/enquiries", _flooded(site, accept)) for accept in (BROWSER, SCRIPT)]
    given += list(_broken(site, staff_site, context, monkeypatch))
    for path, answer in given:
        assert_headers(path, path, answer)

    assert STATUSES == {answer.status for _, answer in given}


def _flooded(site: Website, accept: Headers) -> Answer:
    posts = [
        site.post_form("/enquiries", {"name": "Cy", "phone": "404-555-0123", "message": f"{number}"}, **accept)
        for number in range(5)
    ]
    return posts[-1]


def _broken(
    site: Website, staff_site: DeskSite, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Answer]]:
    """Everything that a broken database makes of an answer."""

    def fail(**_: object) -> None:
        raise client_error("InternalServerError")

    context.table.client.meta.events.register("before-call.dynamodb", fail)
    for accept in (BROWSER, SCRIPT):
        yield "/enquiries", site.post_raw("/enquiries", b"name=Di&phone=505-555-0123", FORM_TYPE, **accept)
        yield "/health", site.get("/health?deep=1", **accept)
        yield "/desk", staff_site.get("/desk", **accept)
    monkeypatch.setattr(app_module.openapi, "show_openapi", fail)
    yield "/openapi", site.get("/openapi.json", **SCRIPT)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer[0])
def test_what_the_gateway_answers_by_itself_has_them_too(answer: tuple[str, str, str, str]) -> None:
    given = gateway_answer(*answer, "+1 202-555-0100")["responseParameters"]
    found = {name.removeprefix("gatewayresponse.header.").lower(): value.strip("'") for name, value in given.items()}
    played = gateway_error(404, phone="+1 202-555-0100", accept="text/html").headers
    empty = {**FOR_OTHER_SITES, "content-security-policy": "default-src; base-uri; form-action; frame-ancestors"}

    assert {**ON_EVERY_ANSWER, **empty} == {name: value for name, value in found.items() if name in NAMES}
    assert {**ON_EVERY_ANSWER, **empty} == {name.lower(): value for name, value in played if name.lower() in NAMES}
