"""Rows of the outbox on their way: delivered, put off, given up, swept; on a real table, queue, SES and SNS of moto."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import Notification
from chalicelib.notifications.planning import POKE_GRACE, plan_notifications
from chalicelib.notifications.relay import poke, queue_url, start_poke
from chalicelib.notifications.worker import (
    HELD_FOR,
    LAST_ATTEMPT,
    RETRY_DELAYS,
    deliver_notification,
    notification_id_of,
)
from chalicelib.schedules.outbox_sweeper import MAX_ROWS, sweep_outbox
from chalicelib.storage.enquiries import save_enquiry
from chalicelib.storage.outbox import LEASE, claim, notification_item
from chalicelib.storage.table import Table, enquiry_key, marshal, notification_key
from tests.builders import ENQUIRY_ID, RECEIVED_AT, a_notification, a_submission, an_acceptance, an_enquiry
from tests.conftest import Alerts, Mailbox, SettableClock
from tests.fake_api import FakeApi, client_error, clients_with

STAFF_ALERT = f"{ENQUIRY_ID}_staff_alert"
THROTTLED = client_error("TooManyRequestsException", "Maximum sending rate exceeded.")
PAUSED = client_error("SendingPausedException")


def store(context: AppContext, **overrides: Any) -> list[str]:
    """Store an enquiry with its rows, as accept does, and return the rows' ids."""
    enquiry = an_enquiry(**overrides)
    rows = plan_notifications(enquiry, context.settings, RECEIVED_AT + POKE_GRACE)
    save_enquiry(context.table, an_acceptance(enquiry, *rows))
    return [row.notification_id for row in rows]


def store_many(context: AppContext, count: int, due_at: datetime) -> None:
    for number in range(count):
        item = notification_item(a_notification(owner=f"enquiry-{number}", due_at=due_at - timedelta(seconds=1)))
        context.table.client.put_item(TableName=context.table.name, Item=marshal(item))


def row(context: AppContext, kind: str = "staff_alert") -> dict[str, Any]:
    item = context.table.get(notification_key(ENQUIRY_ID, kind))
    assert item is not None
    return item


def stored_row(context: AppContext) -> Notification:
    return Notification.model_validate({"due_at": RECEIVED_AT, **row(context)})


def with_apis(context: AppContext, environment: dict[str, str], **apis: Any) -> AppContext:
    return replace(context, clients=clients_with(environment, **apis))


def poked_ids(context: AppContext, aws: Clients) -> list[str]:
    received = aws.sqs.receive_message(QueueUrl=queue_url(context), MaxNumberOfMessages=10)
    return [notification_id_of(message["Body"]) for message in received.get("Messages", [])]


def test_danger_reaches_staff_clinicians_the_person_and_whoever_is_on_call(
    context: AppContext, clock: SettableClock, mailbox: Mailbox, alerts: Alerts
) -> None:
    for notification_id in store(context, level="emergency"):
        clock.advance(seconds=1)
        deliver_notification(context, notification_id)

    (staff,), (person,) = mailbox.of_kind("staff_alert"), mailbox.of_kind("acknowledgement")
    (alert,) = alerts

    assert staff.to == ("frontdesk@clinic.example", "nurse@clinic.example")
    assert staff.subject == "[EMERGENCY] Enquiry K7F-3Q9M"
    assert person.to == ("ann@mail.example",)
    assert {staff.sender, person.sender} == {"Kalimera Clinic <hello@clinic.example>"}
    assert {staff.reference, person.reference} == {"K7F-3Q9M"}
    assert f"/desk/enquiries/{ENQUIRY_ID}" in staff.text
    assert "EMERGENCY: enquiry K7F-3Q9M" in alert.message
    assert [row(context, kind)["status"] for kind in ("staff_alert", "acknowledgement", "on_call_alert")] == [
        "sent"
    ] * 3


def test_spanish_acknowledgement_arrives_with_its_accents(context: AppContext, mailbox: Mailbox) -> None:
    store(context, submission=a_submission(language="es"))
    deliver_notification(context, f"{ENQUIRY_ID}_acknowledgement")

    assert "Su mensaje llegó a Kalimera Clinic." in mailbox[0].text
    assert "Su mensaje llegó a Kalimera Clinic." in mailbox[0].html


