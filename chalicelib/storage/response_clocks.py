"""Response clocks: one item beside each enquiry that waits for a person, in the index while it has a next step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.models.notification import Notification
from chalicelib.models.response_clock import ResponseClock
from chalicelib.storage.outbox import put_new_row
from chalicelib.storage.table import CLOCKS, Item, Table, clock_key, fields_of, marshal, stamp


def clock_item(clock: ResponseClock, due_at: datetime | None) -> Item:
    """A clock as an item; without a next step it leaves the index and stays as it is."""
    indexed = {"due_shard": CLOCKS, "due_at": stamp(due_at)} if due_at else {}
    return {**clock_key(clock.enquiry_id), **fields_of(clock), **indexed}


def load_clock(table: Table, enquiry_id: str) -> ResponseClock | None:
    """The clock of an enquiry, read consistently; None when it has stopped."""
    item = table.get(clock_key(enquiry_id))
    return ResponseClock.model_validate(item) if item else None


def due_clocks(table: Table, now: datetime, limit: int) -> list[str]:
    """Enquiry ids of the clocks whose next step has come, oldest first, at most `limit`."""
    return [str(key["pk"]).removeprefix("ENQUIRY#") for key in table.due(CLOCKS, now, limit)]


def take_step(
    table: Table, before: ResponseClock, after: ResponseClock, due_at: datetime | None, rows: Sequence[Notification]
) -> bool:
    """Write a clock's next state with the messages of its step, all or nothing. False when the clock is no longer as
    it was, or the step has been taken: losing is normal."""
    actions = [replace_clock(table, before, after, due_at), *(put_new_row(table, row) for row in rows)]
    return table.write_all(actions)


def replace_clock(table: Table, before: ResponseClock, after: ResponseClock, due_at: datetime | None) -> dict[str, Any]:
    """The transaction action that writes a clock, unless it has changed meanwhile."""
    return {
        "Put": {
            "TableName": table.name,
            "Item": marshal(clock_item(after, due_at)),
            "ConditionExpression": "round = :round AND acknowledged = :acknowledged AND size(done) = :done",
            "ExpressionAttributeValues": marshal(
                {":round": before.round, ":acknowledged": before.acknowledged, ":done": len(before.done)}
            ),
        }
    }


def put_clock(
    table: Table, before: ResponseClock | None, after: ResponseClock, due_at: datetime | None
) -> dict[str, Any]:
    """The transaction action that starts a new round, whether or not a clock runs."""
    if before is not None:
        return replace_clock(table, before, after, due_at)
    item = marshal(clock_item(after, due_at))
    return {"Put": {"TableName": table.name, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def stop_clock(table: Table, enquiry_id: str) -> dict[str, Any]:
    """The transaction action that ends a clock; none need run."""
    return {"Delete": {"TableName": table.name, "Key": marshal(clock_key(enquiry_id))}}
