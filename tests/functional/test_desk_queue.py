"""The queue as staff see it: order, filters, pages, what is loaded anew, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.acts import ContactAttempt, log_attempt
from chalicelib.desk.queue import Filters, read_page
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.queue_order import Cursor, QueuedEnquiry
from chalicelib.storage.enquiries import enquiry_item, save_enquiry
from chalicelib.storage.table import Table, marshal
from simulation.world import World
from tests.builders import RECEIVED_AT, a_contact, a_submission, an_acceptance, an_enquiry
from tests.conftest import SettableClock
from tests.desk_site import STAFF, DeskSite, signed_in
from tests.website import Answer


def put(context: AppContext, number: int, **overrides: Any) -> Enquiry:
    """Store one enquiry; its target is `number` minutes after it came unless that is given."""
    values = {
        "id": f"enquiry-{number:03d}",
        "reference": f"K7F-{number:04d}",
        "contact_by": RECEIVED_AT + timedelta(minutes=number),
        **overrides,
    }
    enquiry = an_enquiry(**values)
    save_enquiry(context.table, an_acceptance(enquiry))
    return enquiry


def references(answer: Answer) -> list[str]:
    """As they stand in the list, top to bottom."""
    return re.findall(r'class="reference"[^>]*>(\S+)</a>', answer.text)


def title(answer: Answer) -> str:
    found = re.search(r"<title>(.*?)</title>", answer.text)
    return found[1] if found else ""


def test_overdue_comes_first_then_the_level_then_the_time_left(
    staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    put(context, 1, level="routine", contact_by=RECEIVED_AT + timedelta(minutes=5))
    put(context, 2, level="emergency", contact_by=RECEIVED_AT + timedelta(minutes=40))
    put(context, 3, level="urgent", contact_by=RECEIVED_AT + timedelta(minutes=30))
    put(context, 4, level="urgent", contact_by=RECEIVED_AT + timedelta(minutes=20))
    put(context, 5, level="crisis", contact_by=RECEIVED_AT + timedelta(minutes=7))
    clock.advance(minutes=10)
    shown = staff_site.get("/desk")

    assert ["K7F-0005", "K7F-0001", "K7F-0002", "K7F-0004", "K7F-0003"] == references(shown)
    assert title(shown).startswith("(1 in danger, 2 overdue) Queue")
    assert "Overdue by 3 min" in shown.text
    assert "30 min left" in shown.text


def test_an_empty_queue_says_so(staff_site: DeskSite) -> None:
    shown = staff_site.get("/desk")

    assert 200 == shown.status
    assert "Nothing waits" in shown.text
    assert title(shown).startswith("Queue")


def test_a_next_try_waits_below_until_it_is_due(
    staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    crisis = put(context, 1, level="crisis", contact_by=RECEIVED_AT + timedelta(minutes=60))
    put(context, 2, level="info", contact_by=RECEIVED_AT + timedelta(days=3))
    attempt = ContactAttempt(channel="phone", outcome="no_answer", next_try_at=RECEIVED_AT + timedelta(hours=3))
    log_attempt(context, crisis.id, attempt, by="staff@example.com", version=1)
    before = staff_site.get("/desk")
    clock.advance(hours=3)
    due = signed_in(app_module, context, STAFF).get("/desk")

    assert ["K7F-0002", "K7F-0001"] == references(before)
    assert "Next try Monday, March 2, 1:00 PM" in before.text
    assert ["K7F-0001", "K7F-0002"] == references(due)
    assert "Try again now" in due.text


def test_a_row_says_who_has_it_what_was_tried_and_its_flags_in_words(staff_site: DeskSite, context: AppContext) -> None:
    put(context, 1, owner=STAFF.user, attempts=1, flags=("interpreter",))
    put(context, 2, owner="other@example.com", attempts=2)
    put(context, 3)
    shown = staff_site.get("/desk").text

    for words in ("Yours", "other@example.com", "Not taken", "1 try", "2 tries", "Interpreter wanted", "Routine"):
        assert words in shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("level=urgent", ["K7F-0002"]),
        ("status=acknowledged", ["K7F-0003"]),
        ("whose=mine", ["K7F-0003"]),
        ("whose=nobody", ["K7F-0001", "K7F-0002"]),
        ("overdue=1", ["K7F-0001"]),
        ("overdue=1&level=urgent", []),
        ("level=routine&whose=mine&status=acknowledged", ["K7F-0003"]),
        ("quarantine=1", ["K7F-0004"]),
        ("quarantine=1&level=urgent", []),
        ("status=contacted", ["K7F-0005"]),
        ("status=contacted&level=urgent", []),
        ("level=&status=&whose=", ["K7F-0001", "K7F-0002", "K7F-0003"]),
        ("level=%3Cb%3E&status=spam&whose=boss", ["K7F-0001", "K7F-0002", "K7F-0003"]),
    ],
)
def test_filters_can_be_combined(
    staff_site: DeskSite, context: AppContext, clock: SettableClock, query: str, expected: list[str]
) -> None:
    put(context, 1)
    put(context, 2, level="urgent", contact_by=RECEIVED_AT + timedelta(hours=2))
    put(context, 3, status="acknowledged", owner=STAFF.user, contact_by=RECEIVED_AT + timedelta(hours=2))
    put(context, 4, status="quarantined")
    put(context, 5, status="contacted")
    clock.advance(minutes=10)
    shown = staff_site.get(f"/desk?{query}")

    assert expected == references(shown)
    assert title(shown).startswith("(1 overdue) Queue")


def test_mine_holds_what_i_have_reached_and_not_closed(staff_site: DeskSite, context: AppContext) -> None:
    put(context, 1, status="contacted", owner=STAFF.user, level="crisis")
    put(context, 2, status="contacted", owner="other@example.com")
    put(context, 3, status="acknowledged", owner=STAFF.user)
    put(context, 4, status="booked", owner=STAFF.user)
    shown = staff_site.get("/desk?whose=mine")

    assert ["K7F-0003", "K7F-0001"] == references(shown)
    assert "Reached, not booked or closed yet" in shown.text
    assert ["K7F-0001"] == references(staff_site.get("/desk?whose=mine&level=crisis"))
    assert [] == references(staff_site.get("/desk?whose=mine&status=new"))


def test_nothing_that_is_done_or_a_test_is_listed(staff_site: DeskSite, context: AppContext) -> None:
    for number, status in enumerate(("booked", "closed", "spam", "duplicate", "not_suitable")):
        put(context, number, status=status)
    put(context, 20, is_test=True)

    assert [] == references(staff_site.get("/desk"))


def test_pages_follow_one_another_without_gap_or_repeat(staff_site: DeskSite, context: AppContext) -> None:
    levels = ("routine", "urgent", "info")
    for number in range(61):
        put(context, number, level=levels[number % 3], contact_by=RECEIVED_AT + timedelta(hours=number % 5))
    first = staff_site.get("/desk")
    second = staff_site.get(next_path(first))

    assert 50 == len(references(first))
    assert 11 == len(references(second))
    assert 61 == len({*references(first), *references(second)})
    assert 'rel="next"' not in second.text
    assert "data-poll" in first.text
    assert "data-poll" not in second.text


@pytest.mark.parametrize("cursor", ["x", "e30.00", "%F0%9F%92%A9.", "a" * 5000, ""])
def test_a_broken_cursor_shows_the_first_page_and_says_so(
    staff_site: DeskSite, context: AppContext, cursor: str
) -> None:
    put(context, 1)
    shown = staff_site.get(f"/desk?after={cursor}")

    assert ["K7F-0001"] == references(shown)
    assert bool(cursor) == ("no longer good" in shown.text)


def test_a_cursor_of_another_list_is_not_taken(staff_site: DeskSite, context: AppContext) -> None:
    for number in range(51):
        put(context, number)
    shown = staff_site.get(f"{next_path(staff_site.get('/desk'))}&level=routine")

    assert "no longer good" in shown.text
    assert 50 == len(references(shown))


def next_path(answer: Answer) -> str:
    found = re.search(r'rel="next" href="https://desk\.clinic\.example/api([^"]+)"', answer.text)
    assert found
    return found[1].replace("&amp;", "&")


def test_an_open_page_is_told_only_what_it_does_not_show(staff_site: DeskSite, context: AppContext) -> None:
    put(context, 1)
    first = staff_site.get("/desk/queue.json")
    same = staff_site.get("/desk/queue.json", If_None_Match=first.headers["etag"])
    put(context, 2, level="crisis", flags=("minor",))
    later = staff_site.get("/desk/queue.json", If_None_Match=first.headers["etag"])

    assert 304 == same.status
    assert "" == same.text
    assert 200 == later.status
    assert ["enquiry-002", "enquiry-001"] == [row["id"] for row in later.json()["rows"]]
    assert "Crisis K7F-0002" == later.json()["rows"][0]["words"]
    assert "(2) Queue – Kalimera Clinic" == later.json()["tab"]
    assert "Under 18" in later.json()["html"]
    assert {"quarantine": "0"} == later.json()["counts"]


def test_loading_anew_does_not_keep_an_idle_session_alive(staff_site: DeskSite, clock: SettableClock) -> None:
    for _ in range(4):
        clock.advance(minutes=10)
        answer = staff_site.get("/desk/queue.json")

    assert 303 == answer.status


def test_nothing_typed_is_in_the_list(staff_site: DeskSite, context: AppContext) -> None:
    put(context, 1, submission=a_submission(contact=a_contact(name="Zqx Visible")))

    assert "Zqx" not in staff_site.get("/desk").text


class Reads:
    """The queries that a client makes, and how many items they look at."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls = 0
        self.items = 0

    def query(self, **parameters: Any) -> Any:
        answer = self._client.query(**parameters)
        self.calls += 1
        self.items += int(answer["ScannedCount"])
        return answer


