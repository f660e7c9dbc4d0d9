"""Addresses that must get no acknowledgement any more, by the keyed hash of the address."""

from __future__ import annotations

from datetime import datetime

from chalicelib.storage.stage_settings import keyed_hash
from chalicelib.storage.table import Table, marshal, stamp, suppression_key


def suppress(table: Table, key: bytes, address: str, reason: str, now: datetime) -> None:
    """Remember that mail to an address bounced or drew a complaint. `reason` is a code. Doing it twice is harmless."""
    item = {**suppression_key(address_hash(key, address)), "reason": reason, "since": stamp(now)}
    table.client.put_item(TableName=table.name, Item=marshal(item))


def is_suppressed(table: Table, key: bytes, address: str) -> bool:
    """Whether an address is suppressed, read consistently."""
    return table.get(suppression_key(address_hash(key, address))) is not None


def address_hash(key: bytes, address: str) -> str:
    """What stands for an address, whatever the case of its letters."""
    return keyed_hash(key, "suppression", address.strip().lower())
