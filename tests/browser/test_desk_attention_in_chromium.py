"""What a page has to say first has the focus; nothing typed or found is lost on the way."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from chalicelib.context import AppContext
from chalicelib.storage.enquiries import save_enquiry
from chalicelib.storage.lookups import lookup_items
from tests.builders import an_acceptance, an_enquiry
from tests.conftest import STAGE_KEY
from tests.desk_site import BASE, DeskSite

pytestmark = pytest.mark.browser
FOCUSED = "document.activeElement === document.body ? '' : document.activeElement.innerText"


@pytest.fixture
def address(context: AppContext) -> str:
    """The page of an enquiry that search finds."""
    enquiry = an_enquiry()
    save_enquiry(context.table, replace(an_acceptance(enquiry), lookups=lookup_items(STAGE_KEY, enquiry)))
    return f"{BASE}/desk/enquiries/{enquiry.id}"


def test_what_was_done_is_read_first_and_only_then(page: Page, desk: DeskSite, address: str) -> None:
    page.goto(address)
    before = page.evaluate(FOCUSED)
    desk.post(f"{address.removeprefix(BASE)}/note", {"note": "Spoke to her sister."})
    page.goto(f"{address}?done=note")

    assert "" == before
    assert "Note added." in page.evaluate(FOCUSED)
    assert page.title().startswith("Note added. Enquiry K7F-3Q9M")


def test_a_problem_is_read_first_and_stands_in_the_tab(page: Page, address: str) -> None:
    page.goto(address)
    with page.expect_navigation():
        page.get_by_role("button", name="Add note").click()

    assert "Write something first." in page.evaluate(FOCUSED)
    assert page.title().startswith("There is a problem: Enquiry K7F-3Q9M")


def test_back_from_an_enquiry_leads_to_what_was_found(page: Page, desk: DeskSite, address: str) -> None:
    found = desk.post("/desk/search", {"q": "Ann"}).headers["location"]
    page.goto(f"{BASE}/desk/search")
    page.fill("[name=q]", "Ann")
    page.evaluate("document.querySelector('form.search').addEventListener('submit', (event) => event.preventDefault())")
    page.keyboard.press("Enter")
    page.goto(found)
    words = page.input_value("[name=q]")
    page.click("a.reference")
    page.wait_for_url(address)
    page.go_back()

    assert "Ann" == words == page.input_value("[name=q]")
    assert "K7F-3Q9M" == page.inner_text("a.reference")
    assert re.fullmatch(r".*/desk/search\?s=[0-9a-f]{32}", page.url)


def test_a_call_survives_leaving_its_page_until_it_is_stored(page: Page, desk: DeskSite) -> None:
    page.goto(f"{BASE}/desk/new")
    entry = page.input_value("[name=entry]")
    page.check("#sign_cold_limb")
    page.fill("#name", "Ann Example")
    page.select_option("#self_harm", "no")
    page.goto(f"{BASE}/desk")
    page.goto(f"{BASE}/desk/new")
    kept = [page.is_checked("#sign_cold_limb"), page.input_value("#name"), page.input_value("#self_harm")]
    same = page.input_value("[name=entry]")
    told = page.is_visible("#restored")
    page.click("#restored button")
    emptied = [page.is_checked("#sign_cold_limb"), page.input_value("#name"), page.is_visible("#restored")]
    page.fill("#name", "Bob Example")
    stored = desk.post("/desk/new", {"name": "Bob Example", "phone": "(202) 555-0123", "message": "x"})
    page.goto(stored.headers["location"])
    page.goto(f"{BASE}/desk/new")

    assert [True, "Ann Example", "no"] == kept
    assert entry == same
    assert told
    assert [False, "", False] == emptied
    assert "" == page.input_value("#name")
