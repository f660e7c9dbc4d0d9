"""What is kept for a time: enquiries that reports have counted wait in index `due` for the end of their period, in a
shard for each kind of RETENTION, by when the period began. So a changed period holds at once for all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.storage.table import KEPT, UNCOUNTED, Table, enquiry_key, marshal, stamp


def kept_shard(kind: str) -> str:
    """The shard of index `due` of a kind of RETENTION."""
    return f"{KEPT}{kind}"


def kept_until(table: Table, kind: str, began: datetime, limit: int) -> list[str]:
    """Ids of the enquiries of a kind whose period began at that moment or before, oldest first, at most `limit`."""
    return [str(key["pk"]).removeprefix("ENQUIRY#") for key in table.due(kept_shard(kind), began, limit)]


def look_again(table: Table, kind: str, enquiry_id: str, began: datetime) -> None:
    """Let what cannot be erased now stand as if its period had begun then, behind the others."""
    move = {":at": stamp(began)}
    table.write_all([{"Update": _moved(table, kind, enquiry_id, "SET due_at = :at", move)}], "TransactionConflict")


def count_again(table: Table, kind: str, enquiry_id: str) -> None:
    """Let reports put an enquiry where it belongs: it stands under that kind, and is not to be erased."""
    move = {":uncounted": UNCOUNTED}
    update = _moved(table, kind, enquiry_id, "SET due_shard = :uncounted", move)
    table.write_all([{"Update": update}], "TransactionConflict")


def _moved(table: Table, kind: str, enquiry_id: str, expression: str, values: dict[str, Any]) -> dict[str, Any]:
    """The version stays as it is, so that no member of staff meets a conflict. What stands elsewhere by now stays."""
    return {
        "TableName": table.name,
        "Key": marshal(enquiry_key(enquiry_id)),
        "UpdateExpression": expression,
        "ConditionExpression": "due_shard = :kept",
        "ExpressionAttributeValues": marshal({":kept": kept_shard(kind), **values}),
    }
