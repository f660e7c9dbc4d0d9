"""Who has an audit on which day: without this list, whoever does not know a user name would find nothing."""

from __future__ import annotations

from datetime import date

from chalicelib.storage.table import Table, audited_key, marshal


def note_audited(table: Table, user: str, day: date) -> None:
    """Put a user on the list of a UTC day; twice is harmless."""
    table.client.put_item(TableName=table.name, Item=marshal(audited_key(day.isoformat(), user)))


def audited_users(table: Table, day: date) -> list[str]:
    """Everybody with an audit on a UTC day, in the order of the alphabet."""
    partition = audited_key(day.isoformat(), "")["pk"]
    return [str(item["sk"]) for item in table.pages("", "pk = :pk", {":pk": partition})]
