"""Who is told of an enquiry."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import split_notification_id
from chalicelib.notifications.planning import POKE_GRACE, plan_notifications
from chalicelib.settings import Settings
from tests.builders import ENQUIRY_ID, RECEIVED_AT, a_contact, a_submission, an_enquiry

SETTINGS = Settings(on_call_topic_arn="arn:aws:sns:us-east-1:123456789012:on-call")
DUE_AT = RECEIVED_AT + POKE_GRACE


def planned_kinds(enquiry: Enquiry, settings: Settings = SETTINGS) -> list[str]:
    return [row.kind for row in plan_notifications(enquiry, settings, DUE_AT)]


@pytest.mark.parametrize("level", ["info", "routine", "priority", "urgent"])
def test_calm_levels_tell_staff_and_the_person(level: str) -> None:

    assert planned_kinds(an_enquiry(level=level)) == ["staff_alert", "acknowledgement"]


@pytest.mark.parametrize("level", ["emergency", "crisis"])
def test_danger_tells_whoever_is_on_call_too(level: str) -> None:

    assert planned_kinds(an_enquiry(level=level)) == ["staff_alert", "acknowledgement", "on_call_alert"]


def test_danger_without_an_on_call_topic_plans_no_alert() -> None:

    assert planned_kinds(an_enquiry(level="crisis"), Settings()) == ["staff_alert", "acknowledgement"]


def test_quarantined_enquiry_tells_nobody() -> None:

    assert planned_kinds(an_enquiry(status="quarantined")) == []


@pytest.mark.parametrize(
    "contact",
    [{"email": "", "email_address": ""}, {"email": "ann@münchen.example", "email_address": "ann@münchen.example"}],
)
def test_person_whom_ses_cannot_reach_gets_no_acknowledgement(contact: dict[str, Any]) -> None:
    enquiry = an_enquiry(submission=a_submission(contact=a_contact(**contact)))

    assert planned_kinds(enquiry) == ["staff_alert"]


def test_person_who_may_be_watched_gets_no_acknowledgement() -> None:

    assert planned_kinds(an_enquiry(level="urgent", flags=("safeguarding",))) == ["staff_alert"]


def test_row_waits_for_the_sweeper_and_its_id_names_enquiry_and_kind() -> None:
    row = plan_notifications(an_enquiry(), SETTINGS, DUE_AT)[0]

    assert (row.status, row.attempts, row.due_at) == ("pending", 0, DUE_AT)
    assert split_notification_id(row.notification_id) == (ENQUIRY_ID, "staff_alert")
