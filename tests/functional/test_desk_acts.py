"""What staff do at the desk: each act is stored whole, stands in the history, and never overwrites another's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import app as app_module
from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.desk.acts import note, take
from chalicelib.errors import StatusConflict
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import Break, Link
from chalicelib.models.response_clock import ResponseClock
from chalicelib.schedules.response_clocks_check import check_response_clocks
from chalicelib.storage.enquiries import enquiry_item, load_enquiry
from chalicelib.storage.history import history_of, verify_history
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.response_clocks import load_clock
from chalicelib.storage.table import Table, event_key, marshal
from sandbox.staff import PEOPLE, add_person
from tests.conftest import SettableClock
from tests.desk_site import STAFF as PERSON
from tests.desk_site import DeskSite, signed_in
from tests.fake_api import clients_with
from tests.functional.conftest import Stored
from tests.html_page import read_page
from tests.website import Answer, Website

STAFF, MANAGER = "staff@example.com", "manager@example.com"
URGENT = {"urgent_signs": ["swollen_limb"]}


def post(site: Website, **fields: Any) -> str:
    answer = site.post_json("/enquiries", {"name": "Ann", "phone": "202-555-0123", **fields})
    return str(answer.json()["id"])


def do(desk: DeskSite, enquiry_id: str, act: str, version: int = 1, **fields: str) -> Answer:
    return desk.post(f"/desk/enquiries/{enquiry_id}/{act}", {"version": str(version), "seen": "1", **fields})


def done(desk: DeskSite, enquiry_id: str, act: str, version: int = 1, **fields: str) -> None:
    answer = do(desk, enquiry_id, act, version, **fields)

    assert (303, f"/desk/enquiries/{enquiry_id}?done={act}") == (
        answer.status,
        answer.headers["location"].removeprefix("https://desk.clinic.example/api"),
    )


def said(answer: Answer) -> str:
    return " ".join(read_page(answer.text).one("main").text.split())


def links(context: AppContext, enquiry_id: str) -> list[Link]:
    return [link for link in history_of(context.table, enquiry_id) if link.kind not in ("viewed", "received")]


def kinds(context: AppContext, enquiry_id: str) -> list[tuple[str, str]]:
    return [(link.kind, link.by) for link in links(context, enquiry_id)]


def load(context: AppContext, enquiry_id: str) -> Enquiry:
    return load_enquiry(context.table, enquiry_id)


def clock_of(context: AppContext, enquiry_id: str) -> ResponseClock:
    clock = load_clock(context.table, enquiry_id)
    assert clock is not None
    return clock


def test_taking_makes_one_the_owner_and_acknowledges(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    enquiry_id = post(site)
    done(staff_site, enquiry_id, "take")
    enquiry = load(context, enquiry_id)

    assert (STAFF, "acknowledged", 2) == (enquiry.owner, enquiry.status, enquiry.version)
    assert clock_of(context, enquiry_id).acknowledged
    assert [("taken", STAFF)] == kinds(context, enquiry_id)
    assert "It is yours." in said(staff_site.get(f"/desk/enquiries/{enquiry_id}?done=take"))


def test_a_colleague_takes_over_and_releases(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site)
    done(staff_site, enquiry_id, "take")

    assert "Take over from staff@example.com" in said(manager_site.get(f"/desk/enquiries/{enquiry_id}"))

    done(manager_site, enquiry_id, "take", 2)
    done(manager_site, enquiry_id, "release", 3)

    assert "" == load(context, enquiry_id).owner
    assert [("taken", STAFF), ("taken", MANAGER), ("released", MANAGER)] == kinds(context, enquiry_id)


def test_only_somebody_who_can_sign_in_becomes_the_owner(
    site: Website, staff_site: DeskSite, context: AppContext, aws: Clients
) -> None:
    add_person(aws.cognito, context.settings.user_pool_id, PEOPLE[1])
    enquiry_id = post(site)
    refused = do(staff_site, enquiry_id, "assign", to="typo@example.com")
    done(staff_site, enquiry_id, "assign", to="Manager@Example.com")
    enquiry = load(context, enquiry_id)

    assert 422 == refused.status
    assert "No colleague has this address" in said(refused)
    assert 'value="typo@example.com"' in refused.text
    assert (MANAGER, "new") == (enquiry.owner, enquiry.status)
    assert [("assigned", {"to": MANAGER})] == [(link.kind, link.facts) for link in links(context, enquiry_id)]


def test_an_attempt_counts_and_a_next_try_is_clinic_time(
    site: Website, staff_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site)
    next_try = {"next_date": "2026-03-03", "next_time": "14:30"}
    done(staff_site, enquiry_id, "attempt", channel="phone", outcome="no_answer", **next_try)
    enquiry = load(context, enquiry_id)

    assert ("no_answer", 1, 2) == (enquiry.status, enquiry.attempts, enquiry.round)
    assert datetime(2026, 3, 3, 19, 30, tzinfo=UTC) == enquiry.next_try_at
    assert "Tried by phone: no answer Next try Tuesday, March 3, 2:30 PM" in said(
        staff_site.get(f"/desk/enquiries/{enquiry_id}")
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"next_date": "2026-03-03"}, datetime(2026, 3, 3, 14, tzinfo=UTC)),
        ({"next_date": "2026-03-07"}, datetime(2026, 3, 7, 14, tzinfo=UTC)),
        ({"next_date": "2026-03-08", "next_time": "12:00"}, datetime(2026, 3, 8, 16, tzinfo=UTC)),
        ({"next_time": "16:00"}, datetime(2026, 3, 2, 21, tzinfo=UTC)),
        ({}, None),
    ],
)
def test_half_a_next_try_is_filled_in(
    site: Website, staff_site: DeskSite, context: AppContext, typed: dict[str, str], expected: datetime | None
) -> None:
    """A day alone means when the clinic opens, 9 o'clock when it does not; a time alone means today."""
    enquiry_id = post(site)
    done(staff_site, enquiry_id, "attempt", channel="phone", outcome="no_answer", **typed)

    assert expected == load(context, enquiry_id).next_try_at


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"outcome": "no_answer", "next_date": "soon"}, "cannot be read"),
        ({"outcome": "no_answer", "next_date": "2026-03-03", "next_time": "25:00"}, "cannot be read"),
        ({"outcome": "no_answer", "next_date": "9999-12-31", "next_time": "23:59"}, "cannot be read"),
        ({"outcome": "no_answer", "next_date": "2026-03-01"}, "in the past"),
        ({"outcome": "no_answer", "next_date": "2026-06-30"}, "within a month"),
        ({"outcome": "shouted"}, "Choose what happened"),
        ({"outcome": "reached", "channel": "pigeon"}, "Choose what happened"),
        ({}, "Choose what happened"),
    ],
)
def test_an_attempt_that_cannot_be_read_is_refused_and_kept(
    site: Website, staff_site: DeskSite, context: AppContext, typed: dict[str, str], why: str
) -> None:
    enquiry_id = post(site)
    answer = do(staff_site, enquiry_id, "attempt", **{"channel": "phone", **typed})

    assert 422 == answer.status
    assert why in said(answer)
    assert 1 == load(context, enquiry_id).version
    if "next_date" in typed:
        assert f'value="{typed["next_date"]}"' in answer.text


