"""Nobody is signed out without a word, and a half-written note is kept for its writer alone until it is stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from playwright.sync_api import Page, expect

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.requests import COOKIE
from chalicelib.storage.enquiries import save_enquiry
from chalicelib.storage.sessions import end_session, load_session, session_hash
from sandbox.staff import add_people
from tests.browser.page_checks import findings, take_screenshot
from tests.builders import ENQUIRY_ID, an_acceptance, an_enquiry
from tests.conftest import SettableClock
from tests.desk_site import BASE, MANAGER, STAFF, DeskSite, signed_in

pytestmark = pytest.mark.browser
ENQUIRY = f"{BASE}/desk/enquiries/{ENQUIRY_ID}"
NOTE = "Her sister answered. Call again after five."
Pass = Callable[[float], None]


@pytest.fixture
def page(page: Page, context: AppContext) -> Page:
    """With a clock that the test moves, and a page on which nobody has done anything yet."""
    add_people(context.clients, context.settings)
    page.clock.install()
    page.goto(f"{BASE}/desk/new")
    return page


@pytest.fixture
def let_pass(page: Page, clock: SettableClock) -> Pass:
    """Minutes pass, in the browser and on the server."""

    def advance(minutes: float) -> None:
        clock.advance(minutes=minutes)
        page.clock.run_for(int(minutes * 60_000))

    return advance


@pytest.fixture
def enquiry(context: AppContext) -> str:
    """An enquiry's page."""
    save_enquiry(context.table, an_acceptance(an_enquiry()))
    return ENQUIRY


def used_at(context: AppContext, desk: DeskSite) -> datetime:
    session = load_session(context.table, desk.session_id, context.clock())

    assert session is not None
    return session.used_at


def sign_in_again(page: Page, context: AppContext) -> None:
    """In another tab of the same browser, or on the page that has been opened in this one."""
    session = signed_in(app_module, context, STAFF)
    page.context.add_cookies([{"name": COOKIE, "value": session.session_id, "url": BASE}])


def hand_over(page: Page) -> None:
    """What the page does when a note is sent, without the answer: redirects are followed by nobody here."""
    page.evaluate("document.querySelector('form[action$=\"/note\"]').dispatchEvent(new Event('submit'))")


def test_whoever_only_reads_is_asked_to_stay_and_stays(
    page: Page, let_pass: Pass, context: AppContext, desk: DeskSite, clock: SettableClock
) -> None:
    let_pass(27.9)
    expect(page.locator("#idle")).not_to_be_visible()
    let_pass(0.2)
    expect(page.get_by_role("alert")).to_contain_text("signed out in 2 minutes")
    take_screenshot(page, "asked to stay signed in")
    found = findings(page)
    page.focus("#message")
    page.get_by_role("button", name="Stay signed in").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#idle")).not_to_be_visible()

    assert [] == found
    assert clock() == used_at(context, desk)
    assert "message" == page.evaluate("document.activeElement.id")


def test_typing_is_use_once_a_minute(
    page: Page, let_pass: Pass, context: AppContext, desk: DeskSite, clock: SettableClock
) -> None:
    let_pass(20)
    with page.expect_response("**/desk/session"):
        page.locator("#message").press_sequentially("a")
    typed_at = clock()
    let_pass(0.5)
    page.locator("#message").press_sequentially("b")
    let_pass(20)

    assert typed_at == used_at(context, desk)
    expect(page.locator("#idle")).not_to_be_visible()


def test_use_in_another_tab_keeps_this_one_quiet(page: Page, let_pass: Pass, desk: DeskSite) -> None:
    let_pass(20)
    desk.get("/desk/new")
    let_pass(8.1)
    expect(page.locator("#idle")).not_to_be_visible()


def test_a_screen_that_is_left_alone_stops_showing_the_patient(page: Page, enquiry: str, let_pass: Pass) -> None:
    page.goto(enquiry)
    title = page.get_by_role("heading", level=1).text_content()
    expect(page.get_by_text("Ann Example").first).to_be_visible()
    let_pass(30.1)
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    take_screenshot(page, "signed out by itself")

    assert [] == findings(page)
    assert "Ann Example" not in page.locator("body").inner_text()
    assert title not in page.locator("body").inner_text()
    assert 0 == page.get_by_role("button", name="Stay signed in").count()
    assert enquiry == page.get_by_role("link", name="Sign in again").evaluate("link => link.href")


@pytest.mark.parametrize("path", [f"/desk/enquiries/{ENQUIRY_ID}", "/desk"])
def test_a_session_that_ends_elsewhere_ends_on_an_open_page(
    page: Page, enquiry: str, context: AppContext, desk: DeskSite, path: str
) -> None:
    page.goto(enquiry.replace(f"/desk/enquiries/{ENQUIRY_ID}", path))
    end_session(context.table, session_hash(desk.session_id))
    page.clock.run_for(20_500)
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in again")


def test_what_was_typed_when_the_session_ended_comes_back_once(
    page: Page, enquiry: str, context: AppContext, let_pass: Pass
) -> None:
    page.goto(enquiry)
    page.get_by_label("Your note").fill(NOTE)
    page.get_by_text("Raise the level").first.click()
    page.locator("#raise-reason").fill("Her leg is cold.")
    page.locator("#raise-to").select_option("emergency")
    let_pass(30.5)
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    sign_in_again(page, context)
    page.get_by_role("link", name="Sign in again").click()
    expect(page.locator("#raise-reason")).to_be_visible()
    kept = [page.locator(field).input_value() for field in ("#note", "#raise-reason", "#raise-to")]
    page.reload()

    assert [NOTE, "Her leg is cold.", "emergency"] == kept
    expect(page.locator("#note")).to_have_value(NOTE)
    expect(page.locator("#raise-reason")).to_have_value("")


def test_a_note_that_met_an_outage_is_there_when_the_desk_works_again(
    page: Page, enquiry: str, context: AppContext
) -> None:
    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    page.goto(enquiry)
    page.get_by_label("Your note").fill(NOTE)
    context.table.client.meta.events.register("before-call.dynamodb", fail)
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("main")).to_contain_text("nobody can say whether this was saved")
    expect(page.get_by_label("What you had written: note")).to_have_value(NOTE)
    context.table.client.meta.events.unregister("before-call.dynamodb", fail)
    page.get_by_role("link", name="Open the page again").click()

    expect(page.get_by_label("Your note")).to_have_value(NOTE)


def test_a_stored_note_leaves_no_draft_and_a_newer_one_stays(page: Page, enquiry: str) -> None:
    page.goto(enquiry)
    page.get_by_label("Your note").fill(NOTE)
    hand_over(page)
    page.goto(f"{enquiry}?done=note")
    expect(page.get_by_label("Your note")).to_have_value("")
    page.get_by_label("Your note").fill("a newer one")
    page.reload()
    expect(page.get_by_label("Your note")).to_have_value("a newer one")

    assert enquiry == page.url


def test_whoever_signs_in_next_in_the_tab_finds_no_draft_of_another(
    page: Page, enquiry: str, context: AppContext
) -> None:
    page.goto(enquiry)
    page.get_by_label("Your note").fill(NOTE)
    next_one = signed_in(app_module, context, MANAGER)
    page.context.clear_cookies()
    page.context.add_cookies([{"name": COOKIE, "value": next_one.session_id, "url": BASE}])
    page.goto(enquiry)
    expect(page.get_by_label("Your note")).to_have_value("")

    assert "[]" == page.evaluate("JSON.stringify(Object.keys(sessionStorage))")
