"""A filled honeypot quarantines: stored, no mail, the same answer; nobody in danger is ever quarantined."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Alerts
from tests.functional.conftest import Stored
from tests.website import Website

BOT = {"name": "Bot", "email": "bot@mail.example"}


TRAPS = ["_gotcha", "botcheck", "bot-field", "_honey", "_honeypot", "__fl_hp"]


def test_a_filled_honeypot_is_stored_without_mail(site: Website, stored: Stored) -> None:
    trapped = [site.post_json("/enquiries", {**BOT, name: "cheap pills", "message": name}) for name in TRAPS]
    plain = site.post_json("/enquiries", {**BOT, "message": "plain"})
    found = {
        enquiry.submission.answers.message: (enquiry.status, enquiry.verdict.reasons) for enquiry in stored.enquiries
    }

    assert {200} == {answer.status for answer in trapped}
    assert {tuple(plain.json())} == {tuple(answer.json()) for answer in trapped}
    assert [plain.json()["advice"]] * len(TRAPS) == [answer.json()["advice"] for answer in trapped]
    assert {"plain": ("new", ())} | dict.fromkeys(TRAPS, ("quarantined", ("honeypot_filled",))) == found
    assert {plain.json()["id"]} == {row.partition("_")[0] for row in stored.outbox()}


def test_a_trapped_form_sees_its_receipt(site: Website) -> None:
    location = site.post_form("/enquiries", {**BOT, "_gotcha": "x"}).headers["location"]
    page = site.get(location.removeprefix("https://desk.clinic.example/api"))

    assert 200 == page.status


def test_an_unticked_botcheck_passes(site: Website, stored: Stored) -> None:
    for value in ("", "false", "0", "off", "no"):
        site.post_form("/enquiries", {**BOT, "botcheck": value, "message": f"ticked: {value}"})

    assert ["new"] * 5 == [enquiry.status for enquiry in stored.enquiries]


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({"urgent_signs": "stroke_signs"}, "emergency"),
        ({"self_harm": "may_act"}, "crisis"),
        ({"message": "I want to kill myself"}, "crisis"),
    ],
)
def test_nobody_in_danger_is_quarantined(
    site: Website, stored: Stored, fields: dict[str, Any], level: str, alerts: Alerts
) -> None:
    site.post_form("/enquiries", {**BOT, **fields, "_gotcha": "filled by a password manager"})

    assert ("new", level) == (stored.enquiry.status, stored.enquiry.level)
    assert ("honeypot_filled",) == stored.enquiry.verdict.reasons
    assert 3 == len(stored.outbox())
    assert [] == list(alerts)


def test_an_urgent_enquiry_with_a_filled_honeypot_is_quarantined_and_still_gets_its_advice(
    site: Website, stored: Stored
) -> None:
    told = site.post_json("/enquiries", {**BOT, "urgent_signs": ["hot_joint"], "_gotcha": "x"}).json()

    assert "quarantined" == stored.enquiry.status
    assert ["see_doctor_today"] == [advice["code"] for advice in told["advice"]]
