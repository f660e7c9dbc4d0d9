"""The one table: keys, indexes, access patterns, and how values become items.

| item | pk | sk | written by | read by |
|---|---|---|---|---|
| enquiry | `ENQUIRY#<id>` | `ENQUIRY` | accept | worker (GetItem) |
| event | `ENQUIRY#<id>` | `EVENT#<at>#<kind>` | accept; append-only | history (Query of the enquiry) |
| notification | `ENQUIRY#<id>` | `NOTIFICATION#<kind>` | accept, worker | worker (UpdateItem), sweeper (index `due`) |
| reference | `REFERENCE#<reference>` | `REFERENCE` | accept (must not exist) | look-up by reference (GetItem) |
| receipt | `RECEIPT#<sha-256 of the token>` | `RECEIPT` | accept | `/received/{receipt}` (GetItem) |
| idempotency | `IDEMPOTENCY#<sha-256>` | `IDEMPOTENCY` | accept (must not exist, or be expired) | accept (the item that the failed condition returns) |
| settings | `SETTINGS` | `SETTINGS` | provisioning | once per instance, then every 60 s (GetItem) |

| index | partition key | sort key | holds | projection |
|---|---|---|---|---|
| `due` | `due_shard` | `due_at` | outbox rows that still wait; sparse: both are removed when a row is done | keys only |

`expires_at` (seconds since 1970) is the TTL attribute; DynamoDB deletes late, so every read checks it as well. There is no scan.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import BaseModel

from chalicelib.aws import Clients

DUE_INDEX = "due"
DUE_SHARD = "0"
Item = dict[str, Any]


class Table:
    """The table of one stage. `pause` waits so many seconds between two tries."""

    def __init__(self, clients: Clients, name: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._clients = clients
        self.name = name
        self.pause = pause

    @property
    def client(self) -> Any:
        """The DynamoDB client, made on first use."""
        return self._clients.dynamodb

    def get(self, key: Mapping[str, str]) -> Item | None:
        """One item by its key, read consistently; None when there is none."""
        answer = self.client.get_item(TableName=self.name, Key=marshal(key), ConsistentRead=True)
        return unmarshal(answer["Item"]) if "Item" in answer else None


def enquiry_key(enquiry_id: str) -> dict[str, str]:
    """Key of an enquiry."""
    return {"pk": f"ENQUIRY#{enquiry_id}", "sk": "ENQUIRY"}


def event_key(enquiry_id: str, at: datetime, kind: str) -> dict[str, str]:
    """Key of one event in an enquiry's history."""
    return {"pk": f"ENQUIRY#{enquiry_id}", "sk": f"EVENT#{stamp(at)}#{kind}"}


def notification_key(enquiry_id: str, kind: str) -> dict[str, str]:
    """Key of an outbox row."""
    return {"pk": f"ENQUIRY#{enquiry_id}", "sk": f"NOTIFICATION#{kind}"}


def reference_key(reference: str) -> dict[str, str]:
    """Key of the row that makes a reference unique."""
    return {"pk": f"REFERENCE#{reference}", "sk": "REFERENCE"}


def receipt_key(receipt_hash: str) -> dict[str, str]:
    """Key of a receipt."""
    return {"pk": f"RECEIPT#{receipt_hash}", "sk": "RECEIPT"}


def idempotency_key(key_hash: str) -> dict[str, str]:
    """Key of an idempotency record."""
    return {"pk": f"IDEMPOTENCY#{key_hash}", "sk": "IDEMPOTENCY"}


SETTINGS_KEY = {"pk": "SETTINGS", "sk": "SETTINGS"}


def stamp(moment: datetime) -> str:
    """An aware moment as text of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def fields_of(model: BaseModel) -> Item:
    """A model as plain values; what is None is left out."""
    return model.model_dump(mode="json", exclude_none=True)


def marshal(values: Mapping[str, Any]) -> Item:
    """Plain values as DynamoDB attributes."""
    serialize = _serializer().serialize
    return {name: serialize(value) for name, value in values.items()}


def unmarshal(item: Mapping[str, Any]) -> Item:
    """DynamoDB attributes as plain values; numbers are `Decimal`."""
    deserialize = _deserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}


@cache
def _serializer() -> TypeSerializer:
    return TypeSerializer()


@cache
def _deserializer() -> TypeDeserializer:
    return TypeDeserializer()
