"""The erasing of an enquiry: who erased it and why, and what stays in its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from chalicelib.models.history_chain import ERASED, HistoryEvent

ErasureReason = Literal["asked", "mistake", "other"]
"""The person asked for it, it was entered by mistake, or what the words say."""
REASONS: tuple[ErasureReason, ...] = get_args(ErasureReason)
RECOVERABLE_DAYS = 35
"""How long point-in-time recovery of the table still holds what was erased; the template leaves it at DynamoDB's
default. Source: DynamoDB developer guide, point-in-time recovery."""

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Erasure:
    """`by` is a user name, or what erases by itself. `words` go with the reason `other` and name nobody: they stay.
    `salt` is random, as for every event with facts; `zone` the clinic's, in which reports count."""

    by: str
    at: datetime
    reason: ErasureReason
    salt: str
    words: str = ""
    zone: ZoneInfo = _UTC

    @property
    def event(self) -> HistoryEvent:
        """The last link of the enquiry's history."""
        facts = {"why": str(self.reason), **({"text": self.words} if self.words else {})}
        return HistoryEvent(kind=ERASED, by=self.by, at=self.at, facts=facts, salt=self.salt)


class ErasedEnquiry(BaseModel):
    """What the list of erased enquiries tells of one."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: str
    reference: str
    received_at: datetime


class Tombstone(ErasedEnquiry):
    """What stays of an erased enquiry: nothing of health, not even its level, and nothing that the person typed.
    Without `finished_at` some rows of it have yet to be taken away."""

    erased_at: datetime
    erased_by: str
    reason: ErasureReason
    finished_at: datetime | None = None
