"""The export in a browser: a button gives a file, and both pages fit a phone."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page

from chalicelib.context import AppContext
from chalicelib.models.answers import Answers
from chalicelib.models.staff import Staff
from chalicelib.storage.enquiries import save_enquiry
from tests.builders import a_submission, an_acceptance, an_enquiry
from tests.desk_site import BASE, MANAGER, DeskSite

pytestmark = pytest.mark.browser


@pytest.fixture
def person() -> Staff:
    return MANAGER


def test_a_button_gives_a_file_with_as_many_rows_as_it_says_and_the_page_stays(page: Page, context: AppContext) -> None:
    for number in range(3):
        message = f'Line {number}\r\n"quoted", =SUM(1)'
        enquiry = an_enquiry(
            id=f"enquiry-{number}",
            reference=f"K7F-{number:04d}",
            submission=a_submission(answers=Answers(message=message)),
        )
        save_enquiry(context.table, an_acceptance(enquiry))
    page.goto(f"{BASE}/desk/export?from=2026-03-01&to=2026-03-02")
    said = page.locator("h2").first.inner_text()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    file = Path(downloading.value.path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file, newline=""), strict=True))

    assert "3 enquiries" == said
    assert downloading.value.suggested_filename.endswith("_3-rows.csv")
    assert ["K7F-0000", "K7F-0001", "K7F-0002"] == sorted(row["reference"] for row in rows)
    assert "Export" == page.inner_text("h1")


@pytest.mark.parametrize("path", ["export", "export?from=x&to=", "export?from=2026-03-01&to=2026-03-02", "audit"])
def test_no_page_scrolls_sideways_and_every_target_is_large(page: Page, desk: DeskSite, path: str) -> None:
    desk.post("/desk/search", {"q": "Ann"})
    page.goto(f"{BASE}/desk/{path}")
    small = page.evaluate(
        "[...document.querySelectorAll('a:not(.skip):not([hidden]), button:not([hidden]), input:not([type=hidden])')]"
        ".filter(each => {"
        " const box = each.getBoundingClientRect(); return box.width < 44 || box.height < 44 })"
        ".map(each => each.outerHTML)"
    )

    assert [] == small
    assert 320 == page.evaluate("document.documentElement.scrollWidth")
