"""Who has the page of an enquiry open: a row for each person that the open page keeps alive."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.storage.table import Item, Table, marshal, unmarshal, viewing_key

SEEN_FOR = timedelta(minutes=2)


def keep_viewing(table: Table, enquiry_id: str, user: str, now: datetime) -> bool:
    """Note that somebody has it open now. True when they had not, so that this is a view of its own."""
    item = {**viewing_key(enquiry_id, user), "expires_at": int((now + SEEN_FOR).timestamp())}
    answer = table.client.put_item(TableName=table.name, Item=marshal(item), ReturnValues="ALL_OLD")
    before = unmarshal(answer["Attributes"]) if "Attributes" in answer else None
    return before is None or not _is_alive(before, now)


def viewers(table: Table, enquiry_id: str, now: datetime) -> list[str]:
    """User names of everybody who has it open, in the order of the alphabet."""
    partition = viewing_key(enquiry_id, "")["pk"]
    rows = table.pages("", "pk = :pk", {":pk": partition})
    return sorted(str(row["sk"]) for row in rows if _is_alive(row, now))


def _is_alive(item: Item, now: datetime) -> bool:
    return int(item["expires_at"]) > now.timestamp()
