"""The clinic's demo page: the embedded form, the plain form, and the scripts that a site would write itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_script_puts_the_form_into_the_page(open_page: Any, sandbox_url: str) -> None:
    page = open_page(sandbox_url, java_script_enabled=True)
    form = page.locator("enquiry-form")
    form.scroll_into_view_if_needed()
    form.get_by_role("button", name="Next").click()
    form.get_by_label("Your name").fill("Ann Example")
    form.get_by_label("Email address").fill("ann@mail.example")
    form.get_by_label("I agree that").check()
    form.get_by_role("button", name="Send now").click()

    expect(form.get_by_role("heading", name="We received your message")).to_be_visible()
    expect(page).to_have_url(f"{sandbox_url}/")


def test_without_scripts_there_is_a_plain_form(open_page: Any, sandbox_url: str) -> None:
    page = open_page(sandbox_url)
    page.locator("#n-name").fill("Ann Example")
    page.locator("#n-email").fill("ann@mail.example")
    page.locator("#n-touch").check()
    page.locator("#n-swelling").check()
    page.locator("#n-message").fill("Please call me.")
    page.locator("noscript button").click()

    expect(page).to_have_url(re.compile("/received/"))


def test_a_plain_form_with_an_error_becomes_our_form(open_page: Any, sandbox_url: str) -> None:
    page = open_page(sandbox_url)
    page.locator("#n-email").fill("ann@mail.example")
    page.locator("#n-touch").check()
    page.locator("noscript button").click()

    expect(page.get_by_label("Light touch, clothing or bed sheets hurt")).to_be_checked()
    expect(page.get_by_label("Email address")).to_have_value("ann@mail.example")


@pytest.mark.parametrize("button", ["Send as FormData", "Send as JSON"])
def test_a_script_sends_the_same_form(open_page: Any, sandbox_url: str, button: str) -> None:
    page = open_page(sandbox_url, java_script_enabled=True)
    page.get_by_text("With fetch", exact=True).click()
    page.locator("#f-name").fill("Ann Example")
    page.locator("#f-email").fill("ann@mail.example")
    page.get_by_role("button", name=button).click()

    expect(page.locator("#fetch-answer")).to_contain_text("Your reference is")


def test_a_script_shows_what_to_mend(open_page: Any, sandbox_url: str) -> None:
    page = open_page(sandbox_url, java_script_enabled=True)
    page.get_by_text("With fetch", exact=True).click()
    page.locator("#f-name").fill("Ann Example")
    page.get_by_role("button", name="Send as JSON").click()

    expect(page.locator("#fetch-answer")).to_contain_text("Enter a phone number or an email address")
