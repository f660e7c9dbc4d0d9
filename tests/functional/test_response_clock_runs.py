"""An enquiry that nobody acts on gets louder until somebody does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.acts import ContactAttempt, acknowledge, close, log_attempt
from chalicelib.errors import StatusConflict
from chalicelib.models.enquiry import Enquiry
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from chalicelib.schedules.response_clocks_check import check_response_clocks
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.outbox import due_notifications, notifications_of
from chalicelib.storage.response_clocks import load_clock, replace_clock
from chalicelib.storage.table import Table
from sandbox.events import schedule_event
from tests.conftest import Alerts, Mailbox, SettableClock
from tests.functional.conftest import Stored
from tests.website import Website

DANGER = {"urgent_signs": ["chest_breathing"]}
STAFF, NURSE, BACKUP = "frontdesk@clinic.example", "nurse@clinic.example", "backup@clinic.example"


def post(site: Website, **fields: object) -> str:
    answer = site.post_json("/enquiries", {"name": "Ann", "phone": "202-555-0123", **fields})
    return str(answer.json()["id"])


def deliver(context: AppContext) -> None:
    """As sweeper and worker do."""
    for owner, name in due_notifications(context.table, context.clock() + timedelta(minutes=2)):
        deliver_notification(context, f"{owner}_{name}")


def minutes_pass(context: AppContext, clock: SettableClock, minutes: int) -> list[str]:
    """What the clock's runs of so many minutes have caused, by kind."""
    before = {row.name for row in all_rows(context)}
    for _ in range(minutes):
        clock.advance(minutes=1)
        check_response_clocks(context)
        deliver(context)
    return sorted({row.name for row in all_rows(context)} - before)


def all_rows(context: AppContext) -> list[object]:
    return [row for enquiry in Stored(context).enquiries for row in notifications_of(context.table, enquiry.id)]


def act_on(context: AppContext, enquiry_id: str) -> Enquiry:
    return load_enquiry(context.table, enquiry_id)


def test_an_emergency_that_nobody_acts_on_climbs_the_whole_ladder_once(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox, alerts: Alerts
) -> None:
    enquiry_id = post(site, **DANGER)
    deliver(context)
    climbed = [(minutes, minutes_pass(context, clock, minutes)) for minutes in (9, 1, 4, 1, 5, 5, 600)]

    assert climbed == [
        (9, []),
        (1, ["on_call_re_alert", "re_alert"]),
        (4, []),
        (1, ["reminder"]),
        (5, ["backup_alert"]),
        (5, ["on_call_escalation"]),
        (600, []),
    ]
    recipients = {kind: list(mailbox.of_kind(kind)[0].to) for kind in ("re_alert", "reminder", "backup_alert")}
    assert recipients == {"re_alert": [STAFF, NURSE, BACKUP], "reminder": [STAFF, NURSE], "backup_alert": [BACKUP]}
    assert 3 == len(alerts)
    assert "is overdue and nobody has acted" in alerts[-1].message
    assert {"sent"} == {row.status for row in notifications_of(context.table, enquiry_id)}