def test_reaching_the_person_ends_the_next_try(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    enquiry_id = post(site)
    done(staff_site, enquiry_id, "attempt", channel="phone", outcome="no_answer", next_date="2026-03-03")
    done(staff_site, enquiry_id, "attempt", 2, channel="text", outcome="reached", next_date="2026-03-04")
    enquiry = load(context, enquiry_id)

    assert ("contacted", 2, None) == (enquiry.status, enquiry.attempts, enquiry.next_try_at)
    assert load_clock(context.table, enquiry_id) is None


@pytest.mark.parametrize(
    ("status", "reason", "status_code"),
    [
        ("booked", "", 303),
        ("spam", "", 303),
        ("not_suitable", "", 422),
        ("not_suitable", "lives abroad", 303),
        ("closed", " ", 422),
        ("closed", "asked for prices", 303),
        ("new", "x", 422),
        ("contacted", "x", 422),
        ("", "x", 422),
    ],
)
def test_closing_needs_a_reason_where_none_is_plain(
    site: Website, staff_site: DeskSite, context: AppContext, status: str, reason: str, status_code: int
) -> None:
    enquiry_id = post(site)

    assert status_code == do(staff_site, enquiry_id, "status", status=status, reason=reason).status
    assert (status if status_code == 303 else "new") == load(context, enquiry_id).status
    assert (load_clock(context.table, enquiry_id) is None) is (status_code == 303)


def test_a_duplicate_names_the_other_enquiry(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    first, second = post(site), post(site, message="once more")
    other = load(context, first).reference
    own = load(context, second).reference
    refused = [do(staff_site, second, "status", status="duplicate", duplicate_of=each) for each in ("", "AAA", own)]
    done(staff_site, second, "status", status="duplicate", duplicate_of=f" {other.lower()} ")
    enquiry = load(context, second)

    assert [422, 422, 422] == [answer.status for answer in refused]
    assert "Write that of the other one" in said(refused[2])
    assert ("duplicate", other) == (enquiry.status, enquiry.duplicate_of)
    assert f"Closed it: duplicate of {other}" in said(staff_site.get(f"/desk/enquiries/{second}"))


def test_a_note_is_kept_and_gives_nobody_a_conflict(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site)
    done(staff_site, enquiry_id, "note", note="Speaks\r\nslowly")
    done(manager_site, enquiry_id, "take", 1)
    done(staff_site, enquiry_id, "note", 1, note="Second")

    assert ["Speaks\nslowly", "Second"] == [
        link.facts["text"] for link in links(context, enquiry_id) if link.kind == "note"
    ]
    assert "Speaks\nslowly" in read_page(staff_site.get(f"/desk/enquiries/{enquiry_id}").text).one("main").text
    assert 422 == do(staff_site, enquiry_id, "note", note="  \r\n ").status


def test_ten_thousand_characters_fit_into_a_note_and_more_are_given_back(
    site: Website, staff_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site)
    done(staff_site, enquiry_id, "note", note="ñ" * 10_000)
    refused = do(staff_site, enquiry_id, "note", note="ñ" * 10_001)

    assert 422 == refused.status
    assert "Shorten it to 10,000 characters" in said(refused)
    assert "ñ" * 10_001 in refused.text
    assert 1 == len(links(context, enquiry_id))


def test_raising_brings_the_target_forward_and_tells_whoever_is_on_call(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site)
    before = load(context, enquiry_id)
    clock.advance(hours=1)
    staff_site = again(staff_site, context)
    done(staff_site, enquiry_id, "raise", level="crisis", reason="says so in the message")
    enquiry, ticking = load(context, enquiry_id), clock_of(context, enquiry_id)

    assert clock() + timedelta(minutes=30) == enquiry.contact_by == ticking.target_at
    assert enquiry.contact_by < before.contact_by
    assert ("crisis", 2, before.reply_by) == (enquiry.level, ticking.round, enquiry.reply_by)
    assert ("crisis", ticking.level) == (enquiry_item(enquiry)["queue"], "crisis")
    assert {"level_alert-2", "on_call_alert-2"} <= {row.name for row in notifications_of(context.table, enquiry_id)}
    assert "Staff changed it" in said(staff_site.get(f"/desk/enquiries/{enquiry_id}"))


def test_raising_what_is_overdue_leaves_it_overdue(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, **URGENT)
    clock.advance(hours=3)
    check_response_clocks(context)
    staff_site = again(staff_site, context)
    done(staff_site, enquiry_id, "raise", level="emergency")

    assert load(context, enquiry_id).contact_by < clock()
    assert () == clock_of(context, enquiry_id).done


def again(_desk: DeskSite, context: AppContext) -> DeskSite:
    """The same person, signed in once more after some time."""
    return signed_in(app_module, context, PERSON)


def test_lowering_takes_a_manager_and_a_reason(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site, **URGENT)
    forbidden = do(staff_site, enquiry_id, "lower", level="routine", reason="old swelling")
    without = do(manager_site, enquiry_id, "lower", level="routine", reason=" ")
    upwards = do(manager_site, enquiry_id, "lower", level="crisis", reason="x")
    done(manager_site, enquiry_id, "lower", level="routine", reason="old swelling")
    enquiry = load(context, enquiry_id)

    assert [403, 422, 422] == [answer.status for answer in (forbidden, without, upwards)]
    assert ("routine", "urgent") == (enquiry.level, enquiry.assessment.level)
    assert enquiry.contact_by == clock_of(context, enquiry_id).target_at > context.clock() + timedelta(days=1)
    assert "Lower the level" not in said(staff_site.get(f"/desk/enquiries/{enquiry_id}"))
    assert "Lowered the level from Urgent to Routine old swelling" in said(
        manager_site.get(f"/desk/enquiries/{enquiry_id}")
    )


@pytest.mark.parametrize("level", ["routine", "info", "urgent", "", "highest"])
def test_raising_goes_upwards_only(site: Website, staff_site: DeskSite, context: AppContext, level: str) -> None:
    enquiry_id = post(site, **URGENT)

    assert 422 == do(staff_site, enquiry_id, "raise", level=level).status
    assert "urgent" == load(context, enquiry_id).level


def test_release_from_quarantine_sends_what_was_missed_and_starts_the_clock(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, email="ann@mail.example", _gotcha="x")
    page = said(staff_site.get(f"/desk/enquiries/{enquiry_id}"))
    clock.advance(minutes=10)
    tried = do(staff_site, enquiry_id, "attempt", channel="phone", outcome="reached")
    before = notifications_of(context.table, enquiry_id)
    done(staff_site, enquiry_id, "release_quarantine")
    enquiry = load(context, enquiry_id)

    assert "In quarantine" in page
    assert "Log a contact attempt" not in page
    assert (422, []) == (tried.status, before)
    assert ["acknowledgement", "staff_alert"] == [row.name for row in notifications_of(context.table, enquiry_id)]
    assert ("new", enquiry.contact_by) == (enquiry.status, clock_of(context, enquiry_id).target_at)
    assert enquiry.reply_by == enquiry.contact_by
    assert 409 == do(staff_site, enquiry_id, "release_quarantine", 1).status
    assert 422 == do(staff_site, enquiry_id, "release_quarantine", 2).status


def test_late_release_makes_no_promise_that_has_passed(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, email="ann@mail.example", _gotcha="x")
    clock.advance(days=20)
    done(again(staff_site, context), enquiry_id, "release_quarantine")
    enquiry = load(context, enquiry_id)

    assert enquiry.reply_by > clock()
    assert enquiry.contact_by > clock()


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("take", {}),
        ("acknowledge", {}),
        ("raise", {"level": "crisis"}),
        ("status", {"status": "spam"}),
        ("status", {"status": "closed", "reason": "wrong button"}),
    ],
)
def test_the_last_act_of_ones_own_can_be_undone(
    site: Website, staff_site: DeskSite, context: AppContext, act: str, fields: dict[str, str]
) -> None:
    enquiry_id = post(site, **URGENT)
    before, ticking = load(context, enquiry_id), clock_of(context, enquiry_id)
    done(staff_site, enquiry_id, act, **fields)
    number = load(context, enquiry_id).round
    offered = said(staff_site.get(f"/desk/enquiries/{enquiry_id}"))
    done(staff_site, enquiry_id, "undo", 2)
    after = load(context, enquiry_id)

    assert "Your last act: " in offered
    assert before.model_copy(update={"version": 3, "round": number}) == after
    assert ticking == clock_of(context, enquiry_id)
    assert "undone" == links(context, enquiry_id)[-1].kind
    assert 422 == do(staff_site, enquiry_id, "undo", 3).status


