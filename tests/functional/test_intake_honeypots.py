"""A filled honeypot quarantines: stored, no mail, the same answer; nobody in danger is ever quarantined."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Alerts
from tests.functional.conftest import Stored
from tests.website import Website

BOT = {"name": "Bot", "email": "bot@mail.example"}


@pytest.mark.parametrize("name", ["_gotcha", "botcheck", "bot-field", "_honey", "_honeypot", "__fl_hp"])
def test_a_filled_honeypot_is_stored_without_mail(site: Website, stored: Stored, name: str) -> None:
    trapped = site.post_json("/enquiries", {**BOT, name: "cheap pills"})
    plain = site.post_json("/enquiries", {**BOT, "email": "ann@mail.example"})
    quarantined = {enquiry.submission.contact.email: enquiry for enquiry in stored.enquiries}["bot@mail.example"]

    assert (trapped.status, plain.status) == (200, 200)
    assert set(trapped.json()) == set(plain.json())
    assert trapped.json()["advice"] == plain.json()["advice"]
    assert quarantined.status == "quarantined"
    assert quarantined.verdict.reasons == ("honeypot_filled",)
    assert not [row for row in stored.outbox() if row.startswith(quarantined.id)]
    assert len(stored.outbox()) == 2


def test_a_trapped_form_sees_its_receipt(site: Website) -> None:
    location = site.post_form("/enquiries", {**BOT, "_gotcha": "x"}).headers["location"]
    page = site.get(location.removeprefix("https://desk.clinic.example/api"))

    assert page.status == 200


@pytest.mark.parametrize("value", ["", "false", "0", "off", "no"])
def test_an_unticked_botcheck_passes(site: Website, stored: Stored, value: str) -> None:
    site.post_form("/enquiries", {**BOT, "botcheck": value})

    assert stored.enquiry.status == "new"


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

    assert (stored.enquiry.status, stored.enquiry.level) == ("new", level)
    assert stored.enquiry.verdict.reasons == ("honeypot_filled",)
    assert len(stored.outbox()) == 3
    assert list(alerts) == []


def test_an_urgent_enquiry_with_a_filled_honeypot_is_quarantined_and_still_gets_its_advice(
    site: Website, stored: Stored
) -> None:
    told = site.post_json("/enquiries", {**BOT, "urgent_signs": ["hot_joint"], "_gotcha": "x"}).json()

    assert stored.enquiry.status == "quarantined"
    assert [advice["code"] for advice in told["advice"]] == ["see_doctor_today"]
