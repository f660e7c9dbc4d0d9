"""What website owners copy from docs/embedding.md works in a real browser, on a site of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.embedding_examples import DESK, example

pytestmark = pytest.mark.browser
OpenSite = Callable[..., Page]


@pytest.fixture
def site_folder(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The folder of the owner's own web server, and its address: another origin than the desk's."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_site(open_page: Any, sandbox_url: str, site_folder: tuple[Path, str]) -> OpenSite:
    """Open the owner's page with an example in it, whose address is that of the sandbox."""

    def open_with(kind: str, **options: Any) -> Page:
        folder, address = site_folder
        html = f"<!doctype html><title>Pain</title>{example('html', kind).replace(DESK, sandbox_url)}"
        (folder / "pain.html").write_text(html, "utf-8")
        page: Page = open_page(f"{address}/pain.html", **options)
        return page

    return open_with


def fill(page: Page, message: str) -> None:
    page.get_by_label("Your name").fill("Ann Example")
    page.get_by_label("Phone").fill("(202) 555-0123")
    page.get_by_label("How can we help?").fill(message)


def test_a_plain_form_brings_the_receipt_without_scripts(open_site: OpenSite) -> None:
    page = open_site("form")
    fill(page, "Do you take my insurance?")
    page.get_by_label("You may store").check()
    page.get_by_role("button", name="Send").click()

    expect(page).to_have_url(re.compile(r"/received/[0-9a-f]{32}$"))


def test_a_script_shows_the_advice_first_and_sends_a_double_tap_once(open_site: OpenSite) -> None:
    page = open_site("script", java_script_enabled=True)
    fill(page, "I cannot breathe.")
    with page.expect_response("**/f/homepage") as first:
        page.get_by_role("button", name="Send").click()
    fill(page, "I cannot breathe.")
    with page.expect_response("**/f/homepage") as second:
        page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("status")).to_contain_text("911")
    assert first.value.json()["reference"] == second.value.json()["reference"]


def test_a_script_without_an_answer_lets_the_browser_send_it(open_site: OpenSite) -> None:
    page = open_site("script", java_script_enabled=True)
    refused: list[str] = []

    def drop_the_script(route: Route) -> None:
        if route.request.resource_type == "fetch":
            refused.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/f/homepage", drop_the_script)
    fill(page, "Do you take my insurance?")
    page.get_by_role("button", name="Send").click()

    expect(page).to_have_url(re.compile(r"/received/[0-9a-f]{32}$"))
    assert 1 == len(refused)


def test_our_form_stands_in_the_owners_page(open_site: OpenSite) -> None:
    page = open_site("embed", java_script_enabled=True)
    form = page.locator("enquiry-form")
    form.get_by_role("button", name="Next").click()
    form.get_by_label("Your name").fill("Ann Example")
    form.get_by_label("Phone number").fill("(202) 555-0123")
    form.get_by_label("I agree that").check()
    form.get_by_role("button", name="Send now").click()

    expect(form.get_by_role("heading", name="We received your message")).to_be_visible()
    expect(form.get_by_role("link", name="Call 911").first).to_be_visible()
