"""Adds to a stored enquiry what turns out to be missing."""

from __future__ import annotations

from chalicelib.models.notification import Notification
from chalicelib.storage.outbox import put_new_row
from chalicelib.storage.table import Table, enquiry_key, marshal


def add_missing_row(table: Table, row: Notification) -> bool:
    """Add an outbox row to an enquiry. False when it has it already, or when the enquiry has been erased."""
    enquiry_is_there = {
        "TableName": table.name,
        "Key": marshal(enquiry_key(row.owner)),
        "ConditionExpression": "attribute_exists(pk)",
    }
    return table.write_all([{"ConditionCheck": enquiry_is_there}, put_new_row(table, row)])
