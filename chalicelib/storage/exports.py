"""What an export reads: the enquiries of a span of time, in parts that one answer can hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from chalicelib.models.enquiry import Enquiry
from chalicelib.storage.listings import ReceivedEnquiry, received_between
from chalicelib.storage.table import Table, enquiry_key

_AT_ONCE = 100
"""What one call of DynamoDB reads by key."""


@dataclass(frozen=True)
class Part:
    """The enquiries that came in from `since` to `until`, both included: so many `rows`."""

    since: datetime
    until: datetime
    rows: int


def parts_of(table: Table, since: datetime, until: datetime, most: int) -> list[Part]:
    """The parts of a span, oldest first, each of `most` rows and of more only where several came in at the same
    microsecond. Reads the index alone."""
    parts: list[Part] = []
    for found in received_between(table, since, until):
        last = parts[-1] if parts else None
        if last and (last.rows < most or last.until == found.received_at):
            parts[-1] = Part(last.since, found.received_at, last.rows + 1)
        else:
            parts.append(Part(found.received_at, found.received_at, 1))
    return parts


def enquiries_of(table: Table, part: Part) -> list[Enquiry] | None:
    """The enquiries of a part, oldest first, as they are now. None when the index or the table holds more or fewer
    than it has rows: one was erased, or came late."""
    listed = list(islice(received_between(table, part.since, part.until), part.rows + 1))
    if len(listed) != part.rows:
        return None
    found = {enquiry.id: enquiry for enquiry in _load(table, listed)}
    return [found[each.id] for each in listed] if len(found) == len(listed) else None


def _load(table: Table, listed: list[ReceivedEnquiry]) -> Iterator[Enquiry]:
    for start in range(0, len(listed), _AT_ONCE):
        keys = [enquiry_key(each.id) for each in listed[start : start + _AT_ONCE]]
        yield from (Enquiry.model_validate(item) for item in table.get_many(keys))