class CountedClients:
    def __init__(self, dynamodb: Reads) -> None:
        self.dynamodb = dynamodb


LEVELS = ("info", "routine", "priority", "urgent", "crisis", "emergency")
FILTERS = [Filters(), Filters(level="routine"), Filters(whose="mine"), Filters(overdue=True), Filters(quarantine=True)]


def reads_of(total: int, filters: Filters) -> Iterator[tuple[int, int]]:
    """Calls and items of each page of a list, with so many enquiries waiting and as many done."""
    world = World()
    context = world.new_instance()
    now = world.clock()
    for number in range(2 * total):
        enquiry = one_of_many(number, now, done=number >= total)
        world.dynamodb.put_item(TableName=context.table.name, Item=marshal(enquiry_item(enquiry)))
    cursor: Cursor | None = Cursor(as_of=now)
    while cursor:
        reads = Reads(world.dynamodb)
        clients: Any = CountedClients(reads)
        cursor = read_page(Table(clients, context.table.name), filters, "ann", cursor).cursor
        yield reads.calls, reads.items


def one_of_many(number: int, now: datetime, *, done: bool) -> Enquiry:
    status = "booked" if done else ("new", "no_answer", "acknowledged", "quarantined")[number % 4]
    return an_enquiry(
        id=f"enquiry-{number:04d}",
        level=LEVELS[number % 6],
        status=status,
        contact_by=now + timedelta(minutes=number % 40 - 20),
        next_try_at=now + timedelta(minutes=number % 30 - 20) if status == "no_answer" else None,
        owner="ann" if number % 50 == 0 else "",
    )


