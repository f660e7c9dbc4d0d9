"""When an enquiry came in, by its own row or by what erasing has put in its place."""

from __future__ import annotations

from datetime import datetime

from chalicelib.storage.table import Table, enquiry_key


def tombstone_key(enquiry_id: str) -> dict[str, str]:
    """Key of what stays of an erased enquiry: never that of the enquiry, whose readers then need not know of it."""
    return {"pk": enquiry_key(enquiry_id)["pk"], "sk": "ERASED"}


def arrival_of(table: Table, enquiry_id: str) -> datetime | None:
    """When it came in; None when neither row is there. The tombstone comes in the transaction in which the enquiry
    goes, so that it is read second."""
    item = table.get(enquiry_key(enquiry_id)) or table.get(tombstone_key(enquiry_id))
    return datetime.fromisoformat(str(item["received_at"])) if item else None
