"""The one table: keys, indexes, access patterns, and how values become items.

| item | pk | sk | written by | read by |
|---|---|---|---|---|
| enquiry | `ENQUIRY#<id>` | `ENQUIRY` | accept, acts of staff | worker (GetItem); open ones by index `queue`, a day's by index `received` |
| tombstone | `ENQUIRY#<id>` | `ERASED` | erasing, in the place of the enquiry | its page (GetItem); unfinished ones by index `due`, all by index `received`, day `erased` |
| event | `ENQUIRY#<id>` | `EVENT#<number>` | accept, acts and views of staff, delivery events; append-only, hash-chained | history (Query of the enquiry) |
| chain | `ENQUIRY#<id>` | `CHAIN` | whoever adds an event: length and last hash | the same (GetItem) |
| audit | `AUDIT#<user>#<day>` | `EVENT#<number>`, `CHAIN` | what one member of staff searched and exported on one UTC day; append-only, hash-chained | audit (Query, GetItem) |
| audited | `AUDITED#<day>` | `<user>` | each of these events, which it counts | audit (Query), verify (GetItem) |
| viewing | `VIEWING#<enquiry id>` | `<user>` | the page of an enquiry while it is open | the same (Query) |
| notification | `ENQUIRY#<id>` or `NOTICE#<id>` | `NOTIFICATION#<name>` | accept, response clock, notices, worker, delivery events | worker (UpdateItem); waiting and failed ones by index `due` |
| response clock | `ENQUIRY#<id>` | `CLOCK` | accept, response clock, acts of staff | response clock (GetItem; running ones by index `due`) |
| notice | `NOTICE#<id>` | `NOTICE` | digest, reconciliation, delivery events, canary, quarantine check (must not exist: said once) | worker (GetItem) |
| tally | `ENQUIRY#<id>` | `TALLY` | report counts: what the enquiry has added to the counters | the same (BatchGetItem) |
| report | `REPORT#<month>` | `LEVEL#<level>`, `WEEKDAY#<0–6>`, `SOURCE#<name>`, `FORM#<name>` | report counts, erasing: counters and histogram buckets of what came in that month | reports, report counts (Query) |
| counted | `REPORTS` | `COUNTED` | report counts: up to when all is counted | reports (GetItem) |
| suppression | `SUPPRESSION#<keyed hash of an address>` | `SUPPRESSION` | delivery events | worker (GetItem) |
| session | `SESSION#<sha-256 of its id>` | `SESSION` | sign-in, every use | every request to the desk (GetItem) |
| listed session | `SESSIONS#<user>` | `<sha-256 of its id>` | sign-in | who ends all sessions of a user (Query) |
| sign-in under way | `SIGNIN#<sha-256 of its id>` | `SIGNIN` | sign-in | the next step of it (GetItem) |
| rate counter | `RATE#<keyed hash of a client and the day>` | `<beginning of the span>` | limited requests: guesses at sign-in, accept | the same (its condition) |
| alert window | `ALERTS#<group>` | `WINDOW` | worker: how many alerts of a group have gone out, until when, and whether others are being gathered | the same (its condition) |
| known name | `KNOWN#<keyed hash of a user and a network>` | `KNOWN` | sign-in that was right; 30 days | sign-in where the network has guessed too often (GetItem) |
| search | `SEARCH#<sha-256 of a session's id>` | `<random id>` | search: ids of what was found, nothing that was typed; half an hour | its page (GetItem) |
| canary | `CANARY#<hour>` | `CANARY` | canary (must not exist: one an hour) | canary (GetItem; those under way by index `due`) |
| reference | `REFERENCE#<reference>` | `REFERENCE` | accept (must not exist); stays when the enquiry is erased | look-up by reference, erasing, which finds receipt and idempotency record by it (GetItem) |
| look-up | `CONTACT#<keyed hash of an e-mail address or number>`, `NAME#<keyed hash of a word's beginning>` | `<received at>#<enquiry id>` | accept; reconciliation, when the key could not be read | search, earlier enquiries (Query, newest first) |
| receipt | `RECEIPT#<sha-256 of the token>` | `RECEIPT` | accept | `/received/{receipt}` (GetItem) |
| idempotency | `IDEMPOTENCY#<sha-256>` | `IDEMPOTENCY` | accept (must not exist, or be expired) | accept (the item that the failed condition returns) |
| settings | `SETTINGS` | `SETTINGS` | provisioning; what a manager changes at the desk | once per instance, then every 60 s (GetItem) |

| index | partition key | sort key | holds | projection |
|---|---|---|---|---|
| `due` | `due_shard` | `due_at` | what has a time to be looked at, sparse: shard `0` outbox rows that wait, `failed` those that failed, `clock` running response clocks, `canary` canaries under way, `lookups` enquiries whose look-ups have yet to be written, `uncounted` enquiries that reports have yet to count, `erasing` tombstones of which something is left, `kept-<kind>` counted enquiries that are kept for a time, by when it began | keys only |
| `queue` | `queue` | `queue_at` | enquiries that are not closed, by level and target (`try_<level>`: those with a next try of their own, by target and that try; `quarantined`, by when it must be looked through; `contacted`, by arrival); sparse: both are removed when it is closed | summary, owner, attempts, next try |
| `received` | `received_day` | `received_at` | the enquiries of one UTC day, tests left out; tombstones under `erased` | summary |

Summary: reference, level, status, times; nothing that a person typed.

`expires_at` (seconds since 1970) is the TTL attribute; DynamoDB deletes late, so every read checks it as well. There is no scan.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from pydantic import BaseModel

from chalicelib.aws import Clients
from chalicelib.models.notification import NOTICE_PREFIX

DUE_INDEX = "due"
QUEUE_INDEX = "queue"
RECEIVED_INDEX = "received"
WAITING, FAILED, CLOCKS, CANARIES = "0", "failed", "clock", "canary"
UNLISTED, UNCOUNTED, ERASING, KEPT = "lookups", "uncounted", "erasing", "kept-"
"""The shards of index `due`; those of the last begin so."""
AUDIT_PREFIX = "audit-"
"""What the owner of an audit begins with; no id of an enquiry does."""
BATCH_PAUSE_SECONDS = 0.05
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

    def write_all(self, actions: Sequence[Mapping[str, Any]], *lost_to: str) -> bool:
        """Carry out a transaction, all or nothing. False when a condition of it does not hold, or it was cancelled for
        one of the other codes in `lost_to`: losing is normal. Raises ClientError for anything else."""
        try:
            self.client.transact_write_items(TransactItems=list(actions))
        except ClientError as error:
            codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if codes.isdisjoint({"ConditionalCheckFailed", *lost_to}):
                raise
            return False
        return True

    def due(self, shard: str, now: datetime, limit: int) -> list[Item]:
        """Keys of the items of a shard whose time has come, oldest first, at most `limit`. An index lags behind the
        table: read the item before you act on it."""
        answer = self.client.query(
            TableName=self.name,
            IndexName=DUE_INDEX,
            KeyConditionExpression="due_shard = :shard AND due_at <= :now",
            ExpressionAttributeValues=marshal({":shard": shard, ":now": stamp(now)}),
            Limit=limit,
        )
        return [unmarshal(item) for item in answer["Items"]]

    def pages(self, index: str, condition: str, values: Mapping[str, Any]) -> Iterator[Item]:
        """Every item of an index (empty: of the table itself, consistently) under a condition on its keys, page by
        page."""
        query: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": marshal(values),
            **({"IndexName": index} if index else {"ConsistentRead": True}),
        }
        while True:
            answer = self.client.query(**query)
            yield from (unmarshal(item) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def part(
        self, index: str, condition: str, values: Mapping[str, Any], limit: int, after: Item | None = None
    ) -> list[Item]:
        """At most `limit` items of an index from the key `after` on, which need not exist any more: one call. Fewer
        than `limit` are the last ones."""
        answer = self.client.query(
            TableName=self.name,
            IndexName=index,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=marshal(values),
            Limit=limit,
            **({"ExclusiveStartKey": marshal(after)} if after else {}),
        )
        return [unmarshal(item) for item in answer["Items"]]

    def count(self, index: str, condition: str, values: Mapping[str, Any], limit: int) -> int:
        """How many items of an index there are, counted up to `limit`: one call."""
        answer = self.client.query(
            TableName=self.name,
            IndexName=index,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=marshal(values),
            Limit=limit,
            Select="COUNT",
        )
        return int(answer["Count"])

    def newest(self, partition: str, limit: int) -> list[str]:
        """The last sort keys of a partition, latest first, at most `limit`: one call."""
        answer = self.client.query(
            TableName=self.name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=marshal({":pk": partition}),
            ProjectionExpression="sk",
            ScanIndexForward=False,
            Limit=limit,
        )
        return [str(unmarshal(item)["sk"]) for item in answer["Items"]]

    def get_many(self, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        """The items of at most 100 keys, read consistently, in no order; what is not there is left out."""
        wanted: Any = {self.name: {"Keys": [marshal(key) for key in keys], "ConsistentRead": True}} if keys else {}
        found: list[Item] = []
        while wanted:
            answer = self.client.batch_get_item(RequestItems=wanted)
            found += [unmarshal(item) for item in answer["Responses"].get(self.name, [])]
            wanted = answer.get("UnprocessedKeys")
            if wanted:
                self.pause(BATCH_PAUSE_SECONDS)
        return found


def enquiry_key(enquiry_id: str) -> dict[str, str]:
    """Key of an enquiry."""
    return {"pk": f"ENQUIRY#{enquiry_id}", "sk": "ENQUIRY"}


def event_key(owner: str, number: int) -> dict[str, str]:
    """Key of one event in the history of an enquiry, or in an audit (`audit-…`), so that text order is the chain's."""
    return {"pk": _history_partition(owner), "sk": f"EVENT#{number:07d}"}