@pytest.mark.parametrize("filters", FILTERS, ids=repr)
@pytest.mark.parametrize("total", [50, 400])
def test_a_page_costs_the_same_however_many_wait_or_are_done(total: int, filters: Filters) -> None:
    pages = list(reads_of(total, filters))

    assert max(calls for calls, _ in pages) <= 13 + 300 // 25
    assert max(items for _, items in pages) <= 13 * 25 + 300
    if filters in (Filters(), Filters(level="routine"), Filters(quarantine=True)):
        assert max(calls for calls, _ in pages) <= 12 + 50 // 25
        assert max(items for _, items in pages) <= 12 * 25 + 50


def test_every_page_of_a_large_queue_together_is_the_whole_queue() -> None:
    world = World()
    context = world.new_instance()
    now = world.clock()
    for number in range(300):
        item = enquiry_item(one_of_many(number, now, done=False))
        world.dynamodb.put_item(TableName=context.table.name, Item=marshal(item))
    cursor: Cursor | None = Cursor(as_of=now)
    listed: list[QueuedEnquiry] = []
    while cursor:
        page = read_page(context.table, Filters(), "ann", cursor)
        listed += page.rows
        cursor = page.cursor
    places = [(row.group(now), -LEVELS.index(row.level), row.queue_at) for row in listed]
    groups = [place[0] for place in places]

    assert 225 == len({row.id for row in listed}) == len(listed)
    assert ["overdue", "waiting", "later"] == list(dict.fromkeys(groups))
    assert places[: groups.count("overdue")] == sorted(places[: groups.count("overdue")])