def test_undo_is_for_ten_minutes_for_oneself_and_not_for_a_call(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    taken, tried = post(site), post(site, message="another")
    done(staff_site, taken, "take")
    done(staff_site, tried, "attempt", channel="phone", outcome="reached")

    assert 422 == do(staff_site, tried, "undo", 2).status
    assert 422 == do(manager_site, taken, "undo", 2).status

    clock.advance(minutes=11)

    assert 422 == do(staff_site, taken, "undo", 2).status
    assert "Your last act" not in said(staff_site.get(f"/desk/enquiries/{taken}"))
    assert STAFF == load(context, taken).owner


def test_a_step_that_the_clock_took_meanwhile_stays_taken(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = post(site, **URGENT)
    clock.advance(hours=1, minutes=55)
    staff_site = again(staff_site, context)
    done(staff_site, enquiry_id, "take")
    clock.advance(minutes=6)
    check_response_clocks(context)
    done(staff_site, enquiry_id, "undo", 2)

    assert (("reminder",), False) == (clock_of(context, enquiry_id).done, clock_of(context, enquiry_id).acknowledged)


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("take", {}),
        ("release", {}),
        ("acknowledge", {}),
        ("attempt", {"channel": "phone", "outcome": "reached", "next_date": "2026-03-09"}),
        ("status", {"status": "closed", "reason": "Typed with care"}),
        ("raise", {"level": "crisis", "reason": "Typed with care"}),
        ("lower", {"level": "info", "reason": "Typed with care"}),
        ("undo", {}),
    ],
)
@pytest.mark.parametrize("version", ["1", "", "x", "99999999999999999999", "-1"])
def test_the_later_of_two_people_gets_a_conflict_and_overwrites_nothing(
    site: Website,
    staff_site: DeskSite,
    manager_site: DeskSite,
    context: AppContext,
    act: str,
    fields: dict[str, str],
    version: str,
) -> None:
    enquiry_id = post(site, **URGENT)
    done(staff_site, enquiry_id, "attempt", channel="phone", outcome="left_message")
    before = load(context, enquiry_id)
    answer = manager_site.post(f"/desk/enquiries/{enquiry_id}/{act}", {"version": version, "seen": "1", **fields})

    assert 409 == answer.status
    assert "Tried by phone: left a message" in said(answer)
    assert "What changed meanwhile" in said(answer)
    assert before == load(context, enquiry_id)
    assert fields.get("reason", "") in answer.text
    assert fields.get("next_date", "") in answer.text
    assert 'name="version" value="2"' in answer.text