def test_full_staff_mail_is_answered_to_the_person_and_says_so_only_there(
    context: AppContext, mailbox: Mailbox
) -> None:
    full = replace(context, deployed=context.settings.model_copy(update={"staff_mail_detail": "full"}))
    for notification_id in store(context):
        deliver_notification(full, notification_id)
    (staff,), (person,) = mailbox.of_kind("staff_alert"), mailbox.of_kind("acknowledgement")

    assert (staff.reply_to, person.reply_to) == ("ann@mail.example", "")
    assert "Please call me in the morning." in staff.text
    assert "Please call me in the morning." not in person.text


def test_sent_row_keeps_the_message_id_and_is_due_no_more(context: AppContext, clock: SettableClock) -> None:
    store(context)
    deliver_notification(context, STAFF_ALERT)
    clock.advance(days=1)

    assert row(context)["message_id"]
    assert not {"due_at", "due_shard", "lease_until"} & set(row(context))


def test_message_that_comes_twice_sends_one_mail(context: AppContext, mailbox: Mailbox) -> None:
    store(context)
    for _ in range(3):
        deliver_notification(context, STAFF_ALERT)

    assert len(mailbox) == 1


def test_poke_that_beats_its_transaction_is_dropped(
    context: AppContext, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    deliver_notification(context, STAFF_ALERT)

    assert list(mailbox) == []
    assert caplog.messages == ["notification not claimed"]


def test_row_that_another_worker_holds_is_left_alone(
    context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    store(context)
    claim(context.table, ENQUIRY_ID, "staff_alert", clock())
    deliver_notification(context, STAFF_ALERT)

    assert list(mailbox) == []


def test_row_of_a_worker_that_died_is_delivered_after_its_lease(
    context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    store(context)
    claim(context.table, ENQUIRY_ID, "staff_alert", clock())
    clock.advance(seconds=LEASE.total_seconds())
    deliver_notification(context, STAFF_ALERT)

    assert len(mailbox) == 1


def test_worker_that_lost_its_lease_does_not_undo_the_next_ones_work(
    context: AppContext, environment: dict[str, str], clock: SettableClock, mailbox: Mailbox
) -> None:
    def slow_failure() -> None:
        clock.advance(seconds=LEASE.total_seconds() + 1)
        deliver_notification(context, STAFF_ALERT)
        raise THROTTLED

    store(context)
    deliver_notification(with_apis(context, environment, ses=FakeApi(slow_failure)), STAFF_ALERT)

    assert len(mailbox) == 1
    assert row(context)["status"] == "sent"


def test_retryable_failure_is_tried_again_at_growing_distances_and_then_given_up(
    context: AppContext,
    environment: dict[str, str],
    clock: SettableClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    ses, sqs = FakeApi(THROTTLED), FakeApi({"Successful": []})
    failing = with_apis(context, environment, ses=ses, sqs=sqs)
    store(context)
    for delay in RETRY_DELAYS:
        deliver_notification(failing, STAFF_ALERT)
        assert stored_row(context).due_at == clock() + delay
        clock.advance(seconds=delay.total_seconds())
    deliver_notification(failing, STAFF_ALERT)

    assert [call["Entries"][0]["DelaySeconds"] for call in sqs.calls] == [3, 7, 13, 61, 301, 1]
    assert len(ses.calls) == LAST_ATTEMPT
    assert (row(context)["status"], row(context)["last_error"]) == ("failed", "TooManyRequestsException")
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == ["notification failed"]
    assert sum("NotificationsFailed" in vars(record) for record in caplog.records) == 1
    assert caplog.messages.count("notification retried") == len(RETRY_DELAYS)


def test_second_poke_of_a_failed_row_uses_up_no_attempt(context: AppContext, environment: dict[str, str]) -> None:
    ses = FakeApi(THROTTLED)
    failing = with_apis(context, environment, ses=ses)
    store(context)
    deliver_notification(failing, STAFF_ALERT)
    deliver_notification(failing, STAFF_ALERT)

    assert len(ses.calls) == 1


def test_failed_mail_is_sent_by_its_next_attempt(
    context: AppContext, environment: dict[str, str], clock: SettableClock, mailbox: Mailbox
) -> None:
    failing = with_apis(context, environment, ses=FakeApi(ConnectTimeoutError(endpoint_url="https://email.example")))
    store(context)
    deliver_notification(failing, STAFF_ALERT)
    clock.advance(seconds=3)
    deliver_notification(context, STAFF_ALERT)

    assert len(mailbox) == 1
    assert (row(context)["status"], row(context)["attempts"]) == ("sent", 2)


def test_a_mail_that_nobody_confirmed_waits_for_its_event_before_it_is_sent_again(
    context: AppContext, environment: dict[str, str], clock: SettableClock, mailbox: Mailbox
) -> None:
    silent = with_apis(context, environment, ses=FakeApi(ReadTimeoutError(endpoint_url="https://email.example")))
    store(context)
    deliver_notification(silent, STAFF_ALERT)
    clock.advance(seconds=44)
    deliver_notification(context, STAFF_ALERT)

    assert len(mailbox) == 0
    assert stored_row(context).ambiguous is True
    clock.advance(seconds=1)
    deliver_notification(context, STAFF_ALERT)

    assert len(mailbox) == 1


def test_a_staff_alert_that_cannot_be_sent_goes_to_the_second_channel(
    context: AppContext, environment: dict[str, str], alerts: Alerts
) -> None:
    failing = with_apis(context, environment, ses=FakeApi(client_error("MessageRejected", "no")))
    store(context)
    deliver_notification(failing, STAFF_ALERT)
    deliver_notification(context, STAFF_ALERT.replace("staff_alert", "on_call_failure"))

    assert stored_row(context).status == "failed"
    assert ["ROUTINE: enquiry K7F-3Q9M, mail failed"] == [alert.subject for alert in alerts]


def test_permanent_failure_is_final_and_loud(
    context: AppContext, environment: dict[str, str], clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    ses = FakeApi(client_error("MessageRejected", "Address ann@mail.example is refused"))
    failing = with_apis(context, environment, ses=ses)
    store(context)
    deliver_notification(failing, STAFF_ALERT)
    clock.advance(days=1)
    deliver_notification(failing, STAFF_ALERT)

    assert len(ses.calls) == 1
    assert (row(context)["status"], row(context)["last_error"]) == ("failed", "MessageRejected")
    assert "notification failed" in caplog.messages
    assert "ann@mail.example" not in str([vars(record) for record in caplog.records])


@pytest.mark.parametrize(
    ("settings", "apis"),
    [({}, {"ses": PAUSED}), ({"mail_from": ""}, {}), ({"staff_emails": ()}, {})],
    ids=["paused", "no sender", "no staff"],
)
def test_account_wide_stop_waits_as_long_as_it_takes(
    context: AppContext,
    environment: dict[str, str],
    clock: SettableClock,
    mailbox: Mailbox,
    settings: dict[str, Any],
    apis: dict[str, Exception],
) -> None:
    stopped = with_apis(context, environment, **{name: FakeApi(error) for name, error in apis.items()})
    stopped = replace(stopped, deployed=context.settings.model_copy(update=settings))
    store(context)
    for _ in range(3 * LAST_ATTEMPT):
        deliver_notification(stopped, STAFF_ALERT)
        assert (stored_row(context).status, stored_row(context).attempts) == ("pending", 0)
        clock.advance(seconds=HELD_FOR.total_seconds())

    assert list(mailbox) == []
    deliver_notification(context, STAFF_ALERT)
    assert len(mailbox) == 1


def test_notification_of_an_erased_enquiry_is_suppressed(context: AppContext, mailbox: Mailbox) -> None:
    store(context)
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(enquiry_key(ENQUIRY_ID)))
    deliver_notification(context, STAFF_ALERT)

    assert list(mailbox) == []
    assert (row(context)["status"], row(context)["last_error"]) == ("suppressed", "erased")


def test_enquiry_that_cannot_be_read_is_tried_again_and_not_quoted(
    context: AppContext, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    store(context)
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(enquiry_key(ENQUIRY_ID)),
        UpdateExpression="SET #level = :typed",
        ExpressionAttributeNames={"#level": "level"},
        ExpressionAttributeValues=marshal({":typed": "MARKED"}),
    )
    deliver_notification(context, STAFF_ALERT)

    assert (row(context)["status"], row(context)["last_error"]) == ("pending", "ValidationError")
    assert "MARKED" not in str([vars(record) for record in caplog.records])


def test_row_whose_worker_dies_each_time_is_given_up(
    context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    store(context)
    for _ in range(LAST_ATTEMPT):
        claim(context.table, ENQUIRY_ID, "staff_alert", clock())
        clock.advance(seconds=LEASE.total_seconds())
    deliver_notification(context, STAFF_ALERT)

    assert list(mailbox) == []
    assert (row(context)["status"], row(context)["last_error"]) == ("failed", "ATTEMPTS_EXHAUSTED")


def test_mail_that_went_out_but_was_not_marked_is_said_so_and_sent_again(
    context: AppContext,
    environment: dict[str, str],
    clock: SettableClock,
    mailbox: Mailbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class ForgetfulDynamo:
        def __getattr__(self, operation: str) -> Any:
            return getattr(context.table.client, operation)

        def update_item(self, **parameters: Any) -> Any:
            if "finished_at" in parameters["UpdateExpression"]:
                raise client_error("InternalServerError", operation="UpdateItem")
            return context.table.client.update_item(**parameters)

    store(context)
    forgetful = Table(clients_with(environment, dynamodb=ForgetfulDynamo()), context.table.name)
    deliver_notification(replace(context, table=forgetful), STAFF_ALERT)
    assert "notification sent but not marked" in caplog.messages

    clock.advance(seconds=LEASE.total_seconds())
    assert sweep_outbox(context) == 1
    deliver_notification(context, STAFF_ALERT)
    assert len(mailbox) == 2
    assert row(context)["status"] == "sent"


def test_poke_travels_through_sqs_to_the_worker(context: AppContext, aws: Clients, mailbox: Mailbox) -> None:
    ids = store(context)
    poke(context, ids, delay_seconds=0)
    for notification_id in poked_ids(context, aws):
        deliver_notification(context, notification_id)

    assert {mail.kind for mail in mailbox} == {"staff_alert", "acknowledgement"}


def test_poke_beside_the_transaction_reaches_the_queue(context: AppContext, aws: Clients) -> None:
    start_poke(context, [STAFF_ALERT]).finish()
    counted = aws.sqs.get_queue_attributes(QueueUrl=queue_url(context), AttributeNames=["All"])["Attributes"]

    assert int(counted["ApproximateNumberOfMessages"]) + int(counted["ApproximateNumberOfMessagesDelayed"]) == 1


def test_sweeper_finds_rows_whose_poke_was_lost_and_no_others(
    context: AppContext, aws: Clients, clock: SettableClock
) -> None:
    store(context)
    deliver_notification(context, f"{ENQUIRY_ID}_acknowledgement")

    assert sweep_outbox(context) == 0
    clock.advance(seconds=POKE_GRACE.total_seconds())
    assert sweep_outbox(context) == 1
    assert poked_ids(context, aws) == [STAFF_ALERT]


def test_sweeper_pokes_in_batches_of_ten_and_bounds_its_work(
    context: AppContext, environment: dict[str, str], clock: SettableClock
) -> None:
    store_many(context, MAX_ROWS + 5, clock())
    sqs = FakeApi({"Successful": []})

    assert sweep_outbox(with_apis(context, environment, sqs=sqs)) == MAX_ROWS
    assert [len(call["Entries"]) for call in sqs.calls] == [10] * (MAX_ROWS // 10)


def test_sweeper_leaves_a_broken_queue_for_the_next_minute(
    context: AppContext, environment: dict[str, str], clock: SettableClock
) -> None:
    store_many(context, 15, clock())
    sqs = FakeApi(client_error("ServiceUnavailable", operation="SendMessageBatch"))

    assert sweep_outbox(with_apis(context, environment, sqs=sqs)) == 0
    assert len(sqs.calls) == 1
    assert sweep_outbox(context) == 15


def test_logs_of_a_full_run_hold_ids_and_no_person(context: AppContext, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "enquiry_desk")
    enquiry: Enquiry = an_enquiry(level="crisis")
    ids = store(context, level="crisis")
    poke(context, ids)
    for notification_id in ids:
        deliver_notification(context, notification_id)
    logged = str([vars(record) for record in caplog.records])
    contact = enquiry.submission.contact

    assert STAFF_ALERT in logged
    for private in (contact.name, contact.email, contact.phone, contact.phone_e164, "frontdesk@", "in the morning"):
        assert private not in logged
