"""Marked values in what abuse, withdrawal, retention and holds touch, and none of them in logs, mails, alerts, queue
messages, addresses, metrics or any row but the enquiry's own."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.acts import close
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.digest import send_digest
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from chalicelib.schedules.quarantine_check import check_quarantine
from chalicelib.schedules.reconciliation import reconcile_enquiries
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.schedules.retention_check import apply_retention
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.outbox import due_notifications
from chalicelib.storage.withdrawal_tokens import withdrawal_token
from tests.conftest import STAGE_KEY, Alerts, Mailbox, SettableClock
from tests.desk_site import ORIGIN, STAFF, DeskSite
from tests.functional.conftest import Install, Stored
from tests.marked_values import ADDRESS, HEADERS, MARK, NAMED, WHOLE, addresses, assert_unmarked, deliver_all, said
from tests.website import FORM_TYPE, Answer, Gateway, Website

PATH = f"/f/homepage?{MARK}=query"
CALM = {**NAMED, "message": f"{MARK}message about prices", "utm_source": f"{MARK} utm"}
"""Nothing that calls for help. A campaign's plain name would outlive it in the reports, as it should."""
CLIENT = "198.51.100.77"
OFFER = "Buy backlinks: first place on Google, SEO packages, cheap. https://seo.example https://rank.example "


