"""A mail from the desk to the person: without health information, and never to an address that wants none."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.models.history_chain import Link
from chalicelib.notifications.worker import deliver_notification
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.history import history_of
from chalicelib.storage.outbox import load_notification, notifications_of
from chalicelib.storage.response_clocks import load_clock
from chalicelib.storage.suppressions import suppress
from tests.conftest import STAGE_KEY, Mailbox, SettableClock
from tests.desk_site import STAFF, DeskSite
from tests.html_page import read_page
from tests.website import Answer, Website

WRITTEN = {"name": "Ann Example", "email": "ann@mail.example", "message": "My foot hurts after surgery."}


def post(site: Website, **fields: Any) -> str:
    return str(site.post_json("/enquiries", {**WRITTEN, **fields}).json()["id"])


def reply(desk: DeskSite, enquiry_id: str, version: int = 1, **fields: str) -> Answer:
    return desk.post(f"/desk/enquiries/{enquiry_id}/reply", {"version": str(version), "seen": "1", **fields})


def said(answer: Answer) -> str:
    return " ".join(read_page(answer.text).one("main").text.split())


def acts(context: AppContext, enquiry_id: str) -> list[Link]:
    return [link for link in history_of(context.table, enquiry_id) if link.kind not in ("viewed", "received")]


def delivered(context: AppContext, mailbox: Mailbox, enquiry_id: str, name: str = "desk_reply") -> str:
    """The text of the mail that one row becomes."""
    deliver_notification(context, f"{enquiry_id}_{name}")
    mail = mailbox.of_kind("desk_reply")[-1]

    assert ("ann@mail.example",) == tuple(mail.to)
    return str(mail.text)


def test_a_reply_says_nothing_about_health_and_how_to_get_in_touch(
    site: Website, staff_site: DeskSite, context: AppContext, mailbox: Mailbox
) -> None:
    enquiry_id = post(site)
    answer = reply(staff_site, enquiry_id)
    mail = delivered(context, mailbox, enquiry_id)

    assert 303 == answer.status
    assert "Please call us at +1 202-555-0100." in mail
    assert "https://desk.clinic.example/api/form?lang=en" in mail
    assert [] == [word for word in ("foot", "surgery", "Ann Example") if word in mail]


def test_a_reply_is_in_the_language_of_the_person(
    site: Website, staff_site: DeskSite, context: AppContext, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, language="es")
    reply(staff_site, enquiry_id)
    mail = delivered(context, mailbox, enquiry_id)

    assert "Nos gustaría hablar con usted." in mail
    assert "form?lang=es" in mail


def test_a_reply_is_a_try_by_mail_and_stands_in_the_history(
    site: Website, staff_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site)
    before = load_clock(context.table, enquiry_id)
    reply(staff_site, enquiry_id)
    after, enquiry = load_clock(context.table, enquiry_id), load_enquiry(context.table, enquiry_id)

    assert before is not None
    assert after is not None
    assert (1, 2) == (before.round, after.round)
    assert ("no_answer", 1) == (enquiry.status, enquiry.attempts)
    assert [("reply_mailed", STAFF.user)] == [(link.kind, link.by) for link in acts(context, enquiry_id)]
    assert "Mailed the person" in said(staff_site.get(f"/desk/enquiries/{enquiry_id}"))


def test_ones_own_words_go_out_only_after_the_warning_was_ticked(
    site: Website, staff_site: DeskSite, context: AppContext, mailbox: Mailbox
) -> None:
    enquiry_id, words = post(site), "We have <b>news</b> for you.\r\n\r\nAsk for Maria."
    refused = reply(staff_site, enquiry_id, words=words)
    page = read_page(refused.text)

    assert 422 == refused.status
    assert "Ask for Maria." in page.one("textarea", id="words").text
    assert [] == acts(context, enquiry_id)
    assert 303 == reply(staff_site, enquiry_id, words=words, warned="yes").status
    mail = delivered(context, mailbox, enquiry_id)
    html = mailbox.of_kind("desk_reply")[-1].html

    assert "Ask for Maria." in mail
    assert "We would like to talk with you." not in mail
    assert "&lt;b&gt;news&lt;/b&gt;" in html
    assert "Ask for Maria." in acts(context, enquiry_id)[0].facts["text"]


def test_each_reply_is_a_mail_of_its_own(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    enquiry_id = post(site)
    first, stale, second = (reply(staff_site, enquiry_id, version) for version in (1, 1, 2))
    rows = [row.name for row in notifications_of(context.table, enquiry_id) if row.kind == "desk_reply"]

    assert [303, 409, 303] == [answer.status for answer in (first, stale, second)]
    assert ["desk_reply", "desk_reply-2"] == sorted(rows)


def test_no_reply_goes_to_an_address_that_wants_no_mail(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site)
    suppress(context.table, STAGE_KEY, "Ann@mail.example", "bounce", clock())
    answer = reply(staff_site, enquiry_id)

    assert 422 == answer.status
    assert "came back before" in said(answer)


def test_what_is_suppressed_meanwhile_is_not_sent(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock, mailbox: Mailbox
) -> None:
    enquiry_id = post(site)
    reply(staff_site, enquiry_id)
    suppress(context.table, STAGE_KEY, "ann@mail.example", "complaint", clock())
    deliver_notification(context, f"{enquiry_id}_desk_reply")
    row = load_notification(context.table, enquiry_id, "desk_reply")

    assert row is not None
    assert "suppressed" == row.status
    assert [] == mailbox.of_kind("desk_reply")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "", "phone": "202-555-0123"}, "no e-mail address"),
        ({"message": "My husband hits me and he reads my mail."}, "somebody at home may read it"),
        ({"_gotcha": "filled"}, "in quarantine"),
    ],
)
def test_where_no_mail_may_go_none_is_offered_and_none_is_sent(
    fields: dict[str, str], words: str, site: Website, staff_site: DeskSite
) -> None:
    enquiry_id = post(site, **fields)
    page = read_page(staff_site.get(f"/desk/enquiries/{enquiry_id}").text)
    answer = reply(staff_site, enquiry_id)

    assert [] == page.all("form", id="act-reply")
    assert 422 == answer.status
    assert words in said(answer)


def test_a_reply_reopens_nothing_that_is_closed(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    enquiry_id = post(site)
    staff_site.post(f"/desk/enquiries/{enquiry_id}/status", {"version": "1", "status": "closed", "reason": "done"})
    reply(staff_site, enquiry_id, 2)

    assert "closed" == load_enquiry(context.table, enquiry_id).status
    assert load_clock(context.table, enquiry_id) is None
