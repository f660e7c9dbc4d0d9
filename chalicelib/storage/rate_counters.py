"""How many requests of one kind a client has sent lately, for limits of any room: at the desk the guesses at sign-in.

A counter is one row for a client and a span of time, which expires by itself. Its key is a keyed hash of the client and
the day, so that nobody can read who it was, or follow anybody from one day to the next. A full counter is not written
any more. Whoever asks decides what an outage means: a limit that cannot be counted should refuse nobody.

Beside the counters: who has signed in from where, so that a limit of a whole network need not keep them out. That key
is a keyed hash as well."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import condition_failed
from chalicelib.storage.stage_settings import keyed_hash
from chalicelib.storage.table import Item, Table, marshal, stamp

REMEMBERED = timedelta(days=30)


@dataclass(frozen=True)
class RateLimit:
    """At most `most` requests in each `span` (from full hours on: ten minutes end at :00, :10 …); `kind` keeps one
    limit apart from another."""

    kind: str
    most: int
    span: timedelta


@dataclass(frozen=True)
class Counted:
    """One request in its counter. `is_over`: it is one too many, and was not counted; `seconds_left` until the counter
    begins anew."""

    key: Item
    is_over: bool
    seconds_left: int


@dataclass(frozen=True)
class Counting:
    """What counts one request within somebody else's transaction: it fails where it is one too many. `seconds_left`
    until the counter begins anew."""

    update: Item
    seconds_left: int


def counting(table_name: str, stage_key: bytes, limit: RateLimit, client: str, now: datetime) -> Counting:
    """The transaction action that counts one request of a client, who is taken as given: see `network_of`."""
    key, ends = _place(stage_key, limit, client, now)
    update = {"TableName": table_name, "Key": marshal(key), **_one_more(limit, ends)}
    return Counting({"Update": update}, ends - int(now.timestamp()))


def count_request(table: Table, stage_key: bytes, limit: RateLimit, client: str, now: datetime) -> Counted:
    """Count one request of a client, by one conditional write. `client` is the address that API Gateway saw, never one
    that a header claims. Raises AWS_ERRORS."""
    key, ends = _place(stage_key, limit, network_of(client), now)
    seconds_left = ends - int(now.timestamp())
    try:
        table.client.update_item(TableName=table.name, Key=marshal(key), **_one_more(limit, ends))
    except ClientError as error:
        if not condition_failed(error):
            raise
        return Counted(key, True, seconds_left)
    return Counted(key, False, seconds_left)


def counter_key(stage_key: bytes, limit: RateLimit, client: str, now: datetime) -> Item:
    """The key of the counter that `count_request` writes at this moment."""
    return _place(stage_key, limit, network_of(client), now)[0]


def take_back(table: Table, counted: Counted) -> None:
    """Count a request no longer: it turned out to be none that the limit is for. Raises AWS_ERRORS."""
    take_one_from(table, counted.key)


def take_one_from(table: Table, key: Item) -> None:
    """Count one request less in the counter of this key, if it still counts any. Raises AWS_ERRORS."""
    try:
        table.client.update_item(
            TableName=table.name,
            Key=marshal(key),
            UpdateExpression="ADD counted :less",
            ConditionExpression="counted > :none",
            ExpressionAttributeValues=marshal({":less": -1, ":none": 0}),
        )
    except ClientError as error:
        if not condition_failed(error):
            raise


def remember(table: Table, stage_key: bytes, user: str, client: str, now: datetime) -> None:
    """This user belongs to this client's network for another 30 days. Raises AWS_ERRORS."""
    item = {**_known_key(stage_key, user, client), "expires_at": int((now + REMEMBERED).timestamp())}
    table.client.put_item(TableName=table.name, Item=marshal(item))


def is_remembered(table: Table, stage_key: bytes, user: str, client: str, now: datetime) -> bool:
    """Whether `remember` was told so within 30 days. Raises AWS_ERRORS."""
    item = table.get(_known_key(stage_key, user, client))
    return item is not None and int(item["expires_at"]) > now.timestamp()


def network_of(address: str, v4_bits: int = 32, v6_bits: int = 64) -> str:
    """What counts as one client: an IPv4 address, or the /64 network that one IPv6 connection is given; or the networks
    of so many bits. Whatever is no address stays as it is."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    known = (read.ipv4_mapped if isinstance(read, ipaddress.IPv6Address) else None) or read
    bits = v4_bits if known.version == 4 else v6_bits
    return str(known if bits == known.max_prefixlen else ipaddress.ip_network((known, bits), strict=False))


def _place(stage_key: bytes, limit: RateLimit, client: str, now: datetime) -> tuple[Item, int]:
    """Key of the counter of this moment, and when it ends."""
    seconds = int(limit.span.total_seconds())
    begins = int(now.timestamp()) // seconds * seconds
    return _key(stage_key, limit.kind, client, datetime.fromtimestamp(begins, UTC)), begins + seconds


def _one_more(limit: RateLimit, ends: int) -> dict[str, Any]:
    return {
        "UpdateExpression": "ADD counted :one SET expires_at = :ends",
        "ConditionExpression": "attribute_not_exists(counted) OR counted < :most",
        "ExpressionAttributeValues": marshal({":one": 1, ":most": limit.most, ":ends": ends}),
    }


def _key(stage_key: bytes, kind: str, client: str, begins: datetime) -> Item:
    hashed = keyed_hash(stage_key, f"rate {kind} {begins.date().isoformat()}", client)
    return {"pk": f"RATE#{hashed}", "sk": stamp(begins)}


def _known_key(stage_key: bytes, user: str, client: str) -> Item:
    hashed = keyed_hash(stage_key, "known name", f"{user.lower()} {network_of(client)}")
    return {"pk": f"KNOWN#{hashed}", "sk": "KNOWN"}
