"""How long a session still lasts, and staying on."""

from __future__ import annotations

import pytest

from chalicelib.context import AppContext
from chalicelib.storage.sessions import load_session, session_hash, touch_session
from sandbox.staff import add_people
from tests.conftest import SettableClock
from tests.desk_site import DeskSite


@pytest.fixture(autouse=True)
def _people(context: AppContext) -> None:
    add_people(context.clients, context.settings)


def test_a_page_learns_how_long_its_session_lasts_and_that_is_no_use(
    staff_site: DeskSite, clock: SettableClock
) -> None:
    clock.advance(minutes=10)
    told = [staff_site.get("/desk/session").json() for _ in range(2)]
    clock.advance(minutes=20)

    assert [{"seconds_left": 1200, "can_stay": True}] * 2 == told
    assert 303 == staff_site.get("/desk/session").status


def test_staying_is_use(staff_site: DeskSite, clock: SettableClock) -> None:
    clock.advance(minutes=29)

    assert {"seconds_left": 1800, "can_stay": True} == staff_site.post("/desk/session").json()


def test_no_use_makes_a_session_last_longer_than_twelve_hours(
    staff_site: DeskSite, clock: SettableClock, context: AppContext
) -> None:
    session = load_session(context.table, staff_site.session_id, clock())
    assert session is not None
    clock.advance(hours=11, minutes=40)
    used = {"used_at": clock(), "confirmed_at": clock(), "hash": session_hash(staff_site.session_id)}
    touch_session(context.table, session.model_copy(update=used))

    assert {"seconds_left": 1200, "can_stay": False} == staff_site.get("/desk/session").json()


def test_the_page_says_how_long_and_for_whom(staff_site: DeskSite, clock: SettableClock) -> None:
    clock.advance(seconds=30)
    page = staff_site.get("/desk/new").text

    assert 'data-left="1770"' in page
    assert 'data-who="' in page
    assert 'data-who="staff' not in page
    assert "data-who" not in staff_site.get("/desk/forgot").text
