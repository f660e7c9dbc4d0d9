"""Alerts that come too fast for a message each are told together: none is lost, and none is told twice."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.models.alert_groups import group_of
from chalicelib.models.notification import Notification
from chalicelib.notifications.delivery_events import record_delivery_event
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from chalicelib.storage.alert_windows import join_or_pass
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.outbox import due_notifications, load_notification
from chalicelib.storage.repairs import add_missing_row
from tests.conftest import Alerts, Mailbox, SettableClock
from tests.desk_site import DeskSite
from tests.fake_api import client_error
from tests.functional.conftest import Install
from tests.mail_events import ses_event, sns_envelope
from tests.website import Website

_numbers = itertools.count()
EMERGENCY = {"urgent_signs": ["chest_breathing"]}


@pytest.fixture
def narrow(site: Website, install: Install) -> AppContext:  # noqa: ARG001  the table comes first
    """A stage that sends two alerts of a group by themselves, and one page."""
    return install(ALERTS_AT_ONCE="2", PAGES_AT_ONCE="1")


def write(site: Website, count: int, **answers: Any) -> list[str]:
    """So many enquiries, oldest first."""
    fields = {"name": "Ann Example", "email": "ann@mail.example", **answers}
    posts = [site.post_json("/enquiries", {**fields, "message": f"Message {next(_numbers)}"}) for _ in range(count)]
    return [str(post.json()["id"]) for post in posts]


def deliver(context: AppContext, ids: list[str], kind: str = "staff_alert") -> list[str]:
    """What has become of each by now."""
    for enquiry_id in ids:
        deliver_notification(context, f"{enquiry_id}_{kind}")
    return [f"{row.status}{' together' * bool(row.gathered_in)}" for row in rows(context, ids, kind)]


def rows(context: AppContext, ids: list[str], kind: str = "staff_alert") -> list[Notification]:
    found = [load_notification(context.table, enquiry_id, kind) for enquiry_id in ids]
    return [row for row in found if row is not None]


def deliver_due(context: AppContext) -> None:
    for owner, name in due_notifications(context.table, context.clock(), 200):
        deliver_notification(context, f"{owner}_{name}")


def kinds(mailbox: Mailbox) -> list[str]:
    return [mail.kind for mail in mailbox if mail.kind != "acknowledgement"]


def test_what_comes_too_fast_is_told_in_one_mail(
    site: Website, narrow: AppContext, mailbox: Mailbox, clock: SettableClock
) -> None:
    ids = write(site, 40)

    assert ["sent"] * 2 + ["pending together"] * 38 == deliver(narrow, ids)

    clock.advance(minutes=5, seconds=2)
    deliver_due(narrow)
    mail = mailbox.of_kind("gathered_alert")[0]
    references = [load_enquiry(narrow.table, enquiry_id).reference for enquiry_id in ids[2:]]

    assert ["staff_alert", "staff_alert", "gathered_alert"] == kinds(mailbox)
    assert mail.subject == "[Routine] 38 more alerts"
    assert 25 == sum(reference in mail.text for reference in references)
    assert "And 13 more" in mail.text
    assert "https://desk.clinic.example/api/desk" in mail.text
    assert "Ann" not in mail.text
    assert ["sent"] * 2 + ["sent together"] * 38 == deliver(narrow, ids)
    assert {row.message_id for row in rows(narrow, ids[2:])} == {mail.id}


def test_alerts_go_out_one_by_one_again_when_a_window_has_passed_without_any(
    site: Website, narrow: AppContext, clock: SettableClock
) -> None:
    deliver(narrow, write(site, 3))
    clock.advance(minutes=6)
    still_flooded = deliver(narrow, write(site, 2))
    clock.advance(minutes=15)

    assert ["pending together"] * 2 == still_flooded
    assert ["sent"] * 2 == deliver(narrow, write(site, 2))


def test_one_that_waited_alone_gets_its_own_mail(
    site: Website, narrow: AppContext, mailbox: Mailbox, clock: SettableClock
) -> None:
    ids = write(site, 3)
    deliver(narrow, ids)
    clock.advance(minutes=5, seconds=2)
    deliver_due(narrow)

    assert mailbox.of_kind("staff_alert")[-1].subject.endswith(load_enquiry(narrow.table, ids[2]).reference)
    assert 3 == len(kinds(mailbox))


def test_first_emergency_pages_at_once_and_the_next_ones_within_five_minutes(
    site: Website, narrow: AppContext, mailbox: Mailbox, alerts: Alerts, clock: SettableClock
) -> None:
    (first,) = write(site, 1, **EMERGENCY)

    assert ["sent"] == deliver(narrow, [first], "on_call_alert") == deliver(narrow, [first])

    clock.advance(minutes=2)
    later = write(site, 3, **EMERGENCY)

    assert ["pending together"] * 3 == deliver(narrow, later, "on_call_alert")
    assert ["sent", "sent", "pending together"] == deliver(narrow, later)
    assert 1 == len(alerts)

    clock.advance(minutes=1, seconds=2)
    deliver_due(narrow)

    assert 4 == len(kinds(mailbox))
    assert mailbox.of_kind("staff_alert")[-1].to == ("frontdesk@clinic.example", "nurse@clinic.example")

    clock.advance(minutes=2)
    deliver_due(narrow)
    references = {load_enquiry(narrow.table, enquiry_id).reference for enquiry_id in later}
    (page,) = alerts[1:]

    assert page.subject in {f"EMERGENCY: enquiry {reference} and 2 more" for reference in references}
    assert all(reference in page.message for reference in references)
    assert "api/desk" in page.message
    assert ["sent together"] * 3 == deliver(narrow, later, "on_call_alert")


def test_page_of_a_flood_is_one_in_five_minutes_for_as_long_as_it_lasts(
    site: Website, narrow: AppContext, alerts: Alerts, clock: SettableClock
) -> None:
    for _ in range(30):
        deliver(narrow, write(site, 2, **EMERGENCY), "on_call_alert")
        deliver_due(narrow)
        clock.advance(seconds=30)

    assert len(alerts) in (3, 4)

    clock.advance(minutes=6)
    deliver_due(narrow)
    deliver(narrow, write(site, 1, **EMERGENCY), "on_call_alert")

    assert len(alerts) in (5, 6)


def test_emergency_waits_for_no_page_about_something_else(site: Website, narrow: AppContext, alerts: Alerts) -> None:
    (routine,) = write(site, 1)
    row = Notification(owner=routine, kind="on_call_failure", due_at=narrow.clock())
    add_missing_row(narrow.table, row)

    assert ["sent"] == deliver(narrow, [routine], "on_call_failure")
    assert ["sent"] == deliver(narrow, write(site, 1, **EMERGENCY), "on_call_alert")
    assert 2 == len(alerts)


def test_gatherer_that_died_is_poked_by_the_sweeper(
    site: Website, narrow: AppContext, mailbox: Mailbox, clock: SettableClock
) -> None:
    ids = write(site, 4)
    deliver(narrow, ids)
    clock.advance(minutes=5, seconds=2)
    due = [f"{owner}_{name}" for owner, name in due_notifications(narrow.table, clock(), 50)]

    assert 1 == sum(name.endswith("gathered_alert") for name in due)
    assert len(due) == sweep_outbox(narrow)
    deliver_due(narrow)
    assert 1 == len(mailbox.of_kind("gathered_alert"))


def test_what_no_gatherer_took_goes_out_by_itself(
    site: Website, narrow: AppContext, mailbox: Mailbox, clock: SettableClock
) -> None:
    ids = write(site, 3)
    deliver(narrow, ids)
    (gatherer,) = {row.gathered_in for row in rows(narrow, ids) if row.gathered_in}
    key = {"pk": {"S": f"NOTICE#{gatherer}"}, "sk": {"S": "NOTIFICATION#gathered_alert"}}
    narrow.table.client.delete_item(TableName=narrow.table.name, Key=key)
    clock.advance(minutes=11)
    deliver_due(narrow)

    assert ["sent"] * 3 == deliver(narrow, ids)
    assert 3 == len(mailbox.of_kind("staff_alert"))


def test_failing_gatherer_sends_again_what_it_has_named_and_nothing_else(
    site: Website, narrow: AppContext, mailbox: Mailbox, clock: SettableClock
) -> None:
    fails = [True]

    def fail(**_: Any) -> None:
        if fails:
            fails.clear()
            raise client_error("TooManyRequestsException")

    ids = write(site, 4)
    deliver(narrow, ids)
    clock.advance(minutes=5, seconds=2)
    narrow.clients.ses.meta.events.register("before-parameter-build.sesv2.SendEmail", fail)
    deliver_notification(narrow, f"{rows(narrow, ids)[-1].gathered_in}_gathered_alert")
    clock.advance(seconds=61)

    assert ["sent", "sent", "pending together", "pending together"] == deliver(narrow, ids)
    deliver_due(narrow)
    assert ["sent", "sent", "sent together", "sent together"] == deliver(narrow, ids)
    assert 1 == len(mailbox.of_kind("gathered_alert"))


def test_gatherer_that_fails_for_good_leaves_each_to_itself(
    site: Website, narrow: AppContext, mailbox: Mailbox, clock: SettableClock, alerts: Alerts
) -> None:
    def reject(**_: Any) -> None:
        raise client_error("MessageRejected")

    ids = write(site, 5)
    deliver(narrow, ids)
    clock.advance(minutes=5, seconds=2)
    event = "before-parameter-build.sesv2.SendEmail"
    narrow.clients.ses.meta.events.register(event, reject)
    deliver_notification(narrow, f"{rows(narrow, ids)[-1].gathered_in}_gathered_alert")
    narrow.clients.ses.meta.events.unregister(event, reject)
    clock.advance(seconds=61)

    assert ["sent"] * 5 == deliver(narrow, ids)
    assert 5 == len(mailbox.of_kind("staff_alert"))
    assert 0 == len(alerts)


def test_erased_enquiry_is_not_named(site: Website, narrow: AppContext, mailbox: Mailbox, clock: SettableClock) -> None:
    ids = write(site, 5)
    deliver(narrow, ids)
    reference = load_enquiry(narrow.table, ids[-1]).reference
    key = {"pk": {"S": f"ENQUIRY#{ids[-1]}"}, "sk": {"S": "ENQUIRY"}}
    narrow.table.client.delete_item(TableName=narrow.table.name, Key=key)
    clock.advance(minutes=5, seconds=2)
    deliver_due(narrow)
    (mail,) = mailbox.of_kind("gathered_alert")

    assert mail.subject == "[Routine] 2 more alerts"
    assert reference not in mail.text


def test_alert_that_cannot_be_counted_goes_out(
    site: Website, narrow: AppContext, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(params: dict[str, Any], **_: Any) -> None:
        if str(params["Key"]["pk"]["S"]).startswith("ALERTS#"):
            raise client_error("ThrottlingException")

    ids = write(site, 4)
    event = "provide-client-params.dynamodb.UpdateItem"
    narrow.clients.dynamodb.meta.events.register(event, fail)
    fates = deliver(narrow, ids)
    narrow.clients.dynamodb.meta.events.unregister(event, fail)

    assert ["sent"] * 4 == fates
    assert 4 == caplog.messages.count("alert not counted")
    assert 4 == len(mailbox.of_kind("staff_alert"))


def test_desk_says_in_words_that_one_waits_and_was_told_with_others(
    site: Website, narrow: AppContext, clock: SettableClock, staff_site: DeskSite
) -> None:
    ids = write(site, 4)
    deliver(narrow, ids)

    assert "Waiting a few minutes: many came at once" in staff_site.get(f"/desk/enquiries/{ids[3]}").text

    clock.advance(minutes=5, seconds=2)
    deliver_due(narrow)

    assert "Sent, together with others" in staff_site.get(f"/desk/enquiries/{ids[3]}").text


def test_mail_about_many_that_bounces_everywhere_is_a_lost_alert_for_each(
    site: Website, narrow: AppContext, clock: SettableClock
) -> None:
    ids = write(site, 4)
    deliver(narrow, ids)
    clock.advance(minutes=5, seconds=2)
    deliver_due(narrow)
    gatherer = rows(narrow, ids)[-1].gathered_in
    bounce = ses_event("Bounce", f"{gatherer}_gathered_alert", "frontdesk@clinic.example")
    record_delivery_event(narrow, sns_envelope(bounce))

    assert ["sent", "sent", "bounced", "bounced"] == [row.status for row in rows(narrow, ids)]
    assert 2 == len(rows(narrow, ids, "on_call_failure"))


def test_alert_that_was_counted_and_asks_again_is_not_one_too_many(narrow: AppContext) -> None:
    group, now = group_of("on_call_alert", "emergency", narrow.settings), narrow.clock()

    assert join_or_pass(narrow.table, group, "first_on_call_alert", now) is None
    assert join_or_pass(narrow.table, group, "first_on_call_alert", now) is None
    assert join_or_pass(narrow.table, group, "second_on_call_alert", now) is not None
