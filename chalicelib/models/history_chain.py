"""The history of an enquiry as a chain: each link holds the hash of the one before it, so that none can be changed,
taken out or added between without the chain showing it.

The text of a link is in the chain only as a digest, salted so that nobody can guess it. Erasing a person's data takes
text and salt away; the digest stays, and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

GENESIS = "0" * 64
"""What the first link follows."""
VIEWED, ERASED = "viewed", "erased"
ARRIVALS = ("received", "entered")
"""What the history of an enquiry begins with."""
Why = Literal["missing", "out_of_place", "text_changed", "changed", "erased_unsaid", "cut_off", "other_beginning"]


class HistoryEvent(BaseModel):
    """What was done, by whom, when (aware UTC). `facts` may hold what a person typed; whoever gives any gives a random
    `salt` as well."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    kind: str
    by: str
    at: datetime
    facts: dict[str, str] = {}
    salt: str = ""


class Link(HistoryEvent):
    """An event in its place; the first has number 1. `erased`: its facts and its salt have been taken away."""

    number: int
    previous: str
    digest: str
    hash: str
    erased: bool = False


class ChainHead(BaseModel):
    """How long a chain is, and the hash of its last link. `closed`: that link says that all was erased, and none
    follows it."""

    model_config = ConfigDict(frozen=True)

    links: int = 0
    head_hash: str = GENESIS
    closed: bool = False


@dataclass(frozen=True)
class Break:
    """The first link that does not hold, and why."""

    number: int
    why: Why


def next_link(head: ChainHead, enquiry_id: str, event: HistoryEvent) -> Link:
    """The event as the link after the head. Raises ValueError for facts without a salt."""
    if event.facts and not event.salt:
        raise ValueError("facts need a salt")
    number = head.links + 1
    digest = _digest(event.facts, event.salt)
    found = _hash(head.head_hash, enquiry_id, number, event, digest)
    return Link(**event.model_dump(), number=number, previous=head.head_hash, digest=digest, hash=found)


def head_after(link: Link) -> ChainHead:
    """The head once this link has been added."""
    return ChainHead(links=link.number, head_hash=link.hash, closed=link.kind == ERASED)


def first_break(enquiry_id: str, links: Sequence[Link], head: ChainHead) -> Break | None:
    """Verify a whole chain, links in order; None when it holds. An erased link needs a later event that says so."""
    erased_until = max((link.number for link in links if link.kind == ERASED), default=0)
    before = ChainHead()
    for link in links:
        why = _what_is_wrong(enquiry_id, link, before, erased_until)
        if why is not None:
            return Break(before.links + 1, why)
        before = head_after(link)
    return None if before == head else Break(before.links + 1, "cut_off")


def _what_is_wrong(enquiry_id: str, link: Link, before: ChainHead, erased_until: int) -> Why | None:
    if link.number != before.links + 1:
        return "missing"
    if link.previous != before.head_hash:
        return "out_of_place"
    if link.erased and link.number >= erased_until:
        return "erased_unsaid"
    if not link.erased and link.digest != _digest(link.facts, link.salt):
        return "text_changed"
    return None if link.hash == _hash(link.previous, enquiry_id, link.number, link, link.digest) else "changed"


def _digest(facts: Mapping[str, str], salt: str) -> str:
    return _sha256([salt, sorted(facts.items())])


def _hash(previous: str, enquiry_id: str, number: int, event: HistoryEvent, digest: str) -> str:
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    return _sha256([previous, enquiry_id, number, event.kind, event.by, at, digest])


def _sha256(values: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()