def test_looking_at_it_gives_nobody_a_conflict(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site)
    staff_site.get(f"/desk/enquiries/{enquiry_id}")
    manager_site.get(f"/desk/enquiries/{enquiry_id}")
    done(staff_site, enquiry_id, "take")

    assert verify_history(context.table, enquiry_id) is None
    assert 4 == len(history_of(context.table, enquiry_id))


def test_a_whole_day_of_work_leaves_a_chain_that_holds(
    site: Website, staff_site: DeskSite, manager_site: DeskSite, context: AppContext
) -> None:
    enquiry_id = post(site, **URGENT)
    staff_site.get(f"/desk/enquiries/{enquiry_id}")
    done(staff_site, enquiry_id, "take")
    done(staff_site, enquiry_id, "note", note="Husband answers the phone")
    done(staff_site, enquiry_id, "attempt", 2, channel="phone", outcome="no_answer")
    done(manager_site, enquiry_id, "lower", 3, level="routine", reason="old swelling")
    done(staff_site, enquiry_id, "attempt", 4, channel="phone", outcome="reached")
    done(staff_site, enquiry_id, "status", 5, status="booked")

    assert verify_history(context.table, enquiry_id) is None
    assert list(range(1, 9)) == [link.number for link in history_of(context.table, enquiry_id)]


