"""The parts of an export: each holds what it says, none twice, none left out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.context import AppContext
from chalicelib.models.enquiry import Enquiry
from chalicelib.storage.enquiries import enquiry_item
from chalicelib.storage.exports import Part, enquiries_of, parts_of
from chalicelib.storage.table import enquiry_key, marshal
from tests.builders import RECEIVED_AT, an_enquiry


def put(context: AppContext, number: int, **later: float) -> Enquiry:
    enquiry = an_enquiry(
        id=f"enquiry-{number:05d}", reference=f"K7F-{number:04d}", received_at=RECEIVED_AT + timedelta(**later)
    )
    context.table.client.put_item(TableName=context.table.name, Item=marshal(enquiry_item(enquiry)))
    return enquiry


@pytest.mark.parametrize("most", [1, 3, 100, 250])
def test_parts_together_hold_every_enquiry_once(context: AppContext, most: int) -> None:
    stored = [put(context, number, hours=number) for number in range(205)]
    parts = parts_of(context.table, RECEIVED_AT, RECEIVED_AT + timedelta(days=30), most)
    read = [enquiry for part in parts for enquiry in enquiries_of(context.table, part) or []]

    assert [each.id for each in stored] == [each.id for each in read]
    assert most >= max(part.rows for part in parts)


def test_what_came_at_the_same_moment_stays_in_one_part(context: AppContext) -> None:
    for number in range(5):
        put(context, number, seconds=number // 4)
    parts = parts_of(context.table, RECEIVED_AT, RECEIVED_AT + timedelta(days=1), 2)

    assert [4, 1] == [part.rows for part in parts]


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_part_with_another_count_is_not_given(context: AppContext, difference: int) -> None:
    for number in range(3):
        put(context, number, minutes=number)
    part = Part(RECEIVED_AT, RECEIVED_AT + timedelta(hours=1), 3 + difference)

    assert enquiries_of(context.table, part) is None


def test_a_part_of_which_one_is_gone_is_not_given(context: AppContext) -> None:
    erased = put(context, 0)
    (part,) = parts_of(context.table, RECEIVED_AT, RECEIVED_AT, 10)
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(enquiry_key(erased.id)))

    assert enquiries_of(context.table, part) is None
