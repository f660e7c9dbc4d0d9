"""What once silenced the response clock, or let it say what is no longer so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chalicelib.context import AppContext
from chalicelib.desk.acts import ContactAttempt, acknowledge, log_attempt
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules import response_clocks_check
from chalicelib.schedules.response_clocks_check import check_response_clocks
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.table import CLOCKS
from tests.conftest import Mailbox, SettableClock
from tests.functional.test_response_clock_runs import DANGER, deliver, post
from tests.website import Website


def test_clocks_whose_time_has_changed_do_not_hide_the_others(
    site: Website, context: AppContext, clock: SettableClock, monkeypatch: object
) -> None:
    """A holiday puts off the routine ones that stand at the head of the index."""
    monkeypatch.setattr(response_clocks_check, "MAX_CLOCKS", 3)  # type: ignore[attr-defined]
    for number in range(3):
        post(site, message=f"prices {number}")
    clock.advance(days=2, hours=7)
    holidays = (date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5))
    settings = context.settings.model_copy(update={"holidays": holidays})
    changed = replace(context, deployed=settings)
    late = post(site, **DANGER)
    clock.advance(minutes=16)
    for _ in range(2):
        check_response_clocks(changed)

    assert {"re_alert", "on_call_re_alert"} <= {row.name for row in notifications_of(context.table, late)}
    assert 1 >= len(context.table.due(CLOCKS, clock(), 10))


def test_a_second_alert_that_waited_is_dropped_once_somebody_has_acknowledged(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, **DANGER)
    clock.advance(minutes=11)
    check_response_clocks(context)
    acknowledge(context, enquiry_id, by="ann", version=1)
    deliver(context)

    assert [] == mailbox.of_kind("re_alert")


def test_a_reminder_of_an_earlier_round_is_dropped(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, **DANGER)
    acknowledge(context, enquiry_id, by="ann", version=1)
    clock.advance(minutes=16)
    check_response_clocks(context)
    log_attempt(context, enquiry_id, ContactAttempt(channel="phone", outcome="no_answer"), by="ann", version=2)
    deliver_notification(context, f"{enquiry_id}_reminder")

    assert [] == mailbox.of_kind("reminder")
