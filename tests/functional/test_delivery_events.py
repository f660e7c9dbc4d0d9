"""What became of a mail, from SES's event in its queue to the row, the enquiry, the suppression and the notice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from chalice.test import Client

import app as app_module
from chalicelib.context import AppContext, context_from
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.models.notification import split_notification_id
from chalicelib.notifications import delivery_events
from chalicelib.notifications.delivery_events import EMAIL_BOUNCED, TRIES
from chalicelib.notifications.planning import POKE_GRACE, plan_notifications
from chalicelib.notifications.worker import EVENT_GRACE, deliver_notification
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from chalicelib.storage.enquiries import change_enquiry, load_enquiry, save_enquiry
from chalicelib.storage.outbox import due_notifications, failed_notifications, load_notification, send_again
from chalicelib.storage.suppressions import is_suppressed
from chalicelib.storage.table import SETTINGS_KEY, Table, marshal
from tests.builders import ENQUIRY_ID, RECEIVED_AT, a_contact, a_submission, an_acceptance, an_enquiry
from tests.conftest import STAGE_KEY, Alerts, Mailbox, SettableClock, numbered_ids
from tests.fake_api import FakeApi, client_error, clients_with
from tests.functional.conftest import Stored
from tests.mail_events import ANN, TOPIC_ARN, mail_events_delivery, ses_event, sns_envelope

ACKNOWLEDGEMENT = f"{ENQUIRY_ID}_acknowledgement"
STAFF_ALERT = f"{ENQUIRY_ID}_staff_alert"
FRONT_DESK, NURSE, BACKUP = "frontdesk@clinic.example", "nurse@clinic.example", "backup@clinic.example"
TIMEOUT = ReadTimeoutError(endpoint_url="https://email.example")

Tell = Callable[..., None]


def tell_of(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Hand events, or whole bodies, to the Lambda, each as a message of its own."""

    def tell(*events: Any) -> None:
        monkeypatch.setattr(app_module, "instance", lambda: context)
        for event in events:
            body = event if isinstance(event, str) else sns_envelope(event)
            Client(app_module.app).lambda_.invoke("record_delivery_event", mail_events_delivery(body))

    return tell


