"""Text at 200 % on a screen of 320 pixels (WCAG 1.4.4): everything is read from above to below."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

import app as app_module
from chalicelib.context import AppContext
from tests.browser.form_visits import visit
from tests.browser.page_checks import take_screenshot

pytestmark = pytest.mark.browser

TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && !one.closest(".unseen"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_form_with_large_text_fits_a_small_screen(
    chromium: Browser, context: AppContext, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(app_module, "instance", lambda: context)
    page = visit(chromium, app_module, viewport={"width": 320, "height": 640}).open(f"/form?lang={language}")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wide = []
    for step in range(1, 20):
        expect(page.locator(".progress span").first).to_have_text(str(step))
        wide += [(step, html) for html in page.evaluate(TOO_WIDE)]
        if step == 1:
            take_screenshot(page, f"form large {language}")
        if step == 2:
            page.locator("#name").fill("Ann Example")
            page.locator("#email").fill("ann@mail.example")
            page.locator("#consent-yes").check()
        page.locator(".next").click()
    page.context.close()

    assert [] == wide
