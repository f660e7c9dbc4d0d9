"""A half-written note survives an idle time-out, whether it is sent or the page is loaded again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.desk_visits import DESKTOP, expect_done, post, sign_in
from tests.browser.page_checks import take_screenshot
from tests.sandbox_process import Sandbox

pytestmark = pytest.mark.browser
NOTE = "Her sister answered. Call again after five, & ask for <Ann>."


@pytest.fixture
def page(open_page: Opener, running_sandbox: Sandbox) -> Page:
    """An enquiry with half a note, whose writer was called away for an hour."""
    page = open_page("about:blank", **DESKTOP)
    page.clock.install()
    page.goto(f"{running_sandbox.url}/desk/enquiries/{post(running_sandbox)['id']}")
    sign_in(page)
    page.get_by_label("Your note").fill(NOTE)
    running_sandbox.tick(60)
    return page


def test_a_note_that_is_sent_too_late_comes_back_after_sign_in(page: Page) -> None:
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("main")).to_contain_text("What you wrote is kept in this page")
    take_screenshot(page, "signed out with half a note")
    sign_in(page)
    written = page.get_by_label("What you had written: note")
    expect(written).to_have_value(NOTE)
    expect(page.get_by_role("textbox")).to_have_count(1)
    page.get_by_role("link", name="Open the page again").click()
    page.get_by_label("Your note").fill(NOTE)
    page.get_by_role("button", name="Add note").click()
    expect_done(page, "Note added.")
    expect(page.locator("#history ~ .events")).to_contain_text(NOTE)


def test_a_note_is_still_there_when_the_page_is_loaded_again(page: Page) -> None:
    page.reload()
    sign_in(page)
    expect(page.get_by_label("Your note")).to_have_value(NOTE)
    page.get_by_role("button", name="Add note").click()
    expect_done(page, "Note added.")
    expect(page.get_by_label("Your note")).to_have_value("")


def test_whoever_signs_out_leaves_no_half_note_behind(open_page: Opener, running_sandbox: Sandbox) -> None:
    address = f"{running_sandbox.url}/desk/enquiries/{post(running_sandbox)['id']}"
    page = open_page(address, **DESKTOP)
    sign_in(page)
    page.get_by_label("Your note").fill(NOTE)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("signed out")
    page.goto(address)
    sign_in(page)

    expect(page.get_by_label("Your note")).to_have_value("")
