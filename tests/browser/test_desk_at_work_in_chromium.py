"""Whoever sees little, touches a small screen or has no mouse can use every page that staff work with, in every
state."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from chalicelib.context import AppContext
from chalicelib.desk.routes import ROUTES
from tests.browser import desk_states
from tests.browser.desk_states import WORKING, Scene
from tests.browser.page_checks import findings, take_screenshot
from tests.desk_site import DeskSite

pytestmark = pytest.mark.browser
_SPOIL = """() => {
  const main = document.querySelector("main");
  main.innerHTML = "<h4></h4><img src=/x><p>pale</p><a href=/desk>plain</a><button tabindex=3>wide</button>";
  Object.assign(main.querySelector("p").style, {color: "#999", background: "#aaa"});
  main.querySelector("a").style.outline = "0";
  main.querySelector("button").style.width = "2000px";
}"""
NO_PAGES = (
    *("/desk/assets/{key}", "/desk/session", "/desk/queue.json", "/desk/quarantine", "/desk/enquiries/{key}/state"),
)


@pytest.mark.parametrize("name", WORKING)
def test_everybody_can_work(page: Page, desk: DeskSite, context: AppContext, name: str) -> None:
    WORKING[name](Scene(page, desk, context))
    take_screenshot(page, name)

    assert [] == findings(page)


def test_every_page_of_the_desk_is_among_the_states() -> None:
    states = Path(desk_states.__file__).read_text("utf-8")
    pages = [route.path for route in ROUTES if route.method == "GET" and route.path not in NO_PAGES]
    missing = [path for path in pages if not re.search(re.sub(r"\{key\}", r"[^?\"]+", path) + r"[?/\"]", states)]

    assert [] == missing


def test_the_checks_find_what_is_wrong(page: Page, desk: DeskSite, context: AppContext) -> None:
    Scene(page, desk, context).open("/desk/search")
    page.evaluate(_SPOIL)
    found = " ".join(findings(page))

    assert "image-alt" in found
    assert "color-contrast" in found
    assert "small <a" in found
    assert re.search(r"Tab: [^:]*: <a href", found)
    assert "320: scrolls sideways" in found
