"""What was closed can be opened again; until then nothing else is offered."""

from __future__ import annotations

import re

import pytest

import app as app_module
from chalicelib.context import AppContext
from chalicelib.models.queue_order import queue_of
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.storage.history import history_of, verify_history
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.response_clocks import load_clock
from chalicelib.storage.tallies import load_month
from tests.conftest import SettableClock
from tests.desk_site import MANAGER, STAFF, DeskSite, signed_in
from tests.functional.test_desk_acts import URGENT, clock_of, do, done, load, post, said
from tests.functional.test_erasure import erase
from tests.functional.test_response_clock_runs import minutes_pass
from tests.html_page import HtmlPage, read_page
from tests.website import Website

CLOSED = {"status": "closed", "reason": "wrong button"}


def page_of(desk: DeskSite, enquiry_id: str) -> HtmlPage:
    return read_page(desk.get(f"/desk/enquiries/{enquiry_id}").text)


def forms(page: HtmlPage) -> set[str]:
    ids = {form.attributes.get("id", "") for form in page.all("form")}
    return {form.removeprefix("act-") for form in ids if form.startswith("act-")}


def test_what_was_closed_by_mistake_is_opened_again_however_late(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, **URGENT)
    done(staff_site, enquiry_id, "status", status="spam")
    clock.advance(days=3)
    desk = signed_in(app_module, context, STAFF)
    done(desk, enquiry_id, "reopen", 2, reason="Rang again")
    enquiry, ticking = load(context, enquiry_id), clock_of(context, enquiry_id)

    assert ("acknowledged", 2, None) == (enquiry.status, enquiry.round, enquiry.closed_at)
    assert ("urgent", (ticking.target_at,)) == queue_of(enquiry)
    assert (2, ()) == (ticking.round, ticking.done)
    assert "Reopened it: it was closed as spam Rang again" in said(desk.get(f"/desk/enquiries/{enquiry_id}"))
    assert "reminder-2" in minutes_pass(context, clock, 121)
    assert verify_history(context.table, enquiry_id) is None


@pytest.mark.parametrize("status", ["booked", "spam", "duplicate"])
def test_opening_again_can_be_undone(site: Website, staff_site: DeskSite, context: AppContext, status: str) -> None:
    enquiry_id, other = post(site), post(site, message="another")
    done(staff_site, enquiry_id, "status", status=status, duplicate_of=load(context, other).reference)
    before = load(context, enquiry_id)
    done(staff_site, enquiry_id, "reopen", 2, reason="wrong one")
    done(staff_site, enquiry_id, "undo", 3)
    after = load(context, enquiry_id)

    assert (before.status, before.closed_at, before.duplicate_of) == (after.status, after.closed_at, after.duplicate_of)
    assert load_clock(context.table, enquiry_id) is None


@pytest.mark.parametrize(("status", "reason"), [("new", "x"), ("closed", " ")])
def test_opening_again_takes_a_reason_and_something_closed(
    site: Website, staff_site: DeskSite, context: AppContext, status: str, reason: str
) -> None:
    enquiry_id = post(site)
    if status == "closed":
        done(staff_site, enquiry_id, "status", **CLOSED)
    version = load(context, enquiry_id).version

    assert 422 == do(staff_site, enquiry_id, "reopen", version, reason=reason).status
    assert status == load(context, enquiry_id).status


def test_a_closed_enquiry_offers_only_what_can_be_done(site: Website, manager_site: DeskSite) -> None:
    enquiry_id = post(site, email="ann@mail.example")
    done(manager_site, enquiry_id, "status", **CLOSED)

    assert {"hold", "reopen", "note", "reply", "undo"} == forms(page_of(manager_site, enquiry_id))


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("take", {}),
        ("release", {}),
        ("acknowledge", {}),
        ("attempt", {"channel": "phone", "outcome": "reached"}),
        ("status", {"status": "booked"}),
        ("raise", {"level": "crisis"}),
        ("lower", {"level": "info", "reason": "x"}),
    ],
)
def test_nothing_else_is_done_to_what_is_closed(
    site: Website, manager_site: DeskSite, context: AppContext, act: str, fields: dict[str, str]
) -> None:
    enquiry_id = post(site, **URGENT)
    done(manager_site, enquiry_id, "status", **CLOSED)
    refused = do(manager_site, enquiry_id, act, 2, **fields)

    assert 422 == refused.status
    assert "It is closed. Reopen it first." in said(refused)
    assert 2 == load(context, enquiry_id).version

    done(manager_site, enquiry_id, "undo", 2)


def test_what_nobody_was_told_of_is_told_when_it_is_opened_again(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, email="ann@mail.example", _gotcha="filled")
    done(staff_site, enquiry_id, "status", status="spam")
    clock.advance(days=9)
    done(signed_in(app_module, context, STAFF), enquiry_id, "reopen", 2, reason="a real person")
    enquiry = load(context, enquiry_id)

    assert ["acknowledgement", "staff_alert"] == [row.name for row in notifications_of(context.table, enquiry_id)]
    assert enquiry.status == "new"
    assert enquiry.reply_by > clock()


