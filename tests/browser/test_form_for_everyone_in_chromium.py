"""Every step, error and language of the form as axe, a keyboard, a 320 pixel screen and 400 % zoom meet it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

import app as app_module
from chalicelib.context import AppContext
from chalicelib.storage.withdrawal_tokens import withdrawal_token
from tests.browser.form_visits import BASE, FormVisit, visit
from tests.browser.page_checks import (
    axe_violations,
    load_axe,
    lost_by_keyboard,
    resize,
    scrolls_sideways,
    small_targets,
    take_screenshot,
)
from tests.conftest import ENVIRONMENT
from tests.functional.conftest import Stored
from tests.website import Website

pytestmark = pytest.mark.browser

LANGUAGES = ["en", "es"]
ZOOMED = (320, 256)
"""What 400 % zoom leaves of 1280 by 1024 pixels (WCAG 1.4.10)."""
NAMED_OTHERWISE = """() => [...document.querySelectorAll("#enquiry input:not([type=hidden]), #enquiry button, a")]
  .filter((each) => each.hasAttribute("aria-label") || each.hasAttribute("aria-labelledby") || each.title
    || !(each.labels && each.labels.length ? each.labels[0] : each).textContent.trim())
  .map((each) => each.outerHTML.slice(0, 120))"""
"""Voice control finds what is named as it is written (WCAG 2.5.3)."""
OUT_OF_SIGHT = ("skip-link", "unseen", "leave-empty")


@pytest.fixture
def environment() -> dict[str, str]:
    return {**ENVIRONMENT, "ASK_SELF_HARM": "true"}


@pytest.fixture
def visitor(chromium: Browser, context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[FormVisit]:
    monkeypatch.setattr(app_module, "instance", lambda: context)
    visitor = visit(chromium, app_module, viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    yield visitor
    visitor.page.context.close()


def barriers(page: Page) -> list[str]:
    """Everything that somebody would stumble over on the step that is open, in light and dark, zoomed or not."""
    found = []
    resize(page, 320, 640)
    page.emulate_media(color_scheme="light")
    found += axe_violations(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {each}" for each in axe_violations(page, everything=False)]
    found += [f"small: {each}" for each in small_targets(page) if not any(name in each for name in OUT_OF_SIGHT)]
    resize(page, *ZOOMED)
    found += ["scrolls sideways"] if scrolls_sideways(page) else []
    resize(page, 320, 640)
    return found


def go_on(page: Page) -> None:
    page.locator(".steps .next").click()


def fill_contact(page: Page) -> None:
    page.locator("#name").fill("Ann Example")
    page.locator("#email").fill("ann@mail.example")
    page.locator("#consent-yes").check()


def write_wrong_email(page: Page) -> None:
    fill_contact(page)
    page.locator("#email").fill("ann@@mail")
    page.locator(".steps .last").click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_is_for_everyone(visitor: FormVisit, language: str) -> None:
    page = visitor.open(f"/form?lang={language}")
    load_axe(page)
    found = {}
    for step in range(1, 22):
        expect(page.locator(".progress span").first).to_have_text(str(step))
        found[step] = barriers(page)
        take_screenshot(page, f"form {language} step {step}")
        if step == 2:
            fill_contact(page)
        if step < 21:
            go_on(page)

    assert {step: [] for step in range(1, 22)} == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_advice_errors_and_what_is_kept_are_for_everyone(visitor: FormVisit, language: str) -> None:
    page = visitor.open(f"/form?lang={language}")
    load_axe(page)
    found = {}
    for sign in ("chest_breathing", "hot_joint", "overdose"):
        page.locator(f"#urgent_signs-{sign}").check()
    page.locator("#urgent_signs-overdose").uncheck()
    page.locator("#keep").check()
    found["advice"] = barriers(page)
    take_screenshot(page, f"form {language} advice")
    go_on(page)
    go_on(page)
    expect(page.locator(".found")).to_be_focused()
    found["missing"] = barriers(page)
    take_screenshot(page, f"form {language} missing")
    write_wrong_email(page)
    expect(page.locator(".found li")).to_have_count(1)
    expect(page.locator(".at-once:visible").first).to_contain_text("911")
    found["wrong"] = barriers(page)
    page.reload()
    load_axe(page)
    expect(page.locator(".kept")).to_be_visible()
    found["kept"] = barriers(page)

    assert {state: [] for state in found} == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_about_suicide_is_for_everyone(visitor: FormVisit, language: str) -> None:
    page = visitor.open(f"/form?lang={language}#step-8")
    load_axe(page)
    page.locator("#self_harm-may_act").check()
    expect(page.locator(".at-once:visible")).to_have_count(1)

    assert [] == barriers(page)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sign", ["none", "chest_breathing"])
def test_what_comes_after_sending_is_for_everyone(
    visitor: FormVisit, context: AppContext, language: str, sign: str
) -> None:
    page = visitor.open(f"/form?lang={language}")
    page.locator(f"#urgent_signs-{sign}").check()
    go_on(page)
    fill_contact(page)
    page.locator(".steps .last").click()
    expect(page.locator(".reference")).to_be_visible()
    load_axe(page)
    found = {"receipt": barriers(page)}
    take_screenshot(page, f"receipt {language} {sign}")
    (enquiry,) = Stored(context).enquiries
    link = withdrawal_token(context.stage_settings.current().key, enquiry.id)
    for state in ("asked", "withdrawn"):
        visitor.open(f"/withdraw/{link}?lang={language}")
        load_axe(page)
        found[state] = barriers(page)
        take_screenshot(page, f"withdrawal {language} {sign} {state}")
        Website(app_module).post_form(f"/withdraw/{link}", [("withdraw", "yes")])

    assert {state: [] for state in found} == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_aloud_is_what_is_seen(visitor: FormVisit, language: str) -> None:
    page = visitor.open(f"/form?lang={language}")

    assert [] == page.evaluate(NAMED_OTHERWISE)


@pytest.mark.parametrize("step", [1, 2, 3, 8, 18, 21])
def test_a_keyboard_comes_to_everything_in_order_and_sees_where_it_is(visitor: FormVisit, step: int) -> None:
    page = visitor.open(f"/form#step-{step}")

    assert [] == lost_by_keyboard(page)


def test_the_keyboard_alone_sends_an_enquiry(visitor: FormVisit) -> None:
    page = visitor.open()
    page.locator("#urgent_signs-none").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Next: there is no way back on the first step
    expect(page.locator(".progress")).to_be_focused()
    page.keyboard.press("Tab")  # past the way out
    for typed in ("Ann Example", "", "ann@mail.example"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("We received your message")
    assert [["none"]] == visitor.sent("urgent_signs")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_widget_is_for_everyone(visitor: FormVisit, language: str, scheme: str) -> None:
    script = f'<script src="{BASE}/embed.js" data-form="{{}}" data-lang="{language}" data-scheme="{scheme}"></script>'
    page = visitor.open_site(script.format("one") + script.format("two"))
    one, two = page.locator("enquiry-form").first, page.locator("enquiry-form").last
    two.scroll_into_view_if_needed()
    one.locator("#urgent_signs-chest_breathing").check()
    two.locator(".next").click()
    two.locator(".next").click()
    expect(two.locator(".found")).to_be_visible()
    load_axe(page)

    assert [] == axe_violations(page)
    assert not scrolls_sideways(page)
    two.locator("#name").fill("Ann Example")
    two.locator("#email").fill("ann@mail.example")
    two.locator("#consent-yes").check()
    two.locator(".last").click()
    expect(two.locator(".reference")).to_be_visible()
    assert [] == axe_violations(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plain_page_is_for_everyone_too(visitor: FormVisit, language: str) -> None:
    page = visitor.open(f"/form?lang={language}")
    page.evaluate("for (const each of document.querySelectorAll('.part, .question, .sending')) each.hidden = false")
    page.evaluate("for (const each of document.querySelectorAll('.steps, .where')) each.hidden = true")
    load_axe(page)

    assert [] == barriers(page)
