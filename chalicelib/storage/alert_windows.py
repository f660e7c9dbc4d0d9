"""How many alerts to staff have lately gone out one by one: one row for a group of alerts.

A window begins with the first alert. While it has room, alerts go out at once. The first that finds it full begins a
gathering in one transaction: the gatherer's outbox row, and the next window, which is full from its beginning. So the
gatherer exists before anything waits for it, no alert that comes later overtakes it, and while a flood lasts there is
one message for each window. Five minutes after the last of them alerts go out one by one again: the steps of response
clocks come once a minute, all at once, and must not find a new window each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.models.alert_groups import AlertGroup, gatherer_of
from chalicelib.models.notification import Notification
from chalicelib.storage.outbox import put_new_row
from chalicelib.storage.table import Item, Table, marshal, unmarshal

KEPT_FOR = timedelta(days=1)
CALM_AFTER = timedelta(minutes=5)
"""So long after the last message that told of several, the next alert goes out by itself again."""
TRIES = 5
"""How often a row is looked at again that somebody else changes at the same moment."""
_LOST = ("ConditionalCheckFailedException", "TransactionConflictException")


@dataclass(frozen=True)
class Gathering:
    """What an alert joins: the row that will tell of it. `is_new`: nobody has poked it yet."""

    gatherer: Notification
    is_new: bool


def join_or_pass(table: Table, group: AlertGroup, draw: str, now: datetime) -> Gathering | None:
    """None for an alert that goes out by itself, now; counted with one write while nothing is gathered. Also None when
    others were faster each time: better one message too many. `draw` is this call's own. Raises AWS_ERRORS."""
    for _ in range(TRIES):
        window = _open(table, group, draw, now)
        # That the last one counted is this very alert: botocore tried again what had been done.
        if window is None or window.get("last") == draw:
            return None
        gathers_at, ends_at = int(window.get("gathers_at", 0)), int(window["ends_at"])
        if now.timestamp() < gathers_at:
            return Gathering(gatherer_of(group.name, gathers_at), is_new=False)
        if not ends_at:
            continue  # somebody is writing it
        if now.timestamp() < ends_at and int(window["counted"]) < group.most:
            if _count(table, group, draw, ends_at):
                return None
            continue
        until = ends_at if now.timestamp() < ends_at else _end(group, now)
        if _begin_gathering(table, group, ends_at, until):
            return Gathering(gatherer_of(group.name, until), is_new=True)
    return None


def _open(table: Table, group: AlertGroup, draw: str, now: datetime) -> Item | None:
    """Begin a window with this alert; the one that is there when it has not ended."""
    ends_at = _end(group, now)
    return _write(
        table,
        group,
        "SET counted = :one, ends_at = :ends, calm_at = :ends, #last = :draw, expires_at = :expires REMOVE gathers_at",
        "attribute_not_exists(calm_at) OR calm_at <= :now",
        {":one": 1, ":ends": ends_at, ":draw": draw, ":expires": _expires(ends_at), ":now": int(now.timestamp())},
    )


def _count(table: Table, group: AlertGroup, draw: str, ends_at: int) -> bool:
    values = {":one": 1, ":ends": ends_at, ":most": group.most, ":draw": draw}
    condition = "ends_at = :ends AND counted < :most"
    return _write(table, group, "ADD counted :one SET #last = :draw", condition, values) is None


def _begin_gathering(table: Table, group: AlertGroup, seen: int, until: int) -> bool:
    next_end, calm_at = until + int(group.span.total_seconds()), until + int(CALM_AFTER.total_seconds())
    values = {":seen": seen, ":at": until, ":next": next_end, ":calm": calm_at, ":full": group.most}
    values[":expires"] = _expires(calm_at)
    update = {
        "TableName": table.name,
        "Key": marshal(_key(group)),
        "UpdateExpression": "SET gathers_at = :at, ends_at = :next, calm_at = :calm, counted = :full, "
        "expires_at = :expires",
        "ConditionExpression": "ends_at = :seen",
        "ExpressionAttributeValues": marshal(values),
    }
    gatherer = gatherer_of(group.name, until)
    return table.write_all([{"Update": update}, put_new_row(table, gatherer)], "TransactionConflict")


def _write(table: Table, group: AlertGroup, update: str, condition: str, values: dict[str, Any]) -> Item | None:
    """None when it was written; the row as it is when the condition does not hold, one that has ended when a
    transaction holds it."""
    try:
        table.client.update_item(
            TableName=table.name,
            Key=marshal(_key(group)),
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues=marshal(values),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in _LOST:
            raise
        found: Any = error.response.get("Item")
        return unmarshal(found) if found else {"ends_at": 0}
    return None


def _end(group: AlertGroup, now: datetime) -> int:
    return int(now.timestamp()) + 1 + int(group.span.total_seconds())


def _key(group: AlertGroup) -> dict[str, str]:
    return {"pk": f"ALERTS#{group.name}", "sk": "WINDOW"}


def _expires(ends_at: int) -> int:
    return ends_at + int(KEPT_FOR.total_seconds())
