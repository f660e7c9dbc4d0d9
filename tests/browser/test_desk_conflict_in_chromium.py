"""Two people at one enquiry: they see each other, and the later change overwrites nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from sandbox.staff import Person
from tests.browser.conftest import Opener
from tests.browser.desk_visits import DESKTOP, FRONT_DESK, MANAGER, expect_done, expect_status, post, sign_in
from tests.browser.page_checks import take_screenshot
from tests.sandbox_process import Sandbox

pytestmark = pytest.mark.browser
REASON = "The ward called: it is settled."


def open_as(open_page: Opener, person: Person, address: str) -> Page:
    """The page of an enquiry in a browser of this person's own, whose time the test moves on."""
    page = open_page("about:blank", **DESKTOP)
    page.clock.install()
    page.goto(address)
    sign_in(page, person)
    expect(page.locator("h1")).to_contain_text("Enquiry")
    return page


def test_the_later_of_two_gets_a_conflict_and_keeps_what_they_typed(
    open_page: Opener, running_sandbox: Sandbox
) -> None:
    address = f"{running_sandbox.url}/desk/enquiries/{post(running_sandbox)['id']}"
    early = open_as(open_page, FRONT_DESK, address)
    late = open_as(open_page, MANAGER, address)

    expect(late.locator("#viewers")).to_have_text(f"Also open here: {FRONT_DESK.email}")
    early.clock.run_for(20_500)
    expect(early.locator("#viewers")).to_have_text(f"Also open here: {MANAGER.email}")

    late.get_by_label("Reason", exact=True).fill(REASON)
    early.get_by_role("button", name="Take", exact=True).click()
    expect_done(early, "It is yours.")
    late.clock.run_for(20_500)
    expect(late.locator("#changed")).to_contain_text("This enquiry has changed.")

    late.get_by_role("button", name="Closed", exact=True).click()
    problem = late.get_by_role("alert")
    expect(problem).to_contain_text("Somebody else has changed this enquiry since you opened it")
    expect(problem).to_contain_text(f"{FRONT_DESK.email}\nTook it", use_inner_text=True)
    expect(late.get_by_label("Reason", exact=True)).to_have_value(REASON)
    expect_status(late, "Acknowledged")
    expect(late.locator(".acts")).to_contain_text(f"Owner: {FRONT_DESK.email}")
    take_screenshot(late, "conflict of two people")

    late.get_by_role("button", name="Closed", exact=True).click()
    expect_done(late, "Closed.")
    early.reload()
    expect_status(early, "Closed")
    expect(early.locator("#history ~ .events")).to_contain_text(REASON)


def test_both_of_two_notes_are_kept(open_page: Opener, running_sandbox: Sandbox) -> None:
    address = f"{running_sandbox.url}/desk/enquiries/{post(running_sandbox)['id']}"
    pages = [open_as(open_page, person, address) for person in (FRONT_DESK, MANAGER)]
    for number, page in enumerate(pages):
        page.get_by_label("Your note").fill(f"Note {number}")
        page.get_by_role("button", name="Add note").click()
        expect_done(page, "Note added.")
    history = pages[1].locator("#history ~ .events")

    expect(history).to_contain_text("Note 0")
    expect(history).to_contain_text("Note 1")
