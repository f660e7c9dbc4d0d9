"""A person withdraws an enquiry by the link in their mail: a scanner's GET changes nothing, a person's POST does."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.desk.acts import ContactAttempt, log_attempt, take
from chalicelib.notifications.worker import deliver_notification
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.erasure import load_tombstone
from chalicelib.storage.history import history_of, verify_history
from chalicelib.storage.withdrawal_tokens import withdrawal_token
from tests.conftest import STAGE_KEY, Mailbox, SettableClock
from tests.desk_site import STAFF, DeskSite
from tests.fake_api import client_error
from tests.functional.conftest import Stored
from tests.html_page import read_page
from tests.website import Answer, Website

MARK = "zqx7"
PERSON: dict[str, Any] = {
    "name": f"{MARK}name Example",
    "email": f"{MARK}mail@mail.example",
    "phone": "(303) 555-0147",
    "message": f"{MARK}message",
    f"{MARK}field": f"{MARK}answer",
}
IN_DANGER = {"urgent_signs": ["chest_breathing"]}
PRESSED = {"withdraw": "yes"}
LINK = re.compile(r"https://desk\.clinic\.example/api(/withdraw/\S+)")


def post(site: Website, **fields: Any) -> str:
    return str(site.post_json("/enquiries", {**PERSON, **fields}).json()["id"])


def link_of(enquiry_id: str) -> str:
    return f"/withdraw/{withdrawal_token(STAGE_KEY, enquiry_id)}"


def said(answer: Answer) -> str:
    return " ".join(read_page(answer.text).one("main").text.split())


def marked(stored: Stored) -> list[str]:
    return [item["sk"] for item in stored.items() if MARK in str(item) or "3035550147" in str(item)]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_acknowledgement_has_a_link_that_says_nothing_about_the_person(
    site: Website, context: AppContext, mailbox: Mailbox, language: str
) -> None:
    enquiry_id = post(site, language=language, **IN_DANGER)
    deliver_notification(context, f"{enquiry_id}_acknowledgement")
    (mail,) = mailbox.of_kind("acknowledgement")
    (path,) = LINK.findall(mail.text)

    assert f"{link_of(enquiry_id)}?lang={language}" == path
    assert f"https://desk.clinic.example/api{path}" in mail.html
    assert not re.search(f"{MARK}|mail.example|emergency|chest", path)
    assert language == read_page(site.get(path).text).one("html").attributes["lang"]


def test_the_link_opens_in_the_language_of_the_mail_when_nothing_is_left(
    site: Website, context: AppContext, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, language="es")
    deliver_notification(context, f"{enquiry_id}_acknowledgement")
    (path,) = LINK.findall(mailbox.of_kind("acknowledgement")[0].text)
    site.post_form(path, PRESSED)

    assert "es" == read_page(site.get(path).text).one("html").attributes["lang"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_whatever_opens_the_link_changes_nothing(site: Website, context: AppContext, method: str) -> None:
    enquiry_id = post(site)
    before = load_enquiry(context.table, enquiry_id)
    answer = site.send(method, link_of(enquiry_id))

    assert 200 == answer.status
    assert "no-store" == answer.headers["cache-control"]
    assert "no-referrer" == answer.headers["referrer-policy"]
    assert before == load_enquiry(context.table, enquiry_id)
    assert MARK not in answer.text


def test_a_post_in_which_nobody_pressed_the_button_changes_nothing(site: Website, context: AppContext) -> None:
    enquiry_id = post(site)
    answers = [
        site.post_form(link_of(enquiry_id), {}),
        site.post_raw(link_of(enquiry_id), b"\xff", "application/json"),
        site.post_raw(link_of(enquiry_id), b"", "application/x-www-form-urlencoded"),
    ]

    assert [200, 200, 200] == [answer.status for answer in answers]
    assert load_enquiry(context.table, enquiry_id).withdrawn_at is None


def test_pressing_the_button_erases_everything_and_leads_to_a_receipt(
    site: Website, context: AppContext, stored: Stored
) -> None:
    enquiry_id = post(site)
    reference = load_enquiry(context.table, enquiry_id).reference
    answer = site.post_form(f"{link_of(enquiry_id)}?lang=en", PRESSED)
    receipt = site.get(f"{link_of(enquiry_id)}?lang=en")
    tombstone = load_tombstone(context.table, enquiry_id)

    assert 303 == answer.status
    assert f"https://desk.clinic.example/api{link_of(enquiry_id)}?lang=en" == answer.headers["location"]
    assert [] == marked(stored)
    assert ("visitor", "asked") == (tombstone.erased_by, tombstone.reason)
    assert tombstone.finished_at == context.clock()
    assert verify_history(context.table, enquiry_id) is None
    assert [("received", "visitor"), ("erased", "visitor")] == [
        (link.kind, link.by) for link in history_of(context.table, enquiry_id)
    ]
    assert 200 == receipt.status
    assert "Your message is deleted" in said(receipt)
    assert reference in said(receipt)
    assert "for 35 days" in said(receipt)
    assert "Su mensaje está borrado" in said(site.get(f"{link_of(enquiry_id)}?lang=es"))


def test_the_link_works_once(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site)
    site.post_form(link_of(enquiry_id), PRESSED)
    first = load_tombstone(context.table, enquiry_id)
    clock.advance(hours=1)
    again = site.post_form(link_of(enquiry_id), PRESSED)

    assert 303 == again.status
    assert first == load_tombstone(context.table, enquiry_id)


def test_what_still_waits_to_be_sent_is_not_sent(site: Website, context: AppContext, mailbox: Mailbox) -> None:
    enquiry_id = post(site)
    site.post_form(link_of(enquiry_id), PRESSED)
    for kind in ("staff_alert", "acknowledgement"):
        deliver_notification(context, f"{enquiry_id}_{kind}")

    assert [] == list(mailbox)


@pytest.mark.parametrize("change", ["another", "longer", "unsigned", "nonsense"])
def test_a_link_that_we_did_not_sign_tells_nothing(site: Website, context: AppContext, change: str) -> None:
    enquiry_id, other = post(site), post(site, name="Somebody Else")
    token = withdrawal_token(STAGE_KEY, enquiry_id)
    forged = {
        "another": f"{other}.{token.partition('.')[2]}",
        "longer": f"{token}0",
        "unsigned": enquiry_id,
        "nonsense": "%F0%9F%98%80.." + "a" * 500,
    }[change]
    answers = [site.get(f"/withdraw/{forged}"), site.post_form(f"/withdraw/{forged}", PRESSED)]

    assert [404, 404] == [answer.status for answer in answers]
    assert "This link does not work" in said(answers[0])
    assert load_enquiry(context.table, enquiry_id)
    assert load_enquiry(context.table, other)


def test_nobody_silences_an_emergency_that_nobody_has_reached(
    site: Website, staff_site: DeskSite, context: AppContext, stored: Stored, mailbox: Mailbox
) -> None:
    enquiry_id = post(site, **IN_DANGER)
    answer = site.post_form(link_of(enquiry_id), PRESSED)
    page = site.get(link_of(enquiry_id))
    deliver_notification(context, f"{enquiry_id}_withdrawn_alert")
    (mail,) = mailbox.of_kind("withdrawn_alert")
    enquiry = load_enquiry(context.table, enquiry_id)

    assert 303 == answer.status
    assert context.clock() == enquiry.withdrawn_at
    assert "CLOCK" in {item["sk"] for item in stored.items(f"ENQUIRY#{enquiry_id}")}
    assert "Thursday, March 5, 10:00 AM at the latest" in said(page)
    assert not re.search("emergency|danger|911", said(page), re.IGNORECASE)
    assert "withdraw=" not in page.text
    assert "<form" not in page.text
    assert f"[EMERGENCY] Withdrawn: enquiry {enquiry.reference}" == mail.subject
    assert {"frontdesk@clinic.example", "nurse@clinic.example"} <= set(mail.to)
    assert MARK not in mail.text
    assert "Withdrew the enquiry by the link in the mail" in staff_site.get(f"/desk/enquiries/{enquiry_id}").text


def test_an_emergency_is_withdrawn_once(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site, **IN_DANGER)
    site.post_form(link_of(enquiry_id), PRESSED)
    before = load_enquiry(context.table, enquiry_id)
    clock.advance(hours=1)
    site.post_form(link_of(enquiry_id), PRESSED)

    assert before == load_enquiry(context.table, enquiry_id)


def test_an_emergency_that_somebody_has_reached_is_erased_at_once(site: Website, context: AppContext) -> None:
    enquiry_id = post(site, **IN_DANGER)
    log_attempt(context, enquiry_id, ContactAttempt(channel="phone", outcome="reached"), by=STAFF.user, version=1)
    site.post_form(link_of(enquiry_id), PRESSED)

    assert "asked" == load_tombstone(context.table, enquiry_id).reason


def test_what_staff_do_at_the_same_moment_does_not_keep_it(site: Website, context: AppContext) -> None:
    enquiry_id = post(site)
    acts = [partial(take, context, enquiry_id, by=STAFF.user, version=1)]

    def act_first(**_: Any) -> None:
        if acts:
            acts.pop()()

    context.table.client.meta.events.register("before-parameter-build.dynamodb.TransactWriteItems", act_first)
    answer = site.post_form(link_of(enquiry_id), PRESSED)

    assert 303 == answer.status
    assert ["received", "taken", "erased"] == [link.kind for link in history_of(context.table, enquiry_id)]


def test_a_failing_table_says_that_nothing_was_deleted(site: Website, context: AppContext) -> None:
    enquiry_id = post(site)

    def fail(**_: Any) -> None:
        raise client_error("InternalServerError")

    context.table.client.meta.events.register("before-parameter-build.dynamodb.TransactWriteItems", fail)
    answer = site.post_form(link_of(enquiry_id), PRESSED)

    assert 503 == answer.status
    assert "30" == answer.headers["retry-after"]
    assert "Nothing was deleted" in said(answer)


def test_the_desk_says_who_erased_it(site: Website, staff_site: DeskSite) -> None:
    enquiry_id = post(site)
    site.post_form(link_of(enquiry_id), PRESSED)
    page = said(staff_site.get(f"/desk/enquiries/{enquiry_id}"))

    assert "ByThe person" in page
    assert "The person asked for it" in page
