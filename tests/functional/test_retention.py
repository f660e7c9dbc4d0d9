"""What has been kept for its time is erased by the hour; what is held, or still waits for somebody, is not."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.desk.acts import ContactAttempt, close, log_attempt, reopen
from chalicelib.desk.holds import hold, lift
from chalicelib.errors import NotFound
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.schedules.response_clocks_check import check_response_clocks
from chalicelib.schedules.retention_check import apply_retention
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.erasure import load_tombstone
from chalicelib.storage.history import verify_history
from chalicelib.storage.response_clocks import load_clock
from chalicelib.storage.table import enquiry_key, marshal
from chalicelib.storage.withdrawal_tokens import withdrawal_token
from tests.conftest import STAGE_KEY, SettableClock
from tests.desk_site import MANAGER, STAFF, DeskSite
from tests.functional.conftest import Install, Stored
from tests.html_page import read_page
from tests.website import Answer, Website

MARK = "zqx7"
PERSON: dict[str, Any] = {
    "name": f"{MARK}name Example",
    "email": f"{MARK}mail@mail.example",
    "phone": "(303) 555-0147",
    "message": f"{MARK}message",
    "consent": "yes",
    "_form_version": "2026-11",
}
IN_DANGER = {"urgent_signs": ["chest_breathing"]}
PRESSED = {"withdraw": "yes"}


def post(site: Website, **fields: Any) -> str:
    return str(site.post_json("/enquiries", {**PERSON, **fields}).json()["id"])


def link_of(enquiry_id: str) -> str:
    return f"/withdraw/{withdrawal_token(STAGE_KEY, enquiry_id)}"


def shut(context: AppContext, enquiry_id: str, status: Any = "closed") -> None:
    version = load_enquiry(context.table, enquiry_id).version
    close(context, enquiry_id, status, f"{MARK}reason", by=STAFF.user, version=version)


def keep(context: AppContext, enquiry_id: str) -> None:
    version = load_enquiry(context.table, enquiry_id).version
    hold(context, enquiry_id, "A court asks for it", by=MANAGER.user, version=version)


def run(context: AppContext) -> int:
    """What the schedules do in an hour."""
    count_for_reports(context)
    return apply_retention(context)


def is_there(context: AppContext, enquiry_id: str) -> bool:
    try:
        load_enquiry(context.table, enquiry_id)
    except NotFound:
        return False
    return True


def said(answer: Answer) -> str:
    return " ".join(read_page(answer.text).one("main").text.split())


@pytest.mark.parametrize(
    ("fields", "status", "days"),
    [
        ({}, "closed", 365),
        ({}, "not_suitable", 365),
        ({}, "spam", 30),
        ({"about": "prices", "email": "", "message": ""}, "closed", 90),
        ({"urgent_signs": ["swollen_limb"]}, "closed", 365),
    ],
)
def test_a_closed_enquiry_is_erased_when_its_time_is_over_and_not_before(
    site: Website, context: AppContext, clock: SettableClock, fields: Any, status: str, days: int
) -> None:
    enquiry_id = post(site, **fields)
    clock.advance(days=2)
    shut(context, enquiry_id, status)
    clock.advance(days=days, seconds=-1)

    assert 0 == run(context)

    clock.advance(seconds=1)

    assert 1 == run(context)
    assert not is_there(context, enquiry_id)


def test_nothing_that_was_typed_is_left_in_any_row(
    site: Website, context: AppContext, clock: SettableClock, stored: Stored
) -> None:
    enquiry_id = post(site)
    shut(context, enquiry_id)
    count_for_reports(context)
    clock.advance(days=365)
    run(context)
    tombstone = load_tombstone(context.table, enquiry_id)
    left = [item for item in stored.items() if not item["pk"].startswith("REPORT")]

    assert [] == [item["sk"] for item in left if MARK in str(item) or "3035550147" in str(item)]
    assert [] == [item["pk"] for item in left if item["pk"].startswith(("CONTACT", "NAME", "RECEIPT", "IDEMPOTENCY"))]
    assert ("retention", "retention") == (tombstone.erased_by, tombstone.reason)
    assert clock() == tombstone.finished_at
    assert verify_history(context.table, enquiry_id) is None


@pytest.mark.parametrize("fields", [{}, IN_DANGER])
def test_what_still_waits_for_somebody_is_never_erased(
    site: Website, context: AppContext, clock: SettableClock, fields: Any
) -> None:
    enquiry_id = post(site, **fields)
    clock.advance(days=5_000)

    assert 0 == run(context)
    assert is_there(context, enquiry_id)


@pytest.mark.parametrize(("fields", "status"), [(IN_DANGER, "closed"), ({}, "booked")])
def test_danger_and_what_was_booked_are_kept_unless_the_setting_says_otherwise(
    site: Website, install: Install, context: AppContext, clock: SettableClock, fields: Any, status: str
) -> None:
    enquiry_id = post(site, **fields)
    shut(context, enquiry_id, status)
    clock.advance(days=5_000)

    assert 0 == run(context)

    other = install(RETENTION="emergency 2000d, booked 2000d")

    assert 1 == run(other)
    assert not is_there(context, enquiry_id)


def test_a_changed_period_holds_for_what_was_counted_before(
    site: Website, install: Install, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site)
    shut(context, enquiry_id)
    clock.advance(days=10)

    assert 0 == run(context)
    assert 1 == run(install(RETENTION="routine 10d, priority 10d"))
    assert not is_there(context, enquiry_id)


def test_an_unreadable_period_keeps_everything_but_what_was_withdrawn_and_makes_the_job_fail(
    site: Website, install: Install, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    other = install(RETENTION="routine 2555d, info 7y")
    kept, withdrawn = post(site), post(site, message="Other", **IN_DANGER)
    site.post_form(link_of(withdrawn), PRESSED)
    for enquiry_id in (kept, withdrawn):
        shut(other, enquiry_id)
    clock.advance(days=5_000)
    with pytest.raises(ExceptionGroup, match="not erased"):
        run(other)

    assert [True, False] == [is_there(other, enquiry_id) for enquiry_id in (kept, withdrawn)]
    assert "retention unreadable" in [record.message for record in caplog.records if record.levelname == "ERROR"]


def test_what_was_reopened_waits_again(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site)
    shut(context, enquiry_id)
    count_for_reports(context)
    clock.advance(days=365)
    reopen(context, enquiry_id, "Called again", by=STAFF.user, version=2)

    assert 0 == apply_retention(context)
    assert 0 == run(context)


def test_one_run_erases_a_few_and_the_next_goes_on(
    site: Website, context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        shut(context, post(site, message=f"{MARK} {number}"))
    count_for_reports(context)
    clock.advance(days=365)

    assert [2, 1, 0] == [apply_retention(context, limit=2) for _ in range(3)]
    assert 1 == [record.message for record in caplog.records].count("retention not finished")


def test_one_that_cannot_be_read_stops_none_of_the_others(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    broken, other = post(site), post(site, message="another")
    for enquiry_id in (broken, other):
        shut(context, enquiry_id)
    count_for_reports(context)
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(enquiry_key(broken)),
        UpdateExpression="SET flags = :wrong",
        ExpressionAttributeValues=marshal({":wrong": 7}),
    )
    clock.advance(days=365)

    with pytest.raises(ExceptionGroup):
        apply_retention(context)
    assert not is_there(context, other)


def test_nothing_erases_what_is_held(
    site: Website, manager_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site)
    shut(context, enquiry_id)
    count_for_reports(context)
    keep(context, enquiry_id)
    enquiry = load_enquiry(context.table, enquiry_id)
    typed = {"reason": "asked", "reference": enquiry.reference, "version": str(enquiry.version)}
    by_manager = manager_site.post(f"/desk/enquiries/{enquiry_id}/erase", typed)
    asked = said(manager_site.get(f"/desk/enquiries/{enquiry_id}/erase"))
    clock.advance(days=365)

    assert 0 == apply_retention(context)
    assert 0 == run(context)
    assert 409 == by_manager.status
    assert "under a legal hold" in said(by_manager)
    assert "Erase for good" not in asked
    assert is_there(context, enquiry_id)


def test_withdrawing_what_is_held_says_so_and_erases_it_once_the_hold_is_lifted(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock, stored: Stored
) -> None:
    enquiry_id = post(site)
    keep(context, enquiry_id)
    before = said(site.get(link_of(enquiry_id)))
    site.post_form(link_of(enquiry_id), PRESSED)
    withdrawn_at = clock()
    page = said(site.get(link_of(enquiry_id)))
    desk = said(staff_site.get(f"/desk/enquiries/{enquiry_id}"))
    clock.advance(days=10)

    assert "For now the law makes us keep your message" in before
    assert "We have noted it. For now the law makes us keep your message" in page
    assert "Legal hold since" in desk
    assert "A court asks for it" in desk
    assert "The person withdrew this enquiry on" in desk
    assert not [row for row in stored.outbox() if "withdrawn_alert" in row]
    assert ("closed", None) == (load_enquiry(context.table, enquiry_id).status, load_clock(context.table, enquiry_id))
    assert 0 == check_response_clocks(context) == run(context)

    lift(context, enquiry_id, "The court is done", by=MANAGER.user, version=3)

    assert 1 == run(context)
    assert withdrawn_at == load_tombstone(context.table, enquiry_id).consent.withdrawn_at


@pytest.mark.parametrize("is_reached", [False, True])
@pytest.mark.parametrize("is_closed", [False, True])
def test_a_withdrawn_emergency_goes_when_it_is_closed_or_before_three_days_are_over(
    site: Website, context: AppContext, clock: SettableClock, *, is_reached: bool, is_closed: bool
) -> None:
    enquiry_id = post(site, **IN_DANGER)
    site.post_form(link_of(enquiry_id), PRESSED)
    if is_reached:
        log_attempt(context, enquiry_id, ContactAttempt(channel="phone", outcome="reached"), by=STAFF.user, version=2)
    clock.advance(hours=1)
    site.post_form(link_of(enquiry_id), PRESSED)

    assert 0 == run(context)
    assert is_there(context, enquiry_id)

    if is_closed:
        shut(context, enquiry_id)
    else:
        clock.advance(hours=69)

    assert 1 == run(context)
    assert ("asked", "retention") == (
        load_tombstone(context.table, enquiry_id).reason,
        load_tombstone(context.table, enquiry_id).erased_by,
    )


def test_consent_stays_as_a_record_without_a_word_of_the_person(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    ours, foreign = post(site), post(site, _form_version=f"{MARK}version", message="Other")
    given_at = clock()
    clock.advance(days=1)
    for enquiry_id in (ours, foreign):
        site.post_form(link_of(enquiry_id), PRESSED)
    record, other = (load_tombstone(context.table, each).consent for each in (ours, foreign))

    assert ("yes", "2026-11", given_at, clock()) == (
        record.given,
        record.form_version,
        record.given_at,
        record.withdrawn_at,
    )
    assert "" == other.form_version


def test_only_a_manager_holds_and_lifts_and_each_needs_a_reason(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, context: AppContext
) -> None:
    path = f"/desk/enquiries/{post(site)}"
    refused = staff_site.post(f"{path}/hold", {"reason": "Mine", "version": "1"})
    without = manager_site.post(f"{path}/hold", {"reason": " ", "version": "1"})
    held = manager_site.post(f"{path}/hold", {"reason": "A court asks for it", "version": "1"})
    page = manager_site.get(f"{path}?done=hold")
    lifted = manager_site.post(f"{path}/lift", {"reason": "It is done", "version": "2"})

    assert [403, 422, 303, 303] == [answer.status for answer in (refused, without, held, lifted)]
    assert "Legal hold" not in said(staff_site.get(path))
    assert "Under a legal hold. Nothing erases it." in said(page)
    assert "Legal hold since Monday, March 2, 10:00 AM, by manager@example.com: A court asks for it" in said(page)
    assert load_enquiry(context.table, path.rpartition("/")[2]).hold is None
