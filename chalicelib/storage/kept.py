"""What is kept for a time: enquiries that reports have counted wait in index `due` for the end of their period, in a
shard for each kind of RETENTION, by when the period began. So a changed period holds at once for all of them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.storage.table import KEPT, Table


def kept_shard(kind: str) -> str:
    """The shard of index `due` of a kind of RETENTION."""
    return f"{KEPT}{kind}"


def kept_until(table: Table, kind: str, began: datetime, limit: int) -> list[str]:
    """Ids of the enquiries of a kind whose period began at that moment or before, oldest first, at most `limit`."""
    if limit < 1:
        return []
    return [str(key["pk"]).removeprefix("ENQUIRY#") for key in table.due(kept_shard(kind), began, limit)]
