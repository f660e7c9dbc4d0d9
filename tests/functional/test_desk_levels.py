"""Another level has a ladder of its own, and those who handle it hear of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.context import AppContext
from chalicelib.desk import acts
from chalicelib.desk.changes import ActRefused
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.queue_order import queue_of
from chalicelib.models.response_clock import ResponseClock
from chalicelib.models.vocabulary import Level
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.response_clocks import load_clock
from tests.conftest import Alerts, Mailbox, SettableClock
from tests.functional.test_response_clock_runs import BACKUP, DANGER, NURSE, STAFF, deliver, minutes_pass, post
from tests.website import Website

ANN, BOSS = "ann@example.com", "boss@example.com"
REACHED = acts.ContactAttempt(channel="phone", outcome="reached")
LADDER = ["backup_alert", "on_call_escalation", "on_call_re_alert", "re_alert", "reminder"]


def raised(context: AppContext, enquiry_id: str, level: Level = "emergency") -> Enquiry:
    version = load_enquiry(context.table, enquiry_id).version
    return acts.raise_level(context, enquiry_id, level, "says so", by=ANN, version=version)


def lowered(context: AppContext, enquiry_id: str, level: Level = "routine") -> Enquiry:
    version = load_enquiry(context.table, enquiry_id).version
    return acts.lower_level(context, enquiry_id, level, "an old swelling", by=BOSS, version=version)


def running(context: AppContext, enquiry_id: str) -> ResponseClock:
    clock = load_clock(context.table, enquiry_id)

    assert clock is not None

    return clock


def kinds(names: list[str], number: int) -> list[str]:
    """Names of the rows of one round, without its number."""
    return sorted(name.removesuffix(f"-{number}") for name in names if name.endswith(f"-{number}"))


def without_topic(context: AppContext) -> AppContext:
    return replace(context, deployed=context.settings.model_copy(update={"on_call_topic_arn": ""}))


def test_a_raised_level_has_all_of_its_ladder_whatever_was_sent_before(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, message="prices")
    clock.advance(days=4)
    assert {"reminder", "backup_alert"} <= set(minutes_pass(context, clock, 3))
    raised(context, enquiry_id)
    deliver(context)
    early, late = minutes_pass(context, clock, 9), minutes_pass(context, clock, 20)

    assert [] == early
    assert LADDER == kinds(late, 2)
    assert {"sent"} == {row.status for row in notifications_of(context.table, enquiry_id)}
    assert [STAFF, NURSE, BACKUP] == list(mailbox.of_kind("re_alert")[0].to)
    assert [] == minutes_pass(context, clock, 60)


def test_what_was_overdue_stays_so_and_its_ladder_begins_anew(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, message="prices")
    clock.advance(days=4)
    enquiry = raised(context, enquiry_id)

    assert enquiry.contact_by < clock() < running(context, enquiry_id).target_at


def test_taking_it_first_or_trying_does_not_keep_the_second_alert_back(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    taken, tried = post(site, message="prices"), post(site, message="hours")
    acts.take(context, taken, by=ANN, version=1)
    later = acts.ContactAttempt(channel="phone", outcome="no_answer", next_try_at=clock() + timedelta(hours=5))
    acts.log_attempt(context, tried, later, by=ANN, version=1)
    raised(context, taken)
    enquiry = raised(context, tried)

    assert running(context, taken).is_unseen
    assert running(context, tried).is_unseen
    assert ("emergency", (clock() + timedelta(minutes=15),)) == queue_of(enquiry)
    assert {"re_alert-2", "re_alert-3"} <= set(minutes_pass(context, clock, 11))


def test_acknowledging_what_was_raised_stops_the_second_alert(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, message="prices")
    acts.take(context, enquiry_id, by=ANN, version=1)
    raised(context, enquiry_id)
    acts.acknowledge(context, enquiry_id, by=ANN, version=3)

    assert ["reminder"] == kinds(minutes_pass(context, clock, 16), 2)


def test_a_crisis_that_somebody_has_acknowledged_stays_so_as_an_emergency(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, message="prices")
    raised(context, enquiry_id, "crisis")
    acts.acknowledge(context, enquiry_id, by=ANN, version=2)
    raised(context, enquiry_id)

    assert ["reminder"] == kinds(minutes_pass(context, clock, 16), 3)


def test_what_is_lowered_before_its_new_target_is_reminded_of_that(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, urgent_signs=["swollen_limb"])
    clock.advance(hours=3)
    assert "reminder" in minutes_pass(context, clock, 1)
    enquiry = lowered(context, enquiry_id)
    left = enquiry.contact_by - clock()
    clock.advance(seconds=left.total_seconds())

    assert ["reminder-2"] == minutes_pass(context, clock, 1)


def test_what_is_overdue_at_the_lower_level_too_is_not_told_again(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, **DANGER)
    clock.advance(hours=3)
    minutes_pass(context, clock, 6)
    enquiry = lowered(context, enquiry_id, "urgent")

    assert enquiry.contact_by < clock()
    assert [] == minutes_pass(context, clock, 5)


@pytest.mark.parametrize(
    ("before", "level", "told", "alerted"),
    [
        ({}, "priority", [], 0),
        ({}, "urgent", [STAFF, NURSE], 0),
        ({}, "crisis", [STAFF, NURSE], 1),
        ({"urgent_signs": ["swollen_limb"]}, "emergency", [STAFF, NURSE], 1),
    ],
)
def test_those_who_handle_the_level_are_told(
    site: Website,
    context: AppContext,
    mailbox: Mailbox,
    alerts: Alerts,
    before: dict[str, object],
    level: Level,
    told: list[str],
    alerted: int,
) -> None:
    enquiry_id = post(site, message="Zebra7", **before)
    raised(context, enquiry_id, level)
    deliver(context)
    mails = mailbox.of_kind("level_alert")

    assert told == [address for mail in mails for address in mail.to]
    assert alerted == len(alerts)
    assert all("Raised: enquiry" in mail.subject and "zebra7" not in str(mail).lower() for mail in mails)


def test_without_a_topic_the_clinicians_hear_of_it_all_the_same(
    site: Website, context: AppContext, mailbox: Mailbox, alerts: Alerts
) -> None:
    quiet = without_topic(context)
    enquiry_id = post(site, message="prices")
    acts.take(quiet, enquiry_id, by=ANN, version=1)
    raised(quiet, enquiry_id, "crisis")
    deliver(quiet)

    assert [[STAFF, NURSE]] == [list(mail.to) for mail in mailbox.of_kind("level_alert")]
    assert 0 == len(alerts)


def test_what_was_lowered_and_is_raised_again_is_told_again(
    site: Website, context: AppContext, alerts: Alerts, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, **DANGER)
    lowered(context, enquiry_id)
    raised(context, enquiry_id)
    deliver(context)

    assert 2 == len(alerts)
    assert 1 == len(mailbox.of_kind("level_alert"))


def test_a_raise_that_was_taken_back_is_not_mailed_and_the_next_one_is(
    site: Website, context: AppContext, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, message="prices")
    raised(context, enquiry_id, "urgent")
    acts.undo(context, enquiry_id, by=ANN, version=2)
    deliver(context)

    assert [] == mailbox.of_kind("level_alert")

    raised(context, enquiry_id, "urgent")
    acts.log_attempt(context, enquiry_id, acts.ContactAttempt(channel="phone", outcome="no_answer"), by=ANN, version=4)
    deliver(context)

    assert 1 == len(mailbox.of_kind("level_alert"))


def test_nobody_on_call_is_told_of_an_emergency_that_was_none(
    site: Website, context: AppContext, alerts: Alerts
) -> None:
    enquiry_id = post(site, message="prices")
    raised(context, enquiry_id)
    acts.undo(context, enquiry_id, by=ANN, version=2)
    deliver(context)

    assert 0 == len(alerts)


def test_an_alert_that_nobody_can_get_goes_to_whoever_is_on_call(
    site: Website, context: AppContext, alerts: Alerts
) -> None:
    nobody = context.settings.model_copy(update={"staff_emails": (), "clinical_emails": ()})
    enquiry_id = post(site, message="prices")
    raised(context, enquiry_id, "urgent")
    deliver(replace(context, deployed=nobody))
    deliver(context)

    assert ["mail failed" in alert.subject for alert in alerts] == [True]


def test_what_was_reached_and_is_raised_waits_again_with_a_clock(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, message="prices")
    acts.log_attempt(context, enquiry_id, REACHED, by=ANN, version=1)
    enquiry = raised(context, enquiry_id)

    assert ("acknowledged", 2, clock() + timedelta(minutes=15)) == (enquiry.status, enquiry.round, enquiry.contact_by)
    assert ("emergency", (enquiry.contact_by,)) == queue_of(enquiry)

    after = acts.undo(context, enquiry_id, by=ANN, version=3)

    assert ("contacted", "routine") == (after.status, after.level)
    assert load_clock(context.table, enquiry_id) is None

    raised(context, enquiry_id)

    assert LADDER == kinds(minutes_pass(context, clock, 30), 3)


def test_the_level_of_what_is_closed_stays_as_it_is(site: Website, context: AppContext) -> None:
    enquiry_id = post(site, message="prices")
    acts.close(context, enquiry_id, "booked", "", by=ANN, version=1)
    for change in (raised, lowered):
        with pytest.raises(ActRefused, match="is_closed"):
            change(context, enquiry_id)

    assert 2 == load_enquiry(context.table, enquiry_id).version
