"""A flood of false enquiries mails no stranger more than a few times, and staff hear of every one."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.notifications.worker import deliver_notification
from chalicelib.storage.outbox import load_notification
from tests.conftest import Mailbox, SettableClock
from tests.fake_api import client_error
from tests.functional.conftest import Install, Stored
from tests.website import Website


@pytest.fixture
def strict(site: Website, install: Install) -> AppContext:  # noqa: ARG001  the table comes first
    """A stage that acknowledges twice a day to one address, and four times in all."""
    return install(ACKNOWLEDGEMENTS_A_DAY="2", MAIL_BUDGET="4")


def write(site: Website, context: AppContext, number: int, email: str = "ann@mail.example") -> str:
    """One enquiry, delivered; what became of its acknowledgement."""
    fields = {"name": "Ann Example", "email": email, "message": f"Message {number}"}
    enquiry_id = str(site.post_json("/enquiries", fields).json()["id"])
    for kind in ("staff_alert", "acknowledgement"):
        deliver_notification(context, f"{enquiry_id}_{kind}")
    row = load_notification(context.table, enquiry_id, "acknowledgement")

    assert row is not None
    return f"{row.status} {row.last_error}".strip()


def test_one_address_gets_a_few_acknowledgements_a_day(
    site: Website, strict: AppContext, mailbox: Mailbox, clock: SettableClock
) -> None:
    fates = [write(site, strict, number, f"{name}@mail.example") for number, name in enumerate(("ann", "Ann", "ann"))]

    assert ["sent", "sent", "suppressed too many mails"] == fates
    assert 3 == len(mailbox.of_kind("staff_alert"))

    clock.advance(days=1)

    assert "sent" == write(site, strict, 9)


def test_all_acknowledgements_of_a_day_have_a_budget_and_staff_mail_has_none(
    site: Website, strict: AppContext, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    fates = [write(site, strict, number, f"ann{number}@mail.example") for number in range(6)]

    assert ["sent"] * 4 + ["suppressed too many mails"] * 2 == fates
    assert 6 == len(mailbox.of_kind("staff_alert"))
    assert "mail budget spent" in caplog.messages


def test_mail_that_stands_still_uses_up_nothing(
    site: Website, strict: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    stands_still = [True]

    def fail(**_: Any) -> None:
        if stands_still:
            raise client_error("SendingPausedException")

    strict.clients.ses.meta.events.register("before-parameter-build.sesv2.SendEmail", fail)
    enquiry_id = str(site.post_json("/enquiries", {"name": "Ann", "email": "ann@mail.example"}).json()["id"])
    for _ in range(5):
        deliver_notification(strict, f"{enquiry_id}_acknowledgement")
        clock.advance(minutes=2)
    stands_still.clear()
    deliver_notification(strict, f"{enquiry_id}_acknowledgement")

    assert 1 == len(mailbox.of_kind("acknowledgement"))


def test_a_counter_that_fails_costs_nobody_their_acknowledgement(
    site: Website, strict: AppContext, stored: Stored
) -> None:
    def fail(params: Any, **_: Any) -> None:
        if "ADD counted" in params["UpdateExpression"]:
            raise client_error("InternalServerError")

    strict.table.client.meta.events.register("before-parameter-build.dynamodb.UpdateItem", fail)

    assert "sent" == write(site, strict, 1)
    assert [] == [row for row in stored.items("RATE#") if "ann" in str(row)]
