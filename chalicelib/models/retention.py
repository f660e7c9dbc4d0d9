"""How long an enquiry is kept: by level and status, from when its work was over; and what must stay until a person has
looked."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.models.enquiry import AWAITING_CONTACT, Enquiry
from chalicelib.models.response_clock import DANGER

WITHDRAWN_KEPT_AT_MOST = timedelta(hours=72)
"""A withdrawn emergency or crisis that nobody has reached yet: over a weekend with a public holiday somebody of the
clinic has seen it."""


def somebody_must_look_first(enquiry: Enquiry) -> bool:
    """Whether a withdrawal must wait: an emergency or crisis in which nobody has reached the person. Whoever reads
    their mail can withdraw it for them, and taking back a call for help may be part of the danger."""
    return enquiry.level in DANGER and enquiry.status in AWAITING_CONTACT


def erased_at_the_latest(enquiry: Enquiry) -> datetime | None:
    """By when a withdrawn enquiry is erased; None for one that is not withdrawn."""
    return enquiry.withdrawn_at + WITHDRAWN_KEPT_AT_MOST if enquiry.withdrawn_at else None
