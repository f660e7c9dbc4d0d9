"""What staff do that is about no single enquiry: a chain for each person and UTC day, and who has one on which day.
Without that list, whoever does not know a user name would find nothing; it is written with every entry, so that a day
that is listed and empty was tampered with.
It also keeps the number of entries, so that a day that was taken away and begun anew was, too."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

from chalicelib.models.history_chain import Break, HistoryEvent
from chalicelib.storage.history import append_event, audit_of, load_head, verify_history
from chalicelib.storage.table import Table, audited_key, marshal


def owner_of(event: HistoryEvent) -> str:
    """The audit that an event belongs to: that of whoever did it, on its UTC day."""
    return audit_of(event.by, event.at.astimezone(UTC).date())


def listed(table_name: str, event: HistoryEvent) -> dict[str, Any]:
    """The action that puts whoever did something on the list of its UTC day, with one entry more."""
    key = audited_key(event.at.astimezone(UTC).date().isoformat(), event.by)
    update = {
        "TableName": table_name,
        "Key": marshal(key),
        "UpdateExpression": "ADD links :one",
        "ExpressionAttributeValues": marshal({":one": 1}),
    }
    return {"Update": update}


def append_to_audit(table: Table, event: HistoryEvent) -> None:
    """Add an event to the audit that it belongs to. Raises StatusConflict when others were faster each time."""
    append_event(table, owner_of(event), event, [listed(table.name, event)])


def audited_users(table: Table, day: date) -> list[str]:
    """Everybody with an audit on a UTC day, in the order of the alphabet."""
    partition = audited_key(day.isoformat(), "")["pk"]
    return [str(item["sk"]) for item in table.pages("", "pk = :pk", {":pk": partition})]


def verify_audit(table: Table, user: str, day: date) -> Break | None:
    """The first link of somebody's day that does not hold. A day without any is whole, unless it is listed."""
    owner, row = audit_of(user, day), table.get(audited_key(day.isoformat(), user))
    found = verify_history(table, owner, may_be_empty=row is None)
    links = load_head(table, owner).links
    if found is None and row is not None and links < int(row.get("links", 0)):  # an earlier release did not count
        return Break(links + 1, "cut_off")
    return found
