"""Every hour each enquiry of two days is accounted for; what is in no account is mended and told of."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from chalice.test import Client

import app as app_module
from chalicelib.context import AppContext
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.models.notification import Notification
from chalicelib.notifications.accounting import LOOKS_BACK, YOUNGEST, take_accounts
from chalicelib.notifications.planning import plan_notifications
from chalicelib.notifications.worker import deliver_notification, notification_id_of
from chalicelib.observability import JsonLine
from chalicelib.schedules.digest import send_digest
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from chalicelib.schedules.reconciliation import reconcile_enquiries
from chalicelib.storage.enquiries import change_enquiry, load_enquiry, save_enquiry
from chalicelib.storage.outbox import claim, load_notification, mark_failed, notification_item
from chalicelib.storage.repairs import add_missing_row
from chalicelib.storage.table import Table, enquiry_key, marshal, notification_key
from tests.builders import RECEIVED_AT, a_contact, a_notification, a_submission, an_acceptance, an_enquiry
from tests.conftest import Alerts, Mailbox, SettableClock
from tests.fake_api import FakeApi, clients_with

COUNTS = ("notified", "retrying", "failed", "quarantined", "unaccounted")
METRICS = (
    "EnquiriesNotified",
    "EnquiriesRetrying",
    "EnquiriesFailed",
    "EnquiriesQuarantined",
    "EnquiriesUnaccounted",
)


@pytest.fixture
def pokes() -> FakeApi:
    """SQS: what is poked stands in its calls."""
    return FakeApi({})


@pytest.fixture
def context(context: AppContext, environment: dict[str, str], pokes: FakeApi) -> AppContext:
    """The usual surroundings, with that queue."""
    return replace(context, clients=clients_with(environment, sqs=pokes))


def store(context: AppContext, number: int = 1, *, rows: Sequence[Notification] | None = None, **overrides: Any) -> str:
    """Store an enquiry with its rows, as accept does, or with those given; return its id."""
    values = {"id": f"enquiry-{number}", "reference": f"K7F-{number:04d}", **overrides}
    enquiry = an_enquiry(**values)
    planned = plan_notifications(enquiry, context.settings, enquiry.received_at) if rows is None else rows
    save_enquiry(context.table, an_acceptance(enquiry, *planned))
    return enquiry.id


def rewrite_row(context: AppContext, enquiry_id: str, **changes: Any) -> None:
    """Put the staff alert into another state, in the index or out of it as that state is."""
    row = a_notification(owner=enquiry_id, **changes)
    context.table.client.put_item(TableName=context.table.name, Item=marshal(notification_item(row)))


def forget_row(context: AppContext, enquiry_id: str) -> None:
    """As if the transaction had never written it."""
    key = marshal(notification_key(enquiry_id, "staff_alert"))
    context.table.client.delete_item(TableName=context.table.name, Key=key)


def work_off_pokes(context: AppContext, pokes: FakeApi) -> None:
    """What the worker does with the messages of the queue."""
    for call in pokes.calls:
        for entry in call["Entries"]:
            deliver_notification(context, notification_id_of(entry["MessageBody"]))
    pokes.calls.clear()


def line(caplog: pytest.LogCaptureFixture, message: str) -> dict[str, Any]:
    """The fields of the only log line with a message."""
    (record,) = [record for record in caplog.records if record.getMessage() == message]
    fields: dict[str, Any] = json.loads(JsonLine().format(record))
    return fields


def test_each_enquiry_is_counted_in_its_account(
    context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    store(context, 1)
    deliver_notification(context, "enquiry-1_staff_alert")
    store(context, 2)
    store(context, 3)
    rewrite_row(context, "enquiry-3", status="failed")
    store(context, 4, status="quarantined")
    store(context, 5, rows=[])
    clock.advance(minutes=6)

    reconcile_enquiries(context)

    counts = line(caplog, "enquiries reconciled")
    metric = line(caplog, "metric")
    (directive,) = metric["_aws"]["CloudWatchMetrics"]

    assert [1] * 5 == [counts[name] for name in COUNTS]
    assert [1] * 5 == [metric[name] for name in METRICS]
    assert [[]] == directive["Dimensions"]
    assert list(METRICS) == [each["Name"] for each in directive["Metrics"]]
    assert "enquiry-5" == line(caplog, "enquiry unaccounted")["enquiry_id"]


def test_a_quiet_hour_is_reported_as_well(context: AppContext, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    reconcile_enquiries(context)

    assert [0] * 5 == [line(caplog, "metric")[name] for name in METRICS]


def test_a_missing_staff_alert_is_written_and_sent(
    context: AppContext, clock: SettableClock, mailbox: Mailbox, pokes: FakeApi
) -> None:
    store(context)
    forget_row(context, "enquiry-1")
    clock.advance(minutes=6)

    reconcile_enquiries(context)
    work_off_pokes(context, pokes)

    (mail,) = mailbox.of_kind("staff_alert")

    assert "K7F-0001" == mail.reference
    assert {"enquiry-1": "notified"} == take_accounts(context).by_enquiry


def test_the_sweeper_sends_what_was_mended_when_the_poke_is_lost(
    context: AppContext, clock: SettableClock, mailbox: Mailbox, pokes: FakeApi
) -> None:
    store(context, rows=[])
    clock.advance(minutes=6)
    reconcile_enquiries(context)
    pokes.calls.clear()
    clock.advance(minutes=2)
    sweep_outbox(context)
    work_off_pokes(context, pokes)

    assert 1 == len(mailbox.of_kind("staff_alert"))


def test_staff_and_whoever_is_on_call_hear_of_it_once_an_hour(
    context: AppContext, clock: SettableClock, mailbox: Mailbox, pokes: FakeApi, alerts: Alerts
) -> None:
    for number in (1, 2, 3):
        store(context, number, rows=[])
        clock.advance(minutes=6)
        reconcile_enquiries(context)
        work_off_pokes(context, pokes)
    (notice,), (alert,) = mailbox.of_kind("staff_notice"), alerts

    assert "Enquiries that nobody had been told of" == notice.subject == alert.subject
    assert "nobody had been told of: 1." in notice.text
    assert "nobody had been told of: 1." in notice.html
    assert ("frontdesk@clinic.example",) == notice.to

    store(context, 4, rows=[], received_at=clock())
    clock.advance(hours=1)
    reconcile_enquiries(context)
    work_off_pokes(context, pokes)

    assert 2 == len(mailbox.of_kind("staff_notice"))


def test_without_a_topic_only_staff_hear_of_it(
    context: AppContext, clock: SettableClock, mailbox: Mailbox, pokes: FakeApi, alerts: Alerts
) -> None:
    alone = replace(context, deployed=context.settings.model_copy(update={"on_call_topic_arn": ""}))
    store(alone, rows=[])
    clock.advance(minutes=6)
    reconcile_enquiries(alone)
    work_off_pokes(alone, pokes)

    assert (1, 0) == (len(mailbox.of_kind("staff_notice")), len(alerts))


def test_a_row_that_left_the_index_while_it_waited_is_poked(
    context: AppContext, clock: SettableClock, mailbox: Mailbox, pokes: FakeApi
) -> None:
    store(context)
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(notification_key("enquiry-1", "staff_alert")),
        UpdateExpression="REMOVE due_shard",
    )
    clock.advance(hours=2)
    reconcile_enquiries(context)
    work_off_pokes(context, pokes)

    assert 1 == len(mailbox.of_kind("staff_alert"))
    assert {"enquiry-1": "notified"} == take_accounts(context).by_enquiry


def test_mending_sends_no_second_mail(
    context: AppContext, clock: SettableClock, mailbox: Mailbox, pokes: FakeApi
) -> None:
    store(context, rows=[])
    clock.advance(minutes=6)
    for _ in range(3):
        reconcile_enquiries(context)
    work_off_pokes(context, pokes)

    assert 1 == len(mailbox.of_kind("staff_alert"))


def test_an_erased_enquiry_that_the_index_still_shows_is_skipped(
    context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture, mailbox: Mailbox
) -> None:
    """moto's index does not lag, so the item that is read says what the table would: nothing."""
    caplog.set_level(logging.INFO, "enquiry_desk")
    store(context, rows=[])
    clock.advance(minutes=6)
    lagging = replace(context, table=WithoutEnquiries(context.clients, context.table.name))
    reconcile_enquiries(lagging)

    assert [0] * 5 == [line(caplog, "enquiries reconciled")[name] for name in COUNTS]
    assert list(mailbox) == []


