"""The order of the queue: what is overdue, what waits, what has its turn later; and the mark where a page has ended."""

from __future__ import annotations

import base64
import binascii
import heapq
import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from chalicelib.models.enquiry import AWAITING_CONTACT, Enquiry, Status
from chalicelib.models.vocabulary import LEVELS, Level, rank

QUARANTINE, REACHED = "quarantined", "contacted"
"""Partitions outside the list of what waits for contact: held back as possible spam, by when staff must have looked
through it; and reached but not closed yet, without a target."""
TRIES = "try_"
"""Before the level: the partition of enquiries that wait for a next try that staff have set."""
BETWEEN_TIMES = "/"
"""In a sort key of such a partition: target, then next try."""
MAX_CURSOR_CHARACTERS = 4_000

Group = Literal["overdue", "waiting", "later", "contacted"]
GROUPS: tuple[Group, ...] = ("overdue", "waiting", "later", "contacted")
"""Top to bottom. `later`: the next try is not due yet. `contacted`: reached, not closed yet."""
Place = tuple[str, str]
"""Where one partition has been read to: sort key as it is stored, and enquiry id."""


def _first_time(stored: object) -> object:
    return stored.partition(BETWEEN_TIMES)[0] if isinstance(stored, str) else stored


QueueTime = Annotated[datetime, BeforeValidator(_first_time)]
"""The first time of a sort key."""


class QueuedEnquiry(BaseModel):
    """What the index tells of one enquiry that waits for staff; times are aware UTC. `queue` is its partition and
    `queue_at` its place there: the target, the review that is due, or where there is none the arrival. `sort_key` is
    that place as it is stored."""

    model_config = ConfigDict(frozen=True)

    id: str
    reference: str
    level: Level
    status: Status
    received_at: datetime
    queue: str
    queue_at: QueueTime
    sort_key: str = ""
    flags: tuple[str, ...] = ()
    owner: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None

    def group(self, as_of: datetime) -> Group:
        """Where it stands at a moment. A next try that is due waits, and is overdue once its target has passed."""
        if self.queue == REACHED:
            return "contacted"
        if self.queue_at < as_of:
            return "overdue"
        return "later" if self.next_try_at and self.next_try_at > as_of else "waiting"


class Cursor(BaseModel):
    """Where a page has ended: every page of one list is ordered `as_of` the same moment."""

    model_config = ConfigDict(frozen=True)

    as_of: datetime
    places: dict[str, Place] = {}


def queue_of(enquiry: Enquiry) -> tuple[str, tuple[datetime, ...]] | None:
    """Partition and place of an enquiry in the index, the times of its sort key; None when it is closed. Next tries
    have partitions of their own, so that those to come are not read over and over on the way to what waits now: by
    target, as everything, and among those of one target (such as the end of a day) by the time that staff have set.
    What an earlier release put into quarantine has no time for its review: it is overdue."""
    if enquiry.status == QUARANTINE:
        return QUARANTINE, (enquiry.review_by or enquiry.received_at,)
    if enquiry.status == REACHED:
        return REACHED, (enquiry.received_at,)
    if enquiry.status not in AWAITING_CONTACT:
        return None
    if enquiry.status == "no_answer" and enquiry.next_try_at is not None:
        return f"{TRIES}{enquiry.level}", (enquiry.contact_by, enquiry.next_try_at)
    return enquiry.level, (enquiry.contact_by,)


def queues_of(level: Level | None = None) -> list[str]:
    """The partitions with targets, of one level or of all, highest first."""
    return [f"{kind}{each}" for each in reversed(LEVELS) if level in (None, each) for kind in ("", TRIES)]


def in_order(streams: Iterable[Iterator[QueuedEnquiry]], as_of: datetime) -> Iterator[QueuedEnquiry]:
    """What several partitions hold, as one list: overdue first, then by level, then by target; of one level a next try
    that is due first, because staff have set its time. Reads no further in any of them than is needed."""

    def place(enquiry: QueuedEnquiry) -> tuple[int, int, bool, datetime]:
        group = enquiry.group(as_of)
        is_try = group == "waiting" and enquiry.next_try_at is not None
        return GROUPS.index(group), -rank(enquiry.level), not is_try, enquiry.queue_at

    return heapq.merge(*streams, key=place)


def write_cursor(cursor: Cursor, key: bytes, list_name: str) -> str:
    """A cursor as text for a link, signed, good for one list of one stage."""
    payload = base64.urlsafe_b64encode(cursor.model_dump_json().encode()).decode().rstrip("=")
    return f"{payload}.{_signature(payload, key, list_name)}"


def read_cursor(text: str, key: bytes, list_name: str) -> Cursor | None:
    """The cursor in a link; None when it is broken, or belongs to another list or stage."""
    payload, _, signature = text.rpartition(".")
    expected = _signature(payload, key, list_name)
    if len(text) > MAX_CURSOR_CHARACTERS or not hmac.compare_digest(signature.encode(), expected.encode()):
        return None
    try:
        return Cursor.model_validate_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValidationError):
        return None


def _signature(payload: str, key: bytes, list_name: str) -> str:
    derived = hmac.digest(key, b"queue cursor", "sha256")
    return hmac.digest(derived, f"{list_name}\n{payload}".encode(errors="replace"), "sha256").hex()
