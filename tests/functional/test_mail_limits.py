"""A flood of false enquiries mails no stranger more than a few times, and staff hear of every one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.context import AppContext
from chalicelib.notifications.worker import LAST_ATTEMPT, deliver_notification
from chalicelib.storage.outbox import load_notification
from tests.conftest import Mailbox, SettableClock
from tests.desk_site import DeskSite
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


def mails_counted(stored: Stored) -> list[int]:
    """What the counters of whole days say, for one address and for everybody."""
    return [int(row["counted"]) for row in stored.items("RATE#") if row["sk"].endswith("T00:00:00.000000Z")]


def test_one_address_gets_a_few_acknowledgements_a_day(
    site: Website, strict: AppContext, mailbox: Mailbox, clock: SettableClock
) -> None:
    fates = [write(site, strict, number, f"{name}@mail.example") for number, name in enumerate(("ann", "Ann", "ann"))]

    assert ["sent", "sent", "suppressed too many mails"] == fates
    assert 3 == len(mailbox.of_kind("staff_alert"))

    clock.advance(days=1)

    assert "sent" == write(site, strict, 9)


def test_one_mailbox_has_one_limit_whatever_its_address_looks_like(
    site: Website, strict: AppContext, mailbox: Mailbox
) -> None:
    variants = ("ann.example@gmail.com", "AnnExample+1@gmail.com", "a.n.n.example@googlemail.com")
    fates = [write(site, strict, number, variant) for number, variant in enumerate(variants)]

    assert ["sent", "sent", "suppressed too many mails"] == fates
    assert ["ann.example@gmail.com", "AnnExample+1@gmail.com"] == [
        address for mail in mailbox.of_kind("acknowledgement") for address in mail.to
    ]


def test_all_acknowledgements_of_a_day_have_a_budget_and_staff_mail_has_none(
    site: Website, strict: AppContext, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    fates = [write(site, strict, number, f"ann{number}@mail.example") for number in range(6)]

    assert ["sent"] * 4 + ["suppressed mail budget spent"] * 2 == fates
    assert 6 == len(mailbox.of_kind("staff_alert"))
    assert 1 == caplog.messages.count("mail budget spent")


def test_staff_are_told_once_a_day_that_the_budget_is_spent(
    site: Website, strict: AppContext, mailbox: Mailbox, clock: SettableClock
) -> None:
    for day in range(2):
        for number in range(7):
            write(site, strict, number, f"ann{day}{number}@mail.example")
        clock.advance(seconds=10)
        for _ in range(2):
            deliver_notification(strict, f"notice-mail-budget-{clock():%Y-%m-%d}_staff_notice")

        assert day + 1 == len(mailbox.of_kind("staff_notice"))

        clock.advance(days=1)

    assert "4 acknowledgements" in mailbox.of_kind("staff_notice")[0].text


def test_the_page_of_an_enquiry_says_why_nothing_was_sent(
    site: Website, strict: AppContext, staff_site: DeskSite, stored: Stored
) -> None:
    addresses = ("ann@mail.example",) * 3 + ("ben@mail.example", "cid@mail.example", "dan@mail.example")
    for number, address in enumerate(addresses):
        write(site, strict, number, address)
    pages = [staff_site.get(f"/desk/enquiries/{enquiry.id}").text for enquiry in stored.enquiries]

    assert 1 == sum("Not sent: too many mails to this address today" in page for page in pages)
    assert 1 == sum("Not sent: the daily limit of mail was reached" in page for page in pages)


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


@pytest.mark.parametrize("deaths", [(), (1, 2, 4)])
def test_attempts_that_went_wrong_are_one_mail_at_most(
    site: Website, strict: AppContext, clock: SettableClock, mailbox: Mailbox, stored: Stored, deaths: tuple[int, ...]
) -> None:
    attempts: list[int] = []

    def go_wrong(**_: Any) -> None:
        attempts.append(1)
        if len(attempts) in deaths:
            raise KeyboardInterrupt  # nothing of the worker runs any more
        if len(attempts) < 6:
            raise RuntimeError

    strict.clients.ses.meta.events.register("before-parameter-build.sesv2.SendEmail", go_wrong)
    enquiry_id = str(site.post_json("/enquiries", {"name": "Ann", "email": "ann@mail.example"}).json()["id"])
    for _ in range(6):
        with suppress(KeyboardInterrupt):
            deliver_notification(strict, f"{enquiry_id}_acknowledgement")
        clock.advance(hours=1)

    assert 1 == len(mailbox.of_kind("acknowledgement"))
    assert [1, 1] == mails_counted(stored)


def test_a_mail_that_may_have_gone_out_stays_counted_once(
    site: Website, strict: AppContext, clock: SettableClock, stored: Stored
) -> None:
    def lose_the_answer(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://email.example")

    strict.clients.ses.meta.events.register("before-parameter-build.sesv2.SendEmail", lose_the_answer)
    enquiry_id = str(site.post_json("/enquiries", {"name": "Ann", "email": "ann@mail.example"}).json()["id"])
    for _ in range(3):
        deliver_notification(strict, f"{enquiry_id}_acknowledgement")
        clock.advance(minutes=2)

    assert [1, 1] == mails_counted(stored)


def test_a_mail_whose_worker_always_died_is_given_up_and_counts_no_more(
    site: Website, strict: AppContext, clock: SettableClock, stored: Stored
) -> None:
    def die(**_: Any) -> None:
        raise KeyboardInterrupt

    strict.clients.ses.meta.events.register("before-parameter-build.sesv2.SendEmail", die)
    enquiry_id = str(site.post_json("/enquiries", {"name": "Ann", "email": "ann@mail.example"}).json()["id"])
    for _ in range(LAST_ATTEMPT + 1):
        with suppress(KeyboardInterrupt):
            deliver_notification(strict, f"{enquiry_id}_acknowledgement")
        clock.advance(minutes=2)
    row = load_notification(strict.table, enquiry_id, "acknowledgement")

    assert row is not None
    assert ("failed", "ATTEMPTS_EXHAUSTED") == (row.status, row.last_error)
    assert [0, 0] == mails_counted(stored)


def test_a_counter_that_fails_costs_nobody_their_acknowledgement(
    site: Website, strict: AppContext, stored: Stored
) -> None:
    def fail(params: Any, **_: Any) -> None:
        if "ADD counted" in params["UpdateExpression"]:
            raise client_error("InternalServerError")

    strict.table.client.meta.events.register("before-parameter-build.dynamodb.UpdateItem", fail)

    assert "sent" == write(site, strict, 1)
    assert [] == [row for row in stored.items("RATE#") if "ann" in str(row)]
