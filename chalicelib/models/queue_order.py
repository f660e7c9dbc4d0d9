"""The order of the queue: what is overdue, what waits, what has its turn later; and the mark where a page has ended."""

from __future__ import annotations

import base64
import binascii
import heapq
import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.models.enquiry import AWAITING_CONTACT, Enquiry, Status
from chalicelib.models.vocabulary import LEVELS, Level, rank

QUARANTINE, REACHED = "quarantined", "contacted"
"""Partitions outside the list of what waits for contact: held back as possible spam, by when staff must have looked
through it; and reached but not closed yet, without a target."""
TRIES = "try_"
"""Before the level: the partition of enquiries that wait for a next try that staff have set."""
MAX_CURSOR_CHARACTERS = 4_000

Group = Literal["overdue", "waiting", "later"]
GROUPS: tuple[Group, ...] = ("overdue", "waiting", "later")
"""Top to bottom. `later`: the next try is not due yet."""
Place = tuple[datetime, str]
"""Where one partition has been read to: sort key and enquiry id."""


class QueuedEnquiry(BaseModel):
    """What the index tells of one enquiry that waits for staff; times are aware UTC. `queue` is its partition and
    `queue_at` its place there: the target, the next try, the review that is due, or where there is none the
    arrival."""

    model_config = ConfigDict(frozen=True)

    id: str
    reference: str
    level: Level
    status: Status
    received_at: datetime
    queue: str
    queue_at: datetime
    flags: tuple[str, ...] = ()
    owner: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None

    def group(self, as_of: datetime) -> Group:
        """Where it stands at a moment. What has no target waits."""
        if self.queue == REACHED:
            return "waiting"
        if self.queue_at < as_of:
            return "overdue"
        return "later" if self.next_try_at and self.next_try_at > as_of else "waiting"


class Cursor(BaseModel):
    """Where a page has ended: every page of one list is ordered `as_of` the same moment."""

    model_config = ConfigDict(frozen=True)

    as_of: datetime
    places: dict[str, Place] = {}


def queue_of(enquiry: Enquiry) -> tuple[str, datetime] | None:
    """Partition and place of an enquiry in the index; None when it is closed. Next tries have partitions of
    their own, by the time that staff have set: one that is due returns to the top, and those to come are not read over
    and over on the way to what waits now. What an earlier release put into quarantine has no time for its review:
    it is overdue."""
    if enquiry.status == QUARANTINE:
        return QUARANTINE, enquiry.review_by or enquiry.received_at
    if enquiry.status == REACHED:
        return REACHED, enquiry.received_at
    if enquiry.status not in AWAITING_CONTACT:
        return None
    if enquiry.status == "no_answer" and enquiry.next_try_at is not None:
        return f"{TRIES}{enquiry.level}", enquiry.next_try_at
    return enquiry.level, enquiry.contact_by


def queues_of(level: Level | None = None) -> list[str]:
    """The partitions with targets, of one level or of all, highest first."""
    return [f"{kind}{each}" for each in reversed(LEVELS) if level in (None, each) for kind in ("", TRIES)]


def in_order(streams: Iterable[Iterator[QueuedEnquiry]], as_of: datetime) -> Iterator[QueuedEnquiry]:
    """What several partitions hold, as one list: overdue first, then by level, then by target. Reads no further in
    any of them than is needed."""

    def place(enquiry: QueuedEnquiry) -> tuple[int, int, datetime]:
        return GROUPS.index(enquiry.group(as_of)), -rank(enquiry.level), enquiry.queue_at

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