def test_ladder_mail_carries_no_health_information(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    post(site, **DANGER, message="Zebra7 in my chest", email="zebra7@mail.example")
    minutes_pass(context, clock, 30)
    staff = [mail for mail in mailbox if mail.kind != "acknowledgement"]

    assert 4 == len(staff)
    assert [] == [mail.kind for mail in staff if "zebra7" in str(mail).lower() or "chest" in str(mail).lower()]


def test_acknowledging_stops_only_the_second_alert(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site, **DANGER)
    clock.advance(minutes=3)
    changed = acknowledge(context, enquiry_id, by="ann", version=1)

    assert ("acknowledged", 2) == (changed.status, changed.version)
    assert ["backup_alert", "on_call_escalation", "reminder"] == minutes_pass(context, clock, 60)


def test_reaching_the_person_stops_the_clock(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site, **DANGER)
    attempt = ContactAttempt(channel="phone", outcome="reached")
    changed = log_attempt(context, enquiry_id, attempt, by="ann", version=1)

    assert "contacted" == changed.status
    assert load_clock(context.table, enquiry_id) is None
    assert [] == [name for name in minutes_pass(context, clock, 60) if "alert" not in name]


def test_a_reasoned_close_stops_the_clock(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site, message="Prices please")
    with pytest.raises(ValueError, match="reason"):
        close(context, enquiry_id, "closed", " ", by="ann", version=1)
    close(context, enquiry_id, "closed", "wrote twice", by="ann", version=1)
    deliver(context)

    assert [] == minutes_pass(context, clock, 5)
    assert load_clock(context.table, enquiry_id) is None


def test_no_answer_starts_a_second_target_with_a_ladder_of_its_own(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, **DANGER)
    acknowledge(context, enquiry_id, by="ann", version=1)
    assert ["reminder"] == minutes_pass(context, clock, 16)
    attempt = ContactAttempt(channel="phone", outcome="no_answer")
    changed = log_attempt(context, enquiry_id, attempt, by="ann", version=2)

    assert ("no_answer", 2) == (changed.status, changed.round)
    assert clock() + timedelta(minutes=15) == changed.contact_by
    assert [] == minutes_pass(context, clock, 14)
    assert ["reminder-2"] == minutes_pass(context, clock, 1)


def test_a_next_try_is_due_at_its_own_time(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site, **DANGER)
    later = clock() + timedelta(hours=2)
    attempt = ContactAttempt(channel="phone", outcome="left_message", next_try_at=later)
    changed = log_attempt(context, enquiry_id, attempt, by="ann", version=1)

    assert later + timedelta(minutes=15) == changed.contact_by
    assert [] == [name for name in minutes_pass(context, clock, 134) if name.endswith("-2")]
    assert "reminder-2" in minutes_pass(context, clock, 1)


def test_a_change_on_an_old_version_is_a_conflict(site: Website, context: AppContext) -> None:
    enquiry_id = post(site, **DANGER)
    acknowledge(context, enquiry_id, by="ann", version=1)
    with pytest.raises(StatusConflict):
        close(context, enquiry_id, "spam", "not a person", by="bob", version=1)

    assert "acknowledged" == act_on(context, enquiry_id).status


def test_a_reminder_costs_nobody_a_conflict(site: Website, context: AppContext, clock: SettableClock) -> None:
    """The step is taken between reading the clock and writing the act."""
    enquiry_id = post(site, **DANGER)
    clock.advance(minutes=11)
    loaded: list[str] = []

    class Interrupted(Table):
        def get(self, key: object) -> object:
            item = Table.get(self, key)  # type: ignore[arg-type]
            if "CLOCK" in str(key) and not loaded:
                loaded.append("once")
                check_response_clocks(context)
            return item

    interrupted = replace(context, table=Interrupted(context.clients, context.table.name))
    acknowledge(interrupted, enquiry_id, by="ann", version=1)
    stopped = load_clock(context.table, enquiry_id)

    assert stopped is not None
    assert (("re_alert",), True) == (stopped.done, stopped.acknowledged)


def test_a_step_that_somebody_else_took_is_lost_quietly(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, **DANGER)
    clock.advance(minutes=11)
    assert check_response_clocks(context) == 1
    before = load_clock(context.table, enquiry_id)
    assert before is not None
    stale = before.model_copy(update={"done": ()})
    with pytest.raises(context.table.client.exceptions.TransactionCanceledException):
        context.table.client.transact_write_items(TransactItems=[replace_clock(context.table, stale, before, None)])

    assert check_response_clocks(context) == 0


def test_messages_of_a_ladder_are_dropped_when_somebody_has_acted(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, **DANGER)
    deliver(context)
    clock.advance(minutes=16)
    check_response_clocks(context)
    log_attempt(context, enquiry_id, ContactAttempt(channel="phone", outcome="reached"), by="ann", version=1)
    deliver(context)

    assert [] == mailbox.of_kind("re_alert")
    assert {"suppressed"} == {
        row.status for row in notifications_of(context.table, enquiry_id) if "re_alert" in row.kind
    }


def test_one_broken_clock_does_not_silence_the_others(site: Website, context: AppContext, clock: SettableClock) -> None:
    first, second = post(site, **DANGER), post(site, **DANGER, message="another")
    context.table.client.update_item(
        TableName=context.table.name,
        Key={"pk": {"S": f"ENQUIRY#{first}"}, "sk": {"S": "CLOCK"}},
        UpdateExpression="SET #level = :nonsense",
        ExpressionAttributeNames={"#level": "level"},
        ExpressionAttributeValues={":nonsense": {"S": "?"}},
    )
    clock.advance(minutes=11)
    event = schedule_event("check_response_clocks", clock(), account="123456789012", region="us-east-1")
    with pytest.raises(RuntimeError, match="check_response_clocks"):
        app_module.check_response_clocks(event, None)

    assert "re_alert" in {row.name for row in notifications_of(context.table, second)}


def test_a_clock_that_moved_backwards_does_no_harm(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    post(site, **DANGER)
    minutes_pass(context, clock, 16)
    count = len(mailbox)
    clock.advance(minutes=-120)
    check_response_clocks(context)
    sweep_outbox(context)
    deliver(context)

    assert count == len(mailbox)


def test_quarantined_enquiries_have_no_clock(site: Website, context: AppContext, stored: Stored) -> None:
    post(site, _gotcha="filled")

    assert "quarantined" == stored.enquiry.status
    assert load_clock(context.table, stored.enquiry.id) is None
