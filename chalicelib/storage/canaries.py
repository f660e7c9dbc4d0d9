"""Canaries: test enquiries that the service sends to itself, one an hour; known by a signed mark, and taken away again
without a trace."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict

from chalicelib.aws import condition_failed
from chalicelib.storage.receipts import receipt_hash, receipt_token
from chalicelib.storage.stage_settings import keyed_hash
from chalicelib.storage.table import (
    CANARIES,
    Item,
    Table,
    canary_key,
    enquiry_key,
    fields_of,
    idempotency_key,
    marshal,
    receipt_key,
    reference_key,
    stamp,
)

CANARY_PREFIX = "canary-"
MARK_VALID_FOR = timedelta(hours=2)
"""Clocks differ and hours end; a mark that somebody finds later is worth nothing."""
_MARK = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2})\.([0-9a-f]{64})")


class Canary(BaseModel):
    """`id` is the UTC hour that it was sent for (`2026-03-02T15`). `answer` is what its post met: the HTTP status, the
    type of an error, empty when nobody lived to tell. `ended`: all that it left is gone, and only the hour is still
    taken."""

    model_config = ConfigDict(frozen=True)

    id: str
    posted_at: datetime
    answer: str = ""
    ended: bool = False

    @property
    def enquiry_id(self) -> str:
        """Known beforehand, so that a canary is found again whose answer was lost."""
        return canary_enquiry_id(self.id)


def canary_id(now: datetime) -> str:
    """The id of an hour's canary."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H")


def canary_enquiry_id(canary: str) -> str:
    """The enquiry's id, no UUID as a person's is."""
    return f"{CANARY_PREFIX}{canary}"


def is_canary(owner: str) -> bool:
    """Whether the owner of an outbox row is a canary's enquiry."""
    return owner.startswith(CANARY_PREFIX)


def canary_mark(key: bytes, canary: str) -> str:
    """What proves that an enquiry is a canary: its id, signed with the stage's key."""
    return f"{canary}.{keyed_hash(key, 'canary', canary)}"


def canary_of(mark: str, key: bytes, now: datetime) -> str:
    """The id of the canary that a mark proves; empty when it is forged, or its hour is not within two hours of
    now."""
    match = _MARK.fullmatch(mark)
    if match is None or not hmac.compare_digest(match[2], keyed_hash(key, "canary", match[1])):
        return ""
    return match[1] if abs(now - _hour_of(match[1])) <= MARK_VALID_FOR else ""


def begin_canary(table: Table, canary: Canary) -> bool:
    """Take the hour for a canary, before it is posted: one that is lost on the way is then missed. False when the hour
    has had its canary."""
    try:
        table.client.put_item(
            TableName=table.name,
            Item=marshal(_item(canary, canary.posted_at)),
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as error:
        if condition_failed(error):
            return False
        raise
    return True


def record_answer(table: Table, canary: Canary, answer: str) -> None:
    """Note what a canary's post met."""
    table.client.update_item(
        TableName=table.name,
        Key=marshal(canary_key(canary.id)),
        UpdateExpression="SET answer = :answer",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues=marshal({":answer": answer}),
    )


def due_canaries(table: Table, now: datetime, limit: int = 25) -> list[str]:
    """Ids of the canaries under way and of those whose hour is over, oldest first, at most `limit`."""
    return [str(key["pk"]).removeprefix("CANARY#") for key in table.due(CANARIES, now, limit)]


def load_canary(table: Table, canary: str) -> Canary | None:
    """One canary, read consistently; None when it is gone, and the index does not know yet."""
    item = table.get(canary_key(canary))
    return Canary.model_validate(item) if item else None


def end_canary(table: Table, key: bytes, canary: Canary, now: datetime) -> bool:
    """Delete all that a canary left, all or nothing: enquiry, history, outbox rows whatever their state, reference,
    receipt, idempotency record. Its own item keeps the hour taken until that is over. False when something of it
    changed at this moment: try again later. `key` is the stage's."""
    partition = enquiry_key(canary.enquiry_id)["pk"]
    left = list(table.pages("", "pk = :pk", {":pk": partition}))
    actions = [_delete(table, item) for item in left]
    if left:
        mark = canary_mark(key, canary.id)
        token = receipt_token(key, canary.enquiry_id)
        actions += [
            _delete(table, receipt_key(receipt_hash(token))),
            _delete(table, idempotency_key(claim_hash(mark))),
        ]
        actions += [_delete(table, reference_key(item["reference"])) for item in left if item["sk"] == "ENQUIRY"]
    return table.write_all([*actions, _leave(table, canary, now)], "TransactionConflict")


def claim_hash(idempotency: str) -> str:
    """The key of the idempotency record of a form that sent `_idempotency`, as intake/idempotency.py has it."""
    return hashlib.sha256(f"hidden:{idempotency}".encode()).hexdigest()


def _hour_of(canary: str) -> datetime:
    return datetime.strptime(f"{canary}+0000", "%Y-%m-%dT%H%z")


def _item(canary: Canary, due_at: datetime) -> Item:
    return {**canary_key(canary.id), **fields_of(canary), "due_shard": CANARIES, "due_at": stamp(due_at)}


def _leave(table: Table, canary: Canary, now: datetime) -> dict[str, Any]:
    over_at = _hour_of(canary.id) + timedelta(hours=1)
    if now >= over_at:
        return {"Delete": {"TableName": table.name, "Key": marshal(canary_key(canary.id))}}
    ended = canary.model_copy(update={"ended": True})
    return {"Put": {"TableName": table.name, "Item": marshal(_item(ended, over_at))}}


def _delete(table: Table, item: Item) -> dict[str, Any]:
    """Of an enquiry only a test's, and only as it was read: an event that came since would be left behind."""
    delete: dict[str, Any] = {"TableName": table.name, "Key": marshal({"pk": item["pk"], "sk": item["sk"]})}
    if item["sk"] == "ENQUIRY":
        delete["ConditionExpression"] = "is_test = :true AND version = :version"
        delete["ExpressionAttributeValues"] = marshal({":true": True, ":version": item["version"]})
    return {"Delete": delete}
