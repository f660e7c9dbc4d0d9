"""Retention takes nothing from whoever works on it: what is open has no end, a period begins at the last closing."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.desk.acts import ContactAttempt, log_attempt, note, release_from_quarantine, reopen
from chalicelib.storage.enquiries import load_enquiry
from tests.conftest import SettableClock
from tests.desk_site import STAFF
from tests.functional.conftest import Install
from tests.functional.test_retention import is_there, post, run, shut
from tests.website import Website

REACHED = ContactAttempt(channel="phone", outcome="reached")


def reach(context: AppContext, enquiry_id: str) -> None:
    version = load_enquiry(context.table, enquiry_id).version
    log_attempt(context, enquiry_id, REACHED, by=STAFF.user, version=version)


def open_again(context: AppContext, enquiry_id: str) -> None:
    version = load_enquiry(context.table, enquiry_id).version
    reopen(context, enquiry_id, "Asks again", by=STAFF.user, version=version)


@pytest.mark.parametrize("fields", [{}, {"about": "prices", "email": "", "message": ""}])
def test_whoever_was_reached_is_kept_until_it_is_closed(
    site: Website, context: AppContext, clock: SettableClock, fields: Any
) -> None:
    enquiry_id = post(site, **fields)
    reach(context, enquiry_id)
    clock.advance(days=5_000)

    assert 0 == run(context)
    assert is_there(context, enquiry_id)


@pytest.mark.parametrize("status", ["closed", "booked", "spam"])
def test_a_reopened_enquiry_counts_from_when_it_was_closed_again(
    site: Website, context: AppContext, clock: SettableClock, status: str
) -> None:
    enquiry_id = post(site)
    reach(context, enquiry_id)
    shut(context, enquiry_id, status)
    run(context)
    clock.advance(days=29)
    open_again(context, enquiry_id)
    clock.advance(days=400)
    reach(context, enquiry_id)

    assert 0 == run(context)

    clock.advance(days=400)
    shut(context, enquiry_id)
    clock.advance(days=364)
    note(context, enquiry_id, "They wrote once more", by=STAFF.user)

    assert 0 == run(context)

    clock.advance(days=1)

    assert 1 == run(context)
    assert not is_there(context, enquiry_id)


@pytest.mark.parametrize("is_released", [False, True])
def test_what_lies_in_quarantine_is_kept_until_staff_have_decided(
    site: Website, install: Install, clock: SettableClock, *, is_released: bool
) -> None:
    other = install(RETENTION="info 2d, routine 2d, spam 2d")
    enquiry_id = post(site, about="prices", _gotcha="robot words")
    clock.advance(days=100)

    assert "quarantined" == load_enquiry(other.table, enquiry_id).status
    assert 0 == run(other)

    if is_released:
        release_from_quarantine(other, enquiry_id, by=STAFF.user, version=1)
        run(other)
    shut(other, enquiry_id, "spam")
    clock.advance(days=2, seconds=-1)

    assert 0 == run(other)

    clock.advance(seconds=1)

    assert 1 == run(other)
