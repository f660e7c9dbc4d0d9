"""`make picture`: take the picture of the desk that the README shows, in a sandbox with made-up enquiries."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime, time, timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.desk_visits import CLINIC, post, sign_in
from tests.sandbox_process import Sandbox, running_sandbox

PICTURE = Path(__file__).parents[2] / "docs" / "desk.png"
MOST_BYTES = 150_000
NO_SIGNS = {"urgent_signs": ["none"], "consent": "yes"}
EARLIER = ({"about": "prices"}, {"urgent_signs": ["chest_breathing"]})
"""These are overdue, or nearly, when the others come."""
LATER = (
    {"urgent_signs": ["cold_limb"], "interpreter": "yes"},
    {"self_harm": "may_act"},
    {"self_harm": "thoughts_safe"},
    {"crps_diagnosis": "suspected", "pain_duration": "under_6_weeks", "age_group": "under_18"},
    {"about": "call", "message": "Do you take my insurance?"},
    {"_gotcha": "filled by a robot"},
)


def fill(sandbox: Sandbox) -> None:
    """On a Tuesday at ten: some that came half an hour ago, and some of now."""
    sandbox.tick(_minutes_to_opening(datetime.fromisoformat(sandbox.tick(0)["now"]).astimezone(CLINIC)))
    for answers in EARLIER:
        post(sandbox, **{**NO_SIGNS, **answers})
    sandbox.tick(27)
    for answers in LATER:
        post(sandbox, **{**NO_SIGNS, **answers})


def _minutes_to_opening(now: datetime) -> int:
    days = (1 - now.weekday()) % 7 or 7
    opening = datetime.combine(now.date() + timedelta(days=days), time(9, 33), CLINIC)
    return int((opening - now).total_seconds() // 60)


def take(sandbox: Sandbox) -> None:
    """Write the file."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1100, "height": 620})
        page.goto(f"{sandbox.url}/desk")
        sign_in(page)
        page.click(".level-crisis .reference")
        page.click("#act-take button")
        page.click(".home")
        page.wait_for_selector(".row")
        page.screenshot(path=PICTURE, full_page=True)
        browser.close()


if __name__ == "__main__":
    with running_sandbox() as running:
        fill(running)
        take(running)
    if PICTURE.stat().st_size > MOST_BYTES:
        sys.exit(f"{PICTURE.name} is larger than {MOST_BYTES} bytes")
