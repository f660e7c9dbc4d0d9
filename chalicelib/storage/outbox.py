"""The outbox: rows are born in the transaction that causes them, claimed with a lease, and end as sent, suppressed or
failed; delivery events then say what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from pydantic import ValidationError

from chalicelib.aws import condition_failed
from chalicelib.models.notification import Notification
from chalicelib.observability import log
from chalicelib.storage.table import (
    FAILED,
    WAITING,
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

NOTICES_KEPT_FOR = timedelta(days=90)

RowKey = tuple[str, str]
"""Owner and name of a row."""


def notification_item(row: Notification) -> Item:
    """A row as an item; only a row that still waits is in the index `due`."""
    waiting = {"due_shard": WAITING, "due_at": stamp(row.due_at)} if row.status == "pending" else {}
    kept = {"expires_at": int((row.due_at + NOTICES_KEPT_FOR).timestamp())} if row.is_notice else {}
    return {**notification_key(row.owner, row.name), **fields_of(row), **waiting, **kept}


def put_new_row(table: Table, row: Notification) -> dict[str, Any]:
    """The transaction action that adds a row; a row that exists already cancels the transaction."""
    item = marshal(notification_item(row))
    return {"Put": {"TableName": table.name, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def load_notification(table: Table, owner: str, name: str) -> Notification | None:
    """One row, read consistently; None when there is none."""
    item = table.get(notification_key(owner, name))
    return Notification.model_validate(with_due_at(item)) if item else None


def notifications_of(table: Table, owner: str) -> list[Notification]:
    """All readable rows of one owner, read consistently; for those that are not, see `read_rows`."""
    return read_rows(table, owner)[0]


def read_rows(table: Table, owner: str) -> tuple[list[Notification], int]:
    """The rows of one owner, read consistently, and how many more cannot be read: a later release wrote them. Each of
    those is an error `row unreadable` with `notification_id`."""
    key = notification_key(owner, "")
    rows, unreadable = [], 0
    for item in table.pages("", "pk = :pk AND begins_with(sk, :sk)", {":pk": key["pk"], ":sk": key["sk"]}):
        try:
            rows.append(Notification.model_validate(with_due_at(item)))
        except ValidationError:  # its message would quote the item
            log.error("row unreadable", extra={"notification_id": "_".join(row_key_of(item))})
            unreadable += 1
    return rows, unreadable


def claim(table: Table, owner: str, name: str, now: datetime) -> Notification | None:
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
        answer = _update(table, notification_key(owner, name), update, returns="ALL_NEW")
    except ClientError as error:
        if condition_failed(error):
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


def mark_failed(
    table: Table, row: Notification, code: str, now: datetime, instead: Sequence[Notification] = ()
) -> None:
    """The message can never be sent: the row moves to the shard of failed rows, and the rows that take its place are
    added with it. The caller raises the alarm."""
    update = {
        "Key": marshal(notification_key(row.owner, row.name)),
        "UpdateExpression": "SET #status = :failed, last_error = :code, finished_at = :now, due_shard = :shard, "
        "due_at = :now REMOVE lease_until",
        "ConditionExpression": "#status = :pending AND lease_until = :lease",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal(
            {":failed": "failed", ":code": code, ":now": stamp(now), ":shard": FAILED, **held_by_us(row)}
        ),
    }
    actions = [{"Update": {"TableName": table.name, **update}}, *(put_new_row(table, other) for other in instead)]
    try:
        table.client.transact_write_items(TransactItems=actions)
    except ClientError as error:
        reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        if "ConditionalCheckFailed" not in reasons:
            raise
        if reasons[0] != "ConditionalCheckFailed":  # what takes its place is there already
            mark_failed(table, row, code, now)


def retry_later(
    table: Table, row: Notification, code: str, due_at: datetime, *, attempts: int, ambiguous: bool = False
) -> None:
    """Give the lease back; the sweeper finds the row from `due_at` on."""
    values = {":due": stamp(due_at), ":code": code, ":attempts": attempts, ":ambiguous": ambiguous, **held_by_us(row)}
    update = {
        "UpdateExpression": "SET due_at = :due, last_error = :code, attempts = :attempts, ambiguous = :ambiguous "
        "REMOVE lease_until",
        "ConditionExpression": "#status = :pending AND lease_until = :lease",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal(values),
    }
    update_if_still_ours(table, row, update)


def note_counters(table: Table, row: Notification, counters: Mapping[str, str] | None) -> bool:
    """Write which limits count a claimed row; None: none does any more. False when another worker holds it."""
    known = {":counters": dict(counters)} if counters else {}
    update = {
        "UpdateExpression": "SET counters = :counters" if known else "REMOVE counters",
        "ConditionExpression": "#status = :pending AND lease_until = :lease",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal({**known, **held_by_us(row)}),
    }
    return update_if_still_ours(table, row, update)


def record_fates(table: Table, row: Notification, now: datetime) -> bool:
    """Write what delivery events have told: fates, status and message id of a row whose revision was one less. A row
    that still waited, or had failed, leaves the index: it has gone out after all. Staff mail that reached nobody joins
    the failed rows, from which it can be sent again. False when another event came between."""
    is_lost = row.status in ("bounced", "rejected") and row.kind != "acknowledgement"
    index = "due_shard = :shard, due_at = :now REMOVE" if is_lost else "finished_at = :now REMOVE due_shard, due_at,"
    values = {
        ":status": row.status,
        ":fates": dict(row.fates),
        ":message_id": row.message_id,
        ":revision": row.revision,
        ":seen": row.revision - 1,
        ":now": stamp(now),
        **({":shard": FAILED} if is_lost else {}),
    }
    update = {
        "UpdateExpression": "SET #status = :status, fates = :fates, message_id = :message_id, revision = :revision, "
        f"{index} lease_until",
        "ConditionExpression": "revision = :seen",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal(values),
    }
    return update_if_still_ours(table, row, update)


def send_again(table: Table, owner: str, name: str, now: datetime) -> bool:
    """Put a row that failed, or reached nobody, back among those that wait, with all its attempts; False for any
    other."""
    update = {
        "UpdateExpression": "SET #status = :pending, attempts = :none, due_shard = :shard, due_at = :now, "
        "last_error = :empty, fates = :nothing, revision = revision + :one REMOVE finished_at",
        "ConditionExpression": "#status IN (:failed, :bounced, :rejected)",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal(
            {
                ":pending": "pending",
                ":failed": "failed",
                ":bounced": "bounced",
                ":rejected": "rejected",
                ":nothing": {},
                ":one": 1,
                ":none": 0,
                ":shard": WAITING,
                ":now": stamp(now),
                ":empty": "",
            }
        ),
    }
    return _update_where(table, notification_key(owner, name), update)


def due_notifications(table: Table, now: datetime, limit: int = 100) -> list[RowKey]:
    """The rows whose time has come, oldest first, at most `limit`."""
    return [row_key_of(key) for key in table.due(WAITING, now, limit)]


def failed_notifications(table: Table) -> Iterator[RowKey]:
    """Every row that could not be sent, oldest first."""
    keys = table.pages("due", "due_shard = :shard", {":shard": FAILED})
    return (row_key_of(key) for key in keys)


def row_key_of(key: Item) -> RowKey:
    """Owner and name in the key of an item."""
    return str(key["pk"]).partition("#")[2], str(key["sk"]).partition("#")[2]


def with_due_at(item: Item) -> Item:
    """An item as a row reads it: a finished row has left the index, and its time with it."""
    return {"due_at": item.get("finished_at", "1970-01-01T00:00:00Z"), **item}


def _finish(
    table: Table, row: Notification, status: str, now: datetime, extra: dict[str, str], *, whoever_holds: bool = False
) -> None:
    named = {f":{name}": value for name, value in extra.items()}
    sets = "".join(f", {name} = :{name}" for name in extra)
    values = {":status": status, ":now": stamp(now), ":pending": "pending", **named}
    condition = "#status = :pending"
    if not whoever_holds:
        values |= held_by_us(row)
        condition += " AND lease_until = :lease"
    update = {
        "UpdateExpression": f"SET #status = :status, finished_at = :now{sets} REMOVE due_shard, due_at, lease_until",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": marshal(values),
    }
    update_if_still_ours(table, row, update)


def held_by_us(row: Notification) -> dict[str, str]:
    """The values of a condition that a row is still under the lease of its claim."""
    if row.lease_until is None:
        raise ValueError("only a claimed row can be finished")
    return {":pending": "pending", ":lease": stamp(row.lease_until)}


def update_if_still_ours(table: Table, row: Notification, update: dict[str, Any]) -> bool:
    """A lease that another worker has taken over decides; our late word must not undo theirs."""
    return _update_where(table, notification_key(row.owner, row.name), update)


def _update_where(table: Table, key: dict[str, str], update: dict[str, Any]) -> bool:
    try:
        _update(table, key, update)
    except ClientError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def _update(table: Table, key: dict[str, str], update: dict[str, Any], returns: str = "NONE") -> Any:
    return table.client.update_item(TableName=table.name, Key=marshal(key), ReturnValues=returns, **update)
