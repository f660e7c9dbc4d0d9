"""Erasing an enquiry: one transaction takes it away, then what is left in its partition goes, in as many calls as it
takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chalicelib.aws import AWS_ERRORS
from chalicelib.errors import LegallyHeld, NotFound, StatusConflict
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import ERASED
from chalicelib.models.tombstone import BY_THE_PERSON, ErasedEnquiry, Erasure, Tombstone, consent_record
from chalicelib.observability import failure_fields, log
from chalicelib.storage.arrivals import tombstone_key
from chalicelib.storage.enquiries import enquiry_id_of, load_enquiry
from chalicelib.storage.history import CONFLICT_PAUSES, add_link, load_head
from chalicelib.storage.lookups import lookup_items
from chalicelib.storage.response_clocks import stop_clock
from chalicelib.storage.table import (
    ERASING,
    RECEIVED_INDEX,
    Item,
    Table,
    enquiry_key,
    fields_of,
    idempotency_key,
    marshal,
    receipt_key,
    reference_key,
    stamp,
    viewing_key,
)
from chalicelib.storage.tallies import settle_counts

ERASED_DAY = "erased"
"""The partition of index `received` that lists tombstones; no UTC day is called so."""
_AT_ONCE = 50
"""Rows in one transaction, which may hold 100 of them and 4 MB: a note takes up to 40 KB."""
_ROUNDS = 3


def erase_enquiry(table: Table, key: bytes, enquiry: Enquiry, erasure: Erasure) -> Tombstone:
    """Erase an enquiry as it was read, all or nothing; `finish_erasure` then takes away what is left. `key` is the
    stage's.

    1. In one transaction the enquiry, its clock, receipt, idempotency record and look-ups go, a tombstone comes, and
       the history gets its last link. From then on nobody finds it, nothing is added to it, and no message about it is
       sent: for every reader it is not there.
    2. Left, and known by the tombstone's mark: texts in the history, outbox rows, who has it open.

    Raises NotFound when it has been erased already, StatusConflict when it has changed since it was read, LegallyHeld
    under a legal hold."""
    # Setting a hold changes the version: one that is set at this moment stops the erasure as well.
    if enquiry.hold:
        raise LegallyHeld("under a legal hold")
    asked_at = erasure.at if erasure.by == BY_THE_PERSON else None
    tombstone = Tombstone(
        id=enquiry.id,
        reference=enquiry.reference,
        received_at=enquiry.received_at,
        erased_at=erasure.at,
        erased_by=erasure.by,
        reason=erasure.reason,
        consent=consent_record(enquiry, asked_at),
    )
    for pause_seconds in CONFLICT_PAUSES:
        if load_enquiry(table, enquiry.id).version != enquiry.version:
            break
        if table.write_all(_actions(table, key, enquiry, erasure, tombstone), "TransactionConflict"):
            return tombstone
        table.pause(pause_seconds)
    raise StatusConflict("changed since it was read")


def erase_and_finish(table: Table, key: bytes, enquiry: Enquiry, erasure: Erasure) -> None:
    """Erase an enquiry as it was read, and take away what is left, unless something goes wrong there: it is gone
    already, and the hourly reconciliation does the rest. Log lines `enquiry erased` with `reason`, and the error
    `erasure not finished`. Raises as `erase_enquiry` does."""
    erase_enquiry(table, key, enquiry, erasure)
    log.info("enquiry erased", extra={"enquiry_id": enquiry.id, "reason": erasure.reason})
    try:
        done, failure = finish_erasure(table, enquiry.id, erasure.at), {}
    except AWS_ERRORS as error:
        done, failure = False, failure_fields(error)
    if not done:
        log.error("erasure not finished", extra={"enquiry_id": enquiry.id, **failure})


def finish_erasure(table: Table, enquiry_id: str, now: datetime) -> bool:
    """Take away what an erased enquiry has left: every row of its partition but tombstone and history, and of the
    history all texts and their salts. May be stopped anywhere and called again. False when others wrote at the same
    moment and something is left. Raises NotFound for an enquiry that is not erased."""
    if load_tombstone(table, enquiry_id).finished_at is not None:
        return True
    for _ in range(_ROUNDS):
        left = list(_left(table, enquiry_id))
        if not left:
            return table.write_all([_finished(table, enquiry_id, now)], "TransactionConflict")
        for start in range(0, len(left), _AT_ONCE):
            table.write_all(left[start : start + _AT_ONCE], "TransactionConflict")
    return False


def load_tombstone(table: Table, enquiry_id: str) -> Tombstone:
    """What stays of an erased enquiry, read consistently. Raises NotFound."""
    item = table.get(tombstone_key(enquiry_id))
    if item is None:
        raise NotFound("not erased")
    return Tombstone.model_validate(item)


def is_erased(table: Table, reference: str) -> bool:
    """Whether the enquiry of an exact reference has been erased."""
    try:
        load_tombstone(table, enquiry_id_of(table, reference))
    except NotFound:
        return False
    return True


def erased_between(table: Table, since: datetime, until: datetime) -> Iterator[ErasedEnquiry]:
    """The erased enquiries that had come in from `since` to `until`, both included, oldest first."""
    condition = "received_day = :day AND received_at BETWEEN :since AND :until"
    values = {":day": ERASED_DAY, ":since": stamp(since), ":until": stamp(until)}
    return (ErasedEnquiry.model_validate(item) for item in table.pages(RECEIVED_INDEX, condition, values))


def due_erasures(table: Table, now: datetime, limit: int) -> list[str]:
    """Ids of the erased enquiries of which something may be left, oldest first, at most `limit`."""
    return [str(key["pk"]).removeprefix("ENQUIRY#") for key in table.due(ERASING, now, limit)]


def _actions(
    table: Table, key: bytes, enquiry: Enquiry, erasure: Erasure, tombstone: Tombstone
) -> list[dict[str, Any]]:
    """About 45 of the 100 that one transaction may hold."""
    as_read = {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": marshal({":version": enquiry.version}),
    }
    return [
        # Even what somebody has taken the history from can be erased; it stays known as broken.
        *add_link(table.name, enquiry.id, load_head(table, enquiry.id), erasure.event, may_begin=True),
        _delete(table, enquiry_key(enquiry.id), **as_read),
        {"Put": {"TableName": table.name, "Item": marshal(_tombstone_item(tombstone))}},
        stop_clock(table, enquiry.id),
        *_answers_to_the_sender(table, enquiry),
        *(_delete(table, row) for row in lookup_items(key, enquiry)),
        *settle_counts(table, enquiry, erasure.at, erasure.zone),
    ]


def _tombstone_item(tombstone: Tombstone) -> Item:
    return {
        **tombstone_key(tombstone.id),
        **fields_of(tombstone),
        "received_day": ERASED_DAY,
        "received_at": stamp(tombstone.received_at),
        "due_shard": ERASING,
        "due_at": stamp(tombstone.erased_at),
    }


def _answers_to_the_sender(table: Table, enquiry: Enquiry) -> Iterator[dict[str, Any]]:
    """Receipt and idempotency record go. The reference stays taken, for nobody is given it twice, and leads to the
    tombstone."""
    taken = reference_key(enquiry.reference)
    known = table.get(taken) or {}
    yield {"Put": {"TableName": table.name, "Item": marshal({**taken, "enquiry_id": enquiry.id})}}
    if receipt_hash := known.get("receipt_hash"):
        yield _delete(table, receipt_key(receipt_hash))
    if claim := known.get("claim_hash"):
        record = table.get(idempotency_key(claim))
        # A claim that had expired may be another enquiry's by now.
        if record is not None and record["enquiry_id"] == enquiry.id:
            yield _delete(
                table,
                record,
                ConditionExpression="attribute_not_exists(pk) OR enquiry_id = :id",
                ExpressionAttributeValues=marshal({":id": enquiry.id}),
            )


def _left(table: Table, enquiry_id: str) -> Iterator[dict[str, Any]]:
    kept = (tombstone_key(enquiry_id)["sk"], "CHAIN")
    for item in table.pages("", "pk = :pk", {":pk": enquiry_key(enquiry_id)["pk"]}):
        if str(item["sk"]).startswith("EVENT#"):
            if item["kind"] != ERASED and (item.get("facts") or item.get("salt")):
                yield _without_text(table, item)
        elif item["sk"] not in kept:
            yield _delete(table, item)
    for item in table.pages("", "pk = :pk", {":pk": viewing_key(enquiry_id, "")["pk"]}):
        yield _delete(table, item)


def _without_text(table: Table, item: Item) -> dict[str, Any]:
    """The digest stays, so the chain holds; without the salt nobody can guess what it was made of."""
    return {
        "Update": {
            "TableName": table.name,
            "Key": _key(item),
            "UpdateExpression": "SET facts = :none, salt = :empty, erased = :true",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": marshal({":none": {}, ":empty": "", ":true": True}),
        }
    }


def _finished(table: Table, enquiry_id: str, now: datetime) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": table.name,
            "Key": marshal(tombstone_key(enquiry_id)),
            "UpdateExpression": "SET finished_at = :now REMOVE due_shard, due_at",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": marshal({":now": stamp(now)}),
        }
    }


def _delete(table: Table, item: Item, **condition: Any) -> dict[str, Any]:
    return {"Delete": {"TableName": table.name, "Key": _key(item), **condition}}


def _key(item: Item) -> Item:
    return marshal({"pk": item["pk"], "sk": item["sk"]})
