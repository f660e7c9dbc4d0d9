"""A visitor with scripts at the form: Chromium, answered by the application in this process."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.website import Website

OWN = "https://desk.clinic.example"
BASE = f"{OWN}/api"
SITE = "https://www.clinic.example/"
_PART = re.compile(rb'name="([^"]+)"\r\n\r\n(.*?)\r\n--', re.DOTALL)


@dataclass
class FormVisit:
    """One visitor. `posts` are the answers that were sent, also those that got lost; while `lost` says what happens
    to them, they do: `request` never arrives, `answer` is stored but nobody hears of it."""

    page: Page
    posts: list[list[tuple[str, str]]] = field(default_factory=list)
    sent_headers: list[dict[str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    site_body: str = ""

    def open(self, path: str = "/form") -> Page:
        """Go to one of our own pages."""
        self.page.goto(BASE + path)
        return self.page

    def open_site(self, body: str) -> Page:
        """Go to a page of the clinic's own site."""
        self.site_body = body
        self.page.goto(SITE)
        return self.page

    def sent(self, name: str) -> list[list[str]]:
        """The values of a field in each post."""
        return [[value for named, value in post if named == name] for post in self.posts]


def visit(chromium: Browser, app_module: ModuleType, **options: Any) -> FormVisit:
    """A new visitor with a phone."""
    settings: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "locale": "en-US"}
    context = chromium.new_context(**{**settings, **options})
    context.set_default_timeout(10_000)
    visitor = FormVisit(context.new_page())
    _answer_all(context, Website(app_module), visitor)
    return visitor


def _answer_all(context: BrowserContext, site: Website, visitor: FormVisit) -> None:
    def answer(route: Route) -> None:
        request = route.request
        body = request.post_data_buffer or b""
        loss = ""
        is_sent = request.method == "POST" and "/form?" not in request.url  # else it is another language
        if is_sent and request.headers["content-type"].startswith("multipart/"):
            visitor.posts.append([(name.decode(), value.decode()) for name, value in _PART.findall(body)])
            visitor.sent_headers.append(request.headers)
            loss = visitor.lost.pop(0) if visitor.lost else ""
        if loss == "request":
            return route.abort("connectionfailed")
        headers = {name.title(): value for name, value in request.headers.items()}
        given = site.send(request.method, request.url.removeprefix(BASE), body, **headers)
        if loss == "answer":
            return route.abort("connectionreset")
        return route.fulfill(status=given.status, headers=dict(given.headers), body=given.text)

    def elsewhere(route: Route) -> None:
        page = f"<!doctype html><html lang=en><title>A site</title><main><h1>A site</h1>{visitor.site_body}</main>"
        route.fulfill(content_type="text/html", body=page)

    context.route("**/*", elsewhere)
    context.route(f"{OWN}/**", answer)


def give_contact(page: Page) -> None:
    """The second step, in English."""
    page.get_by_label("Your name").fill("Ann Example")
    page.get_by_label("Email address").fill("ann@mail.example")
    page.get_by_label("I agree that").check()


def press(page: Page, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=name, exact=True).click()
