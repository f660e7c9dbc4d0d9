"""An open page of the queue loses no enquiry, its tab counts all that waits, and what it reads it reads at once."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.desk.queue import Filters, read_page
from chalicelib.models.queue_order import Cursor
from chalicelib.storage.table import Table
from simulation.world import World
from tests.builders import RECEIVED_AT
from tests.conftest import SettableClock
from tests.desk_site import DeskSite
from tests.functional.test_desk_queue import CountedClients, next_path, put, title
from tests.website import Answer


def links(answer: Answer) -> list[str]:
    return re.findall(r'rel="next" href="([^"]+)"', answer.json()["html"])


def test_whatever_comes_in_while_a_page_is_open_is_on_some_page(staff_site: DeskSite, context: AppContext) -> None:
    for number in range(49):
        put(context, number, contact_by=RECEIVED_AT + timedelta(days=1, minutes=number))
    before = staff_site.get("/desk/queue.json")
    for number in range(100, 108):
        put(context, number, level="emergency")
    polled = staff_site.get("/desk/queue.json")
    (link,) = links(polled)
    following = staff_site.get(link.replace("&amp;", "&").removeprefix("https://desk.clinic.example/api"))
    shown = [row["id"] for row in polled.json()["rows"]]

    assert [] == links(before)
    assert 50 == len(shown)
    assert 57 == len({*shown, *re.findall(r'data-id="([^"]+)"', following.text)})


def test_the_link_to_the_next_page_alone_is_no_news(
    staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    for number in range(51):
        put(context, number, contact_by=RECEIVED_AT + timedelta(days=1, minutes=number, seconds=30))
    first = staff_site.get("/desk/queue.json")
    clock.advance(seconds=1)
    second = staff_site.get("/desk/queue.json")

    assert first.headers["etag"] == second.headers["etag"]
    assert links(first) != links(second)
    assert 304 == staff_site.get("/desk/queue.json", If_None_Match=first.headers["etag"]).status


@pytest.mark.parametrize(
    ("overdue", "words"), [(0, "(57) Queue"), (3, "(3 overdue) Queue"), (55, "(55 overdue) Queue")]
)
def test_every_list_and_page_says_in_its_tab_what_waits(
    staff_site: DeskSite, context: AppContext, clock: SettableClock, overdue: int, words: str
) -> None:
    for number in range(57):
        hours = -1 if number < overdue else 20
        put(context, number, contact_by=clock() + timedelta(hours=hours, minutes=number))
    later = {"status": "no_answer", "contact_by": clock() + timedelta(days=2)}
    put(context, 90, **later, next_try_at=clock() + timedelta(days=1))
    pages = [staff_site.get("/desk")]
    pages += [
        staff_site.get(next_path(pages[0])),
        staff_site.get("/desk?whose=mine"),
        staff_site.get("/desk?level=urgent"),
    ]

    assert [f"{words} – Kalimera Clinic"] * 4 == [title(page) for page in pages]


def test_a_next_try_that_is_due_counts_as_waiting(
    staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    put(
        context, 1, status="no_answer", contact_by=clock() + timedelta(days=1), next_try_at=clock() - timedelta(hours=1)
    )
    put(
        context, 2, status="no_answer", contact_by=clock() + timedelta(days=2), next_try_at=clock() + timedelta(hours=1)
    )

    assert title(staff_site.get("/desk?whose=mine")).startswith("(1) Queue")


@pytest.mark.parametrize("overdue", [17, 51])
def test_new_emergencies_show_in_the_tab_however_much_is_overdue(
    staff_site: DeskSite, context: AppContext, clock: SettableClock, overdue: int
) -> None:
    for number in range(overdue):
        put(context, number, contact_by=clock() - timedelta(hours=1, minutes=number))
    put(context, 100, contact_by=clock() + timedelta(hours=5))
    before = [title(staff_site.get(path)) for path in ("/desk", "/desk?whose=mine")]
    for number, level in enumerate(("emergency", "emergency", "crisis"), start=101):
        put(context, number, level=level, contact_by=clock() + timedelta(minutes=15))
    after = [title(staff_site.get(path)) for path in ("/desk", "/desk?whose=mine")]

    assert [f"({overdue} overdue) Queue – Kalimera Clinic"] * 2 == before
    assert [f"(3 in danger, {overdue} overdue) Queue – Kalimera Clinic"] * 2 == after


class Meeting:
    """A client whose queries wait until all partitions are being read."""

    def __init__(self, client: Any, parties: int) -> None:
        self._client = client
        self._barrier = Barrier(parties, timeout=20)

    def query(self, **parameters: Any) -> Any:
        self._barrier.wait()
        return self._client.query(**parameters)


def test_partitions_are_read_beside_one_another() -> None:
    world = World()
    context = world.new_instance()
    clients: Any = CountedClients(Meeting(world.dynamodb, parties=4))
    page = read_page(Table(clients, context.table.name), Filters(), "ann", Cursor(as_of=world.clock()))

    assert () == page.rows
