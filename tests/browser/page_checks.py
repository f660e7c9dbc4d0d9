"""What every page has to hold, looked at in Chromium: axe, width, size of targets, the way of the keyboard."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

BUILD = Path(__file__).parents[2] / "build"
AXE = BUILD / "browser" / "node_modules" / "axe-core" / "axe.min.js"
_ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_BY_LOOK = {
    "type": "rule",
    "values": ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"],
}
SMALLEST_TARGET = 44
WINDOWS: tuple[tuple[int, Literal["light", "dark"], bool], ...] = (
    (320, "light", True),
    (320, "dark", False),
    (1100, "dark", True),
    (1100, "light", False),
)
"""Width, colours, and whether every rule is run or only those that colours and width bear on."""
_CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
_AXE = """async (runOnly) => {
  const found = await axe.run(document, {runOnly, resultTypes: ["violations"]});
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 120)}`));
}"""
_SMALL = """([controls, least]) => [...document.querySelectorAll(controls)]
  .filter((each) => each.checkVisibility() && !each.matches(".skip, label input"))
  .map((each) => [each, /checkbox|radio/.test(each.type) ? each.parentElement : each])
  .filter(([each, target]) => {
    const box = target.getBoundingClientRect();
    return box.height < least || box.width < least;
  })
  .map(([each]) => each.outerHTML.slice(0, 120))"""
_TO_THE_TOP = """
document.body.tabIndex = -1;
document.body.focus();
document.body.removeAttribute("tabindex");
scrollTo(0, 0);
"""
"""A page that has something to say has put the focus there."""
_REACHABLE = """(controls) => [...document.querySelectorAll(controls)]
  .filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex >= 0)
  .filter((each) => each.type !== "radio" || each === (
    each.form.querySelector(`[name=${each.name}]:checked`) ?? each.form.querySelector(`[name=${each.name}]`)))
  .map((each, place) => { each.dataset.place = place; return each.outerHTML.slice(0, 120); })"""
_FOCUSED = """() => {
  const here = document.activeElement;
  const style = getComputedStyle(here);
  const box = here.getBoundingClientRect();
  return {
    place: here.dataset.place === undefined ? -1 : Number(here.dataset.place),
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 &&
      box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def findings(page: Page) -> list[str]:
    """All that somebody would stumble over who sees little, touches a small screen, or has no mouse. 200 % zoom of
    1100 pixels leaves 550."""
    assert page.locator("header.top").count(), "no page of the desk"
    open_everything(page)
    load_axe(page)
    found = []
    for width, scheme, is_whole in WINDOWS:
        resize(page, width)
        page.emulate_media(color_scheme=scheme)
        where = f"{width} {scheme}"
        found += [f"{where}: {violation}" for violation in axe_violations(page, everything=is_whole)]
        found += [f"{where}: small {target}" for target in small_targets(page)]
    found += [f"Tab: {control}" for control in lost_by_keyboard(page)]
    for width in (320, 550, 1100):
        resize(page, width)
        found += [f"{width}: scrolls sideways"] if scrolls_sideways(page) else []
    return found


@cache
def _axe_source() -> str:
    assert AXE.exists(), "axe-core is missing: make test installs it"
    return AXE.read_text("utf-8")


def load_axe(page: Page) -> None:
    """Into the page that is open, past its content security policy."""
    page.evaluate(_axe_source())


def axe_violations(page: Page, *, everything: bool = True) -> list[str]:
    """Rule and element of each violation, of all rules or of those that colours and width bear on; needs `load_axe`."""
    found: list[str] = page.evaluate(_AXE, _ALL if everything else _BY_LOOK)
    return found


def open_everything(page: Page) -> None:
    """Unfold what is folded: axe and the keyboard pass over what nobody sees."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def resize(page: Page, width: int, height: int = 700) -> None:
    """In CSS pixels: half the width is what 200 % zoom leaves."""
    page.set_viewport_size({"width": width, "height": height})


def scrolls_sideways(page: Page) -> bool:
    """Whether something is wider than the window."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide


def small_targets(page: Page) -> list[str]:
    """What is harder to touch than the house allows. A tick box counts with its label."""
    found: list[str] = page.evaluate(_SMALL, [_CONTROLS, SMALLEST_TARGET])
    return found


def lost_by_keyboard(page: Page) -> list[str]:
    """What Tab does not come to in the order of the page, or where nobody sees that it has the focus. Of a choice by
    radio buttons it comes to one."""
    page.emulate_media(reduced_motion="reduce")  # otherwise the page still moves when it is looked at
    controls: list[str] = page.evaluate(_REACHABLE, _CONTROLS)
    page.evaluate(_TO_THE_TOP)
    lost = []
    for place, control in enumerate(controls):
        found = _tab_to(page, place)
        if not found["seen"]:
            lost.append(f"{place}, at {found['place']}: {control}")
    return lost


def _tab_to(page: Page, place: int) -> dict[str, Any]:
    """Press Tab until the focus has come to a place: a date has several stops of its own."""
    found: dict[str, Any] = {}
    for _ in range(8):
        page.keyboard.press("Tab")
        found = page.evaluate(_FOCUSED)
        if found["place"] >= place:
            break
    return {**found, "seen": found["seen"] and found["place"] == place}


def take_screenshot(page: Page, name: str) -> None:
    """Keep a picture of the whole page for whoever looks at a run afterwards."""
    file = re.sub(r"\W+", "-", name)
    page.screenshot(path=BUILD / "screenshots" / f"{file}.png", full_page=True)
