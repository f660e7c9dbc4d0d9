"""People whom a screening could take for a robot pass: the slow, the returning, those with a password manager, and
those without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

import app as app_module
from chalicelib.context import AppContext
from tests.browser.form_visits import BASE, FormVisit, give_contact, press, visit
from tests.conftest import SettableClock
from tests.functional.conftest import Stored

pytestmark = pytest.mark.browser

RECEIPT = re.compile(r"/received/[0-9a-f]{32}$")
SCRIPT = f'<script src="{BASE}/embed.js" data-form="homepage"></script>'


def open_form(visitor: FormVisit, *, embedded: bool) -> Page:
    return visitor.open_site(SCRIPT) if embedded else visitor.open()


def send(page: Page) -> None:
    give_contact(page)
    press(page, "Send now")
    expect(page.get_by_role("heading", name="We received your message")).to_be_visible()


def reasons(stored: Stored) -> list[tuple[str, ...]]:
    return [enquiry.verdict.reasons for enquiry in stored.enquiries if enquiry.status != "quarantined"]


@pytest.mark.parametrize("embedded", [False, True])
def test_the_form_says_when_it_was_made_and_leaves_the_trap_empty(
    visitor: FormVisit, stored: Stored, clock: SettableClock, embedded: bool
) -> None:
    page = open_form(visitor, embedded=embedded)
    press(page, "Next")
    clock.advance(minutes=2)
    send(page)

    assert re.fullmatch(r"\d{10}\.[0-9a-f]{64}", visitor.sent("_rendered")[0][0])
    assert [[""]] == visitor.sent("blank_spot")
    assert [()] == reasons(stored)


@pytest.mark.parametrize("embedded", [False, True])
def test_somebody_who_took_days_passes(
    visitor: FormVisit, stored: Stored, clock: SettableClock, embedded: bool
) -> None:
    page = open_form(visitor, embedded=embedded)
    press(page, "Next")
    clock.advance(hours=50)
    send(page)

    assert 1 == len(reasons(stored))


@pytest.mark.parametrize("embedded", [False, True])
def test_what_a_password_manager_puts_into_unseen_boxes_holds_nobody_back(
    visitor: FormVisit, stored: Stored, clock: SettableClock, embedded: bool
) -> None:
    page = open_form(visitor, embedded=embedded)
    press(page, "Next")
    clock.advance(minutes=2)
    page.locator("#leave-empty").evaluate("each => { each.value = 'ann@mail.example' }")
    send(page)

    assert [("honeypot_autofilled",)] == reasons(stored)


def test_back_from_the_receipt_is_an_empty_form_for_another_message(
    visitor: FormVisit, stored: Stored, clock: SettableClock
) -> None:
    page = visitor.open()
    press(page, "Next")
    clock.advance(minutes=2)
    send(page)
    page.go_back()
    expect(page.get_by_label("Your name")).to_have_value("")
    clock.advance(hours=30)
    give_contact(page)
    page.get_by_label("Your name").fill("Bo Example")
    press(page, "Send now")
    expect(page).to_have_url(RECEIPT)

    assert {"Ann Example", "Bo Example"} == {each.submission.contact.name for each in stored.enquiries}
    assert 2 == len(reasons(stored))
    first, second = visitor.sent("_idempotency")
    assert first != second


def test_a_visitor_without_scripts_passes(
    chromium: Browser, context: AppContext, stored: Stored, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "instance", lambda: context)
    page = visit(chromium, app_module, java_script_enabled=False).open()
    clock.advance(hours=30)
    give_contact(page)
    page.get_by_role("button", name="Send now").first.click()
    expect(page).to_have_url(RECEIPT)
    page.context.close()

    assert 1 == len(reasons(stored))
