"""Whatever cannot be erased, or need not be yet, holds up nothing else that has been kept for its time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.models.retention import WITHDRAWN
from chalicelib.schedules.report_counts import count_for_reports
from chalicelib.schedules.retention_check import apply_retention
from chalicelib.storage.kept import kept_until
from chalicelib.storage.table import enquiry_key, marshal
from tests.conftest import SettableClock
from tests.functional.test_retention import IN_DANGER, PRESSED, is_there, link_of, post, shut
from tests.website import Website


def change(context: AppContext, enquiry_id: str, expression: str, **values: Any) -> None:
    """Write to an enquiry what this release never would."""
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(enquiry_key(enquiry_id)),
        UpdateExpression=expression,
        ExpressionAttributeValues=marshal({f":{name}": value for name, value in values.items()}),
    )


def test_withdrawn_emergencies_that_wait_are_not_asked_for(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    old = post(site)
    shut(context, old, "spam")
    clock.advance(days=31)
    for number in range(3):
        site.post_form(link_of(post(site, message=str(number), **IN_DANGER)), PRESSED)
    count_for_reports(context)

    assert [] == kept_until(context.table, WITHDRAWN, clock() + timedelta(hours=69), 10)
    assert 1 == apply_retention(context, limit=1)
    assert not is_there(context, old)


def test_a_flood_of_one_kind_leaves_the_others_their_turn(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    spam = [post(site, message=str(number)) for number in range(4)]
    for enquiry_id in spam:
        shut(context, enquiry_id, "spam")
    other = post(site)
    shut(context, other)
    count_for_reports(context)
    clock.advance(days=365)

    assert 2 == apply_retention(context, limit=2)
    assert not is_there(context, other)


def test_what_always_fails_stands_behind_the_others_of_its_kind(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    broken = [post(site, message=str(number)) for number in range(2)]
    other = post(site)
    for enquiry_id in (*broken, other):
        shut(context, enquiry_id)
        clock.advance(seconds=1)
    count_for_reports(context)
    for enquiry_id in broken:
        change(context, enquiry_id, "SET flags = :wrong", wrong=7)
    clock.advance(days=365)
    with pytest.raises(ExceptionGroup):
        apply_retention(context, limit=2)

    assert is_there(context, other)
    assert 1 == apply_retention(context, limit=2)
    assert not is_there(context, other)

    clock.advance(hours=1)
    with pytest.raises(ExceptionGroup) as raised:
        apply_retention(context, limit=2)

    assert 2 == len(raised.value.exceptions)


def test_what_stands_where_it_is_not_to_be_erased_is_counted_again(
    site: Website, context: AppContext, clock: SettableClock
) -> None:
    opened, held_back = post(site), post(site, message="Other", about="prices")
    shut(context, held_back)
    count_for_reports(context)
    for enquiry_id in (opened, held_back):
        change(context, enquiry_id, "SET due_shard = :kept, due_at = :at", kept="kept-spam", at="2020-01-01")

    assert 0 == apply_retention(context)
    assert [] == kept_until(context.table, "spam", clock(), 10)

    count_for_reports(context)

    assert [held_back] == kept_until(context.table, "info", clock(), 10)
