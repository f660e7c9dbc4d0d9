"""embed.js where a site's own styles, rules and scripts are in the way: the form looks and works the same."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

import app as app_module
from chalicelib.context import context_from
from tests.browser.form_visits import BASE, OWN, SITE, FormVisit, give_contact, press
from tests.browser.page_checks import scrolls_sideways, take_screenshot
from tests.conftest import ENVIRONMENT, SettableClock, numbered_ids

pytestmark = pytest.mark.browser

SCRIPT = f'<script src="{BASE}/embed.js" data-form="homepage"></script>'
STORED = "[localStorage.length, sessionStorage.length, document.cookie.length]"
ODD_STYLES = {
    "reset": "*,*::before,*::after{all:unset!important;font-size:9px!important}",
    "shouting": "body{text-align:center;text-transform:uppercase;letter-spacing:.4em;line-height:3;white-space:nowrap;"
    "font:italic bold 30px fantasy;text-indent:3em;color:#fff;word-spacing:2em;cursor:wait}",
    "frameworks": "input,button,label,fieldset,p{display:none!important} .choice,.part,.send,.help{position:fixed}"
    " label{float:left} [hidden]{display:block!important} form{opacity:0}",
    "dark page": "body{background:#000;color:#eee}",
    "narrow column": "main{width:280px}",
    "tiny root": "html{font-size:50%}",
}
LOOK = """each => {
  const style = getComputedStyle(each), box = each.getBoundingClientRect();
  return [style.textTransform, style.letterSpacing, style.lineHeight, style.whiteSpace, style.direction, style.fontSize,
    style.fontStyle, box.height >= 48];
}"""

TOO_WIDE = """each => {
  const edge = each.getBoundingClientRect().right + 1;
  return [...each.shadowRoot.querySelectorAll("*")]
    .filter((one) => one.checkVisibility() && !one.closest(".unseen") && one.getBoundingClientRect().right > edge)
    .map((one) => one.outerHTML.slice(0, 90));
}"""


def a_choice(page: Page) -> list[object]:
    look: list[object] = page.locator("enquiry-form label[for=urgent_signs-chest_breathing]").evaluate(LOOK)
    return look


def send(page: Page) -> None:
    press(page, "Next")
    give_contact(page)
    press(page, "Send now")
    expect(page.get_by_role("heading", name="We received your message")).to_be_visible()


@pytest.mark.parametrize("name", ODD_STYLES)
def test_a_sites_styles_stay_outside(visitor: FormVisit, name: str) -> None:
    page = visitor.open_site(f"<style>{ODD_STYLES[name]}</style>{SCRIPT}")
    expect(page.get_by_label("Chest pain")).to_be_visible()
    take_screenshot(page, f"widget {name}")

    assert ["none", "normal", "25.5px", "normal", "ltr", "17px", "normal", True] == a_choice(page)
    form = page.locator("enquiry-form")
    assert form.evaluate("each => each.scrollWidth <= Math.ceil(each.clientWidth)") or name == "reset"
    send(page)


def test_a_page_from_right_to_left_keeps_our_form_readable(visitor: FormVisit) -> None:
    page = visitor.open_site(f"<script>document.documentElement.dir = 'rtl'</script>{SCRIPT}")
    expect(page.get_by_label("Chest pain")).to_be_visible()
    take_screenshot(page, "widget right to left")

    assert "ltr" == a_choice(page)[4]
    assert not scrolls_sideways(page)
    send(page)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_step_fits_a_column_of_280_pixels(visitor: FormVisit, language: str) -> None:
    page = visitor.open_site(
        f'<div style="width:280px"><script src="{BASE}/embed.js" data-lang="{language}"></script></div>'
    )
    form, wide = page.locator("enquiry-form"), []
    for step in range(1, 20):
        expect(form.locator(".progress span").first).to_have_text(str(step))
        wide += [(step, html) for html in form.evaluate(TOO_WIDE)]
        if step == 1:
            take_screenshot(page, f"widget 280 {language}")
        if step == 2:
            form.locator("#name").fill("Ann Example")
            form.locator("#email").fill("ann@mail.example")
            form.locator("#consent-yes").check()
        form.locator(".next").click()

    assert [] == wide


def test_a_sites_globals_are_not_ours(visitor: FormVisit) -> None:
    page = visitor.open_site(
        "<script>var $ = 1, jQuery = {}, form = 'x', name = 'y', status = 'z', find = 0, steps = [], stepThrough = 5,"
        " STYLE = '', BASE = ''; Array.prototype.shuffle = function () {}; Object.prototype.extra = 1;</script>"
        f"{SCRIPT}<script>window.seen = [$, stepThrough, STYLE, BASE]</script>"
    )
    send(page)

    assert [1, 5, "", ""] == page.evaluate("window.seen")


def test_a_page_that_hides_the_form_hides_it(visitor: FormVisit) -> None:
    page = visitor.open_site(f'<div style="visibility:hidden">{SCRIPT}</div>')
    page.locator("enquiry-form #enquiry").wait_for(state="attached")

    expect(page.get_by_label("Chest pain")).to_be_hidden()


@pytest.mark.parametrize("path", ["**/embed.js", "**/form?*"])
def test_a_script_or_a_form_that_does_not_come_leaves_the_sites_link(visitor: FormVisit, path: str) -> None:
    visitor.page.route(path, lambda route: route.abort())
    page = visitor.open_site(
        f'<enquiry-form data-form="homepage"><a href="{BASE}/form">Ask us</a></enquiry-form>'
        f'<script src="{BASE}/embed.js"></script>'
    )
    page.get_by_role("link", name="Ask us").click()

    expect(page.get_by_role("heading", name="Do you need help right away?")).to_be_visible()


def test_a_site_that_was_forgotten_in_the_settings_loses_nobody(
    visitor: FormVisit, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = {**ENVIRONMENT, "ALLOWED_ORIGINS": "https://another.example"}
    context = context_from(strict, clock=clock, ids=numbered_ids())
    monkeypatch.setattr(app_module, "instance", lambda: context)
    page = visitor.open_site(SCRIPT)
    send(page)

    assert page.url.startswith(f"{BASE}/received/"), "refused to the script, and taken as a page"


def test_nothing_is_kept_and_nobody_else_is_asked(visitor: FormVisit) -> None:
    page = visitor.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visitor.open_site(SCRIPT)
    page.get_by_label("Chest pain").check()
    press(page, "Next")
    give_contact(page)
    press(page, "Next")
    assert [0, 0, 0] == page.evaluate(STORED)
    assert [] == page.evaluate("indexedDB.databases()")
    press(page, "Send now")
    expect(page.get_by_role("heading", name="We received your message")).to_be_visible()

    assert [0, 0, 0] == page.evaluate(STORED)
    assert [] == page.context.cookies()
    assert [] == [url for url in asked if not url.startswith((f"{OWN}/", SITE))]
    assert 4 == len([url for url in asked if url.startswith(OWN)]), asked