@pytest.fixture
def tell(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Tell:
    return tell_of(context, monkeypatch)


def store(context: AppContext, **overrides: Any) -> str:
    """Store an enquiry with its rows, as accept does, and return its id."""
    enquiry = an_enquiry(**overrides)
    rows = plan_notifications(enquiry, context.settings, RECEIVED_AT + POKE_GRACE)
    save_enquiry(context.table, an_acceptance(enquiry, *rows))
    return enquiry.id


def store_and_send(context: AppContext, **overrides: Any) -> str:
    enquiry_id = store(context, **overrides)
    for kind in ("staff_alert", "acknowledgement"):
        deliver_notification(context, f"{enquiry_id}_{kind}")
    return enquiry_id


def status(context: AppContext, notification_id: str) -> str:
    row = load_notification(context.table, *split_notification_id(notification_id))
    assert row is not None
    return row.status


def flags(context: AppContext, enquiry_id: str = ENQUIRY_ID) -> tuple[str, ...]:
    return load_enquiry(context.table, enquiry_id).flags


def suppressed(context: AppContext, address: str = ANN) -> bool:
    return is_suppressed(context.table, STAGE_KEY, address)


def notices(stored: Stored) -> list[dict[str, Any]]:
    return [item for item in stored.items("NOTICE#") if item["sk"] == "NOTICE"]


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Messages with the code, where there is one."""
    return [
        (record.message, vars(record).get("code", "")) for record in caplog.records if record.name == "enquiry_desk"
    ]


def failing_ses(context: AppContext, environment: dict[str, str], error: Exception) -> AppContext:
    return replace(context, clients=clients_with(environment, ses=FakeApi(error)))


def test_bounced_acknowledgement_flags_the_enquiry_and_suppresses_the_address(
    context: AppContext, stored: Stored, tell: Tell
) -> None:
    store_and_send(context)
    tell(ses_event("Bounce"))
    history = [item for item in stored.items("ENQUIRY#") if item["sk"].startswith("EVENT#")]

    assert status(context, ACKNOWLEDGEMENT) == "bounced"
    assert (flags(context), suppressed(context)) == ((EMAIL_BOUNCED,), True)
    assert sorted(item["kind"] for item in history) == [EMAIL_BOUNCED, "received"]
    assert status(context, STAFF_ALERT) == "sent"
    assert notices(stored) == []


def test_later_enquiry_of_a_suppressed_address_gets_no_acknowledgement(
    context: AppContext, mailbox: Mailbox, tell: Tell
) -> None:
    store_and_send(context)
    tell(ses_event("Bounce"))
    shouting = a_submission(contact=a_contact(email_address=ANN.upper()))
    later = store_and_send(context, id="later", reference="BBB-BBBB", submission=shouting)

    assert len(mailbox.of_kind("acknowledgement")) == 1
    assert len(mailbox.of_kind("staff_alert")) == 2
    assert status(context, f"{later}_acknowledgement") == "suppressed"


def test_complaint_suppresses_the_address_and_says_nothing_against_it(context: AppContext, tell: Tell) -> None:
    store_and_send(context)
    tell(ses_event("Delivery"), ses_event("Complaint"))

    assert status(context, ACKNOWLEDGEMENT) == "complained"
    assert (flags(context), suppressed(context)) == ((), True)


@pytest.mark.parametrize(
    ("event", "ends_as"),
    [
        (ses_event("Bounce", bounceType="Transient", bounceSubType="MailboxFull"), "bounced"),
        (ses_event("Bounce", bounceType="Undetermined"), "bounced"),
        (ses_event("Reject", reason="Bad content"), "rejected"),
    ],
    ids=["transient", "undetermined", "reject"],
)
def test_mail_that_may_arrive_next_time_flags_the_enquiry_only(
    context: AppContext, tell: Tell, event: dict[str, Any], ends_as: str
) -> None:
    store_and_send(context)
    tell(event)

    assert status(context, ACKNOWLEDGEMENT) == ends_as
    assert (flags(context), suppressed(context)) == ((EMAIL_BOUNCED,), False)


def test_delay_and_delivery_are_noted_and_cause_nothing(context: AppContext, stored: Stored, tell: Tell) -> None:
    store_and_send(context)
    seen = []
    for event_type in ("DeliveryDelay", "Delivery", "DeliveryDelay"):
        tell(ses_event(event_type), ses_event(event_type, STAFF_ALERT, FRONT_DESK))
        seen.append((status(context, ACKNOWLEDGEMENT), status(context, STAFF_ALERT)))

    assert seen == [("delayed", "delayed"), ("delivered", "delivered"), ("delivered", "delivered")]
    assert (flags(context), suppressed(context), notices(stored)) == ((), False, [])


def test_flagged_enquiry_keeps_its_place_in_the_queue(context: AppContext, stored: Stored, tell: Tell) -> None:
    def place() -> dict[str, Any]:
        (item,) = [item for item in stored.items("ENQUIRY#") if item["sk"] == "ENQUIRY"]
        return {name: item.get(name) for name in ("queue", "queue_at", "received_day", "status", "level")}

    store_and_send(context)
    before = place()
    tell(ses_event("Bounce"))

    assert before["queue"] == "routine"
    assert place() == before


def test_bounced_staff_address_is_told_to_the_others_and_the_topic(
    context: AppContext, mailbox: Mailbox, alerts: Alerts, stored: Stored, tell: Tell
) -> None:
    store_and_send(context)
    tell(ses_event("Bounce", STAFF_ALERT, FRONT_DESK))
    (notice,) = notices(stored)
    for kind in ("staff_notice", "on_call_notice"):
        deliver_notification(context, f"{notice['id']}_{kind}")
    (mail,), (alert,) = mailbox.of_kind("staff_notice"), alerts

    assert status(context, STAFF_ALERT) == "bounced"
    assert mail.to == (NURSE, BACKUP)
    assert f"to {FRONT_DESK} is not delivered" in mail.text
    assert FRONT_DESK not in alert.message
    assert (flags(context), suppressed(context, FRONT_DESK)) == ((), False)


def test_notice_is_poked_at_once_and_found_by_the_sweeper(
    context: AppContext, clock: SettableClock, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store_and_send(context)
    sqs = FakeApi({"Successful": []})
    poking = replace(context, clients=clients_with(environment, sqs=sqs))
    tell_of(poking, monkeypatch)(ses_event("Bounce", STAFF_ALERT, FRONT_DESK))
    clock.advance(seconds=POKE_GRACE.total_seconds())

    assert [len(call["Entries"]) for call in sqs.calls] == [2, 1]
    assert {name for _, name in due_notifications(context.table, clock())} == {
        "staff_notice",
        "on_call_notice",
        "on_call_failure",
    }


def test_staff_alert_that_reached_nobody_goes_to_the_second_channel(
    context: AppContext, alerts: Alerts, tell: Tell
) -> None:
    store_and_send(context, level="urgent")
    both = (FRONT_DESK, NURSE)
    tell(ses_event("Bounce", STAFF_ALERT, FRONT_DESK, destination=both))

    assert load_notification(context.table, ENQUIRY_ID, "on_call_failure") is None
    tell(*[ses_event("Bounce", STAFF_ALERT, NURSE, destination=both, bounceSubType="NoEmail")] * 2)
    deliver_notification(context, f"{ENQUIRY_ID}_on_call_failure")

    assert ["URGENT: enquiry K7F-3Q9M, mail failed"] == [alert.subject for alert in alerts]


def test_automatic_reply_is_no_bounce(context: AppContext, stored: Stored, tell: Tell) -> None:
    store_and_send(context)
    for target in ((ACKNOWLEDGEMENT, ANN), (STAFF_ALERT, FRONT_DESK)):
        tell(ses_event("Bounce", *target, bounceType="Transient", bounceSubType="General"))

    assert [] == notices(stored)
    assert (flags(context), suppressed(context)) == ((), False)


def test_domain_that_does_not_exist_is_no_automatic_reply(context: AppContext, stored: Stored, tell: Tell) -> None:
    """SES reports both as Transient, General; only one of them comes with the words of a mail server."""
    store_and_send(context)
    said = [{"emailAddress": FRONT_DESK, "action": "failed", "status": "5.4.4", "diagnosticCode": "no such domain"}]
    event = ses_event("Bounce", STAFF_ALERT, FRONT_DESK, bounceType="Transient", bounceSubType="General")
    tell({**event, "bounce": {**event["bounce"], "bouncedRecipients": said}})

    assert 1 == len(notices(stored))
    assert status(context, STAFF_ALERT) == "bounced"


def test_staff_alert_that_reached_nobody_is_listed_and_can_be_sent_again(
    context: AppContext, clock: SettableClock, mailbox: Mailbox, tell: Tell
) -> None:
    store_and_send(context)
    tell(ses_event("Bounce", STAFF_ALERT, FRONT_DESK))
    before = len(mailbox.of_kind("staff_alert"))

    assert [(ENQUIRY_ID, "staff_alert")] == list(failed_notifications(context.table))
    assert send_again(context.table, ENQUIRY_ID, "staff_alert", clock()) is True
    deliver_notification(context, STAFF_ALERT)

    assert before + 1 == len(mailbox.of_kind("staff_alert"))
    assert (status(context, STAFF_ALERT), list(failed_notifications(context.table))) == ("sent", [])


def test_two_bounces_at_the_same_moment_still_reach_the_second_channel(
    context: AppContext, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    """The second event is told between what follows from the first and its writing."""
    store_and_send(context, level="urgent")
    both = (FRONT_DESK, NURSE)
    first, second = (ses_event("Bounce", STAFF_ALERT, address, destination=both) for address in both)
    right, raced = delivery_events.record_fates, []

    def raced_record(*given: Any) -> bool:
        if not raced:
            raced.append(True)
            tell(second)
        return right(*given)

    monkeypatch.setattr(delivery_events, "record_fates", raced_record)
    tell(first)

    assert load_notification(context.table, ENQUIRY_ID, "on_call_failure") is not None


def test_staff_address_is_told_of_once_a_day(
    context: AppContext, clock: SettableClock, stored: Stored, tell: Tell
) -> None:
    store_and_send(context)
    store_and_send(context, id="other", reference="BBB-BBBB")
    bounces = [ses_event("Bounce", f"{owner}_staff_alert", FRONT_DESK) for owner in (ENQUIRY_ID, "other")]
    tell(*bounces, *bounces)
    said = [len(notices(stored))]
    clock.advance(days=1)
    tell(*bounces)

    assert [*said, len(notices(stored))] == [1, 2]


def test_notice_that_bounces_in_its_turn_says_nothing_new(
    context: AppContext, mailbox: Mailbox, stored: Stored, tell: Tell
) -> None:
    store_and_send(context)
    tell(ses_event("Bounce", STAFF_ALERT, FRONT_DESK))
    told = {notice["id"] for notice in notices(stored)}
    for _ in range(5):
        for notice_id in sorted(told):
            deliver_notification(context, f"{notice_id}_staff_notice")
            tell(ses_event("Bounce", f"{notice_id}_staff_notice", NURSE, BACKUP, FRONT_DESK))
        told = {notice["id"] for notice in notices(stored)}

    assert len(told) == 3
    assert len(mailbox.of_kind("staff_notice")) == 3


def test_without_a_topic_the_others_are_told_by_mail_only(
    context: AppContext, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = context.settings.model_copy(update={"on_call_topic_arn": ""})
    store_and_send(context)
    tell_of(replace(context, deployed=settings), monkeypatch)(ses_event("Bounce", STAFF_ALERT, FRONT_DESK))

    assert [item["kind"] for item in stored.items("NOTICE#") if "kind" in item] == ["staff_notice"]


def test_complaint_of_staff_is_noted_and_tells_nobody(context: AppContext, stored: Stored, tell: Tell) -> None:
    store_and_send(context)
    tell(ses_event("Complaint", STAFF_ALERT, FRONT_DESK))

    assert status(context, STAFF_ALERT) == "complained"
    assert notices(stored) == []
    assert not suppressed(context, FRONT_DESK)


def test_events_of_a_test_enquiry_cause_nothing(context: AppContext, stored: Stored, tell: Tell) -> None:
    store_and_send(context, is_test=True)
    tell(ses_event("Bounce"), ses_event("Complaint"), ses_event("Bounce", STAFF_ALERT))

    assert (status(context, ACKNOWLEDGEMENT), status(context, STAFF_ALERT)) == ("complained", "bounced")
    assert (flags(context), suppressed(context), notices(stored)) == ((), False, [])


@pytest.mark.parametrize("event_type", ["Send", "Delivery", "DeliveryDelay"])
def test_event_settles_an_ambiguous_send_so_that_it_is_not_sent_again(
    context: AppContext,
    environment: dict[str, str],
    clock: SettableClock,
    mailbox: Mailbox,
    tell: Tell,
    event_type: str,
) -> None:
    store(context)
    deliver_notification(failing_ses(context, environment, TIMEOUT), STAFF_ALERT)
    before = load_notification(context.table, ENQUIRY_ID, "staff_alert")
    tell(ses_event(event_type, STAFF_ALERT, FRONT_DESK))
    clock.advance(seconds=EVENT_GRACE.total_seconds() + 1)
    deliver_notification(context, STAFF_ALERT)
    clock.advance(days=1)

    assert before is not None
    assert (before.status, before.ambiguous) == ("pending", True)
    assert (ENQUIRY_ID, "staff_alert") not in due_notifications(context.table, clock())
    assert len(mailbox) == 0
    assert status(context, STAFF_ALERT) == {"Send": "sent", "Delivery": "delivered"}.get(event_type, "delayed")


def test_ambiguous_send_of_which_no_event_tells_is_sent_again(
    context: AppContext, environment: dict[str, str], clock: SettableClock, mailbox: Mailbox, tell: Tell
) -> None:
    store(context)
    deliver_notification(failing_ses(context, environment, TIMEOUT), STAFF_ALERT)
    tell(ses_event("Send", ACKNOWLEDGEMENT))
    clock.advance(seconds=EVENT_GRACE.total_seconds() + 1)
    assert sweep_outbox(context) == 1
    deliver_notification(context, STAFF_ALERT)

    assert len(mailbox.of_kind("staff_alert")) == 1


def test_row_that_failed_and_was_delivered_after_all_has_not_failed(
    context: AppContext, environment: dict[str, str], tell: Tell
) -> None:
    store(context)
    deliver_notification(failing_ses(context, environment, client_error("MessageRejected")), STAFF_ALERT)
    failed = list(failed_notifications(context.table))
    tell(ses_event("Delivery", STAFF_ALERT, FRONT_DESK))

    assert failed == [(ENQUIRY_ID, "staff_alert")]
    assert list(failed_notifications(context.table)) == []
    assert status(context, STAFF_ALERT) == "delivered"
    assert not send_again(context.table, ENQUIRY_ID, "staff_alert", context.clock())


def test_event_that_beats_the_mark_is_not_undone_by_it(
    context: AppContext, environment: dict[str, str], mailbox: Mailbox, tell: Tell
) -> None:
    def send_and_tell() -> dict[str, str]:
        tell(ses_event("Send", STAFF_ALERT, FRONT_DESK), ses_event("Delivery", STAFF_ALERT, FRONT_DESK))
        return {"MessageId": "EXAMPLE7c191be45-e9aedb9a-000000"}

    store(context)
    early = replace(context, clients=clients_with(environment, ses=FakeApi(send_and_tell)))
    deliver_notification(early, STAFF_ALERT)
    deliver_notification(context, STAFF_ALERT)
    row = load_notification(context.table, ENQUIRY_ID, "staff_alert")

    assert row is not None
    assert (row.status, row.message_id) == ("delivered", "EXAMPLE7c191be45-e9aedb9a-000000")
    assert len(mailbox) == 0


def end_of(context: AppContext, enquiry_id: str, address: str) -> tuple[Any, ...]:
    row = load_notification(context.table, enquiry_id, "acknowledgement")
    assert row is not None
    return row.status, sorted(row.fates.values()), flags(context, enquiry_id), suppressed(context, address)


@pytest.mark.parametrize("events", [("Delivery", "Bounce"), ("Bounce", "Complaint"), ("Send", "Reject")])
def test_events_and_the_mark_come_to_the_same_in_any_order(
    context: AppContext, tell: Tell, events: tuple[str, ...]
) -> None:
    ends = set()
    for number, order in enumerate(permutations([*events, "mark"])):
        enquiry_id, address = f"enquiry-{number}", f"ann{number}@mail.example"
        contact = a_contact(email_address=address)
        store(context, id=enquiry_id, reference=f"BBB-{number:04}", submission=a_submission(contact=contact))
        for step in (*order, order[0]):
            if step == "mark":
                deliver_notification(context, f"{enquiry_id}_acknowledgement")
            else:
                tell(ses_event(step, f"{enquiry_id}_acknowledgement", address))
        ends.add(str(end_of(context, enquiry_id, address)))

    assert len(ends) == 1


def test_repeated_event_is_said_to_be_one(context: AppContext, tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    store_and_send(context)
    caplog.clear()
    tell(ses_event("Delivery"), ses_event("Delivery"))
    first = vars(caplog.records[0])

    assert logged(caplog) == [("delivery event", ""), ("delivery event repeated", "")]
    assert (first["notification_id"], first["kind"]) == (ACKNOWLEDGEMENT, "acknowledgement")
    assert (first["event_type"], first["status"]) == ("Delivery", "delivered")


@pytest.mark.parametrize(
    "whose", ["123456789012:enquiry-desk-prod-mail-events", "210987654321:enquiry-desk-test-mail-events"]
)
def test_event_of_another_topic_does_no_harm(
    context: AppContext, tell: Tell, caplog: pytest.LogCaptureFixture, whose: str
) -> None:
    store_and_send(context)
    tell(sns_envelope(ses_event("Bounce"), TopicArn=f"arn:aws:sns:us-east-1:{whose}"))

    assert ("delivery event ignored", "foreign_topic") in logged(caplog)
    assert (status(context, ACKNOWLEDGEMENT), flags(context), suppressed(context)) == ("sent", (), False)


def test_event_of_a_mail_that_nobody_knows_is_noted_by_its_id(
    stored: Stored, tell: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    tell(ses_event("Bounce"), ses_event("Bounce", "notice-gone_staff_notice", FRONT_DESK))

    assert logged(caplog) == [("delivery event ignored", "notification_unknown")] * 2
    assert stored.items() == []


@pytest.mark.parametrize("left", [("NOTIFICATION#acknowledgement", "NOTIFICATION#staff_alert"), ()])
def test_event_of_an_erased_enquiry_does_not_bring_it_back(
    context: AppContext, stored: Stored, tell: Tell, left: tuple[str, ...]
) -> None:
    store_and_send(context)
    for item in stored.items(f"ENQUIRY#{ENQUIRY_ID}"):
        if item["sk"] not in left:
            key = {"pk": item["pk"], "sk": item["sk"]}
            context.table.client.delete_item(TableName=context.table.name, Key=marshal(key))
    tell(ses_event("Bounce"), ses_event("Delivery", STAFF_ALERT, FRONT_DESK))

    assert {item["sk"] for item in stored.items(f"ENQUIRY#{ENQUIRY_ID}")} == set(left)


def test_unreadable_messages_are_done_with_and_not_quoted(tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    marked = {"eventType": "Bounce", "mail": {"destination": ["MARKED@mail.example"]}, "bounce": {"MARKED": "MARKED"}}
    tell("MARKED", '{"MARKED": 1}', "[[[[", sns_envelope("MARKED"), sns_envelope(marked))
    tell(sns_envelope({**ses_event("Bounce"), "eventType": "MARKED"}), sns_envelope(marked, Type="MARKED"))
    tell(sns_envelope(marked, TopicArn="MARKED"), sns_envelope(marked, TopicArn=TOPIC_ARN, SubscribeURL="MARKED"))

    assert {message for message, _ in logged(caplog)} == {"delivery event ignored"}
    assert len(logged(caplog)) == 9
    assert "MARKED" not in str([vars(record) for record in caplog.records])


def test_logs_of_all_that_may_happen_hold_no_address(
    context: AppContext, tell: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "enquiry_desk")
    store_and_send(context)
    for event_type in ("Send", "DeliveryDelay", "Delivery", "Reject", "Bounce", "Complaint"):
        tell(
            ses_event(event_type, ACKNOWLEDGEMENT, ANN, diagnosticCode=f"smtp; 550 <{ANN}> MARKED"),
            ses_event(event_type, STAFF_ALERT, FRONT_DESK, NURSE),
        )
    said = str([vars(record) for record in caplog.records])

    assert {"address suppressed", "enquiry flagged", "staff address bounced"} <= set(caplog.messages)
    for private in (ANN, FRONT_DESK, NURSE, "mail.example", "clinic.example", "MARKED"):
        assert private not in said


class Interfering:
    """DynamoDB, where somebody else acts just before each of the first `times` calls that the condition is true of."""

    def __init__(self, context: AppContext, act: Callable[[], object], is_hit: Callable[[str, Any], bool], times: int):
        self._client, self._act, self._is_hit, self._left = context.table.client, act, is_hit, times

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            if self._left and self._is_hit(operation, parameters):
                self._left -= 1
                self._act()
            return getattr(self._client, operation)(**parameters)

        return call


def on(context: AppContext, environment: dict[str, str], dynamodb: Any) -> AppContext:
    clients = clients_with(environment, dynamodb=dynamodb)
    return replace(context, clients=clients, table=Table(clients, context.table.name))


def is_change_of_enquiry(operation: str, parameters: Any) -> bool:
    return operation == "transact_write_items" and len(parameters["TransactItems"]) == 3


def is_record(operation: str, parameters: Any) -> bool:
    return operation == "update_item" and "revision" in parameters["UpdateExpression"]


def somebody_acknowledges(context: AppContext) -> None:
    enquiry: Enquiry = load_enquiry(context.table, ENQUIRY_ID)
    at = context.clock() + timedelta(seconds=enquiry.version)
    acknowledged = enquiry.model_copy(update={"status": "acknowledged"})
    change_enquiry(context.table, acknowledged, HistoryEvent(kind="acknowledged", by="nurse", at=at))


@pytest.mark.parametrize("times", range(1, TRIES))
def test_flag_gives_way_to_whoever_changes_the_enquiry_meanwhile(
    context: AppContext, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    store_and_send(context)
    client = Interfering(context, lambda: somebody_acknowledges(context), is_change_of_enquiry, times)
    tell_of(on(context, environment, client), monkeypatch)(ses_event("Bounce"))
    enquiry = load_enquiry(context.table, ENQUIRY_ID)

    assert (enquiry.status, enquiry.flags, enquiry.version) == ("acknowledged", (EMAIL_BOUNCED,), 2 + times)


def test_event_of_an_enquiry_that_will_not_hold_still_comes_again(
    context: AppContext, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    store_and_send(context)
    client = Interfering(context, lambda: somebody_acknowledges(context), is_change_of_enquiry, TRIES)
    with pytest.raises(RuntimeError, match="StatusConflict"):
        tell_of(on(context, environment, client), monkeypatch)(ses_event("Bounce"))
    assert (status(context, ACKNOWLEDGEMENT), flags(context)) == ("sent", ())
    tell(ses_event("Bounce"))

    assert (status(context, ACKNOWLEDGEMENT), flags(context)) == ("bounced", (EMAIL_BOUNCED,))


def test_two_events_at_the_same_moment_are_both_kept(
    context: AppContext, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    store_and_send(context)
    bounced = ses_event("Bounce", STAFF_ALERT, FRONT_DESK, destination=(FRONT_DESK, NURSE))
    delivered = ses_event("Delivery", STAFF_ALERT, NURSE, destination=(FRONT_DESK, NURSE))
    client = Interfering(context, lambda: tell(bounced), is_record, 1)
    tell_of(on(context, environment, client), monkeypatch)(delivered)
    row = load_notification(context.table, ENQUIRY_ID, "staff_alert")

    assert row is not None
    assert (row.status, sorted(row.fates.values()), row.revision) == ("delivered", ["bounced", "delivered"], 2)


def test_row_that_others_write_each_time_sends_the_event_round_again(
    context: AppContext, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    store_and_send(context)
    staff = (FRONT_DESK, NURSE, BACKUP)
    others = iter([ses_event("Delivery", STAFF_ALERT, address, destination=staff) for address in staff])
    client = Interfering(context, lambda: tell(next(others)), is_record, TRIES)
    delay = ses_event(
        "DeliveryDelay", STAFF_ALERT, "fourth@clinic.example", destination=(*staff, "fourth@clinic.example")
    )
    with pytest.raises(RuntimeError, match="StatusConflict"):
        tell_of(on(context, environment, client), monkeypatch)(delay)
    tell(delay)
    row = load_notification(context.table, ENQUIRY_ID, "staff_alert")

    assert row is not None
    assert sorted(row.fates.values()) == ["delayed", "delivered", "delivered", "delivered"]


def test_row_that_is_erased_meanwhile_stays_so(
    context: AppContext, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, stored: Stored
) -> None:
    def erase() -> None:
        for item in stored.items("ENQUIRY#"):
            context.table.client.delete_item(
                TableName=context.table.name, Key=marshal({"pk": item["pk"], "sk": item["sk"]})
            )

    store_and_send(context)
    client = Interfering(context, erase, is_record, 1)
    tell_of(on(context, environment, client), monkeypatch)(ses_event("Delivery"))

    assert stored.items("ENQUIRY#") == []


class Breaking:
    """DynamoDB that does what it is asked at call number `place`, and does not say so."""

    def __init__(self, context: AppContext, place: int) -> None:
        self._client, self._left = context.table.client, place

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            self._left -= 1
            answer = getattr(self._client, operation)(**parameters)
            if self._left == -1:
                raise ReadTimeoutError(endpoint_url="https://dynamodb.example")
            return answer

        return call


@pytest.mark.parametrize("place", range(6))
def test_event_that_breaks_off_anywhere_is_made_whole_when_it_comes_again(
    context: AppContext, environment: dict[str, str], stored: Stored, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    store_and_send(context)
    for event in (ses_event("Bounce"), ses_event("Bounce", STAFF_ALERT, FRONT_DESK)):
        broken = tell_of(on(context, environment, Breaking(context, place)), monkeypatch)
        try:
            broken(event)
        except RuntimeError:
            tell_of(context, monkeypatch)(event)
    history = [item["kind"] for item in stored.items("ENQUIRY#") if item["sk"].startswith("EVENT#")]

    assert (status(context, ACKNOWLEDGEMENT), status(context, STAFF_ALERT)) == ("bounced", "bounced")
    assert (flags(context), suppressed(context)) == ((EMAIL_BOUNCED,), True)
    assert sorted(history) == [EMAIL_BOUNCED, "received"]
    assert sorted(item["sk"] for item in stored.items("NOTICE#")) == [
        "NOTICE",
        "NOTIFICATION#on_call_notice",
        "NOTIFICATION#staff_notice",
    ]


def test_bounce_waits_until_the_stages_key_is_known(
    context: AppContext, environment: dict[str, str], clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_and_send(context)
    held = context.table.get(SETTINGS_KEY)
    assert held is not None
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(SETTINGS_KEY))
    tell = tell_of(context_from(environment, clock=clock, ids=numbered_ids()), monkeypatch)
    with pytest.raises(RuntimeError, match="UnusableSettings"):
        tell(ses_event("Bounce"))
    assert (status(context, ACKNOWLEDGEMENT), suppressed(context)) == ("sent", False)
    context.table.client.put_item(TableName=context.table.name, Item=marshal(held))
    tell(ses_event("Bounce"))

    assert (status(context, ACKNOWLEDGEMENT), suppressed(context)) == ("bounced", True)
