"""An accepted enquiry, and the receipt that its sender holds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from chalicelib.models.assessment import Assessment
from chalicelib.models.response_clock import ResponseClock
from chalicelib.models.submission import Submission
from chalicelib.models.vocabulary import Language, Level

Status = Literal[
    "new",
    "acknowledged",
    "contacted",
    "no_answer",
    "booked",
    "not_suitable",
    "closed",
    "duplicate",
    "spam",
    "quarantined",
]
AWAITING_CONTACT: tuple[Status, ...] = ("new", "acknowledged", "no_answer")
"""Somebody must still try to reach the person."""
CLOSING: tuple[Status, ...] = ("booked", "not_suitable", "closed", "duplicate", "spam")
"""Nothing is left to do."""


class SpamVerdict(BaseModel):
    """Spam or not. `reasons` are codes, for staff; nothing is refused because of a verdict. `spared`: it would have
    been quarantined, but may be of somebody in danger."""

    model_config = ConfigDict(frozen=True)

    score: int = 0
    reasons: tuple[str, ...] = ()
    quarantined: bool = False
    spared: bool = False


class Undo(BaseModel):
    """What an enquiry and its clock were before the last act of staff, where that can be undone. `facts` of the act are
    those that nobody typed."""

    model_config = ConfigDict(frozen=True)

    act: str
    by: str
    at: datetime
    status: Status
    level: Level
    contact_by: datetime
    owner: str = ""
    duplicate_of: str = ""
    next_try_at: datetime | None = None
    closed_at: datetime | None = None
    clock: ResponseClock | None = None
    facts: dict[str, str] = {}


class LegalHold(BaseModel):
    """Why nothing erases an enquiry: who said so (a user name), when, and the reason in their words."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    by: str
    at: datetime
    reason: str


class Enquiry(BaseModel):
    """What the table holds of one enquiry. `id` is internal (UUID), `reference` is what people quote (`K7F-3Q9M`),
    times are aware UTC, `version` grows by one with every change (optimistic locking). `reply_by` is what the person
    was promised, `contact_by` the target of the response clock, of round `round`, `review_by` when staff have looked
    through it at the latest, if it ever lay in quarantine. `base_url` is where links lead,
    without a trailing slash. `is_test`: a canary's, outside all counts and never shown to staff. `owner` is
    the user name of whoever has taken it, `attempts` counts tries to reach the person, `duplicate_of` is a reference;
    `undo` is None when the last act cannot be undone. `lookups_missing`: search does not find it yet.
    `entered_by` is the user name of whoever took it down by telephone; empty when the person wrote it.
    `first_try_at` is when somebody first tried to reach the person, `first_target_at` by when they should have, kept at
    that try, or before when it is closed and opened again; with `reached_at` and `closed_at` that is what reports
    count. `withdrawn_at` is when the person took back their consent, where staff have to look before it is erased, or a
    `hold` forbids it."""

    model_config = ConfigDict(frozen=True)

    id: str
    reference: str
    received_at: datetime
    reply_by: datetime
    contact_by: datetime
    level: Level
    status: Status
    flags: tuple[str, ...]
    submission: Submission
    assessment: Assessment
    verdict: SpamVerdict
    base_url: str
    review_by: datetime | None = None
    round: int = 1
    is_test: bool = False
    owner: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None
    duplicate_of: str = ""
    undo: Undo | None = None
    lookups_missing: bool = False
    entered_by: str = ""
    first_try_at: datetime | None = None
    first_target_at: datetime | None = None
    reached_at: datetime | None = None
    closed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    hold: LegalHold | None = None
    version: int = 1

    @property
    def language(self) -> Language:
        """Language of every answer and mail to this person."""
        return self.submission.language

    @property
    def first_contact_by(self) -> datetime:
        """By when somebody must first have tried to reach the person: opening it again renews the target, not this."""
        if self.first_try_at:
            return self.first_target_at or self.contact_by
        return min(self.first_target_at or self.contact_by, self.contact_by)

    def tried(self, at: datetime, next_try_at: datetime | None = None) -> Enquiry:
        """The same after one more try to reach the person."""
        first = {} if self.first_try_at else {"first_try_at": at, "first_target_at": self.first_contact_by}
        return self.model_copy(update={"attempts": self.attempts + 1, "next_try_at": next_try_at, **first})


class Receipt(BaseModel):
    """What `/received/{receipt}` shows: nothing that the person typed. `advice_keys` name texts; `next_url` is the
    site's own page."""

    model_config = ConfigDict(frozen=True)

    reference: str
    language: Language
    level: Level
    received_at: datetime
    reply_by: datetime
    advice_keys: tuple[str, ...] = ()
    next_url: str = ""
