"""The queue in a browser: it renews itself, tells what is new, and fits a phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from chalicelib.context import AppContext
from chalicelib.storage.enquiries import save_enquiry
from tests.builders import RECEIVED_AT, an_acceptance, an_enquiry
from tests.conftest import SettableClock
from tests.desk_site import BASE

pytestmark = pytest.mark.browser


def put(context: AppContext, number: int, **overrides: Any) -> None:
    """Store one enquiry whose target is so many minutes after the others came."""
    values = {"id": f"enquiry-{number}", "reference": f"K7F-{number:04d}", **overrides}
    enquiry = an_enquiry(**{"contact_by": RECEIVED_AT + timedelta(minutes=number), **values})
    save_enquiry(context.table, an_acceptance(enquiry))


@pytest.fixture
def page(page: Page) -> Page:
    """With a clock that the test moves."""
    page.clock.install()
    return page


def test_a_new_enquiry_appears_and_is_announced(page: Page, context: AppContext, clock: SettableClock) -> None:
    put(context, 10)
    page.goto(f"{BASE}/desk")
    page.focus("a.reference")
    put(context, 40, level="crisis")
    put(context, 50, status="quarantined", review_by=RECEIVED_AT + timedelta(days=1))
    page.clock.run_for(20_500)
    page.wait_for_selector("text=K7F-0040")
    announced = page.inner_text("#queue-news")
    clock.advance(minutes=11)
    page.clock.run_for(20_500)
    page.wait_for_selector(".late")

    assert "New in the queue: Crisis K7F-0040." == announced
    assert "Now overdue: Routine K7F-0010." == page.inner_text("#queue-news")
    assert "(1 in danger, 1 overdue) Queue – Kalimera Clinic" == page.title()
    assert "1" == page.inner_text("[data-count=quarantine]")
    assert "K7F-0010" == page.evaluate("document.activeElement.textContent")


def test_the_queue_fits_a_small_phone_and_can_be_touched(page: Page, context: AppContext) -> None:
    levels = ("info", "routine", "priority", "urgent", "crisis", "emergency")
    for number, level in enumerate(levels):
        put(
            context,
            number,
            level=level,
            owner="a.very.long.name.of.staff@clinic.example",
            flags=("minor", "interpreter"),
        )
    page.goto(f"{BASE}/desk")
    page.click("summary")
    targets = page.eval_on_selector_all(
        "main a, main button, main select, main summary, main input:not([type=hidden]):not([type=checkbox])",
        "found => found.map(each => [each.textContent.trim().slice(0, 20), each.getBoundingClientRect().height])",
    )

    assert 320 >= page.evaluate("document.documentElement.scrollWidth")
    assert [] == [target for target in targets if target[1] < 44]


def test_what_no_longer_fits_an_open_page_is_on_the_next_one(page: Page, context: AppContext) -> None:
    for number in range(50):
        put(context, number + 100)
    page.goto(f"{BASE}/desk")
    before = page.query_selector("a[rel=next]")
    put(context, 1, level="crisis")
    page.clock.run_for(20_500)
    page.wait_for_selector("a[rel=next]")
    page.focus("a[rel=next]")
    put(context, 2, level="crisis")
    page.clock.run_for(20_500)
    page.wait_for_selector("text=K7F-0002")
    focused = page.evaluate("document.activeElement.rel")
    page.goto(page.get_attribute("a[rel=next]", "href") or "")

    assert before is None
    assert "next" == focused
    assert 2 == page.locator("a.reference").count()