def from_a_later_release(context: AppContext, enquiry_id: str, name: str) -> None:
    """A row of a kind that this release does not know."""
    row = {**notification_item(a_notification(owner=enquiry_id)), **notification_key(enquiry_id, name), "kind": name}
    context.table.client.put_item(TableName=context.table.name, Item=marshal(row))


def test_a_row_that_cannot_be_read_stops_nothing(
    context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    store(context, 1)
    from_a_later_release(context, "enquiry-1", "carrier_pigeon")
    deliver_notification(context, "enquiry-1_staff_alert")
    store(context, 2, rows=[])
    clock.advance(minutes=6)
    reconcile_enquiries(context)

    assert "enquiry-1_carrier_pigeon" == line(caplog, "row unreadable")["notification_id"]
    assert (1, 0, 0, 0, 1, 1) == tuple(line(caplog, "enquiries reconciled")[name] for name in (*COUNTS, "unreadable"))
    assert {"enquiry-1": "notified", "enquiry-2": "retrying"} == take_accounts(context).by_enquiry

    clock.advance(minutes=1)
    send_digest(context)

    assert "digest written" in caplog.messages


def test_enquiry_whose_only_alert_cannot_be_read_is_unaccounted(context: AppContext, clock: SettableClock) -> None:
    """Nobody can tell whether somebody was told: that is worth an alarm."""
    store(context, rows=[])
    from_a_later_release(context, "enquiry-1", "carrier_pigeon")
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(enquiry_key("enquiry-1")),
        UpdateExpression="SET submission = :odd",
        ExpressionAttributeValues=marshal({":odd": "odd"}),
    )
    clock.advance(minutes=6)
    accounts = take_accounts(context)

    assert ({"enquiry-1": "unaccounted"}, 1) == (accounts.by_enquiry, accounts.unreadable)


