"""How staff come to the sandbox's desk and what waits there: enquiries, mails, signing in."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from sandbox.staff import PEOPLE, Person
from tests.sandbox_process import Sandbox, ask, wait_until

FRONT_DESK, MANAGER = PEOPLE
CLINIC = ZoneInfo("America/New_York")
DESKTOP = {"java_script_enabled": True, "viewport": {"width": 1100, "height": 800}}


def post(sandbox: Sandbox, **fields: Any) -> dict[str, Any]:
    """Post an enquiry as a website would; each is of another person. The answer's JSON."""
    person = {"name": "Ann Example", "email": f"ann{time.time_ns()}@mail.example", "phone": "(202) 555-0123"}
    answer = ask(f"{sandbox.url}/enquiries", {**person, **fields})

    assert 200 == answer.status, answer.body
    found: dict[str, Any] = answer.json
    return found


def post_emergency(sandbox: Sandbox) -> dict[str, Any]:
    """Somebody who cannot breathe."""
    return post(sandbox, urgent_signs=["chest_breathing"], message="I cannot breathe well since this morning.")


def link_in_mail(sandbox: Sandbox, reference: str) -> str:
    """Where the staff mail about an enquiry leads, once it has come."""
    mails = wait_until(lambda: [mail for mail in sandbox.mails(reference) if mail["kind"] == "staff_alert"], "the mail")
    found = re.search(r"http\S+/desk/enquiries/\S+", mails[0]["text"])

    assert found
    return found[0]


def sign_in(page: Page, person: Person = FRONT_DESK) -> None:
    """Fill in the form that is shown."""
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Sign in").click()


def next_try(sandbox: Sandbox) -> tuple[str, str]:
    """Date and time in half an hour, as the fields of a form hold them."""
    now = datetime.fromisoformat(sandbox.tick(0)["now"]).astimezone(CLINIC)
    at = now + timedelta(minutes=30)
    return at.date().isoformat(), f"{at:%H:%M}"


def expect_status(page: Page, status: str) -> None:
    """What the badge beside the level says."""
    expect(page.locator(".standing .badge").nth(1)).to_have_text(status)


def expect_done(page: Page, words: str) -> None:
    """What the page says of the last act."""
    expect(page.locator(".done [role=status]")).to_contain_text(words)
