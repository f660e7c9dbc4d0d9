"""The outbox: rows are born in the accept transaction, claimed with a lease, and end as sent, suppressed or failed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.models.notification import Notification
from chalicelib.storage.table import (
    DUE_INDEX,
    DUE_SHARD,
    Item,
    Table,
    fields_of,
    marshal,
    notification_key,
    stamp,
    unmarshal,
)

LEASE = timedelta(seconds=30)
"""Longer than the Lambda timeout (20 s), shorter than the queue's visibility timeout (120 s)."""


def notification_item(row: Notification) -> Item:
    """A row as an item; only a row that still waits is in the index `due`."""
    waiting = {"due_shard": DUE_SHARD, "due_at": stamp(row.due_at)} if row.status == "pending" else {}
    return {**notification_key(row.enquiry_id, row.kind), **fields_of(row), **waiting}


def claim(table: Table, enquiry_id: str, kind: str, now: datetime) -> Notification | None:
    """Take a pending row for one lease; None when it is not there, not pending, another worker holds it (losing is
    normal), or it has failed before and its next attempt is not due: two pokes must not use up two attempts."""
    update = {
        "UpdateExpression": "SET lease_until = :until, due_at = :until, attempts = attempts + :one",
        "ConditionExpression": "#status = :pending AND (attribute_not_exists(lease_until) OR lease_until <= :now) "
        "AND (last_error = :none OR due_at <= :now)",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal(
            {":until": stamp(now + LEASE), ":now": stamp(now), ":one": 1, ":pending": "pending", ":none": ""}
        ),
    }
    try:
        answer = _update(table, notification_key(enquiry_id, kind), update, returns="ALL_NEW")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return None
        raise
    return Notification.model_validate(unmarshal(answer["Attributes"]))


def mark_sent(table: Table, row: Notification, message_id: str, now: datetime) -> None:
    """The message was handed over, whoever holds the lease by now: a later holder must not send again. Leaves the
    index."""
    _finish(table, row, "sent", now, {"message_id": message_id}, whoever_holds=True)


def mark_suppressed(table: Table, row: Notification, reason: str, now: datetime) -> None:
    """The message must not be sent. Leaves the index."""
    _finish(table, row, "suppressed", now, {"last_error": reason})


def mark_failed(table: Table, row: Notification, code: str, now: datetime) -> None:
    """The message can never be sent. Leaves the index; the caller raises the alarm."""
    _finish(table, row, "failed", now, {"last_error": code})


def retry_later(table: Table, row: Notification, code: str, due_at: datetime, *, attempts: int) -> None:
    """Give the lease back; the sweeper finds the row from `due_at` on."""
    values = {
        ":due": stamp(due_at),
        ":code": code,
        ":attempts": attempts,
        ":lease": stamp(_lease(row)),
        ":pending": "pending",
    }
    update = {
        "UpdateExpression": "SET due_at = :due, last_error = :code, attempts = :attempts REMOVE lease_until",
        "ConditionExpression": "#status = :pending AND lease_until = :lease",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal(values),
    }
    _update_if_still_ours(table, row, update)


def due_notifications(table: Table, now: datetime, limit: int = 100) -> list[tuple[str, str]]:
    """Enquiry id and kind of the rows whose time has come, oldest first, at most `limit`."""
    answer = table.client.query(
        TableName=table.name,
        IndexName=DUE_INDEX,
        KeyConditionExpression="due_shard = :shard AND due_at <= :now",
        ExpressionAttributeValues=marshal({":shard": DUE_SHARD, ":now": stamp(now)}),
        Limit=limit,
    )
    keys = [unmarshal(item) for item in answer["Items"]]
    return [(key["pk"].removeprefix("ENQUIRY#"), key["sk"].removeprefix("NOTIFICATION#")) for key in keys]


def _finish(
    table: Table, row: Notification, status: str, now: datetime, extra: dict[str, str], *, whoever_holds: bool = False
) -> None:
    named = {f":{name}": value for name, value in extra.items()}
    sets = "".join(f", {name} = :{name}" for name in extra)
    values = {":status": status, ":now": stamp(now), ":pending": "pending", **named}
    condition = "#status = :pending"
    if not whoever_holds:
        values[":lease"] = stamp(_lease(row))
        condition += " AND lease_until = :lease"
    update = {
        "UpdateExpression": f"SET #status = :status, finished_at = :now{sets} REMOVE due_shard, due_at, lease_until",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal(values),
    }
    _update_if_still_ours(table, row, update)


def _update_if_still_ours(table: Table, row: Notification, update: dict[str, Any]) -> None:
    """A lease that another worker has taken over decides; our late word must not undo theirs."""
    try:
        _update(table, notification_key(row.enquiry_id, row.kind), update)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def _lease(row: Notification) -> datetime:
    if row.lease_until is None:
        raise ValueError("only a claimed row can be finished")
    return row.lease_until


def _update(table: Table, key: dict[str, str], update: dict[str, Any], returns: str = "NONE") -> Any:
    return table.client.update_item(TableName=table.name, Key=marshal(key), ReturnValues=returns, **update)
