"""Lists of enquiries by index: those that came in, those that wait. They lag behind the table, and hold nothing that a
person typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from chalicelib.models.enquiry import Status
from chalicelib.models.queue_order import QUARANTINE, Place, QueuedEnquiry, QueueTime, queues_of
from chalicelib.models.vocabulary import Level
from chalicelib.storage.canaries import is_canary
from chalicelib.storage.outbox import failed_notifications, row_key_of
from chalicelib.storage.table import (
    DUE_INDEX,
    QUEUE_INDEX,
    RECEIVED_INDEX,
    WAITING,
    Item,
    Table,
    enquiry_key,
    stamp,
)

READ_AT_ONCE = 25
"""Of one partition: few queries for a long page, few items for a short one."""


class ReceivedEnquiry(BaseModel):
    """What the lists tell of one enquiry; times are aware UTC."""

    model_config = ConfigDict(frozen=True)

    id: str
    reference: str
    level: Level
    status: Status
    received_at: datetime


class WaitingEnquiry(ReceivedEnquiry):
    """One that a person has to contact; `queue_at` is by when."""

    queue_at: QueueTime


def received_between(table: Table, since: datetime, until: datetime) -> Iterator[ReceivedEnquiry]:
    """The enquiries that came in from `since` to `until`, both included, oldest first; tests are not among them. Reads
    one partition for each UTC day."""
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    condition = "received_day = :day AND received_at BETWEEN :since AND :until"
    for offset in range((last - first).days + 1):
        values = {":day": (first + timedelta(days=offset)).isoformat(), ":since": stamp(since), ":until": stamp(until)}
        yield from (ReceivedEnquiry.model_validate(item) for item in table.pages(RECEIVED_INDEX, condition, values))


def waiting_enquiries(table: Table) -> Iterator[WaitingEnquiry]:
    """Every enquiry that a person has to contact, highest level first."""
    for queue in queues_of():
        yield from (WaitingEnquiry.model_validate(item) for item in _queue(table, queue))


def quarantined_count(table: Table) -> int:
    """How many enquiries lie in quarantine."""
    return sum(1 for _ in _queue(table, QUARANTINE))


def unsent_count(table: Table) -> int:
    """How many outbox rows wait to be sent, those of canaries left out."""
    waiting = table.pages(DUE_INDEX, "due_shard = :shard", {":shard": WAITING})
    return sum(1 for key in waiting if not is_canary(row_key_of(key)[0]))


def failed_count(table: Table) -> int:
    """How many outbox rows could not be sent, those of canaries left out."""
    return sum(1 for owner, _ in failed_notifications(table) if not is_canary(owner))


def _queue(table: Table, queue: str) -> Iterator[Item]:
    return table.pages(QUEUE_INDEX, "queue = :queue", {":queue": queue})


def queued_after(table: Table, queue: str, after: Place | None = None) -> Iterator[QueuedEnquiry]:
    """One partition of the queue from a place on, read on as far as it is asked for."""
    while True:
        start = {**enquiry_key(after[1]), "queue": queue, "queue_at": after[0]} if after else None
        items = table.part(QUEUE_INDEX, "queue = :queue", {":queue": queue}, READ_AT_ONCE, start)
        listed = [QueuedEnquiry.model_validate({**item, "sort_key": item["queue_at"]}) for item in items]
        yield from listed
        if len(listed) < READ_AT_ONCE:
            return
        after = listed[-1].sort_key, listed[-1].id


def overdue_count(table: Table, now: datetime, limit: int, queues: Sequence[str] = ()) -> int:
    """How many enquiries are overdue, in some partitions or in all where a person waits for contact; of one partition
    no more than `limit` are counted."""
    values = {":now": stamp(now)}
    condition = "queue = :queue AND queue_at < :now"
    return sum(
        table.count(QUEUE_INDEX, condition, {":queue": queue, **values}, limit) for queue in queues or queues_of()
    )


def lying_in_quarantine(table: Table, limit: int) -> int:
    """How many enquiries lie in quarantine, counted up to `limit`."""
    return table.count(QUEUE_INDEX, "queue = :queue", {":queue": QUARANTINE}, limit)


def unreviewed(table: Table, now: datetime, limit: int) -> list[ReceivedEnquiry]:
    """Enquiries that still lie in quarantine past their time, the longest overdue first. At most `limit` (up to 100)
    are looked at, each of them consistently: the index may still list what was reviewed a moment ago."""
    listed = table.part(
        QUEUE_INDEX, "queue = :queue AND queue_at < :now", {":queue": QUARANTINE, ":now": stamp(now)}, limit
    )
    items = {str(item["id"]): item for item in table.get_many([enquiry_key(str(item["id"])) for item in listed])}
    found = [ReceivedEnquiry.model_validate(items[str(item["id"])]) for item in listed if str(item["id"]) in items]
    return [enquiry for enquiry in found if enquiry.status == QUARANTINE]
