"""The export in a browser: a button gives a file, and both pages fit a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.requests import COOKIE
from chalicelib.storage.enquiries import save_enquiry
from tests.builders import an_acceptance, an_enquiry
from tests.desk_site import MANAGER, ORIGIN, DeskSite, signed_in

pytestmark = pytest.mark.browser
BASE = f"{ORIGIN}/api"


@pytest.fixture
def desk(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> DeskSite:
    monkeypatch.setattr(app_module, "instance", lambda: context)
    return signed_in(app_module, context, MANAGER)


@pytest.fixture
def page(chromium: Browser, desk: DeskSite) -> Iterator[Page]:
    """A manager's browser, as wide as a small phone."""

    def answer(route: Route) -> None:
        request = route.request
        headers = {name.title(): value for name, value in request.headers.items() if name != "cookie"}
        # A request that is answered here never gets the Origin that Chromium adds on the wire.
        origin = {"Origin": ORIGIN} if request.method == "POST" else {}
        named = {**headers, **origin}
        answer = desk.send(request.method, request.url.removeprefix(BASE), request.post_data_buffer or b"", **named)
        route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.text)

    context = chromium.new_context(viewport={"width": 320, "height": 700}, locale="en-US")
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": COOKIE, "value": desk.session_id, "url": BASE}])
    page = context.new_page()
    page.route("**/*", answer)
    yield page
    context.close()


def test_a_button_gives_the_file_and_the_page_stays(page: Page, context: AppContext) -> None:
    enquiry = an_enquiry()
    save_enquiry(context.table, an_acceptance(enquiry))
    page.goto(f"{BASE}/desk/export?from=2026-03-01&to=2026-03-02")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    file = Path(downloading.value.path()).read_text("utf-8-sig")

    assert downloading.value.suggested_filename.endswith("_1-rows.csv")
    assert enquiry.reference in file
    assert "Export" == page.inner_text("h1")


@pytest.mark.parametrize("path", ["export", "export?from=x&to=", "export?from=2026-03-01&to=2026-03-02", "audit"])
def test_no_page_scrolls_sideways_and_every_target_is_large(page: Page, desk: DeskSite, path: str) -> None:
    desk.post("/desk/search", {"q": "Ann"})
    page.goto(f"{BASE}/desk/{path}")
    small = page.evaluate(
        "[...document.querySelectorAll('a:not(.skip), button, input:not([type=hidden])')].filter(each => {"
        " const box = each.getBoundingClientRect(); return box.width < 44 || box.height < 44 })"
        ".map(each => each.outerHTML)"
    )

    assert [] == small
    assert 320 == page.evaluate("document.documentElement.scrollWidth")
