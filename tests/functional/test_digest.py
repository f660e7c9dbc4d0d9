"""The daily digest: what it says, when it is sent, and that it is sent once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from chalice.test import Client

import app as app_module
from chalicelib.context import AppContext
from chalicelib.models.notification import Notification
from chalicelib.notifications.planning import plan_notifications
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.digest import send_digest
from chalicelib.storage.canaries import canary_enquiry_id
from chalicelib.storage.enquiries import save_enquiry
from chalicelib.storage.outbox import claim, mark_failed
from sandbox.mail_parsing import Mail
from tests.builders import RECEIVED_AT, a_contact, a_submission, an_acceptance, an_enquiry
from tests.conftest import Mailbox, SettableClock
from tests.fake_api import FakeApi, clients_with

NEW_YORK = ZoneInfo("America/New_York")
MARCH_2 = "notice-digest-2026-03-02_digest"


@pytest.fixture
def pokes() -> FakeApi:
    """SQS: what is poked stands in its calls."""
    return FakeApi({})


@pytest.fixture
def context(context: AppContext, environment: dict[str, str], pokes: FakeApi) -> AppContext:
    """The usual surroundings, with that queue."""
    return replace(context, clients=clients_with(environment, sqs=pokes))


def with_settings(context: AppContext, **settings: Any) -> AppContext:
    return replace(context, deployed=context.settings.model_copy(update=settings))


def store(context: AppContext, number: int, *, rows: Sequence[Notification] | None = None, **overrides: Any) -> None:
    """Store an enquiry with its rows, as accept does, or with those given."""
    enquiry = an_enquiry(**{"id": f"enquiry-{number}", "reference": f"K7F-{number:04d}", **overrides})
    planned = plan_notifications(enquiry, context.settings, enquiry.received_at) if rows is None else rows
    save_enquiry(context.table, an_acceptance(enquiry, *planned))


def sent_ids(pokes: FakeApi) -> list[str]:
    return [entry["MessageBody"] for call in pokes.calls for entry in call["Entries"]]


def digest_of(context: AppContext, mailbox: Mailbox) -> Mail:
    """Run the schedule, deliver what it wrote, return the mail."""
    send_digest(context)
    deliver_notification(context, MARCH_2)
    (mail,) = mailbox.of_kind("digest")
    return mail


def a_busy_day(context: AppContext, clock: SettableClock) -> None:
    """An emergency and two routine enquiries wait, one of them overdue; one is booked; two are in quarantine; one
    failed; an older one waits since the week before."""
    now = clock()
    later, earlier = now + timedelta(hours=2), now - timedelta(hours=1)
    at = now - timedelta(hours=3)
    store(context, 1, level="emergency", received_at=at, contact_by=earlier)
    store(context, 2, received_at=at, contact_by=later)
    store(context, 3, received_at=at, contact_by=earlier, status="no_answer")
    store(context, 4, received_at=at, status="booked")
    store(context, 5, received_at=at, status="quarantined")
    store(context, 6, received_at=at - timedelta(days=9), status="quarantined")
    store(context, 7, received_at=at, contact_by=later, level="priority")
    row = claim(context.table, "enquiry-7", "staff_alert", now)
    assert row is not None
    mark_failed(context.table, row, "MessageRejected", now)
    store(context, 8, received_at=now - timedelta(days=6), contact_by=later, rows=[])
    for number in (1, 2, 3):
        deliver_notification(context, f"enquiry-{number}_staff_alert")


def test_the_digest_of_a_busy_day(context: AppContext, clock: SettableClock, mailbox: Mailbox) -> None:
    a_busy_day(context, clock)
    mail = digest_of(context, mailbox)

    assert "Daily digest: 5 waiting, 2 overdue" == mail.subject
    assert (
        mail.text
        == """\
Daily digest: Monday, March 2, 10:00 AM

Some messages about enquiries could not be sent. Please tell whoever runs the enquiry desk today.

WAITING FOR CONTACT
Emergency: 1 (1 overdue)
Priority: 1 (0 overdue)
Routine: 3 (1 overdue)
Oldest: K7F-0008, Routine, 6 days ago

