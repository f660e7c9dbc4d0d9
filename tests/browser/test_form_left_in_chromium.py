"""Quick exit, the skip link and the browser's Back: whoever leaves is gone, and nothing leads back by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.form_visits import BASE, OWN, FormVisit, give_contact, press

pytestmark = pytest.mark.browser

AWAY = "https://www.weather.gov/"
RECEIPT = re.compile(r"/received/[0-9a-f]{32}$")
LATE = """() => {
  const ask = window.fetch;
  window.fetch = (address, options) => new Promise((resolve) => {
    const { signal, ...rest } = options || {};
    ask(address, rest).then((answer) => addEventListener("click", () => setTimeout(() => {
      resolve(answer);
      setTimeout(() => console.log(signal && signal.aborted ? "ended and answered" : "answered"), 200);
    })));
  });
}"""
"""An answer comes when somebody has pressed something else meanwhile, and a little later that is said."""
LEAVE_FOR_THE_RECEIPT = """() => navigation.addEventListener("navigate", ({ destination }) => {
  if (/received/.test(destination.url)) setTimeout(() => document.querySelector(".where .leave").click(), 100);
})"""
AGAIN = """() => addEventListener("click", () => setTimeout(() => {
  dispatchEvent(new Event("online"));
  setTimeout(() => console.log("in reach"), 200);
}))"""
"""The network is back when somebody has pressed something."""


def leave(page: Page) -> None:
    page.get_by_role("link", name="Leave this page now").last.click(no_wait_after=True)


def hold_the_way_out(page: Page) -> None:
    """The page outside is slow: the form's own page is there for a while."""
    page.context.route(f"{AWAY}**", lambda _: None)


@pytest.mark.parametrize("embedded", [False, True])
def test_an_answer_that_comes_after_leaving_opens_nothing(visitor: FormVisit, embedded: bool) -> None:
    script = f'<script src="{BASE}/embed.js" data-next="{OWN}/api/health"></script>'
    page = visitor.open_site(script) if embedded else visitor.open()
    press(page, "Next")
    give_contact(page)
    page.evaluate(LATE)
    hold_the_way_out(page)
    moves: list[str] = []
    page.on("request", lambda request: moves.append(request.url) if request.is_navigation_request() else None)
    with page.expect_response(lambda response: response.request.method == "POST"):
        press(page, "Send now")
    with page.expect_console_message(lambda message: message.text == "ended and answered"):
        leave(page)

    assert {AWAY} == set(moves)


def test_leaving_stops_a_receipt_that_is_on_its_way(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    page.route("**/received/*", lambda _: None)
    page.evaluate(LEAVE_FOR_THE_RECEIPT)
    press(page, "Send now")

    expect(page).to_have_url(AWAY)


def test_after_leaving_nothing_is_tried_again(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    hold_the_way_out(page)
    visitor.lost += ["request", "request"]
    press(page, "Send now")
    expect(page.get_by_role("status")).to_contain_text("We keep trying")
    page.evaluate(AGAIN)
    with page.expect_console_message(lambda message: message.text == "in reach"):
        leave(page)

    assert 1 == len(visitor.posts)


def test_the_skip_link_stays_on_the_step_and_leaves_nothing_to_come_back_to(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    press(page, "Next")
    page.locator(".skip-link").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    expect(page.locator(".progress")).to_have_text("Step 3 of 20")
    leave(page)
    expect(page).to_have_url(AWAY)
    page.go_back()

    assert "about:blank" == page.url


def test_a_place_that_somebody_wrote_into_the_address_is_left_too(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    page.evaluate("location.hash = '#elsewhere'")
    expect(page).to_have_url(re.compile("#elsewhere$"))
    expect(page.locator(".progress")).to_have_text("Step 2 of 20")
    leave(page)
    expect(page).to_have_url(AWAY)
    page.go_back()

    assert "about:blank" == page.url


def test_back_after_leaving_the_receipt_does_not_show_it(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    press(page, "Send now")
    expect(page).to_have_url(RECEIPT)
    leave(page)
    expect(page).to_have_url(AWAY)
    page.go_back()
    expect(page.get_by_label("Your name")).to_have_value("")

    assert f"{BASE}/form" == page.url
