"""Outbox rows that wait to be told together: they stay pending and due, so that the sweeper finds what a gatherer has
left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from pydantic import ValidationError

from chalicelib.models.alert_groups import GATHERING
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import Notification
from chalicelib.storage.outbox import RowKey, held_by_us, row_key_of, update_if_still_ours, with_due_at
from chalicelib.storage.table import WAITING, Item, Table, enquiry_key, marshal, notification_key, stamp

MOST_KEYS = 100
"""What one BatchGetItem takes."""


def gather(table: Table, row: Notification, into: str, due_at: datetime) -> None:
    """Give the lease and the attempt back: `into` tells of it together with others. It is due again at `due_at`."""
    values = {":due": stamp(due_at), ":into": into, ":gathering": GATHERING, ":attempts": row.attempts - 1}
    update = {
        "UpdateExpression": "SET due_at = :due, gathered_in = :into, last_error = :gathering, attempts = :attempts "
        "REMOVE lease_until",
        "ConditionExpression": "#status = :pending AND lease_until = :lease",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal({**values, **held_by_us(row)}),
    }
    update_if_still_ours(table, row, update)


def leave_gathering(table: Table, row: Notification) -> None:
    """It was not told with the others after all."""
    update = {
        "UpdateExpression": "SET gathered_in = :nothing",
        "ConditionExpression": "#status = :pending AND lease_until = :lease",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal({":nothing": "", **held_by_us(row)}),
    }
    update_if_still_ours(table, row, update)


def gathered_rows(table: Table, into: str, due_at: datetime, limit: int) -> list[Notification]:
    """The rows that wait for one gatherer, at most `limit`. The index lags, and what it lacks is due by itself."""
    values = {":shard": WAITING, ":at": stamp(due_at)}
    keys = islice(table.pages("due", "due_shard = :shard AND due_at = :at", values), limit)
    return [row for row in waiting_rows(table, [row_key_of(key) for key in keys]) if row.gathered_in == into]


def waiting_rows(table: Table, keys: Sequence[RowKey]) -> list[Notification]:
    """Those of so many rows that still wait and that no worker holds, read consistently."""
    rows = list[Notification]()
    for item in _items(table, [notification_key(*key) for key in keys]):
        try:
            rows.append(Notification.model_validate(with_due_at(item)))
        except ValidationError:  # a later release wrote it: it must not silence the others
            continue
    return [row for row in rows if row.status == "pending" and row.lease_until is None]


def enquiries_of(table: Table, rows: Sequence[Notification]) -> dict[str, Enquiry]:
    """The enquiries that rows are about, by id, read consistently; without those that are gone or cannot be read."""
    enquiries = dict[str, Enquiry]()
    for item in _items(table, [enquiry_key(owner) for owner in sorted({row.owner for row in rows})]):
        try:
            enquiries[str(item["id"])] = Enquiry.model_validate(item)
        except ValidationError:
            continue
    return enquiries


def _items(table: Table, keys: Sequence[dict[str, str]]) -> Iterator[Item]:
    for start in range(0, len(keys), MOST_KEYS):
        yield from table.get_many(keys[start : start + MOST_KEYS])