RECEIVED IN THE LAST 24 HOURS, BY LEVEL
Emergency: 1
Priority: 1
Routine: 4

RECEIVED IN THE LAST 24 HOURS, BY STATUS
New: 3
No answer: 1
Booked: 1
Quarantined: 1

STATE OF THE DESK
Enquiries in quarantine: 2
Messages that could not be sent: 1
Messages waiting to be sent: 7

WAS SOMEBODY TOLD? ENQUIRIES OF THE LAST 48 HOURS
Staff were told: 4
Not yet, still being tried: 0
No, the message could not be sent: 1
Quarantined, nobody is told: 1
Unaccounted for: 0

https://desk.clinic.example/api/desk

This email holds counts only. Sign in to the desk to read the enquiries.
"""
    )


def test_both_parts_of_the_mail_say_the_same(context: AppContext, clock: SettableClock, mailbox: Mailbox) -> None:
    a_busy_day(context, clock)
    mail = digest_of(context, mailbox)
    labels = [line.partition(":")[0] for line in mail.text.splitlines() if ": " in line]

    assert 19 < len(labels)
    assert [] == [label for label in labels if label not in mail.html]
    assert "K7F-0008, Routine, 6 days ago" in mail.html


def test_the_digest_goes_to_the_staff_as_an_automatic_mail(context: AppContext, mailbox: Mailbox) -> None:
    mail = digest_of(context, mailbox)

    assert ("frontdesk@clinic.example",) == mail.to
    assert "auto-generated" == mail.message["Auto-Submitted"]


def test_a_quiet_day_is_told_all_the_same(context: AppContext, mailbox: Mailbox) -> None:
    mail = digest_of(context, mailbox)

    assert "Daily digest: 0 waiting, 0 overdue" == mail.subject
    assert 3 == mail.text.count("None.")
    assert "Staff were told: 0" in mail.text
    assert "could not be sent. Please tell" not in mail.text


def test_the_digest_holds_no_health_information_and_names_nobody(
    context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    submission = a_submission(
        contact=a_contact(name="Marked Name", email="marked@mail.example", email_address="marked@mail.example")
    )
    store(context, 1, submission=submission, level="crisis", flags=("safeguarding", "overdose"))
    mail = digest_of(context, mailbox)
    whole = mail.subject + mail.text + mail.html

    assert "K7F-0001" in whole
    assert [] == [word for word in ("arked", "safeguarding", "overdose", "call me", "enquiry-1") if word in whole]
    clock.advance(days=1)
    send_digest(context)
    stored = str(context.table.get({"pk": "NOTICE#notice-digest-2026-03-03", "sk": "NOTICE"}))

    assert "K7F-0001" in stored
    assert [] == [word for word in ("arked", "safeguarding", "overdose", "call me", "enquiry-1") if word in stored]


def test_canaries_are_not_counted(context: AppContext, clock: SettableClock, mailbox: Mailbox) -> None:
    store(context, 1, id=canary_enquiry_id("2026-03-02T15"), is_test=True)
    row = claim(context.table, canary_enquiry_id("2026-03-02T15"), "acknowledgement", clock())
    assert row is not None
    mark_failed(context.table, row, "MessageRejected", clock())
    clock.advance(minutes=6)
    mail = digest_of(context, mailbox)
    counts = [line.rpartition(": ")[2] for line in mail.text.splitlines()[1:] if ": " in line]

    assert "Daily digest: 0 waiting, 0 overdue" == mail.subject
    assert ["0"] * 8 == counts


def test_it_is_written_once_a_day(context: AppContext, clock: SettableClock, mailbox: Mailbox, pokes: FakeApi) -> None:
    for _ in range(4):
        send_digest(context)
        clock.advance(minutes=15)
    deliver_notification(context, MARCH_2)
    deliver_notification(context, MARCH_2)

    assert [f'{{"notification_id": "{MARCH_2}"}}'] == sent_ids(pokes)
    assert 1 == len(mailbox.of_kind("digest"))


def test_two_that_run_at_once_write_one(context: AppContext, clock: SettableClock, pokes: FakeApi) -> None:
    """The second looks before the first has written, and loses at the transaction."""
    looks: list[str] = []

    def clock_of_the_second() -> datetime:
        looks.append("at the clock")
        if len(looks) == 2:  # it has found nothing written, and begins to count
            send_digest(context)
        return clock()

    send_digest(replace(context, clock=clock_of_the_second))

    assert [f'{{"notification_id": "{MARCH_2}"}}'] == sent_ids(pokes)
    assert 2 <= len(looks)


def test_every_day_has_its_digest(context: AppContext, clock: SettableClock, pokes: FakeApi) -> None:
    for _ in range(3 * 24):
        send_digest(context)
        clock.advance(hours=1)

    assert [f"notice-digest-2026-03-0{day}_digest" for day in (2, 3, 4, 5)] == [
        body.split('"')[3] for body in sent_ids(pokes)
    ]


@pytest.mark.parametrize(
    ("local", "written"), [("07:59", False), ("08:00", True), ("08:14", True), ("23:59", True), ("00:00", False)]
)
def test_it_waits_for_its_hour_on_the_clinics_clock(
    context: AppContext, clock: SettableClock, pokes: FakeApi, local: str, written: bool
) -> None:
    hour, minute = map(int, local.split(":"))
    clock.now = datetime(2026, 7, 1, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)
    send_digest(context)

    assert written == bool(sent_ids(pokes))


def times_written(context: AppContext, clock: SettableClock, pokes: FakeApi, day: datetime, hour: int) -> list[str]:
    """Local times at which a digest is written in the five hours from `day`, looked at every 15 minutes."""
    at_hour = with_settings(context, digest_hour=hour)
    clock.now, times = day.astimezone(UTC), []
    for _ in range(20):
        before = len(pokes.calls)
        send_digest(at_hour)
        if len(pokes.calls) > before:
            times.append(f"{clock.now.astimezone(NEW_YORK):%d %H:%M}")
        clock.advance(minutes=15)
    return times


def test_an_hour_that_daylight_saving_leaves_out_is_reached_by_the_next(
    context: AppContext, clock: SettableClock, pokes: FakeApi
) -> None:
    sunday = datetime(2026, 3, 8, tzinfo=NEW_YORK)

    assert ["08 03:00"] == times_written(context, clock, pokes, sunday, hour=2)


def test_an_hour_that_comes_twice_has_one_digest(context: AppContext, clock: SettableClock, pokes: FakeApi) -> None:
    sunday = datetime(2026, 11, 1, tzinfo=NEW_YORK)

    assert ["01 01:00"] == times_written(context, clock, pokes, sunday, hour=1)


def test_the_local_date_counts_and_not_that_of_utc(context: AppContext, clock: SettableClock, pokes: FakeApi) -> None:
    clock.now = datetime(2026, 3, 3, 4, tzinfo=UTC)  # 23:00 on 2 March in New York
    send_digest(context)

    assert [f'{{"notification_id": "{MARCH_2}"}}'] == sent_ids(pokes)


def test_a_clock_that_goes_back_sends_nothing_again(context: AppContext, clock: SettableClock, pokes: FakeApi) -> None:
    send_digest(context)
    clock.advance(minutes=-30)
    send_digest(context)

    assert 1 == len(sent_ids(pokes))


def test_it_reads_lists_and_keys_and_never_the_table(context: AppContext, clock: SettableClock) -> None:
    a_busy_day(context, clock)
    calls: list[str] = []
    context.table.client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    send_digest(context)

    assert {"Query", "GetItem", "TransactWriteItems"} == set(calls)
    assert 30 > len(calls)


def test_the_schedule_runs_it(
    context: AppContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    monkeypatch.setattr(app_module, "instance", lambda: context)
    with Client(app_module.app) as client:
        client.lambda_.invoke("send_digest", client.events.generate_cw_event("aws.events", "", {}, []))

    assert "digest written" in caplog.messages
    assert RECEIVED_AT == context.clock()
