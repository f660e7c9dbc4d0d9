"""How long an enquiry is kept: by level and status, from when it was closed; and what must stay until a person has
looked."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.models.enquiry import AWAITING_CONTACT, CLOSING, Enquiry
from chalicelib.models.response_clock import DANGER
from chalicelib.settings import Settings

WITHDRAWN = "withdrawn"
"""Among the kinds of RETENTION what a person has taken back, and what could not be erased at once."""
WITHDRAWN_KEPT_AT_MOST = timedelta(hours=72)
"""A withdrawn emergency or crisis that is still open: over a weekend with a public holiday somebody of the clinic has
seen it."""
_BEFOREHAND = timedelta(hours=2)
"""What is promised for 72 hours is erased in 70: the job may fail once."""


def somebody_must_look_first(enquiry: Enquiry) -> bool:
    """Whether a withdrawal must wait: an emergency or crisis in which nobody had reached the person before, until it is
    closed. Whoever reads their mail can withdraw it for them, and taking back a call for help may be part of the
    danger."""
    waits = enquiry.status not in CLOSING if enquiry.withdrawn_at else enquiry.status in AWAITING_CONTACT
    return enquiry.level in DANGER and waits


def erased_at_the_latest(enquiry: Enquiry) -> datetime | None:
    """By when a withdrawn enquiry is erased; None for one that is not withdrawn."""
    return enquiry.withdrawn_at + WITHDRAWN_KEPT_AT_MOST if enquiry.withdrawn_at else None


def kept_since(enquiry: Enquiry) -> tuple[str, datetime] | None:
    """Under which kind of RETENTION an enquiry is kept, and from when its period counts: from when it was last closed,
    whatever came before; what was withdrawn, and is not closed yet, from shortly before it must be gone. None while it
    is not to be erased: a test has an end of its own, a legal hold forbids it, and to erase what is open would take it
    from whoever works on it, or hide that nobody came."""
    if enquiry.is_test or enquiry.hold:
        return None
    if enquiry.withdrawn_at:
        waits = timedelta(0) if enquiry.status in CLOSING else WITHDRAWN_KEPT_AT_MOST - _BEFOREHAND
        return WITHDRAWN, enquiry.withdrawn_at + waits
    if enquiry.status not in CLOSING or enquiry.closed_at is None:
        return None
    return enquiry.status if enquiry.status in ("booked", "spam") else enquiry.level, enquiry.closed_at


def periods(settings: Settings) -> dict[str, timedelta]:
    """How long each kind is kept; what is kept for good is not in it. What was withdrawn first."""
    found = {kind: period for kind, period in settings.retention.items() if period is not None}
    return {WITHDRAWN: timedelta(0), **found}


def is_past(enquiry: Enquiry, settings: Settings, now: datetime) -> bool:
    """Whether an enquiry is to be erased now."""
    kept = kept_since(enquiry)
    if kept is None:
        return False
    kind, since = kept
    period = periods(settings).get(kind)
    return period is not None and now >= since + period