def test_a_note_that_is_changed_in_the_table_is_found(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    enquiry_id = post(site)
    done(staff_site, enquiry_id, "note", note="She said yes")
    done(staff_site, enquiry_id, "take")
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(event_key(enquiry_id, 2)),
        UpdateExpression="SET facts = :facts",
        ExpressionAttributeValues=marshal({":facts": {"text": "She said no"}}),
    )

    assert Break(2, "text_changed") == verify_history(context.table, enquiry_id)


@pytest.mark.parametrize("act", ["take", "note", "undo", "release_quarantine"])
def test_nothing_is_done_to_an_unknown_enquiry(staff_site: DeskSite, stored: Stored, act: str) -> None:
    answer = do(staff_site, "00000000-0000-4000-8000-000000000000", act, note="x")

    assert 404 == answer.status
    assert [] == stored.items("ENQUIRY#")


def test_an_act_that_does_not_exist_is_not_found(site: Website, staff_site: DeskSite) -> None:

    assert 404 == do(staff_site, post(site), "erase_everything").status


def test_an_event_that_somebody_adds_at_the_same_moment_is_no_conflict(
    site: Website, context: AppContext, environment: dict[str, str]
) -> None:
    enquiry_id = post(site)
    busy = with_dynamodb(context, environment, BusyHistory(context, enquiry_id, times=3))
    take(busy, enquiry_id, by=STAFF, version=1)

    assert [*["note"] * 3, "taken"] == [link.kind for link in links(context, enquiry_id)]
    assert verify_history(context.table, enquiry_id) is None


