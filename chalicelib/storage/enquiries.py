"""Enquiries: accepted in one transaction, read by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import AWS_ERRORS
from chalicelib.errors import IdempotencyKeyReused, NotFound, NotStored, StatusConflict, TooManyEnquiries
from chalicelib.models.enquiry import Enquiry, Receipt
from chalicelib.models.history_chain import ChainHead, HistoryEvent
from chalicelib.models.notification import Notification
from chalicelib.models.queue_order import BETWEEN_TIMES, queue_of
from chalicelib.models.response_clock import ResponseClock
from chalicelib.storage.history import CONFLICT_PAUSES, add_link, conflicts, load_head
from chalicelib.storage.outbox import notification_item
from chalicelib.storage.rate_counters import Counting
from chalicelib.storage.response_clocks import clock_item
from chalicelib.storage.table import (
    UNCOUNTED,
    UNLISTED,
    Item,
    Table,
    enquiry_key,
    fields_of,
    idempotency_key,
    marshal,
    receipt_key,
    reference_key,
    stamp,
    unmarshal,
)

RECEIPT_DAYS = 90
_CONFLICT_PAUSES = (0.02, 0.06, 0.15, 0.3)
"""Seconds before another try when a double click races its own transaction; the last one gives up."""


@dataclass(frozen=True)
class IdempotencyClaim:
    """`key_hash` stands for what the sender gave as key, `fingerprint` for what was answered; the claim holds until
    `expires_at`. `strict`: other answers under the same key are an error (the header); otherwise they are a new
    enquiry (the hidden field)."""

    key_hash: str
    fingerprint: str
    expires_at: datetime
    strict: bool = False


@dataclass(frozen=True)
class Acceptance:
    """All that one transaction writes. No clock runs for what waits for nobody: quarantined, a test. By `lookups` the
    enquiry is found again; `counters` refuse what is too much."""

    enquiry: Enquiry
    notifications: tuple[Notification, ...]
    receipt: Receipt
    receipt_hash: str
    claim: IdempotencyClaim
    clock: ResponseClock | None = None
    first_step_at: datetime | None = None
    lookups: tuple[Item, ...] = ()
    counters: tuple[Counting, ...] = ()


@dataclass(frozen=True)
class EarlierAnswer:
    """The same enquiry has been accepted before; this is what its sender was told."""

    enquiry_id: str
    receipt: Receipt


class ReferenceTaken(Exception):
    """Another enquiry has this reference: draw again."""


class KeyTakenByOtherAnswers(Exception):
    """A hidden key came back with other answers: a new enquiry under a key of its own."""


class _WithoutCounters(Exception):
    """Nothing was written, perhaps for a counter: try without."""


def save_enquiry(table: Table, acceptance: Acceptance) -> EarlierAnswer | None:
    """Store an enquiry, its first event, outbox rows, reference, receipt and idempotency record: all or nothing.
    Returns the earlier answer when the same answers came before under the same key. Raises ReferenceTaken,
    KeyTakenByOtherAnswers, IdempotencyKeyReused, TooManyEnquiries, and NotStored when nothing was written or nobody can
    tell. A counter that others write at the same moment, or that may be what failed, costs nobody an enquiry: it is
    left out, once. Whoever was not answered in time does not wait for that."""
    try:
        return _write(table, acceptance, acceptance.counters)
    except _WithoutCounters:
        return _write(table, acceptance, ())


def _write(table: Table, acceptance: Acceptance, counters: Sequence[Counting]) -> EarlierAnswer | None:
    """Raises _WithoutCounters where counters are, and it may be for them that nothing was written."""
    actions = _actions(table.name, acceptance)
    again: type[Exception] = _WithoutCounters if counters else NotStored
    for pause_seconds in _CONFLICT_PAUSES:
        try:
            table.client.transact_write_items(TransactItems=[*actions, *(each.update for each in counters)])
            return None
        except ClientError as error:
            found = error.response.get("CancellationReasons", [])
            reasons, codes = found[: len(actions)], [reason.get("Code") for reason in found]
            if "ConditionalCheckFailed" in codes[: len(actions)]:
                return _why_refused(acceptance, reasons, error)
            if not found or _refuse_too_many(counters, codes[len(actions) :], error):
                raise again from error
            if "TransactionConflict" not in codes:
                raise NotStored from error
            table.pause(pause_seconds)
        except AWS_ERRORS as error:
            raise NotStored from error
    raise again


def enquiry_item(enquiry: Enquiry) -> Item:
    """An enquiry as an item, with the keys of the indexes that list it. A test is in none of them."""
    item = {**enquiry_key(enquiry.id), **fields_of(enquiry)}
    if enquiry.is_test:
        return item
    item["received_day"] = stamp(enquiry.received_at)[:10]
    item["received_at"] = stamp(enquiry.received_at)
    if waits := queue_of(enquiry):
        item |= {"queue": waits[0], "queue_at": BETWEEN_TIMES.join(map(stamp, waits[1]))}
    # Every change is counted anew by reports; what has no look-ups yet gets them first, for it has one place only.
    mark = UNLISTED if enquiry.lookups_missing else UNCOUNTED
    return item | {"due_shard": mark, "due_at": stamp(enquiry.received_at)}


def change_enquiry(table: Table, changed: Enquiry, event: HistoryEvent, more: Sequence[dict[str, Any]] = ()) -> Enquiry:
    """Write a changed enquiry with its event, and what else belongs to the change, all or nothing. Returns it with its
    new version. Raises StatusConflict when somebody else has changed it since it was read, or what belongs to it; an
    event that somebody adds meanwhile is no conflict."""
    after = changed.model_copy(update={"version": changed.version + 1})
    put = {
        "TableName": table.name,
        "Item": marshal(enquiry_item(after)),
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": marshal({":version": changed.version}),
    }
    for pause_seconds in CONFLICT_PAUSES:
        link = add_link(table.name, after.id, load_head(table, after.id), event)
        try:
            table.client.transact_write_items(TransactItems=[*link, {"Put": put}, *more])
        except ClientError as error:
            met = conflicts(error)
            if not met:
                raise
            if any(place >= len(link) and code == "ConditionalCheckFailed" for place, code in met.items()):
                raise StatusConflict from error
            table.pause(pause_seconds)
        else:
            return after
    raise StatusConflict


def load_enquiry(table: Table, enquiry_id: str) -> Enquiry:
    """One enquiry, read consistently. Raises NotFound."""
    item = table.get(enquiry_key(enquiry_id))
    if item is None:
        raise NotFound("no such enquiry")
    return Enquiry.model_validate(item)


def enquiry_id_of(table: Table, reference: str) -> str:
    """The enquiry of an exact reference. Raises NotFound."""
    item = table.get(reference_key(reference))
    if item is None:
        raise NotFound("no such reference")
    return str(item["enquiry_id"])


def _actions(table_name: str, acceptance: Acceptance) -> list[dict[str, Any]]:
    """The idempotency record comes first and the reference second: `_why_refused` reads the reasons by these places."""
    enquiry, claim = acceptance.enquiry, acceptance.claim
    received = enquiry.received_at
    kind = "entered" if enquiry.entered_by else "received"
    first_event = HistoryEvent(kind=kind, by=enquiry.entered_by or "visitor", at=received)
    record = {
        **idempotency_key(claim.key_hash),
        "fingerprint": claim.fingerprint,
        "enquiry_id": enquiry.id,
        "receipt": fields_of(acceptance.receipt),
        "expires_at": int(claim.expires_at.timestamp()),
    }
    receipt = {
        **receipt_key(acceptance.receipt_hash),
        **fields_of(acceptance.receipt),
        "enquiry_id": enquiry.id,
        "expires_at": int(received.timestamp()) + RECEIPT_DAYS * 86_400,
    }
    # Neither hash can be made again of the enquiry, and an erasure must find both.
    known_by = {"enquiry_id": enquiry.id, "receipt_hash": acceptance.receipt_hash, "claim_hash": claim.key_hash}
    return [
        _put_unless_held(table_name, record, int(received.timestamp())),
        _put_new(table_name, {**reference_key(enquiry.reference), **known_by}),
        _put_new(table_name, enquiry_item(enquiry)),
        *add_link(table_name, enquiry.id, ChainHead(), first_event, may_begin=True),
        _put_new(table_name, receipt),
        *(_put_new(table_name, notification_item(row)) for row in acceptance.notifications),
        *(_put_new(table_name, clock_item(clock, acceptance.first_step_at)) for clock in (acceptance.clock,) if clock),
        *(_put_new(table_name, lookup) for lookup in acceptance.lookups),
    ]


def _put_new(table_name: str, item: Item) -> dict[str, Any]:
    return {"Put": {"TableName": table_name, "Item": marshal(item), "ConditionExpression": "attribute_not_exists(pk)"}}


def _put_unless_held(table_name: str, item: Item, now_seconds: int) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": table_name,
            "Item": marshal(item),
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at < :now",
            "ExpressionAttributeValues": {":now": {"N": str(now_seconds)}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def _refuse_too_many(counters: Sequence[Counting], codes: Sequence[str | None], error: ClientError) -> bool:
    """Whether anything is wrong with a counter. Raises TooManyEnquiries when one is full."""
    full = [each.seconds_left for each, code in zip(counters, codes, strict=False) if code == "ConditionalCheckFailed"]
    if full:
        raise TooManyEnquiries(max(full)) from error
    return any(code not in (None, "None") for code in codes)


def _why_refused(acceptance: Acceptance, reasons: list[dict[str, Any]], error: ClientError) -> EarlierAnswer:
    held, reference = reasons[0], reasons[1]
    if held.get("Code") == "ConditionalCheckFailed":
        record = unmarshal(held["Item"])
        if record["fingerprint"] == acceptance.claim.fingerprint:
            return EarlierAnswer(record["enquiry_id"], Receipt.model_validate(record["receipt"]))
        raise (IdempotencyKeyReused() if acceptance.claim.strict else KeyTakenByOtherAnswers()) from error
    if reference.get("Code") == "ConditionalCheckFailed":
        raise ReferenceTaken from error
    raise NotStored from error
