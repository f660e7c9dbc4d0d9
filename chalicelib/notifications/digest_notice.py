"""The daily digest in words: counts, levels and references, no health information."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from chalicelib.models.accounts import ACCOUNTS
from chalicelib.models.enquiry import Status
from chalicelib.models.notice import Notice, NoticeSection
from chalicelib.models.vocabulary import LEVELS, Level
from chalicelib.notifications.mail_templates import STAFF_LANGUAGE
from chalicelib.notifications.rendering import arrived_ago
from chalicelib.settings import Settings
from chalicelib.storage.listings import ReceivedEnquiry, WaitingEnquiry
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

Line = tuple[str, str]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True)
class Figures:
    """What the digest tells, as it was `at` one moment: what was received within 24 hours, what waits for contact, how
    many enquiries lie in quarantine, how many messages have failed or wait to be sent, and the accounts."""

    at: datetime
    received: Sequence[ReceivedEnquiry]
    waiting: Sequence[WaitingEnquiry]
    quarantined: int
    failed: int
    unsent: int
    accounts: Mapping[str, int]

    @property
    def overdue(self) -> list[WaitingEnquiry]:
        """Those whose target has passed."""
        return [enquiry for enquiry in self.waiting if enquiry.queue_at < self.at]


def digest_notice(notice_id: str, figures: Figures, settings: Settings) -> Notice:
    """The notice that holds the digest, section by section; what nobody waits for has no line."""
    needs_help = figures.failed or figures.accounts["failed"] or figures.accounts["unaccounted"]
    values = {
        "date": moment_in_words(figures.at, STAFF_LANGUAGE, settings.clinic_time_zone),
        "waiting": str(len(figures.waiting)),
        "overdue": str(len(figures.overdue)),
        "attention": _words("attention") if needs_help else "",
    }
    lines = {
        "waiting": _waiting_lines(figures),
        "received_by_level": _level_lines(figures.received),
        "received_by_status": _status_lines(figures.received),
        "desk": [(_words(name), str(getattr(figures, name))) for name in ("quarantined", "failed", "unsent")],
        "accounts": [(_words(f"account_{account}"), str(figures.accounts[account])) for account in ACCOUNTS],
    }
    sections = tuple(NoticeSection(title=_words(name), lines=tuple(those)) for name, those in lines.items())
    return Notice(id=notice_id, topic="digest", values=values, sections=sections)


def _waiting_lines(figures: Figures) -> list[Line]:
    if not figures.waiting:
        return []
    overdue = Counter(enquiry.level for enquiry in figures.overdue)
    oldest = min(figures.waiting, key=lambda enquiry: enquiry.received_at)
    ago = arrived_ago(oldest.received_at, figures.at)
    return [
        *(
            (_level(level), _words("waiting_count", count=str(count), overdue=str(overdue[level])))
            for level, count in _by_level(figures.waiting)
        ),
        (_words("oldest"), _words("oldest_value", reference=oldest.reference, level=_level(oldest.level), ago=ago)),
    ]


def _level_lines(received: Iterable[ReceivedEnquiry]) -> list[Line]:
    return [(_level(level), str(count)) for level, count in _by_level(received)]


def _status_lines(received: Iterable[ReceivedEnquiry]) -> list[Line]:
    counts = Counter(enquiry.status for enquiry in received)
    return [(_words(f"status_{status}"), str(counts[status])) for status in STATUSES if counts[status]]


def _by_level(enquiries: Iterable[ReceivedEnquiry]) -> list[tuple[Level, int]]:
    """Highest first, without those that have none."""
    counts = Counter(enquiry.level for enquiry in enquiries)
    return [(level, counts[level]) for level in reversed(LEVELS) if counts[level]]


def _level(level: Level) -> str:
    return text(STAFF_LANGUAGE, f"mail.level_{level}")


def _words(key: str, **values: str) -> str:
    return text(STAFF_LANGUAGE, f"staff.digest_{key}", **values)
