"""A next try that is due returns to the top; one that is put off too far, or of what is closed, is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.acts import ContactAttempt, close, log_attempt
from chalicelib.desk.changes import ActRefused
from chalicelib.models.queue_order import queue_of
from chalicelib.schedules.digest import take_figures
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.listings import overdue_count
from tests.conftest import SettableClock
from tests.desk_site import STAFF, signed_in
from tests.functional.test_response_clock_runs import DANGER, post
from tests.html_page import read_page
from tests.website import Website


def no_answer(next_try_at: datetime | None) -> ContactAttempt:
    return ContactAttempt(channel="phone", outcome="no_answer", next_try_at=next_try_at)


def test_a_next_try_stands_where_it_is_due(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site, message="prices")
    later = clock() + timedelta(days=1)
    log_attempt(context, enquiry_id, no_answer(later), by="ann", version=1)

    enquiry = load_enquiry(context.table, enquiry_id)

    assert ("try_routine", (enquiry.contact_by, later)) == queue_of(enquiry)
    assert enquiry.contact_by > later


def test_a_next_try_that_is_due_is_overdue_only_when_its_target_has_passed(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    """Queue, page, tab and digest say the same."""
    enquiry_id = post(site, message="prices")
    log_attempt(context, enquiry_id, no_answer(clock() + timedelta(minutes=40)), by="ann", version=1)
    to_come = told(context, enquiry_id)
    clock.advance(minutes=45)
    due = told(context, enquiry_id)
    left = load_enquiry(context.table, enquiry_id).contact_by - clock()
    clock.advance(minutes=5, seconds=left.total_seconds())
    overdue = told(context, enquiry_id)

    assert to_come == ("Next try Monday, March 2, 10:40 AM", False)
    assert due == ("Try again now, 2 days 6 h left", False)
    assert overdue == ("Overdue by 5 min", True)


def told(context: AppContext, enquiry_id: str) -> tuple[str, bool]:
    """What page and queue say, which is the same, and whether it counts as overdue."""
    desk = signed_in(app_module, context, STAFF)
    queue = read_page(desk.get("/desk").text)
    words = " ".join(queue.one("span", class_="time").text.replace("⚠", "").split())
    page = read_page(desk.get(f"/desk/enquiries/{enquiry_id}").text)
    counts = {
        bool(queue.all("section", class_="group overdue")),
        bool(page.all("span", class_="badge late")),
        overdue_count(context.table, context.clock(), 9) == 1,
        len(take_figures(context).overdue) == 1,
    }

    assert words in page.one("p", class_="badges").text
    assert 1 == len(counts)

    return words, counts.pop()


@pytest.mark.parametrize(("fields", "days"), [({"message": "prices"}, 32), (DANGER, 2)])
def test_a_next_try_too_far_off_is_refused(
    site: Website, context: AppContext, clock: SettableClock, fields: dict[str, object], days: int
) -> None:
    enquiry_id = post(site, **fields)
    with pytest.raises(ActRefused, match="next_try_too_late"):
        log_attempt(context, enquiry_id, no_answer(clock() + timedelta(days=days)), by="ann", version=1)

    assert "new" == load_enquiry(context.table, enquiry_id).status


def test_a_next_try_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        no_answer(datetime(2026, 3, 3, 10))  # noqa: DTZ001


def test_what_is_closed_is_not_opened_by_a_call_nor_closed_again(site: Website, context: AppContext) -> None:
    enquiry_id = post(site, message="prices")
    close(context, enquiry_id, "closed", "wrote twice", by="ann", version=1)
    with pytest.raises(ActRefused, match="is_closed"):
        log_attempt(context, enquiry_id, no_answer(None), by="bob", version=2)
    with pytest.raises(ActRefused, match="is_closed"):
        close(context, enquiry_id, "spam", "", by="bob", version=2)

    assert "closed" == load_enquiry(context.table, enquiry_id).status
