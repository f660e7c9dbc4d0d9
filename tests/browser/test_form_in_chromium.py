"""The hosted form in a real browser without JavaScript: sending, mending, the other language, small screens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

REFERENCE = re.compile(r"^[2-9A-Z]{3}-[2-9A-Z]{4}$")
POLICIES = (
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
)


def fill_contact(page: Page) -> None:
    page.get_by_label("Your name").fill("Ann Example")
    page.get_by_label("Phone number").fill("(202) 555-0123")
    page.get_by_label("I agree that").check()


def expect_receipt(page: Page) -> None:
    expect(page).to_have_url(re.compile(r"/received/[0-9a-f]{32}$"))
    expect(page.locator(".reference")).to_have_text(REFERENCE)


def test_a_visitor_sends_the_form_and_sees_the_receipt(open_page: Any, sandbox_url: str) -> None:
    page = open_page(f"{sandbox_url}/form?form=homepage")
    fill_contact(page)
    page.get_by_label("Swelling", exact=True).check()
    page.get_by_role("radio", name="7", exact=True).first.check()
    page.get_by_label("Anything else?").fill("My foot hurts.")
    page.get_by_role("button", name="Send", exact=True).click()

    expect_receipt(page)
    expect(page.locator(".promise")).to_contain_text("We plan to call you by")
    assert "My foot" not in page.content()


def test_send_now_needs_only_the_contact(open_page: Any, sandbox_url: str) -> None:
    page = open_page(f"{sandbox_url}/form")
    fill_contact(page)
    page.get_by_role("button", name="Send now").click()

    expect_receipt(page)


def test_enter_sends_the_form(open_page: Any, sandbox_url: str) -> None:
    page = open_page(f"{sandbox_url}/form")
    fill_contact(page)
    page.get_by_label("Your name").press("Enter")

    expect_receipt(page)


def test_an_urgent_sign_brings_the_emergency_advice_first(open_page: Any, sandbox_url: str) -> None:
    page = open_page(f"{sandbox_url}/form")
    page.get_by_label("Chest pain, trouble breathing").check()
    fill_contact(page)
    page.get_by_role("button", name="Send now").click()

    expect_receipt(page)
    advice = page.locator("section.advice")
    expect(advice).to_contain_text("Call 911 now")
    expect(advice.get_by_role("link", name="Call 911").first).to_have_attribute("href", "tel:911")


def test_an_error_comes_back_filled_in(open_page: Any, sandbox_url: str) -> None:
    page = open_page(f"{sandbox_url}/form?form=homepage")
    page.get_by_label("Email address").fill("ann@@mail")
    page.get_by_label("Stiff or hard to move").check()
    page.get_by_label("18 to 64").check()
    page.get_by_label("Anything else?").fill("\n  two\nlines & <b>")
    page.get_by_role("button", name="Send", exact=True).click()

    expect(page.get_by_label("Email address")).to_have_value("ann@@mail")
    expect(page.get_by_label("Stiff or hard to move")).to_be_checked()
    expect(page.get_by_label("18 to 64")).to_be_checked()
    expect(page.get_by_label("Anything else?")).to_have_value("\n  two\nlines & <b>")
    expect(page.locator("#summary")).to_be_focused()
    page.get_by_role("link", name="Enter your name.").click()
    expect(page.get_by_label("Your name")).to_be_in_viewport()

    page.get_by_label("Email address").fill("ann@mail.example")
    fill_contact(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect_receipt(page)


def test_the_language_switch_keeps_the_answers(open_page: Any, sandbox_url: str) -> None:
    page = open_page(f"{sandbox_url}/form?form=homepage")
    fill_contact(page)
    page.get_by_label("Swelling", exact=True).check()
    page.get_by_role("button", name="Español").click()

    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_label("Su nombre")).to_have_value("Ann Example")
    expect(page.get_by_label("Hinchazón", exact=True)).to_be_checked()
    expect(page.get_by_label("Acepto que")).to_be_checked()
    page.get_by_role("button", name="Enviar ahora").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("h1")).to_have_text("Recibimos su mensaje")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("We received your message")


def test_a_browser_that_asks_for_spanish_gets_it(open_page: Any, sandbox_url: str) -> None:
    page = open_page(f"{sandbox_url}/form", locale="es-MX")

    expect(page.locator("html")).to_have_attribute("lang", "es")


@pytest.mark.parametrize("policy", POLICIES)
def test_our_own_post_is_taken_whatever_the_referrer_policy(open_page: Any, sandbox_url: str, policy: str) -> None:
    page = open_page("about:blank")

    def with_policy(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "referrer-policy": policy})

    page.route("**/form", with_policy)
    page.goto(f"{sandbox_url}/form")
    fill_contact(page)
    page.get_by_role("button", name="Send now").click()

    expect_receipt(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/form?lang=en", "/form?lang=es", "/f/homepage", "/"])
def test_a_narrow_phone_never_scrolls_sideways(open_page: Any, sandbox_url: str, path: str, scheme: str) -> None:
    page = open_page(f"{sandbox_url}{path}", viewport={"width": 320, "height": 640}, color_scheme=scheme)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_everything_to_press_is_large_enough(open_page: Any, sandbox_url: str) -> None:
    page = open_page(f"{sandbox_url}/form", viewport={"width": 320, "height": 640})
    small = page.evaluate(
        """[...document.querySelectorAll('.choice label, input:not([type=hidden]), textarea, button, .help a, .tool')]
        .filter(e => e.checkVisibility() && !e.closest('.unseen') && !e.matches('.unseen, .choice input'))
        .filter(e => e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44)
        .map(e => e.outerHTML)"""
    )

    assert small == []


def test_the_browser_has_nothing_to_complain_about(open_page: Any, sandbox_url: str) -> None:
    page = open_page("about:blank")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{sandbox_url}/form")
    fill_contact(page)
    page.get_by_role("button", name="Send now").click()
    expect_receipt(page)

    assert [line for line in complaints if "favicon" not in line] == []
    assert page.context.cookies() == []
