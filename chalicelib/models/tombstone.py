"""The erasing of an enquiry: who erased it and why, and what stays in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import ERASED, HistoryEvent

ErasureReason = Literal["asked", "mistake", "other", "retention"]
"""The person asked for it, it was entered by mistake, what the words say, or it had been kept for its time."""
REASONS: tuple[ErasureReason, ...] = ("asked", "mistake", "other")
"""Those that a manager chooses from."""
BY_THE_PERSON, BY_RETENTION = "visitor", "retention"
"""Who erases besides managers."""
RECOVERABLE_DAYS = 35
"""How long point-in-time recovery of the table still holds what was erased; the template leaves it at DynamoDB's
default. Source: DynamoDB developer guide, point-in-time recovery."""

_UTC = ZoneInfo("UTC")
_VERSION = re.compile(r"\d{4}-\d{2}(-\d{2})?")


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


class ConsentRecord(BaseModel):
    """What stays as proof of a consent, without a word that anybody typed: `given` is `yes` or `not_asked`,
    `form_version` names the text that our own form showed, `withdrawn_at` is when it was taken back."""

    model_config = ConfigDict(frozen=True)

    given: str = "not_asked"
    form_version: str = ""
    given_at: datetime | None = None
    withdrawn_at: datetime | None = None


class ErasedEnquiry(BaseModel):
    """What the list of erased enquiries tells of one."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: str
    reference: str
    received_at: datetime


def consent_record(enquiry: Enquiry, withdrawn_at: datetime | None = None) -> ConsentRecord:
    """What stays of an enquiry's consent. A version that is none of ours was sent by somebody, and goes."""
    consent = enquiry.submission.consent
    return ConsentRecord(
        given=consent.given,
        form_version=consent.form_version if _VERSION.fullmatch(consent.form_version) else "",
        given_at=consent.given_at,
        withdrawn_at=enquiry.withdrawn_at or withdrawn_at,
    )


class Tombstone(ErasedEnquiry):
    """What stays of an erased enquiry: nothing of health, not even its level, and nothing that the person typed.
    Without `finished_at` some rows of it have yet to be taken away."""

    erased_at: datetime
    erased_by: str
    reason: ErasureReason
    finished_at: datetime | None = None
    consent: ConsentRecord = ConsentRecord()
