"""One emergency from the link in the mail to booked: with the mouse, without JavaScript, and by keys alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.desk_visits import (
    DESKTOP,
    FRONT_DESK,
    expect_done,
    expect_status,
    link_in_mail,
    next_try,
    post_emergency,
    sign_in,
)
from tests.browser.page_checks import take_screenshot
from tests.sandbox_process import Sandbox

pytestmark = pytest.mark.browser
STORY = (
    "Enquiry came in",
    "Took it",
    "Tried by phone: no answer",
    "Tried by phone: reached",
    "Closed it: booked",
)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def expect_story(page: Page) -> None:
    """The history holds each act, the last one first."""
    told = " | ".join(page.locator("#history ~ .events li").all_inner_texts()).lower()
    places = [told.find(act.lower()) for act in STORY]

    assert -1 not in places, told
    assert sorted(places, reverse=True) == places


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_emergency_goes_from_the_mail_to_booked(open_page: Opener, running_sandbox: Sandbox, scripts: bool) -> None:
    reference = post_emergency(running_sandbox)["reference"]
    link = link_in_mail(running_sandbox, reference)
    page = open_page(link, **{**DESKTOP, "java_script_enabled": scripts})
    expect(page).to_have_url(re.compile(r"/desk/sign-in\?next="))
    sign_in(page)

    expect(page).to_have_url(link)
    expect(page.locator("h1")).to_contain_text(reference)
    expect_status(page, "New")
    expect(page.get_by_role("link", name="Call +12025550123")).to_have_attribute("href", "tel:+12025550123")

    press(page, "Take")
    expect_done(page, "It is yours.")
    date, clock = next_try(running_sandbox)
    page.get_by_label("Next try: date").fill(date)
    page.get_by_label("Next try: time").fill(clock)
    press(page, "No answer")
    expect_done(page, "Attempt logged.")
    expect_status(page, "No answer")
    expect(page.locator("#dates ~ .facts")).to_contain_text("Next try")

    page.get_by_role("link", name="Queue", exact=True).click()
    expect(page).to_have_title(re.compile(r"^(\((\d+\+? in danger, )?\d+\+?( overdue)?\) )?Queue – Kalimera Clinic$"))
    row = page.locator(".row", has_text=reference)
    expect(row).to_contain_text("Emergency")
    expect(row).to_contain_text("1 try")
    take_screenshot(page, f"emergency in the queue, scripts {scripts}")
    row.get_by_role("link").click()

    press(page, "Reached")
    expect_status(page, "Contacted")
    press(page, "Booked")
    expect_done(page, "Closed.")
    expect_status(page, "Booked")
    expect_story(page)
    take_screenshot(page, f"emergency booked, scripts {scripts}")
    page.get_by_role("link", name="Back to the queue").click()
    expect(page.locator(".row", has_text=reference)).to_have_count(0)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(80):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {selector}")


def press_key(page: Page, selector: str, key: str = "Enter") -> None:
    """Go to an element, press it, and wait for the page that answers."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press(key)


def test_an_emergency_is_worked_by_keys_alone(open_page: Opener, running_sandbox: Sandbox) -> None:
    reference = post_emergency(running_sandbox)["reference"]
    page = open_page(f"{running_sandbox.url}/desk", **DESKTOP)
    tab_to(page, "#user")
    page.keyboard.type(FRONT_DESK.email)
    tab_to(page, "#password")
    page.keyboard.type(FRONT_DESK.password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    href = page.get_by_role("link", name=reference).get_attribute("href")
    press_key(page, f'a[href="{href}"]')

    with page.expect_navigation():
        page.keyboard.press("t")
    expect_done(page, "It is yours.")
    with page.expect_navigation():
        page.keyboard.press("u")
    expect_done(page, "Undone.")
    with page.expect_navigation():
        page.keyboard.press("t")
    page.keyboard.press("x")
    expect(page.locator("button[value=no_answer]")).to_be_focused()
    expect_status(page, "Acknowledged")
    with page.expect_navigation():
        page.keyboard.press("Space")
    expect_status(page, "No answer")
    page.keyboard.press("c")
    press_key(page, "button[value=reached]")
    expect_status(page, "Contacted")
    page.keyboard.press("n")
    page.keyboard.type("Comes tomorrow, and t, a and s are letters here.")
    tab_to(page, "#act-note button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    with page.expect_navigation():
        page.keyboard.press("b")
    expect_status(page, "Booked")
    expect_story(page)
    expect(page.locator("#history ~ .events")).to_contain_text("t, a and s are letters here.")
    page.keyboard.press("o")
    page.keyboard.type("Cancelled")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect_done(page, "Reopened.")
    expect_status(page, "Acknowledged")
