"""Quarantine has a clock of its own: what nobody looks through is told of, louder each time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk import acts
from chalicelib.models.enquiry import Enquiry
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.quarantine_check import check_quarantine
from chalicelib.storage.enquiries import load_enquiry, save_enquiry
from chalicelib.storage.outbox import due_notifications, notifications_of
from chalicelib.storage.response_clocks import load_clock
from sandbox.events import schedule_event
from tests.builders import RECEIVED_AT, an_acceptance, an_enquiry
from tests.conftest import Alerts, Mailbox, SettableClock
from tests.desk_site import STAFF as STAFF_MEMBER
from tests.desk_site import DeskSite, signed_in
from tests.functional.conftest import Install
from tests.website import Answer, Website

ZONE = ZoneInfo("America/New_York")
STAFF, BACKUP = "frontdesk@clinic.example", "backup@clinic.example"
PUBLIC_URL = "https://desk.clinic.example/api"
Told = list[tuple[str, str]]


def quarantined(site: Website, **fields: Any) -> str:
    typed = {"name": "Zqx Visible", "phone": "202-555-0123", "_gotcha": "filled", **fields}
    return str(site.post_json("/enquiries", typed).json()["id"])


def said(answer: Answer) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text))


def deliver(context: AppContext) -> None:
    for owner, name in due_notifications(context.table, context.clock() + timedelta(minutes=2)):
        deliver_notification(context, f"{owner}_{name}")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def until(context: AppContext, clock: SettableClock, mailbox: Mailbox, moment: str) -> Told:
    """What is mailed up to a moment of the clinic's time, with when. Here the check runs every hour."""
    told: Told = []
    while clock() < local(moment):
        before = len(mailbox)
        clock.advance(hours=1)
        check_quarantine(context)
        deliver(context)
        when = clock().astimezone(ZONE).strftime("%m-%d %H:%M")
        told += [(when, mail.kind) for mail in mailbox[before:]]
    return told


def test_what_nobody_looks_through_is_told_to_staff_and_then_to_the_backup_every_business_day(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox, alerts: Alerts
) -> None:
    enquiry_id = quarantined(site)
    told = until(context, clock, mailbox, "2026-03-05 12:00")

    assert local("2026-03-03 17:00") == load_enquiry(context.table, enquiry_id).review_by
    assert [
        ("03-03 18:00", "review_reminder"),
        ("03-04 10:00", "review_escalation"),
        ("03-04 17:00", "review_reminder"),
        ("03-05 10:00", "review_escalation"),
    ] == told
    assert [[STAFF], [BACKUP]] == [list(mail.to) for mail in mailbox[:2]]
    assert 0 == len(alerts)