def test_a_history_that_never_holds_still_is_a_conflict(
    site: Website, context: AppContext, environment: dict[str, str]
) -> None:
    enquiry_id = post(site)
    busy = with_dynamodb(context, environment, BusyHistory(context, enquiry_id, times=100))
    with pytest.raises(StatusConflict):
        note(busy, enquiry_id, "words", by=STAFF)

    assert verify_history(context.table, enquiry_id) is None


def test_a_view_that_cannot_be_written_keeps_nobody_from_an_emergency(
    site: Website, staff_site: DeskSite, context: AppContext, environment: dict[str, str], monkeypatch: Any
) -> None:
    enquiry_id = post(site, **URGENT)
    busy = with_dynamodb(context, environment, BusyHistory(context, enquiry_id, times=100))
    monkeypatch.setattr(app_module, "instance", lambda: busy)

    assert 200 == staff_site.get(f"/desk/enquiries/{enquiry_id}").status
    assert "viewed" not in [link.kind for link in history_of(context.table, enquiry_id)]


class BusyHistory:
    """DynamoDB, where a colleague adds a note just before each of the first `times` transactions."""

    def __init__(self, context: AppContext, enquiry_id: str, times: int) -> None:
        self._context, self._enquiry_id, self._left = context, enquiry_id, times

    def __getattr__(self, operation: str) -> Any:
        if operation == "transact_write_items" and self._left:
            self._left -= 1
            note(self._context, self._enquiry_id, "at the same moment", by=MANAGER)
        return getattr(self._context.table.client, operation)


def with_dynamodb(context: AppContext, environment: dict[str, str], dynamodb: Any) -> AppContext:
    clients = clients_with(environment, dynamodb=dynamodb)
    table = Table(clients, context.table.name, pause=lambda _: None)
    return replace(context, clients=clients, table=table)


def test_enter_in_a_field_books_and_reaches_nobody(site: Website, staff_site: DeskSite, context: AppContext) -> None:
    """A browser then presses the first button of the form."""
    enquiry_id = post(site)
    page = read_page(staff_site.get(f"/desk/enquiries/{enquiry_id}").text)
    first = {name: page.all("button", name=name)[0].attributes["value"] for name in ("outcome", "status")}

    assert {"outcome": "", "status": ""} == first
    assert 422 == do(staff_site, enquiry_id, "attempt", channel="phone", outcome=first["outcome"]).status
    assert 422 == do(staff_site, enquiry_id, "status", reason="half", status=first["status"]).status
    assert 1 == load(context, enquiry_id).version
