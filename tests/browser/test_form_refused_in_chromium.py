"""When nothing could be stored: the answers stay, the telephone number is at hand, and the next try may work."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

import app as app_module
from chalicelib.context import AppContext
from tests.browser.form_visits import BASE, FormVisit, give_contact, press, visit
from tests.browser.page_checks import axe_violations, load_axe, take_screenshot
from tests.conftest import ENVIRONMENT, SettableClock
from tests.website import Website

pytestmark = pytest.mark.browser

RECEIPT = re.compile(r"/received/[0-9a-f]{32}$")
SCRIPT = f'<script src="{BASE}/embed.js" data-form="homepage"></script>'
NUMBER = ENVIRONMENT["CLINIC_PHONE"]


@pytest.fixture
def environment() -> dict[str, str]:
    return {**ENVIRONMENT, "RATE_LIMIT_CONTACT": "1"}


@pytest.fixture
def visitor(chromium: Browser, context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[FormVisit]:
    monkeypatch.setattr(app_module, "instance", lambda: context)
    visitor = visit(chromium, app_module, viewport={"width": 360, "height": 740})
    yield visitor
    visitor.page.context.close()


def write(page: Page, name: str) -> None:
    press(page, "Next")
    give_contact(page)
    page.get_by_label("Your name").fill(name)
    press(page, "Send now")


def fail(visitor: FormVisit, status: int, body: dict[str, Any]) -> None:
    """Answer every post so."""

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
        return route.fulfill(status=status, headers=headers, body=json.dumps(body))

    visitor.page.route(re.compile("/(enquiries|f/)"), answer)


@pytest.mark.parametrize("embedded", [False, True])
def test_too_many_is_said_with_the_number_to_call_and_the_answers_stay(
    visitor: FormVisit, clock: SettableClock, embedded: bool
) -> None:
    write(visitor.open(), "Ann Example")
    expect(visitor.page).to_have_url(RECEIPT)
    page = visitor.open_site(SCRIPT) if embedded else visitor.open()
    write(page, "Ann Again")
    summary = page.get_by_role("alert").filter(has_text="We cannot take more messages")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading", name="Your message was not sent")).to_be_in_viewport()
    expect(summary.get_by_role("link", name=NUMBER)).to_be_in_viewport()
    expect(page.get_by_label("Your name")).to_have_value("Ann Again")
    take_screenshot(page, f"form too many {embedded}")
    load_axe(page)
    assert [] == axe_violations(page)
    clock.advance(hours=2)
    press(page, "Send now")

    expect(page.get_by_role("heading", name="We received your message")).to_be_visible()


def test_what_cannot_be_stored_is_tried_again_and_the_number_is_at_hand(visitor: FormVisit) -> None:
    fail(visitor, 503, {"ok": False, "errors": [{"code": "NOT_STORED", "message": "Not stored."}]})
    page = visitor.open()
    write(page, "Ann Example")
    expect(page.get_by_role("status")).to_contain_text("We keep trying")
    expect(page.locator(".rescue").get_by_role("link", name=NUMBER)).to_be_visible()
    take_screenshot(page, "form waiting")
    visitor.page.unroute_all()

    expect(page).to_have_url(RECEIPT, timeout=20_000)


def test_offline_in_the_middle_costs_nothing(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    visitor.lost += ["request", "request", "answer"]
    press(page, "Send now")

    expect(page).to_have_url(RECEIPT, timeout=20_000)
    assert 4 == len(visitor.posts)
    assert 1 == len({tuple(keys) for keys in visitor.sent("_idempotency")})


def test_an_answer_that_nobody_can_read_says_that_nothing_was_sent(visitor: FormVisit) -> None:
    fail(visitor, 413, {"message": "Request Too Long"})
    page = visitor.open()
    write(page, "Ann Example")
    summary = page.get_by_role("alert").filter(has_text="This was not sent")

    expect(summary).to_be_focused()
    expect(summary.get_by_role("link", name=NUMBER)).to_be_visible()


def test_a_refusal_without_scripts_has_the_number_too(
    chromium: Browser, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "instance", lambda: context)
    Website(app_module).post_form("/enquiries", {"name": "Ann Example", "email": "ann@mail.example"})
    page = visit(chromium, app_module, java_script_enabled=False).open()
    give_contact(page)
    page.get_by_label("Anything else?").fill("second")
    page.get_by_role("button", name="Send", exact=True).click()
    summary = page.locator("#summary")

    expect(summary.get_by_role("heading", name="Your message was not sent")).to_be_visible()
    expect(summary.get_by_role("link", name=NUMBER)).to_be_visible()
    expect(page.get_by_label("Anything else?")).to_have_value("second")
    page.context.close()
