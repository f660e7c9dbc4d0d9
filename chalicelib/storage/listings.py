"""Lists of enquiries by index: those that came in, those that wait. They lag behind the table, and hold nothing that a
person typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, islice, takewhile

from pydantic import BaseModel, ConfigDict

from chalicelib.background import at_once
from chalicelib.models.enquiry import Status
from chalicelib.models.queue_order import QUARANTINE, TRIES, Place, QueuedEnquiry, QueueTime, queues_of
from chalicelib.models.vocabulary import LEVELS, Level
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


def queued_after(table: Table, places: Mapping[str, Place | None]) -> list[Iterator[QueuedEnquiry]]:
    """Partitions of the queue, each from a place on, read on as far as it is asked for. Their beginnings are read at
    once."""
    _ = table.client  # a boto3 session must not make two clients at once
    parts = at_once([partial(_part, table, queue, after) for queue, after in places.items()])
    return [_read_on(table, queue, part) for queue, part in zip(places, parts, strict=True)]


def overdue_count(table: Table, now: datetime, limit: int, queues: Sequence[str] = ()) -> int:
    """How many enquiries are overdue, in some partitions or in all where a person waits for contact; of one partition
    no more than `limit` are counted."""
    return _count(table, queues or queues_of(), "queue_at < :now", now, limit)


def waiting_count(table: Table, now: datetime, limit: int, levels: Sequence[Level] = LEVELS) -> int:
    """How many enquiries of some levels wait for contact now and are not overdue: neither those whose next try is not
    due yet. Of one partition no more than `limit` are counted."""
    queues = [queue for level in levels for queue in queues_of(level)]
    to_come = [queue for queue in queues if queue.startswith(TRIES)]
    fresh = [queue for queue in queues if queue not in to_come]
    tries = chain.from_iterable(
        takewhile(lambda each: each.group(now) != "later", islice(stream, limit))
        for stream in queued_after(table, dict.fromkeys(to_come))
    )
    due = sum(each.group(now) == "waiting" for each in tries)
    return due + _count(table, fresh, "queue_at >= :now", now, limit)


def lying_in_quarantine(table: Table, now: datetime, limit: int) -> tuple[int, int]:
    """How many enquiries lie in quarantine, and how many of them past their time, each counted up to `limit`."""
    _ = table.client
    lying, late = at_once(
        [
            partial(table.count, QUEUE_INDEX, "queue = :queue", {":queue": QUARANTINE}, limit),
            partial(overdue_count, table, now, limit, (QUARANTINE,)),
        ]
    )
    return lying, late


def _count(table: Table, queues: Sequence[str], when: str, now: datetime, limit: int) -> int:
    condition, values = f"queue = :queue AND {when}", {":now": stamp(now)}
    _ = table.client
    counts = [partial(table.count, QUEUE_INDEX, condition, {":queue": queue, **values}, limit) for queue in queues]
    return sum(at_once(counts))


def _part(table: Table, queue: str, after: Place | None) -> list[QueuedEnquiry]:
    start = {**enquiry_key(after[1]), "queue": queue, "queue_at": after[0]} if after else None
    items = table.part(QUEUE_INDEX, "queue = :queue", {":queue": queue}, READ_AT_ONCE, start)
    return [QueuedEnquiry.model_validate({**item, "sort_key": item["queue_at"]}) for item in items]


def _read_on(table: Table, queue: str, part: list[QueuedEnquiry]) -> Iterator[QueuedEnquiry]:
    while True:
        yield from part
        if len(part) < READ_AT_ONCE:
            return
        part = _part(table, queue, (part[-1].sort_key, part[-1].id))


def unreviewed(table: Table, now: datetime, limit: int) -> list[ReceivedEnquiry]:
    """Enquiries that still lie in quarantine past their time, the longest overdue first. At most `limit` (up to 100)
    are looked at, each of them consistently: the index may still list what was reviewed a moment ago."""
    listed = table.part(
        QUEUE_INDEX, "queue = :queue AND queue_at < :now", {":queue": QUARANTINE, ":now": stamp(now)}, limit
    )
    items = {str(item["id"]): item for item in table.get_many([enquiry_key(str(item["id"])) for item in listed])}
    found = [ReceivedEnquiry.model_validate(items[str(item["id"])]) for item in listed if str(item["id"]) in items]
    return [enquiry for enquiry in found if enquiry.status == QUARANTINE]
