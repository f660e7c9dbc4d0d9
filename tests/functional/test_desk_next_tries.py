"""A next try that is due returns to the top; one that is put off too far, or of what is closed, is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from chalicelib.context import AppContext
from chalicelib.desk.acts import ContactAttempt, close, log_attempt
from chalicelib.desk.changes import ActRefused
from chalicelib.models.queue_order import queue_of
from chalicelib.storage.enquiries import load_enquiry
from tests.conftest import SettableClock
from tests.functional.test_response_clock_runs import DANGER, post
from tests.website import Website


def no_answer(next_try_at: datetime | None) -> ContactAttempt:
    return ContactAttempt(channel="phone", outcome="no_answer", next_try_at=next_try_at)


def test_a_next_try_stands_where_it_is_due(site: Website, context: AppContext, clock: SettableClock) -> None:
    enquiry_id = post(site, message="prices")
    later = clock() + timedelta(days=1)
    log_attempt(context, enquiry_id, no_answer(later), by="ann", version=1)

    assert ("try_routine", later) == queue_of(load_enquiry(context.table, enquiry_id))


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
