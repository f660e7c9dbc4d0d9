"""A target that begins once more: its ladder is whole again, and a promise that was broken stays so."""

from __future__ import annotations

import logging
from zoneinfo import ZoneInfo

import pytest

from chalicelib.context import AppContext
from chalicelib.desk import acts
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import Notification
from chalicelib.models.tally import Contact, tally_of
from chalicelib.models.vocabulary import Level
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.outbox import notifications_of, put_new_row
from chalicelib.storage.table import CLOCKS
from tests.conftest import Alerts, Mailbox, SettableClock
from tests.functional.test_response_clock_runs import DANGER, deliver, minutes_pass, post
from tests.website import Website

ANN = "ann@example.com"
SPAM = {"_gotcha": "filled", "email": "zebra7@mail.example"}
NO_ANSWER = acts.ContactAttempt(channel="phone", outcome="no_answer")
REACHED = acts.ContactAttempt(channel="phone", outcome="reached")


def version(context: AppContext, enquiry_id: str) -> int:
    return load_enquiry(context.table, enquiry_id).version


def raised(context: AppContext, enquiry_id: str, level: Level) -> Enquiry:
    return acts.raise_level(context, enquiry_id, level, "", by=ANN, version=version(context, enquiry_id))


def lowered(context: AppContext, enquiry_id: str, level: Level = "routine") -> Enquiry:
    return acts.lower_level(context, enquiry_id, level, "was none", by=ANN, version=version(context, enquiry_id))


def undone(context: AppContext, enquiry_id: str) -> Enquiry:
    return acts.undo(context, enquiry_id, by=ANN, version=version(context, enquiry_id))


def released(context: AppContext, enquiry_id: str) -> Enquiry:
    return acts.release_from_quarantine(context, enquiry_id, by=ANN, version=version(context, enquiry_id))


def tried(context: AppContext, enquiry_id: str, attempt: acts.ContactAttempt = REACHED) -> Enquiry:
    return acts.log_attempt(context, enquiry_id, attempt, by=ANN, version=version(context, enquiry_id))


def contact(context: AppContext, enquiry_id: str) -> Contact:
    tally = tally_of(load_enquiry(context.table, enquiry_id), context.clock(), ZoneInfo("America/Los_Angeles"))

    assert tally is not None

    return tally.contact


def test_an_emergency_in_quarantine_that_is_raised_once_more_has_all_of_its_ladder(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, **SPAM)
    clock.advance(minutes=2)
    raised(context, enquiry_id, "emergency")
    early = minutes_pass(context, clock, 9)

    assert {"re_alert", "on_call_re_alert"} <= set(early)

    undone(context, enquiry_id)
    raised(context, enquiry_id, "emergency")
    late = minutes_pass(context, clock, 180)

    ladder = ["backup_alert-2", "on_call_escalation-2", "on_call_re_alert-2", "re_alert-2", "reminder-2"]
    assert ladder == [name for name in late if name not in ("on_call_alert-2", "staff_alert-2")]


def test_a_release_that_was_taken_back_does_not_silence_the_next_one(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, **SPAM)
    raised(context, enquiry_id, "urgent")
    deliver(context)
    undone(context, enquiry_id)
    clock.advance(days=1)
    released(context, enquiry_id)
    deliver(context)

    assert 2 == len(mailbox.of_kind("staff_alert"))
    assert 1 == len(mailbox.of_kind("acknowledgement"))
    assert 2 == load_enquiry(context.table, enquiry_id).round


def test_whoever_is_on_call_hears_of_the_second_raise_when_the_first_was_taken_back_unsent(
    site: Website, context: AppContext, alerts: Alerts
) -> None:
    enquiry_id = post(site, **SPAM)
    raised(context, enquiry_id, "emergency")
    undone(context, enquiry_id)
    deliver(context)

    assert 0 == len(alerts)

    raised(context, enquiry_id, "emergency")
    deliver(context)

    assert 1 == len(alerts)


def test_a_step_whose_message_is_there_already_does_not_hold_the_clock_up(
    site: Website, context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    enquiry_id = post(site, **DANGER)
    row = Notification(owner=enquiry_id, kind="re_alert", due_at=clock())
    assert context.table.write_all([put_new_row(context.table, row)])
    late = minutes_pass(context, clock, 30)

    assert ["backup_alert", "on_call_escalation", "on_call_re_alert", "reminder"] == late
    assert [] == context.table.due(CLOCKS, clock(), 10)
    assert ["step was there"] == [record.message for record in caplog.records if record.levelno == logging.ERROR]


@pytest.mark.parametrize(("days", "overdue"), [(1, False), (6, True)])
def test_what_is_raised_by_mistake_and_lowered_has_the_target_that_it_had(
    site: Website, context: AppContext, clock: SettableClock, days: int, overdue: bool
) -> None:
    enquiry_id = post(site, message="prices")
    promised = load_enquiry(context.table, enquiry_id).contact_by
    clock.advance(days=days)
    raised(context, enquiry_id, "urgent")
    clock.advance(minutes=5)
    raised(context, enquiry_id, "emergency")
    clock.advance(minutes=15)
    enquiry = lowered(context, enquiry_id)

    assert promised == enquiry.contact_by
    assert ("missed" if overdue else "waiting") == contact(context, enquiry_id)

    tried(context, enquiry_id)

    assert ("late" if overdue else "in_target") == contact(context, enquiry_id)


def test_what_is_lowered_before_its_promise_is_reminded_of_that(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, message="prices")
    clock.advance(days=1)
    raised(context, enquiry_id, "urgent")
    clock.advance(minutes=15)
    left = lowered(context, enquiry_id).contact_by - clock()
    deliver(context)
    clock.advance(seconds=left.total_seconds())

    assert ["reminder-3"] == minutes_pass(context, clock, 1)


def test_opening_again_keeps_no_promise_that_was_broken(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    kept, broken = post(site, message="prices"), post(site, message="hours")
    for enquiry_id in (kept, broken):
        acts.close(context, enquiry_id, "closed", "by mistake", by=ANN, version=1)
    acts.reopen(context, kept, "it was none", by=ANN, version=2)
    clock.advance(days=6)
    acts.reopen(context, broken, "it was none", by=ANN, version=2)

    assert "missed" == contact(context, broken)

    tried(context, broken)

    assert "late" == contact(context, broken)


def test_a_higher_level_after_opening_again_has_its_own_target(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, message="prices")
    acts.close(context, enquiry_id, "closed", "by mistake", by=ANN, version=1)
    acts.reopen(context, enquiry_id, "it was none", by=ANN, version=2)
    raised(context, enquiry_id, "emergency")
    clock.advance(hours=1)
    tried(context, enquiry_id)

    assert "late" == contact(context, enquiry_id)


def test_a_level_that_was_taken_back_is_not_told_after_the_next_try(
    site: Website, context: AppContext, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, message="prices")
    raised(context, enquiry_id, "urgent")
    undone(context, enquiry_id)
    tried(context, enquiry_id, NO_ANSWER)
    deliver(context)

    assert [] == mailbox.of_kind("level_alert")
    assert "suppressed" in {row.status for row in notifications_of(context.table, enquiry_id)}