class Told:
    """Logs and metrics, queue messages, alerts, and mails; the acknowledgement but for the address it goes to."""

    def __init__(
        self,
        queued: list[str],
        mailbox: Mailbox,
        alerts: Alerts,
        logged: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.queued, self.mailbox, self.alerts = queued, mailbox, alerts
        self._logged, self._capsys = logged, capsys

    def assert_unmarked(self, *answers: Answer) -> None:
        assert_unmarked(said(self._logged, self._capsys), *self.queued, *map(addresses, answers))
        assert_unmarked(*(f"{alert.subject} {alert.message}" for alert in self.alerts))
        for mail in self.mailbox:
            headers = [value for name, value in mail.message.items() if (name.lower(), value) != ("to", ADDRESS)]
            assert_unmarked(str(headers), mail.subject, mail.text, mail.html)


@pytest.fixture
def told(
    queued: list[str],
    mailbox: Mailbox,
    alerts: Alerts,
    logged: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> Told:
    """Everything that leaves the table."""
    return Told(queued, mailbox, alerts, logged, capsys)


def post(site: Website, fields: dict[str, object] = WHOLE, **headers: str) -> str:
    return str(site.post_json(PATH, fields, **{**HEADERS, **headers}).json()["id"])


def link_of(enquiry_id: str) -> str:
    return f"/withdraw/{withdrawal_token(STAGE_KEY, enquiry_id)}"


def deliver_due(context: AppContext, clock: SettableClock, stored: Stored) -> None:
    """Everything that waits, and what the sweeper and the checks make of it."""
    deliver_all(context, stored, clock)
    clock.advance(minutes=30)
    sweep_outbox(context)
    rows = due_notifications(context.table, clock() + timedelta(days=1))
    for owner, name in rows:
        deliver_notification(context, f"{owner}_{name}")


@pytest.mark.parametrize(("fields", "kept"), [(WHOLE, True), (CALM, False)], ids=["in danger", "calm"])
def test_withdrawing_leaks_nothing(
    site: Website,
    context: AppContext,
    stored: Stored,
    clock: SettableClock,
    told: Told,
    fields: dict[str, object],
    kept: bool,
) -> None:
    enquiry_id = post(site, fields)
    deliver_all(context, stored, clock)
    link = link_of(enquiry_id)
    asked = site.get(f"{link}?{MARK}=query", **HEADERS)
    pressed = site.post_form(f"{link}?{MARK}=query", {"withdraw": "yes", f"{MARK}field": MARK}, **HEADERS)
    forged = site.get(f"/withdraw/{MARK}.{MARK}", **HEADERS)
    deliver_all(context, stored, clock)

    assert [200, 303, 404] == [asked.status, pressed.status, forged.status]
    assert len(told.mailbox) >= 2
    assert told.queued
    assert kept == any(MARK in str(item) for item in stored.items())
    told.assert_unmarked(asked, pressed, forged)
    assert_unmarked(asked.text, pressed.text, forged.text, site.get(link).text)


def test_retention_leaks_nothing_and_leaves_nothing(
    site: Website, context: AppContext, stored: Stored, clock: SettableClock, told: Told
) -> None:
    enquiry_id = post(site, CALM)
    deliver_all(context, stored, clock)
    version = load_enquiry(context.table, enquiry_id).version
    close(context, enquiry_id, "closed", f"{MARK}reason", by=STAFF.user, version=version)
    clock.advance(days=400)
    count_for_reports(context)

    assert 1 == apply_retention(context)
    reconcile_enquiries(context)

    assert [] == [item["sk"] for item in stored.items() if MARK in str(item) or "3035550147" in str(item)]
    told.assert_unmarked()


def test_a_reason_of_a_hold_stays_at_the_desk(
    site: Website, manager_site: DeskSite, context: AppContext, stored: Stored, clock: SettableClock, told: Told
) -> None:
    enquiry_id = post(site, CALM)
    version = load_enquiry(context.table, enquiry_id).version
    act = f"/desk/enquiries/{enquiry_id}"
    held = manager_site.post(f"{act}/hold", {"version": str(version), "reason": f"{MARK}reason of {ADDRESS}"})
    refused = manager_site.post(f"{act}/erase", {"reason": "asked", "reference": f"{MARK}wrong"})
    withdrawn = site.post_form(link_of(enquiry_id), {"withdraw": "yes"})
    deliver_all(context, stored, clock)
    clock.advance(days=400)
    apply_retention(context)

    assert (303, 303) == (held.status, withdrawn.status)
    assert refused.status >= 400
    assert MARK in str(load_enquiry(context.table, enquiry_id).hold)
    told.assert_unmarked(held, refused, withdrawn)


def test_limits_leak_nothing_and_count_nobody_by_name(
    site: Website, install: Install, stored: Stored, told: Told
) -> None:
    install(RATE_LIMIT_CONTACT="1", RATE_LIMIT_ADDRESS="2")
    answers = []
    for number in range(4):
        gateway = Gateway(app_module, client_address=CLIENT)
        body = urlencode({**CALM, "message": f"{MARK} {number}"}).encode()
        headers = {"Content_Type": FORM_TYPE, "Accept": "application/json", "X_Form_Key": f"{MARK}key"}
        answers.append(gateway.send("POST", "/api/f/homepage", "/f/{form}", {"form": "homepage"}, body, **headers))
    page = site.post_form(PATH, {**CALM, "message": f"{MARK} other"}, **HEADERS)
    others = [item for item in stored.items() if item["sk"] != "ENQUIRY"]

    assert 429 in {answer.status for answer in answers}
    assert 429 == page.status
    told.assert_unmarked(*answers, page)
    assert_unmarked(*(answer.text for answer in answers if answer.status == 429))
    assert_unmarked(*map(str, others))
    assert [] == [item["pk"] for item in stored.items() if "198.51.100" in str(item)]


def test_quarantine_leaks_nothing(
    site: Website,
    staff_site: DeskSite,
    context: AppContext,
    stored: Stored,
    clock: SettableClock,
    told: Told,
) -> None:
    trapped = {"_gotcha": f"{MARK}trap", "_rendered": f"{MARK}.token", "blank_spot": MARK, "_canary": MARK}
    enquiry_id = post(site, {**CALM, "message": OFFER + MARK, **trapped}, Origin=f"https://{MARK}.example")
    verdict = load_enquiry(context.table, enquiry_id).verdict
    clock.advance(days=2)
    check_quarantine(context)
    clock.advance(days=1)
    send_digest(context)
    deliver_due(context, clock, stored)
    others = [item for item in stored.items() if item["sk"] != "ENQUIRY"]

    assert verdict.quarantined
    assert len(verdict.reasons) > 2
    assert_unmarked(str(verdict.reasons), *map(str, others))
    assert {"digest", "quarantine_waiting"} & {mail.kind for mail in told.mailbox}
    told.assert_unmarked(staff_site.get("/desk/quarantine"))


def test_what_is_being_written_stands_in_no_address(site: Website, staff_site: DeskSite, told: Told) -> None:
    enquiry_id = post(site, CALM)
    other = site.post_form(f"/form?lang=es&form={MARK}", WHOLE, **HEADERS)
    form = site.get(f"/form?next=https://clinic.example/{MARK}&form={MARK}", **HEADERS)
    note = {"version": "1", "note": f"{MARK}note"}
    out = DeskSite(app_module, "")
    lost = out.post_form(f"/desk/enquiries/{enquiry_id}/note", note, Origin=ORIGIN)
    searched = staff_site.post("/desk/search", {"q": f"{MARK}name"})
    written = staff_site.post(f"/desk/enquiries/{enquiry_id}/note", note)

    assert [200, 200, 303] == [other.status, form.status, written.status]
    assert lost.status in (200, 401, 403)
    token = form.text.partition('name="_rendered" value="')[2].partition('"')[0]

    assert token
    assert_unmarked(token)
    told.assert_unmarked(other, form, lost, searched, written)