class WithoutEnquiries(Table):
    """A table whose indexes still list what has been erased."""

    def get(self, key: Any) -> Any:
        """No enquiry is there any more."""
        return None if key["sk"] == "ENQUIRY" else super().get(key)


def test_an_erased_enquiry_gets_no_row(context: AppContext) -> None:

    assert not add_missing_row(context.table, a_notification(owner="erased"))
    assert load_notification(context.table, "erased", "staff_alert") is None


def test_an_enquiry_that_was_quarantined_since_the_list_was_written_is_quarantined(
    context: AppContext, clock: SettableClock
) -> None:
    store(context, rows=[])
    clock.advance(minutes=6)
    table = WithAnother(context.clients, context.table.name)
    table.enquiry = an_enquiry(id="enquiry-1", status="quarantined")

    assert {"enquiry-1": "quarantined"} == take_accounts(replace(context, table=table)).by_enquiry


class WithAnother(Table):
    """A table that knows better than its indexes."""

    enquiry: Enquiry

    def get(self, key: Any) -> Any:
        """The enquiry as it is now."""
        return self.enquiry.model_dump(mode="json") if key["sk"] == "ENQUIRY" else super().get(key)


@pytest.mark.parametrize(
    ("received_at", "counted"),
    [
        (RECEIVED_AT, True),
        (RECEIVED_AT - YOUNGEST, True),
        (RECEIVED_AT - YOUNGEST + timedelta(seconds=1), False),
        (RECEIVED_AT - LOOKS_BACK, True),
        (RECEIVED_AT - LOOKS_BACK - timedelta(seconds=1), False),
        (RECEIVED_AT - timedelta(hours=20), True),
    ],
)
def test_two_days_are_accounted_for_but_the_last_five_minutes(
    context: AppContext, clock: SettableClock, received_at: datetime, counted: bool
) -> None:
    if received_at == RECEIVED_AT:
        clock.advance(minutes=6)
    store(context, received_at=received_at)

    assert counted == bool(take_accounts(context).by_enquiry)


def test_test_enquiries_are_in_no_account(context: AppContext, clock: SettableClock) -> None:
    store(context, is_test=True, rows=[])
    clock.advance(minutes=6)

    assert {} == take_accounts(context).by_enquiry


def test_a_flood_is_accounted_for_from_its_young_end_and_the_log_says_so(
    context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(4):
        store(context, number, received_at=clock.advance(seconds=1))
    store(context, 9, status="quarantined")
    clock.advance(minutes=6)
    reconcile_enquiries(context, limit=3)

    assert {f"enquiry-{number}" for number in (1, 2, 3, 9)} == set(take_accounts(context, limit=3).by_enquiry)
    assert 1 == line(caplog, "enquiries not reconciled")["left_out"]


def test_an_enquiry_whose_alert_failed_is_failed_until_somebody_acts(context: AppContext, clock: SettableClock) -> None:
    store(context)
    row = claim(context.table, "enquiry-1", "staff_alert", clock())
    assert row is not None
    mark_failed(context.table, row, "MessageRejected", clock())
    clock.advance(minutes=6)

    assert {"enquiry-1": "failed"} == take_accounts(context).by_enquiry

    enquiry = load_enquiry(context.table, "enquiry-1")
    act = HistoryEvent(kind="contacted", by="staff", at=clock())
    change_enquiry(context.table, enquiry.model_copy(update={"status": "contacted"}), act)

    assert {"enquiry-1": "notified"} == take_accounts(context).by_enquiry


def test_the_log_names_nobody(context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    submission = a_submission(contact=a_contact(name="Marked Name", email_address="marked@mail.example"))
    store(context, rows=[], submission=submission)
    clock.advance(minutes=6)
    reconcile_enquiries(context)
    written = "\n".join(JsonLine().format(record) for record in caplog.records)

    assert "enquiry-1" in written
    assert "arked" not in written


def test_the_schedule_runs_it(
    context: AppContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    monkeypatch.setattr(app_module, "instance", lambda: context)
    with Client(app_module.app) as client:
        client.lambda_.invoke("reconcile_enquiries", client.events.generate_cw_event("aws.events", "", {}, []))

    assert "enquiries reconciled" in caplog.messages