def test_the_mails_say_which_and_for_how_long_and_nothing_of_health(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    first, second = quarantined(site, message="zqx pain"), quarantined(site, message="zqx more")
    until(context, clock, mailbox, "2026-03-04 10:00")
    reminder, escalation = mailbox
    references = [load_enquiry(context.table, each).reference for each in (first, second)]

    assert "Quarantine: enquiries to look through: 2" == reminder.subject
    assert "Quarantine, please step in: enquiries to look through: 2" == escalation.subject
    for mail, ago in ((reminder, "1 day ago"), (escalation, "2 days ago")):
        for words in (
            *(f"{reference}, arrived {ago}" for reference in references),
            f"{PUBLIC_URL}/desk/quarantine",
        ):
            assert words in mail.text
            assert words in mail.html
        assert "zqx" not in f"{mail.subject}{mail.text}{mail.html}".lower()
        assert "Routine" not in mail.text


def test_over_a_weekend_nobody_is_mailed(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    clock.now = local("2026-03-06 16:00")
    quarantined(site)

    assert [] == until(context, clock, mailbox, "2026-03-09 16:30")
    assert [("03-09 18:00", "review_reminder")] == until(context, clock, mailbox, "2026-03-09 18:00")


def test_a_flood_is_one_mail(context: AppContext, clock: SettableClock, mailbox: Mailbox) -> None:
    for number in range(120):
        store(context, number)
    clock.now = RECEIVED_AT + timedelta(days=2)
    check_quarantine(context)
    deliver(context)
    (mail,) = mailbox

    assert "Quarantine: enquiries to look through: 100+" == mail.subject
    assert 10 == mail.text.count("arrived 2 days ago")
    assert "And more" in mail.text


def store(context: AppContext, number: int, **overrides: Any) -> Enquiry:
    values = {
        "id": f"enquiry-{number:03d}",
        "reference": f"K7F-{number:04d}",
        "status": "quarantined",
        "review_by": RECEIVED_AT + timedelta(days=1),
    }
    enquiry = an_enquiry(**{**values, **overrides})
    save_enquiry(context.table, an_acceptance(enquiry))
    return enquiry


def test_what_an_earlier_release_put_into_quarantine_is_told_of_at_once(
    context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    store(context, 1, review_by=None)
    clock.advance(hours=1)
    check_quarantine(context)
    check_quarantine(context)
    deliver(context)

    assert ["review_reminder"] == [mail.kind for mail in mailbox]
    assert [("03-02 12:00", "review_escalation")] == until(context, clock, mailbox, "2026-03-02 16:00")


def release(context: AppContext, enquiry_id: str) -> None:
    acts.release_from_quarantine(context, enquiry_id, by="staff@example.com", version=1)


def close(context: AppContext, enquiry_id: str) -> None:
    acts.close(context, enquiry_id, "spam", "", by="staff@example.com", version=1)


@pytest.mark.parametrize("act", [release, close])
@pytest.mark.parametrize("when", ["2026-03-03 16:00", "2026-03-03 18:00"])
def test_what_is_released_or_closed_escalates_no_further(
    site: Website,
    context: AppContext,
    clock: SettableClock,
    mailbox: Mailbox,
    act: Callable[[AppContext, str], None],
    when: str,
) -> None:
    enquiry_id = quarantined(site)
    before = until(context, clock, mailbox, when)
    act(context, enquiry_id)
    after = [kind for _, kind in until(context, clock, mailbox, "2026-03-05 09:00")]

    assert (["review_reminder"] if when.endswith("18:00") else []) == [kind for _, kind in before]
    assert not {"review_reminder", "review_escalation"} & set(after)


def test_a_mail_that_is_no_longer_true_is_not_sent(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    enquiry_id = quarantined(site)
    clock.now = local("2026-03-03 17:01")
    check_quarantine(context)
    close(context, enquiry_id)
    deliver(context)
    (row,) = notifications_of(context.table, "notice-review-reminder-2026-03-03")

    assert ("suppressed", "acted on") == (row.status, row.last_error)
    assert 0 == len(mailbox)


def test_what_was_closed_as_spam_by_mistake_is_due_again_when_that_is_undone(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    enquiry_id = quarantined(site)
    until(context, clock, mailbox, "2026-03-03 16:30")
    close(context, enquiry_id)
    acts.undo(context, enquiry_id, by="staff@example.com", version=2)

    assert "quarantined" == load_enquiry(context.table, enquiry_id).status
    assert [("03-03 18:00", "review_reminder")] == until(context, clock, mailbox, "2026-03-03 18:00")


def test_without_backup_recipients_staff_are_told_again_the_next_business_day(
    install: Install, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    alone = install(BACKUP_EMAILS=None)
    store(context, 1)
    told = until(alone, clock, mailbox, "2026-03-04 18:00")

    assert [(when, "review_reminder") for when in ("03-03 11:00", "03-03 17:00", "03-04 17:00")] == told


def test_raising_the_level_releases_so_that_nobody_in_danger_is_held_back(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = quarantined(site)
    clock.advance(minutes=10)
    acts.raise_level(context, enquiry_id, "emergency", "chest pain", by="staff@example.com", version=1)
    raised, running = load_enquiry(context.table, enquiry_id), load_clock(context.table, enquiry_id)
    names = {row.name for row in notifications_of(context.table, enquiry_id)}
    page = said(staff_site.get(f"/desk/enquiries/{enquiry_id}"))

    assert ("new", "emergency") == (raised.status, raised.level)
    assert running
    assert clock() < running.target_at == raised.contact_by <= clock() + timedelta(minutes=15)
    assert {"staff_alert", "on_call_alert"} == names
    assert "Raised the level from Routine to Emergency, which released it from quarantine" in page
    acts.undo(context, enquiry_id, by="staff@example.com", version=2)

    assert ("quarantined", None) == (
        load_enquiry(context.table, enquiry_id).status,
        load_clock(context.table, enquiry_id),
    )


def test_the_schedule_runs_the_check(site: Website, context: AppContext, clock: SettableClock) -> None:  # noqa: ARG001
    store(context, 1)
    clock.now = local("2026-03-03 17:01")
    event = schedule_event("check_quarantine", clock(), account="123456789012", region="us-east-1")
    app_module.check_quarantine(event, None)

    assert ["review_reminder"] == [
        row.kind for row in notifications_of(context.table, "notice-review-reminder-2026-03-03")
    ]


def test_the_desk_says_by_when_to_look_through_it_and_that_it_is_overdue(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = quarantined(site)
    desk = signed_in(app_module, context, STAFF_MEMBER)
    listed, page = desk.get("/desk?quarantine=1"), desk.get(f"/desk/enquiries/{enquiry_id}")
    clock.now = local("2026-03-03 19:05")
    desk = signed_in(app_module, context, STAFF_MEMBER)
    late, late_page = desk.get("/desk?quarantine=1"), desk.get(f"/desk/enquiries/{enquiry_id}")

    assert "Look through it: 1 day 7 h left" in said(listed)
    assert "Quarantine (1)" in said(listed)
    assert "Look through this by Tuesday, March 3, 5:00 PM" in said(page)
    assert "⚠ Overdue by 2 h 5 min" in said(late)
    assert "Quarantine (1, 1 overdue)" in said(late)
    assert "(1 to look through) Queue" in said(late)
    assert "Overdue by 2 h 5 min" in said(late_page)


def test_the_link_of_the_mail_leads_to_the_list(staff_site: DeskSite) -> None:
    answer = staff_site.get("/desk/quarantine")

    assert (303, f"{PUBLIC_URL}/desk?quarantine=1") == (answer.status, answer.headers["location"])