def chain_key(owner: str) -> dict[str, str]:
    """Key of the head of a history or audit."""
    return {"pk": _history_partition(owner), "sk": "CHAIN"}


def _history_partition(owner: str) -> str:
    is_audit = owner.startswith(AUDIT_PREFIX)
    return f"AUDIT#{owner.removeprefix(AUDIT_PREFIX)}" if is_audit else f"ENQUIRY#{owner}"


def audited_key(day: str, user: str) -> dict[str, str]:
    """Key of the row that says that somebody has an audit on a UTC day."""
    return {"pk": f"AUDITED#{day}", "sk": user}


def viewing_key(enquiry_id: str, user: str) -> dict[str, str]:
    """Key of the row that says who has an enquiry open."""
    return {"pk": f"VIEWING#{enquiry_id}", "sk": user}


def notification_key(owner: str, name: str) -> dict[str, str]:
    """Key of an outbox row of an enquiry or of a notice."""
    room = "NOTICE" if owner.startswith(NOTICE_PREFIX) else "ENQUIRY"
    return {"pk": f"{room}#{owner}", "sk": f"NOTIFICATION#{name}"}


def clock_key(enquiry_id: str) -> dict[str, str]:
    """Key of an enquiry's response clock."""
    return {"pk": f"ENQUIRY#{enquiry_id}", "sk": "CLOCK"}


def notice_key(notice_id: str) -> dict[str, str]:
    """Key of a notice."""
    return {"pk": f"NOTICE#{notice_id}", "sk": "NOTICE"}


def suppression_key(address_hash: str) -> dict[str, str]:
    """Key of a suppressed address."""
    return {"pk": f"SUPPRESSION#{address_hash}", "sk": "SUPPRESSION"}


def session_key(hashed: str) -> dict[str, str]:
    """Key of a session of staff."""
    return {"pk": f"SESSION#{hashed}", "sk": "SESSION"}


def canary_key(canary_id: str) -> dict[str, str]:
    """Key of a canary."""
    return {"pk": f"CANARY#{canary_id}", "sk": "CANARY"}


def reference_key(reference: str) -> dict[str, str]:
    """Key of the row that makes a reference unique."""
    return {"pk": f"REFERENCE#{reference}", "sk": "REFERENCE"}


def contact_partition(hashed: str) -> str:
    """Where the enquiries of one e-mail address or telephone number are looked up."""
    return f"CONTACT#{hashed}"


def name_partition(hashed: str) -> str:
    """Where the enquiries of names with a word that begins so are looked up."""
    return f"NAME#{hashed}"


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
