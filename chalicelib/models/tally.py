"""What one enquiry adds to the reports, and by how much the counters change with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from chalicelib.models.enquiry import AWAITING_CONTACT, CLOSING, Enquiry, Status
from chalicelib.models.submission import Attribution
from chalicelib.models.time_buckets import bucket_of
from chalicelib.models.vocabulary import Level

Contact = Literal["waiting", "in_target", "late", "missed", "untried"]
"""How the first contact stands: still to come, in or after its target, not made although the target has passed, or
never to come because the enquiry was closed before its target without a try."""
OTHER, DIRECT, TELEPHONE = "other", "direct", "telephone"
MOST_NAMES = 40
"""Different sources, and different forms, that are counted by name in one month: visitors choose both."""
_UNCOUNTED: tuple[Status, ...] = ("quarantined", "spam", "duplicate")
_SOURCE = re.compile(r"(?=.*[a-z])(?!(?:.*\d){5})[a-z0-9][a-z0-9._-]{0,39}")
"""A name with room for a year, not what may belong to one person: a telephone number, a click id, an address."""


class Tally(BaseModel):
    """What an enquiry has added to the counters so far. Month, weekday (Monday is 0), source and form are those of its
    arrival and stay; `bucket` is empty without a first contact; `number` grows by one with every change."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    month: str
    weekday: int
    level: Level
    source: str
    form: str
    contact: Contact
    bucket: str = ""
    reached: bool = False
    booked: bool = False
    number: int = 0

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """The counter rows that it counts in: kind and name."""
        return (
            ("LEVEL", self.level),
            ("WEEKDAY", str(self.weekday)),
            ("SOURCE", self.source),
            ("FORM", self.form),
        )


Place = tuple[str, str, str]
"""Month, kind and name of a counter row."""


def tally_of(enquiry: Enquiry, now: datetime, zone: ZoneInfo) -> Tally | None:
    """What an enquiry adds as it is now; None for what is in no report: a test, spam or what may be, a duplicate."""
    if enquiry.is_test or enquiry.status in _UNCOUNTED:
        return None
    arrived = enquiry.received_at.astimezone(zone)
    contact, made_at = _first_contact(enquiry, now)
    return Tally(
        month=f"{arrived:%Y-%m}",
        weekday=arrived.weekday(),
        level=enquiry.level,
        source=TELEPHONE if enquiry.entered_by else source_of(enquiry.submission.attribution),
        form=enquiry.submission.form,
        contact=contact,
        bucket=bucket_of((made_at - enquiry.received_at).total_seconds() / 60) if made_at else "",
        reached=bool(enquiry.reached_at) or enquiry.status in ("contacted", "booked"),
        booked=enquiry.status == "booked",
    )


def as_it_arrived(after: Tally, before: Tally) -> Tally:
    """Neither another time zone of the clinic nor names that have filled up since move what is counted already."""
    kept = before.model_dump(include={"month", "weekday", "source", "form", "number"})
    return after.model_copy(update=kept)


def source_of(attribution: Attribution) -> str:
    """The campaign's own word where that is a plain name, else the site that the person came from, else `direct`.
    Counters outlive the enquiry, so nothing gets into them that could tell who wrote."""
    campaign = attribution.utm.get("utm_source", "").strip().lower()
    if _SOURCE.fullmatch(campaign):
        return campaign
    host = _host(attribution.referrer)
    return host if _SOURCE.fullmatch(host) and host != _host(attribution.page_url) else DIRECT


def changes(before: Tally | None, after: Tally | None) -> dict[Place, dict[str, int]]:
    """By how much each counter of each row changes; what stays as it was is left out."""
    found: dict[Place, Counter[str]] = {}
    for tally, sign in ((before, -1), (after, 1)):
        if tally is None:
            continue
        for kind, name in tally.places:
            row = found.setdefault((tally.month, kind, name), Counter())
            for counter in _counters(tally, kind):
                row[counter] += sign
    moved = {place: {name: by for name, by in row.items() if by} for place, row in found.items()}
    return {place: row for place, row in moved.items() if row}


def _counters(tally: Tally, kind: str) -> list[str]:
    got_to: Mapping[str, bool] = {"reached": tally.reached, "booked": tally.booked}
    if kind in ("SOURCE", "FORM"):
        return ["received", *(name for name, has in got_to.items() if has)]
    return ["received", tally.contact, *([tally.bucket] if tally.bucket else [])]


def _first_contact(enquiry: Enquiry, now: datetime) -> tuple[Contact, datetime | None]:
    """How it stands, and when it was made. Whoever was booked without a logged try has been spoken to."""
    if enquiry.first_try_at:
        in_time = enquiry.first_try_at <= enquiry.first_contact_by
        return "in_target" if in_time else "late", enquiry.first_try_at
    ended_at = enquiry.closed_at if enquiry.status in CLOSING else now
    if enquiry.attempts or enquiry.status not in (*AWAITING_CONTACT, *CLOSING) or ended_at is None:
        return "untried", None  # an earlier release wrote no times
    in_time = ended_at <= enquiry.first_contact_by
    if enquiry.status == "booked":
        return "in_target" if in_time else "late", ended_at
    if enquiry.status in CLOSING:
        return "untried" if in_time else "missed", None
    return "waiting" if in_time else "missed", None


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
