"""Chromium as Debian installs it, looking at a running sandbox or at the application in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.requests import COOKIE
from chalicelib.models.staff import Staff
from tests.browser.form_visits import FormVisit, visit
from tests.desk_site import BASE, ORIGIN, STAFF, DeskSite, signed_in
from tests.functional.conftest import Stored

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run. Fails where it is not installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is missing: make test installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Opener]:
    """Open an address as a new visitor with a phone; `java_script_enabled=True` for one with scripts."""
    contexts: list[BrowserContext] = []

    def open_as(url: str, **options: Any) -> Page:
        settings = {"java_script_enabled": False, "viewport": {"width": 390, "height": 800}, "locale": "en-US"}
        context = chromium.new_context(**{**settings, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield open_as
    for context in contexts:
        context.close()


@pytest.fixture
def person() -> Staff:
    """Who has signed in to `desk` and `page`; a file whose tests need a manager says so."""
    return STAFF


@pytest.fixture
def desk(context: AppContext, person: Staff, monkeypatch: pytest.MonkeyPatch) -> DeskSite:
    """The desk in this process, with a session of its own."""
    monkeypatch.setattr(app_module, "instance", lambda: context)
    return signed_in(app_module, context, person)


@pytest.fixture
def page(chromium: Browser, desk: DeskSite) -> Iterator[Page]:
    """A browser as wide as a small phone that has signed in; its requests are answered by the application in this
    process. Redirects are followed by nobody: Chromium would leave this machine for them."""
    context = chromium.new_context(viewport={"width": 320, "height": 700}, locale="en-US")
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": COOKIE, "value": desk.session_id, "url": BASE}])
    context.route("**/*", lambda route: answer_with(DeskSite(desk.app_module), context, route))
    yield context.new_page()
    context.close()


def answer_with(site: DeskSite, context: BrowserContext, route: Route) -> None:
    """Answer what a browser asks, with the cookies and the Origin that Chromium adds on the wire only."""
    request = route.request
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies(BASE))
    sent = {"Cookie": cookies} if cookies else {}
    sent |= {"Origin": ORIGIN} if request.method == "POST" else {}
    kept = {name: value for name, value in request.headers.items() if name.title() not in ("Cookie", "Origin")}
    path = request.url.removeprefix(BASE)
    answer = site.send(request.method, path, request.post_data_buffer or b"", **kept, **sent)
    route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.text)


@pytest.fixture
def visitor(chromium: Browser, context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[FormVisit]:
    """Somebody at the form of the application in this process, whose posts are kept."""
    monkeypatch.setattr(app_module, "instance", lambda: context)
    visitor = visit(chromium, app_module)
    yield visitor
    visitor.page.context.close()


@pytest.fixture
def stored(context: AppContext) -> Stored:
    """What the application in this process has stored."""
    return Stored(context)
