"""Erasing at the desk: a manager is asked, everything goes from every item, and what stays says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chalice.test import Client

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.acts import ContactAttempt, log_attempt, note, take
from chalicelib.desk.reply_mail import reply_by_mail
from chalicelib.models.tombstone import Erasure
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from chalicelib.schedules.reconciliation import reconcile_enquiries
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.schedules.response_clocks_check import check_response_clocks
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.erasure import erase_enquiry, finish_erasure, load_tombstone
from chalicelib.storage.history import history_of, verify_history
from chalicelib.storage.response_clocks import load_clock
from chalicelib.storage.table import SETTINGS_KEY, marshal
from tests.conftest import STAGE_KEY, Mailbox, SettableClock
from tests.desk_site import MANAGER, STAFF, DeskSite
from tests.functional.conftest import Stored
from tests.html_page import read_page
from tests.mail_events import mail_events_delivery, ses_event, sns_envelope
from tests.website import Answer, Website

MARK = "zqx7"
PERSON: dict[str, Any] = {
    "name": f"{MARK}name Example",
    "email": f"{MARK}mail@mail.example",
    "phone": "(303) 555-0147",
    "best_time": f"{MARK}time",
    "message": f"{MARK}message, my leg is swollen.",
    "urgent_signs": ["swollen_limb"],
    "page_url": f"https://clinic.example/{MARK}path",
    f"{MARK}field": f"{MARK}answer",
    "_idempotency": f"{MARK}key",
}
MARKS = (MARK, "3035550147", "555-0147", "swollen", "urgent")
"""What the person typed, and what it says of their health."""
KEPT = ("SESSION#", "AUDIT#", "AUDITED#", "SETTINGS", "REPORT")
"""Partitions of which none is about one enquiry."""


def post(site: Website, **fields: Any) -> str:
    return str(site.post_json("/enquiries", {**PERSON, **fields}).json()["id"])


def work(context: AppContext, enquiry_id: str) -> None:
    """A day of work that leaves words wherever staff can leave any."""
    for kind in ("staff_alert", "acknowledgement"):
        deliver_notification(context, f"{enquiry_id}_{kind}")
    take(context, enquiry_id, by=STAFF.user, version=1)
    note(context, enquiry_id, f"{MARK}note", by=STAFF.user)
    attempt = ContactAttempt(channel="phone", outcome="no_answer")
    log_attempt(context, enquiry_id, attempt, by=STAFF.user, version=2)
    reply_by_mail(context, enquiry_id, f"{MARK}words", by=STAFF.user, version=3)


def erasure(context: AppContext) -> Erasure:
    return Erasure(by=MANAGER.user, at=context.clock(), reason="asked", salt="5a17")


def erase(desk: DeskSite, context: AppContext, enquiry_id: str, **fields: str) -> Answer:
    enquiry = load_enquiry(context.table, enquiry_id)
    typed = {"reason": "asked", "reference": enquiry.reference, "version": str(enquiry.version), **fields}
    return desk.post(f"/desk/enquiries/{enquiry_id}/erase", typed)


def said(answer: Answer) -> str:
    return " ".join(read_page(answer.text).one("main").text.split())


def left_of(stored: Stored, enquiry_id: str) -> dict[str, str]:
    """Every item that names the enquiry, or that holds a marked string, by its key."""
    about = [item for item in stored.items() if not item["pk"].startswith(KEPT)]
    return {f"{item['pk'].partition('#')[0]} {item['sk']}": str(item) for item in about if enquiry_id in str(item)}


def marked(stored: Stored) -> list[tuple[str, str]]:
    """Items that still hold something marked."""
    about = [item for item in stored.items() if not item["pk"].startswith(("SESSION#", "REPORT", "ALERTS#"))]
    return [(item["pk"], item["sk"]) for item in about if any(mark in str(item) for mark in MARKS)]


def test_nothing_of_the_person_is_left_in_any_item_and_the_chain_holds(
    site: Website, manager_site: DeskSite, context: AppContext, stored: Stored
) -> None:
    enquiry_id = post(site)
    work(context, enquiry_id)
    count_for_reports(context)
    manager_site.get(f"/desk/enquiries/{enquiry_id}")
    before = marked(stored)
    answer = erase(manager_site, context, enquiry_id)
    count_for_reports(context)
    left = left_of(stored, enquiry_id)
    history = history_of(context.table, enquiry_id)

    assert {"ENQUIRY", "EVENT#0000003", "TALLY"} <= {sort_key for _, sort_key in before}
    assert 303 == answer.status
    assert [] == marked(stored)
    assert ["CHAIN", "ERASED", "EVENT", "REFERENCE"] == sorted({key.split()[1].partition("#")[0] for key in left})
    assert [] == [item["pk"] for item in stored.items() if item["pk"].startswith(("CONTACT", "NAME", "RECEIPT"))]
    assert [] == stored.items("IDEMPOTENCY#") + stored.items("VIEWING#")
    assert verify_history(context.table, enquiry_id) is None
    assert ["received", "taken", "note", "contact_attempt", "reply_mailed", "viewed", "erased"] == [
        link.kind for link in history
    ]
    assert [(link.facts, link.salt) for link in history[:-1]] == [({}, "")] * 6


def test_the_receipt_says_what_was_erased_and_what_is_left(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site)
    reference = load_enquiry(context.table, enquiry_id).reference
    work(context, enquiry_id)
    answer = erase(manager_site, context, enquiry_id, reason="other", words="Sent to the wrong clinic")
    page = staff_site.get(answer.headers["location"].removeprefix("https://desk.clinic.example/api"))

    assert 200 == page.status
    assert f"Enquiry {reference} was erased" in said(page)
    assert "erased on Monday, March 2, 10:00 AM (2026)" in said(page)
    assert "Another reason" in said(page)
    assert "Personal data erased: another reason Sent to the wrong clinic" in said(page)
    assert "holds the last 35 days" in said(page)
    assert "Mails that were sent before are in people’s mailboxes" in said(page)
    assert "Tried Text erased" in said(page)
    assert "still being removed" not in said(page)
    assert not [mark for mark in MARKS if mark in page.text]


def test_a_manager_is_asked_first_and_staff_are_not_shown_the_way(
    site: Website, staff_site: DeskSite, manager_site: DeskSite
) -> None:
    enquiry_id = post(site)
    link = f"/desk/enquiries/{enquiry_id}/erase"
    question = manager_site.get(link)

    assert link in manager_site.get(f"/desk/enquiries/{enquiry_id}").text
    assert link not in staff_site.get(f"/desk/enquiries/{enquiry_id}").text
    assert (200, 403) == (question.status, staff_site.get(link).status)
    assert "Nobody has reached this person yet" in said(question)
    assert "cannot be undone" in said(question)
    assert not [mark for mark in MARKS if mark in question.text]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"reason": ""}, "Choose a reason."),
        ({"reason": "spite"}, "Choose a reason."),
        ({"reason": "other"}, "Write which other reason there is."),
        ({"reason": "other", "words": "x" * 201}, "Shorten it to 200 characters."),
        ({"reason": "other", "words": f"Wrong clinic for {MARK.upper()}NÁME"}, "holds a name of the person"),
        ({"reason": "other", "words": "Belongs to 303-555-0147"}, "an address or a number"),
        ({"reason": "other", "words": "See ann@mail.example"}, "an address or a number"),
        ({"reference": ""}, "Type the reference"),
        ({"reference": "K7F-3Q9M"}, "Type the reference"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_erased(
    site: Website, manager_site: DeskSite, context: AppContext, fields: dict[str, str], problem: str
) -> None:
    enquiry_id = post(site)
    answer = erase(manager_site, context, enquiry_id, **fields)

    assert 422 == answer.status
    assert "Nothing was erased" in said(answer)
    assert problem in said(answer)
    assert 1 == load_enquiry(context.table, enquiry_id).version


@pytest.mark.parametrize("key", ["x" * 3000, "%23", "..%2F..", "ERASED", "é"])
def test_what_never_was_is_not_found(manager_site: DeskSite, key: str) -> None:
    paths = [f"/desk/enquiries/{key}{act}" for act in ("", "/state", "/erase")]

    assert [404] * 3 == [manager_site.get(path).status for path in paths]
    assert 404 == manager_site.post(paths[-1]).status


def test_a_reference_may_be_typed_as_one_likes(site: Website, manager_site: DeskSite, context: AppContext) -> None:
    enquiry_id = post(site)
    typed = load_enquiry(context.table, enquiry_id).reference.lower().replace("-", " ")

    assert 303 == erase(manager_site, context, enquiry_id, reference=f" {typed} ").status


def test_what_somebody_changed_meanwhile_is_looked_at_first(
    site: Website, manager_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site)
    take(context, enquiry_id, by=STAFF.user, version=1)
    answer = erase(manager_site, context, enquiry_id, version="1")

    assert 409 == answer.status
    assert "Somebody changed this enquiry" in said(answer)
    assert 'name="version" value="2"' in answer.text
    assert load_enquiry(context.table, enquiry_id).owner == STAFF.user


def test_what_is_asked_for_twice_is_done_once(site: Website, manager_site: DeskSite, context: AppContext) -> None:
    enquiry_id = post(site)
    erase(manager_site, context, enquiry_id)
    path = f"/desk/enquiries/{enquiry_id}/erase"
    answers = [manager_site.post(path, {"reason": "asked"}), manager_site.get(path)]

    assert [303, 303] == [answer.status for answer in answers]
    assert 1 == [link.kind for link in history_of(context.table, enquiry_id)].count("erased")


def test_nothing_is_erased_while_the_stages_key_is_unknown(
    site: Website, manager_site: DeskSite, context: AppContext, install: Callable[..., AppContext]
) -> None:
    """Its look-ups could not be found."""
    enquiry_id = post(site)
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(SETTINGS_KEY))
    install()
    answer = erase(manager_site, context, enquiry_id)

    assert 503 == answer.status
    assert "cannot be erased just now" in said(answer)
    assert 1 == load_enquiry(context.table, enquiry_id).version


def test_lists_search_export_and_receipt_know_it_no_more(
    site: Website, manager_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    posted = site.post_json("/enquiries", PERSON).json()
    erase(manager_site, context, posted["id"])
    receipt = posted["next"].removeprefix("https://desk.clinic.example/api")
    pages = [manager_site.get(path) for path in ("/desk", "/desk/export?from=2026-03-01&to=2026-03-31")]
    found = {
        typed: said(manager_site.search(typed))
        for typed in (posted["reference"], PERSON["email"], PERSON["phone"], f"{MARK}na")
    }

    assert 404 == site.get(receipt).status
    assert [] == [page.status for page in pages if posted["reference"] in page.text or MARK in said(page)]
    assert "The enquiry with this reference was erased" in found.pop(posted["reference"])
    assert [] == [typed for typed, words in found.items() if "Nothing was found" not in words]
    assert [] == [act for act in ("take", "note") if act_on(manager_site, posted["id"], act).status != 404]
    assert '"version": 0' in manager_site.get(f"/desk/enquiries/{posted['id']}/state").text

    clock.advance(hours=1)
    reconcile_enquiries(context)

    assert load_clock(context.table, posted["id"]) is None


def act_on(desk: DeskSite, enquiry_id: str, act: str) -> Answer:
    return desk.post(f"/desk/enquiries/{enquiry_id}/{act}", {"version": "1", "note": "late"})


def test_the_audit_says_who_erased_what(site: Website, manager_site: DeskSite, context: AppContext) -> None:
    enquiry_id = post(site)
    reference = load_enquiry(context.table, enquiry_id).reference
    erase(manager_site, context, enquiry_id, reason="mistake")
    page = said(manager_site.get("/desk/audit"))

    assert f"Erased enquiry {reference}: it was entered by mistake" in page
    assert "This record is whole" in page


def test_the_same_answers_with_the_same_key_are_a_new_enquiry(
    site: Website, manager_site: DeskSite, context: AppContext
) -> None:
    first = post(site)
    erase(manager_site, context, first)
    second = post(site)

    assert first != second
    assert second == post(site)
    assert load_enquiry(context.table, second).submission.contact.name == PERSON["name"]
    assert load_tombstone(context.table, first).id == first


def test_a_key_that_is_another_enquirys_by_now_stays(
    site: Website, context: AppContext, clock: SettableClock, stored: Stored
) -> None:
    """A claim ends after a day; DynamoDB may not have deleted it yet."""
    first = post(site)
    clock.advance(hours=25)
    second = post(site)
    erase_enquiry(context.table, STAGE_KEY, load_enquiry(context.table, first), erasure(context))
    (record,) = stored.items("IDEMPOTENCY#")

    assert second == record["enquiry_id"]
    assert 2 == len({first, second})


def test_no_message_that_waited_is_sent(
    site: Website, context: AppContext, clock: SettableClock, mailbox: Mailbox, stored: Stored
) -> None:
    enquiry_id = post(site)
    waiting = stored.outbox()
    enquiry = load_enquiry(context.table, enquiry_id)
    erase_enquiry(context.table, STAGE_KEY, enquiry, erasure(context))
    deliver_notification(context, waiting[0])
    erase_unfinished = stored.outbox()
    finish_erasure(context.table, enquiry_id, context.clock())
    for notification in waiting:
        deliver_notification(context, notification)
    clock.advance(days=3)

    assert [f"{enquiry_id}_acknowledgement", f"{enquiry_id}_staff_alert"] == waiting == erase_unfinished
    assert (0, 0) == (check_response_clocks(context), sweep_outbox(context))
    assert [] == list(mailbox)
    assert [] == stored.outbox()


@pytest.mark.parametrize("event_type", ["Bounce", "Complaint", "Delivery"])
@pytest.mark.parametrize("kind", ["acknowledgement", "staff_alert"])
def test_a_late_event_of_its_mail_does_no_harm(
    site: Website, manager_site: DeskSite, context: AppContext, stored: Stored, event_type: str, kind: str
) -> None:
    enquiry_id = post(site)
    work(context, enquiry_id)
    erase(manager_site, context, enquiry_id)
    before = stored.items()
    body = sns_envelope(ses_event(event_type, f"{enquiry_id}_{kind}", PERSON["email"]))
    Client(app_module.app).lambda_.invoke("record_delivery_event", mail_events_delivery(body))

    assert before == stored.items()