def test_what_was_booked_and_is_opened_again_leaves_the_booked_ones(
    site: Website, staff_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site)
    done(staff_site, enquiry_id, "status", status="booked")
    count_for_reports(context)
    booked = dict(load_month(context.table, "2026-03").of_kind("FORM"))
    done(staff_site, enquiry_id, "reopen", 2, reason="cancelled")
    count_for_reports(context)
    opened = dict(load_month(context.table, "2026-03").of_kind("FORM"))

    assert [1] == [row["booked"] for row in booked.values()]
    assert [0] == [row.get("booked", 0) for row in opened.values()]


def test_each_of_two_duplicates_leads_to_the_other(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    first, second = post(site), post(site, message="once more")
    kept, closed = load(context, first).reference, load(context, second).reference
    done(staff_site, second, "status", status="duplicate", duplicate_of=kept)

    assert f"Its duplicate, already closed: {closed}" in said(staff_site.get(f"/desk/enquiries/{first}"))
    assert f"Closed as a duplicate of {kept}" in said(staff_site.get(f"/desk/enquiries/{second}"))
    assert related(staff_site, first) == {closed: second}
    assert related(staff_site, second) == {kept: first}

    done(staff_site, second, "reopen", 2, reason="another person")

    assert {} == related(staff_site, first) | related(staff_site, second)
    assert f"{closed} is no duplicate of this one any more" in said(staff_site.get(f"/desk/enquiries/{first}"))
    assert verify_history(context.table, first) is None
    assert 1 == load(context, first).version


def related(desk: DeskSite, enquiry_id: str) -> dict[str, str]:
    page = desk.get(f"/desk/enquiries/{enquiry_id}").text
    head = page.partition('<header class="standing">')[2].partition("</header>")[0]
    found = re.findall(r'href="https://desk\.clinic\.example/api/desk/enquiries/([^"]+)">([^<]+)<', head)
    return {reference: other for other, reference in found}


def test_what_was_erased_has_no_duplicates(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    first, second = post(site), post(site, message="once more")
    reference = load(context, first).reference
    done(staff_site, second, "status", status="duplicate", duplicate_of=reference)
    erase(context, load(context, first))
    done(staff_site, second, "reopen", 2, reason="another person")
    refused = do(staff_site, second, "status", 3, status="duplicate", duplicate_of=reference)

    assert "There is no enquiry with this reference" in said(refused)
    assert "erased" == history_of(context.table, first)[-1].kind


@pytest.mark.parametrize("name", ["status", "take", "note", "x", ""])
def test_an_address_alone_does_not_say_that_something_was_done(
    site: Website, staff_site: DeskSite, context: AppContext, name: str
) -> None:
    enquiry_id = post(site)
    done(signed_in(app_module, context, MANAGER), enquiry_id, "status", **CLOSED)

    assert [] == read_page(staff_site.get(f"/desk/enquiries/{enquiry_id}?done={name}").text).all("div", class_="done")


def test_the_last_act_is_said_whole(site: Website, staff_site: DeskSite, manager_site: DeskSite) -> None:
    enquiry_id = post(site)
    done(staff_site, enquiry_id, "raise", level="crisis", reason="Zebra7 {x}")
    offered = said(staff_site.get(f"/desk/enquiries/{enquiry_id}"))
    done(staff_site, enquiry_id, "undo", 2)

    assert "Your last act: Raised the level from Routine to Crisis. Undo" in offered
    assert "Undid: raised the level from Routine to Crisis" in said(manager_site.get(f"/desk/enquiries/{enquiry_id}"))


@pytest.mark.parametrize("state", ["new", "taken", "raised", "quarantined", "closed"])
def test_the_help_names_every_key_of_the_page_and_each_does_one_thing(
    site: Website, manager_site: DeskSite, state: str
) -> None:
    enquiry_id = post(site, **({"_gotcha": "filled"} if state == "quarantined" else {}))
    if state in ("taken", "raised"):
        done(manager_site, enquiry_id, "take")
    if state == "raised":
        done(manager_site, enquiry_id, "raise", 2, level="crisis")
    if state == "closed":
        done(manager_site, enquiry_id, "status", **CLOSED)
    text = manager_site.get(f"/desk/enquiries/{enquiry_id}").text
    keys = re.findall(r'data-key="(\w)"', text)
    help_text = text.partition('<div id="keys"')[2].partition('<p class="hint quiet">')[2].partition("</p>")[0]

    assert sorted(set(keys)) == sorted(keys)
    assert sorted(keys) == sorted(part.split()[0] for part in help_text.split(", "))
    assert ("a" in keys) == (state in ("new", "raised"))


@pytest.mark.parametrize(
    ("fields", "latest"), [({}, "2026-04-02"), ({"urgent_signs": ["chest_breathing"]}, "2026-03-03")]
)
def test_the_page_says_how_far_a_next_try_may_be_put_off(
    site: Website, staff_site: DeskSite, fields: dict[str, object], latest: str
) -> None:
    page = page_of(staff_site, post(site, **fields))

    assert latest == page.one("input", id="next-date").attributes["max"]
