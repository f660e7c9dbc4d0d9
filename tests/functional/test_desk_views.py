"""Nobody sees an enquiry without standing in its history, whichever way leads to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.context import AppContext
from chalicelib.storage.history import history_of, verify_history
from tests.conftest import SettableClock
from tests.desk_site import STAFF, DeskSite
from tests.functional.conftest import Stored
from tests.website import Answer, Website

Way = Callable[[DeskSite, str], Answer]
WAYS: dict[str, tuple[int, Way]] = {
    "the page": (200, lambda site, path: site.get(path)),
    "what an open page asks": (200, lambda site, path: site.get(f"{path}/state")),
    "an empty note": (422, lambda site, path: site.post(f"{path}/note", {"version": "1"})),
    "an act of no version": (409, lambda site, path: site.post(f"{path}/take", {"version": "0"})),
    "a choice that is none": (422, lambda site, path: site.post(f"{path}/status", {"version": "1", "status": "x"})),
    "a level that is not higher": (422, lambda site, path: site.post(f"{path}/raise", {"version": "1", "level": "x"})),
    "nothing to undo": (422, lambda site, path: site.post(f"{path}/undo", {"version": "1"})),
}


def viewers_in(context: AppContext, enquiry_id: str) -> list[str]:
    return [link.by for link in history_of(context.table, enquiry_id) if link.kind == "viewed"]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_an_enquiry_is_a_view(site: Website, staff_site: DeskSite, context: AppContext, way: str) -> None:
    enquiry_id = site.post_json("/enquiries", {"name": "Ann", "phone": "202-555-0123"}).json()["id"]
    status, go = WAYS[way]
    answer = go(staff_site, f"/desk/enquiries/{enquiry_id}")
    again = staff_site.get(f"/desk/enquiries/{enquiry_id}")

    assert (status, 200) == (answer.status, again.status)
    assert [STAFF.user] == viewers_in(context, enquiry_id)
    assert verify_history(context.table, enquiry_id) is None


def test_a_page_that_was_closed_for_a_while_is_another_view(
    site: Website, staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    enquiry_id = site.post_json("/enquiries", {"name": "Ann", "phone": "202-555-0123"}).json()["id"]
    for minutes in (1, 1, 3):
        staff_site.get(f"/desk/enquiries/{enquiry_id}/state")
        clock.advance(minutes=minutes)
    staff_site.get(f"/desk/enquiries/{enquiry_id}/state")

    assert [STAFF.user] * 2 == viewers_in(context, enquiry_id)


def test_what_was_taken_down_is_seen_again_by_its_address(
    manager_site: DeskSite, staff_site: DeskSite, stored: Stored, context: AppContext
) -> None:
    staff_site.post("/desk/new", {"name": "Ann", "phone": "(202) 555-0123", "message": "My foot hurts."})
    manager_site.get(f"/desk/new/{stored.enquiry.id}")

    assert ["manager@example.com"] == viewers_in(context, stored.enquiry.id)
