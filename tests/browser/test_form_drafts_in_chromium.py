"""What is kept on the device: one draft for each form of a page, and ended everywhere when it ends."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.form_visits import BASE, FormVisit, give_contact, press

pytestmark = pytest.mark.browser

RECEIPT = re.compile(r"/received/[0-9a-f]{32}$")
KEPT = "Object.keys(localStorage).length"
KEEP = "Keep my answers"


def keep(form: Page | Locator, name: str) -> None:
    form.get_by_label(KEEP).check()
    form.locator(".next").click()
    form.get_by_label("Your name").fill(name)


def test_two_forms_on_one_page_keep_what_is_theirs(visitor: FormVisit) -> None:
    script = f'<script src="{BASE}/embed.js" data-form="same"></script>'
    page = visitor.open_site(script * 2)
    one, two = page.locator("enquiry-form").first, page.locator("enquiry-form").last
    one.get_by_label("Chest pain").check()
    keep(one, "Ann Example")
    two.scroll_into_view_if_needed()
    keep(two, "Bo Example")
    page.reload()

    expect(one.get_by_label("Your name")).to_have_value("Ann Example")
    two.scroll_into_view_if_needed()
    expect(two.get_by_label("Your name")).to_have_value("Bo Example")
    expect(one.locator("#urgent_signs-chest_breathing")).to_be_checked()
    expect(two.locator("#urgent_signs-chest_breathing")).not_to_be_checked()


@pytest.mark.parametrize("way", ["left", "sent", "taken back"])
def test_what_ends_in_one_tab_is_not_kept_again_by_another(visitor: FormVisit, way: str) -> None:
    page = visitor.open()
    keep(page, "Ann Example")
    other = page.context.new_page()
    other.goto(f"{BASE}/form")
    expect(other.get_by_label(KEEP)).to_be_checked()
    if way == "left":
        page.get_by_role("link", name="Leave this page now").last.click()
        expect(page).to_have_url("https://www.weather.gov/")
    elif way == "sent":
        give_contact(page)
        press(page, "Send now")
        expect(page).to_have_url(RECEIPT)
    else:
        page.get_by_label(KEEP).uncheck()
    expect(other.get_by_label(KEEP)).not_to_be_checked()
    other.get_by_label("Your name").or_(other.locator("#name")).first.evaluate(
        "each => each.dispatchEvent(new Event('input', { bubbles: true }))"
    )

    assert 0 == other.evaluate(KEPT)


def test_the_page_chooses_its_language_and_no_draft_does(visitor: FormVisit) -> None:
    page = visitor.open("/form?lang=es")
    page.get_by_label("Guardar mis respuestas").check()
    page.locator(".next").click()
    page.get_by_label("Su nombre").fill("Ann Example")
    visitor.open("/form?lang=en")
    expect(page.get_by_label("Your name")).to_have_value("Ann Example")
    give_contact(page)
    press(page, "Send now")

    expect(page.get_by_role("heading", name="We received your message")).to_be_visible()
    assert [["en"]] == visitor.sent("language")


def test_what_is_refused_to_the_script_and_taken_as_a_page_is_not_kept(visitor: FormVisit) -> None:
    page = visitor.open()
    keep(page, "Ann Example")
    give_contact(page)

    def refuse(route: Route) -> None:
        if route.request.is_navigation_request():
            return route.fallback()
        return route.fulfill(status=403, json={"ok": False, "errors": []})

    page.route("**/enquiries", refuse)
    press(page, "Send now")
    expect(page).to_have_url(RECEIPT)

    assert 0 == page.evaluate(KEPT)
