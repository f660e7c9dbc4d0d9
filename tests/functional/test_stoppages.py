"""When one channel does not work, the other one says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.notifications.planning import plan_notifications
from chalicelib.notifications.worker import HELD_FOR, deliver_notification
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from chalicelib.storage.enquiries import save_enquiry
from chalicelib.storage.outbox import due_notifications, load_notification
from chalicelib.storage.table import enquiry_key, marshal
from tests.builders import ENQUIRY_ID, an_acceptance, an_enquiry
from tests.conftest import Alerts, Mailbox, SettableClock
from tests.fake_api import FakeApi, client_error, clients_with

STAFF_ALERT = f"{ENQUIRY_ID}_staff_alert"
ON_CALL_ALERT = f"{ENQUIRY_ID}_on_call_alert"
NO_TOPIC = client_error("NotFound", "Topic does not exist")


@pytest.fixture
def paused(context: AppContext, environment: dict[str, str]) -> AppContext:
    """SES has stopped the account."""
    return replace(context, clients=clients_with(environment, ses=FakeApi(client_error("SendingPausedException"))))


@pytest.fixture
def topicless(context: AppContext, environment: dict[str, str]) -> AppContext:
    """The on-call topic has been deleted."""
    return replace(context, clients=clients_with(environment, sns=FakeApi(NO_TOPIC)))


def store(context: AppContext, **overrides: Any) -> None:
    enquiry = an_enquiry(**overrides)
    rows = plan_notifications(enquiry, context.settings, enquiry.received_at)
    save_enquiry(context.table, an_acceptance(enquiry, *rows))


def deliver_due(context: AppContext) -> None:
    far = context.clock() + timedelta(minutes=2)
    for owner, name in due_notifications(context.table, far):
        deliver_notification(context, f"{owner}_{name}")


def hold_for(context: AppContext, clock: SettableClock, minutes: int, notification_id: str = STAFF_ALERT) -> None:
    """Try it every 90 seconds."""
    until = clock() + timedelta(minutes=minutes)
    while clock() <= until:
        deliver_notification(context, notification_id)
        clock.advance(seconds=HELD_FOR.total_seconds())


def test_whoever_is_on_call_hears_that_mail_stands_still_once_an_hour(
    paused: AppContext, clock: SettableClock, alerts: Alerts, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    store(paused)
    hold_for(paused, clock, 9)
    deliver_due(paused)

    assert len(alerts) == 0

    hold_for(paused, clock, 40)
    deliver_due(paused)
    (alert,) = alerts

    assert alert.subject == "Mail of the enquiry desk stands still"
    assert "(SendingPausedException)" in alert.message
    assert "@" not in alert.message
    assert caplog.messages.count("mail stopped") == 1
    assert len(mailbox) == 0

    clock.advance(hours=1)
    hold_for(paused, clock, 5)
    deliver_due(paused)

    assert len(alerts) == 2


def test_sweeper_sends_it_when_its_poke_is_lost(paused: AppContext, clock: SettableClock, alerts: Alerts) -> None:
    store(paused)
    hold_for(paused, clock, 12)
    clock.advance(minutes=2)

    assert sweep_outbox(paused) == 3  # with both mails, which are still held
    deliver_due(paused)
    assert len(alerts) == 1


@pytest.mark.parametrize(
    ("settings", "name", "overrides"),
    [
        ({"on_call_topic_arn": ""}, "staff_alert", {}),
        ({}, "acknowledgement", {}),
        ({}, "staff_alert", {"id": "canary-2026-03-02T15", "is_test": True}),
    ],
    ids=["no topic", "only the person waits", "canary"],
)
def test_nobody_on_call_is_woken_in_vain(
    paused: AppContext, clock: SettableClock, settings: dict[str, Any], name: str, overrides: dict[str, Any]
) -> None:
    context = replace(paused, deployed=paused.settings.model_copy(update=settings))
    store(context, **overrides)
    hold_for(context, clock, 30, f"{overrides.get('id', ENQUIRY_ID)}_{name}")
    owners = {owner for owner, _ in due_notifications(context.table, clock() + timedelta(hours=1))}

    assert {owner for owner in owners if owner.startswith("notice")} == set()


def test_enquiry_that_was_erased_while_it_was_held_wakes_nobody(
    paused: AppContext, clock: SettableClock, alerts: Alerts
) -> None:
    store(paused)
    hold_for(paused, clock, 3)
    key = marshal(enquiry_key(ENQUIRY_ID))
    paused.table.client.delete_item(TableName=paused.table.name, Key=key)
    hold_for(paused, clock, 20)
    deliver_due(paused)

    assert len(alerts) == 0


def test_staff_hear_that_whoever_is_on_call_does_not_know_of_an_emergency(
    context: AppContext, topicless: AppContext, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    store(context, level="emergency")
    deliver_notification(topicless, ON_CALL_ALERT)
    deliver_notification(topicless, ON_CALL_ALERT)
    deliver_due(topicless)
    row = load_notification(context.table, ENQUIRY_ID, "on_call_alert")
    (notice,) = mailbox.of_kind("staff_notice")

    assert row is not None
    assert row.status == "failed"
    assert notice.subject == "On-call alert failed: enquiry K7F-3Q9M"
    assert "(NotFound)" in notice.text
    assert notice.to == ("frontdesk@clinic.example",)
    assert caplog.messages.count("on call failed") == 1


def test_alert_whose_worker_died_while_it_failed_is_still_told_of(
    context: AppContext, topicless: AppContext, clock: SettableClock, mailbox: Mailbox, environment: dict[str, str]
) -> None:
    """The notice is written, the row is not."""
    store(context, level="crisis")
    dying = replace(
        context,
        clients=clients_with(environment, sns=FakeApi(NO_TOPIC), sqs=FakeApi(KeyboardInterrupt())),
    )
    with pytest.raises(KeyboardInterrupt):
        deliver_notification(dying, ON_CALL_ALERT)
    clock.advance(minutes=1)
    deliver_due(topicless)
    row = load_notification(context.table, ENQUIRY_ID, "on_call_alert")

    assert row is not None
    assert row.status == "failed"
    assert len(mailbox.of_kind("staff_notice")) == 1


def test_alert_about_an_enquiry_that_cannot_be_read_still_fails_for_good(
    context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    store(context, level="emergency")
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(enquiry_key(ENQUIRY_ID)),
        UpdateExpression="REMOVE #field",
        ExpressionAttributeNames={"#field": "reference"},
    )
    for _ in range(10):
        deliver_notification(context, ON_CALL_ALERT)
        clock.advance(hours=4)
    row = load_notification(context.table, ENQUIRY_ID, "on_call_alert")
    deliver_notification(context, f"notice-on-call-failed-{ENQUIRY_ID}_staff_notice")

    assert row is not None
    assert row.status == "failed"
    assert ENQUIRY_ID in mailbox.of_kind("staff_notice")[0].subject
