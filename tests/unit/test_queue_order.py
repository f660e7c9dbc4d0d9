"""The order of the queue, its cursors, and the words of names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.desk.time_words import span_in_words
from chalicelib.models.name_words import beginnings, fits, name_words
from chalicelib.models.queue_order import (
    Cursor,
    QueuedEnquiry,
    in_order,
    queue_of,
    queues_of,
    read_cursor,
    write_cursor,
)
from tests.builders import RECEIVED_AT, an_enquiry

KEY = bytes(range(32))
NOW = RECEIVED_AT


def queued(name: str, level: str, minutes: int, **overrides: Any) -> QueuedEnquiry:
    """One whose target is so many minutes away."""
    values = {
        "id": name,
        "reference": "K7F-3Q9M",
        "level": level,
        "status": "new",
        "received_at": NOW,
        "queue": level,
        "queue_at": NOW + timedelta(minutes=minutes),
    }
    return QueuedEnquiry.model_validate({**values, **overrides})


def order(*enquiries: QueuedEnquiry) -> list[str]:
    return [each.id for each in in_order([iter([each]) for each in enquiries], NOW)]


def test_overdue_first_then_level_then_time_left() -> None:
    enquiries = (
        queued("routine soon", "routine", 5),
        queued("emergency", "emergency", 10),
        queued("routine overdue", "routine", -1),
        queued("urgent overdue", "urgent", -1),
        queued("urgent longer overdue", "urgent", -5),
    )

    assert [
        "urgent longer overdue",
        "urgent overdue",
        "routine overdue",
        "emergency",
        "routine soon",
    ] == order(*enquiries)


def test_a_next_try_stands_last_until_it_is_due_and_first_when_it_is_overdue() -> None:
    to_come = queued("to come", "crisis", 90, next_try_at=NOW + timedelta(minutes=30))
    due = queued("due", "crisis", 60, next_try_at=NOW)
    overdue = queued("overdue", "info", -1, next_try_at=NOW - timedelta(minutes=60))

    assert ["overdue", "due", "waiting", "to come"] == order(to_come, queued("waiting", "info", 5), due, overdue)


def test_a_next_try_that_is_due_is_first_of_its_level_and_not_overdue_before_its_target() -> None:
    tried = queued("due", "routine", 4_000, next_try_at=NOW - timedelta(minutes=5))
    waiting = queued("waiting", "routine", 30)
    urgent = queued("urgent", "urgent", 60)

    assert "waiting" == tried.group(NOW)
    assert ["urgent", "due", "waiting"] == order(waiting, tried, urgent)


def test_what_is_reached_stands_below_all_else() -> None:
    reached = queued("reached", "emergency", -60, queue="contacted", status="contacted")
    to_come = queued("to come", "info", 90, next_try_at=NOW + timedelta(minutes=30))

    assert ["to come", "reached"] == order(reached, to_come)


def test_next_tries_are_sorted_by_target_and_then_by_their_own_time() -> None:
    by, at = NOW + timedelta(days=3), NOW + timedelta(hours=2)

    assert ("try_routine", (by, at)) == queue_of(an_enquiry(status="no_answer", contact_by=by, next_try_at=at))


def test_the_target_is_read_from_either_sort_key() -> None:
    both = queued("try", "routine", 0, queue_at="2026-03-04T22:00:00.000000Z/2026-03-03T14:00:00.000000Z")
    target = queued("first", "routine", 0, queue_at="2026-03-04T22:00:00.000000Z")

    assert target.queue_at == both.queue_at


@pytest.mark.parametrize(
    ("overrides", "partition"),
    [
        ({"status": "new"}, "routine"),
        ({"status": "acknowledged", "level": "crisis"}, "crisis"),
        ({"status": "no_answer"}, "routine"),
        ({"status": "no_answer", "next_try_at": NOW}, "try_routine"),
        ({"status": "acknowledged", "next_try_at": NOW}, "routine"),
        ({"status": "quarantined"}, "quarantined"),
        ({"status": "contacted"}, "contacted"),
        ({"status": "booked"}, None),
    ],
)
def test_every_state_has_its_partition(overrides: dict[str, Any], partition: str | None) -> None:
    place = queue_of(an_enquiry(**overrides))

    assert partition == (place[0] if place else None)
    assert partition in (None, "quarantined", "contacted", *queues_of())


CURSOR = Cursor(as_of=NOW, places={"urgent": ("2026-03-02", "enquiry-1"), "try_info": ("2026-03-02", "enquiry-2")})


def test_a_cursor_comes_back_as_it_was() -> None:

    assert CURSOR == read_cursor(write_cursor(CURSOR, KEY, "?level=urgent"), KEY, "?level=urgent")


@pytest.mark.parametrize(
    "broken",
    [
        "",
        ".",
        "é.é",
        "\ud800.x",
        write_cursor(CURSOR, KEY, "another list"),
        write_cursor(CURSOR, KEY[::-1], "list"),
        write_cursor(CURSOR, KEY, "list")[:-1],
        "A" + write_cursor(CURSOR, KEY, "list"),
    ],
)
def test_a_broken_or_foreign_cursor_is_none(broken: str) -> None:

    assert read_cursor(broken, KEY, "list") is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ann Example", ["ann", "example"]),
        ("José García-López", ["jose", "garcia", "lopez"]),
        ("Siobhán O’Brien", ["siobhan", "obrien"]),
        ("J. R. Smith", ["smith"]),
        ("李小龙", ["李小龙"]),
        ("Ayşe ÇELİK", ["ayse", "celik"]),
        ("  7 !", []),
    ],
)
def test_names_are_compared_without_accents_case_and_marks(name: str, words: list[str]) -> None:

    assert words == name_words(name)


def test_beginnings_of_eight_words_the_last_name_among_them_and_particles_last() -> None:
    found = beginnings("Maria del Carmen Lopez")
    many = beginnings("Abcd van der Bcde Cdef Defg Efgh Fghi Ghij Hijk Ijkl")

    assert ["ma", "mar", "mari", "ca", "car", "carm", "lo", "lop", "lope", "de", "del"] == found
    assert 24 == len(many)
    assert {"abcd", "ijkl"} <= set(many)
    assert "van" not in many


@pytest.mark.parametrize(("typed", "fitting"), [("exam", True), ("ann ex", True), ("Ex An", True), ("anne", False)])
def test_each_word_typed_begins_a_word_of_the_name(typed: str, *, fitting: bool) -> None:

    assert fitting == fits(typed, "Ann Example")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "under a minute"),
        (59, "under a minute"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (7_500, "2 h 5 min"),
        (86_400, "1 day"),
        (93_600, "1 day 2 h"),
        (3 * 86_400, "3 days"),
    ],
)
def test_spans_are_said_in_their_two_largest_units(seconds: int, words: str) -> None:

    assert words == span_in_words(timedelta(seconds=seconds))
