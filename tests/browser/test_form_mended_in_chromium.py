"""After a refusal: the advice stands above and comes at the tick too, the list goes when it is no longer true."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.form_visits import BASE, FormVisit, give_contact, press

pytestmark = pytest.mark.browser

LAST_STEP = 20


@pytest.mark.parametrize("embedded", [False, True])
def test_a_tick_brings_its_advice_after_words_have_brought_it(visitor: FormVisit, embedded: bool) -> None:
    page = visitor.open_site(f'<script src="{BASE}/embed.js"></script>') if embedded else visitor.open()
    press(page, "Next")
    give_contact(page)
    page.get_by_label("Email address").fill("not an email")
    while page.locator(".next").is_visible():
        press(page, "Next")
    page.get_by_label("Anything else?").fill("I cannot breathe.")
    press(page, "Send")
    expect(page.locator(".at-once:visible")).to_have_count(1)
    expect(page.locator(".at-once:visible")).to_be_in_viewport()
    page.get_by_label("Email address").fill("ann@mail.example")
    press(page, "Back")
    sign = page.locator("#urgent_signs-stroke_signs")
    sign.check()
    advice = page.locator("form .at-once:visible")
    expect(advice).to_contain_text("Call 911")
    expect(advice).to_be_in_viewport()
    sign.uncheck()

    expect(advice).to_contain_text("We will also tell the clinic that you ticked this")


def test_advice_for_words_is_said_once(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    page.get_by_label("Email address").fill("not an email")
    while page.locator(".next").is_visible():
        press(page, "Next")
    page.get_by_label("Anything else?").fill("I cannot breathe.")
    for _ in range(2):
        with page.expect_response("**/enquiries"):
            page.locator(".last").click()
        expect(page.get_by_role("link", name="Check the email address")).to_be_visible()

    expect(page.locator(".at-once:visible")).to_have_count(1)


@pytest.mark.parametrize("box", ["urgent_signs-none", "keep"])
def test_enter_on_a_box_to_tick_goes_nowhere(visitor: FormVisit, box: str) -> None:
    page = visitor.open()
    page.locator(f"#{box}").press("Enter")

    expect(page.locator(".progress")).to_have_text(f"Step 1 of {LAST_STEP}")
    expect(page.locator(".found")).to_be_hidden()


@pytest.mark.parametrize("embedded", [False, True])
def test_enter_on_a_radio_button_sends_nothing(visitor: FormVisit, embedded: bool) -> None:
    page = visitor.open_site(f'<script src="{BASE}/embed.js"></script>') if embedded else visitor.open()
    press(page, "Next")
    give_contact(page)
    for _ in range(3):
        press(page, "Next")
    radio = page.locator(".question:visible input[type=radio]").first
    radio.check()
    radio.press("Enter")

    expect(page.locator(".progress")).to_contain_text("Step 5")
    expect(page.get_by_role("status")).to_have_text("")
    assert [] == visitor.posts


@pytest.mark.parametrize("way", ["Back", "the browser's"])
def test_going_back_leaves_no_list_of_what_is_missing(visitor: FormVisit, way: str) -> None:
    page = visitor.open()
    press(page, "Next")
    press(page, "Next")
    expect(page.locator(".found")).to_be_visible()
    if way == "Back":
        press(page, "Back")
    else:
        page.go_back()

    expect(page.get_by_label("Chest pain")).to_be_visible()
    expect(page.locator(".found")).to_be_hidden()


def test_a_refusal_that_is_not_ours_is_not_tried_again(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)

    def refuse(route: Route) -> None:
        route.fulfill(status=413, content_type="text/html", body="<h1>Too large</h1>")

    page.route("**/enquiries", refuse)
    press(page, "Send now")

    expect(page.get_by_role("alert").filter(has_text="This was not sent")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("")


def test_a_page_of_the_network_in_the_place_of_our_answer_is_no_receipt(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    page.route("**/enquiries", lambda route: route.fulfill(content_type="text/html", body="<h1>Sign in</h1>"))
    press(page, "Send now")

    expect(page.get_by_role("status")).to_contain_text("We keep trying")


@pytest.mark.parametrize("address", ["https://[", "http://"])
def test_an_address_that_is_none_costs_the_site_nothing(visitor: FormVisit, address: str) -> None:
    page = visitor.open_site(f'<script src="{BASE}/embed.js" data-next="{address}"></script>')
    press(page, "Next")
    give_contact(page)
    press(page, "Send now")

    expect(page.get_by_role("heading", name="We received your message")).to_be_visible()
