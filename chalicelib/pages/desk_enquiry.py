"""The page of one enquiry: what was asked, why it has its level, and what staff do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.models.vocabulary import Level
from chalicelib.pages.desk_page import DeskShell, desk_reply
from chalicelib.pages.desk_queue import ICONS
from chalicelib.web import Reply
from chalicelib.wording.texts import text

Choice = tuple[str, str]
"""A code and its words."""
KEYS: Mapping[str, str] = {
    "take": "t",
    "release": "f",
    "acknowledge": "a",
    "attempt": "c",
    "reached": "r",
    "no_answer": "x",
    "left_message": "m",
    "note": "n",
    "booked": "b",
    "close": "s",
    "duplicate": "d",
    "raise": "l",
    "lower": "w",
    "assign": "g",
    "release_quarantine": "q",
    "reopen": "o",
    "undo": "u",
}
"""The single key of each act."""
CAREFUL = ("reached", "no_answer", "left_message", "release_quarantine")
"""What cannot be undone: its key goes to the button, and Enter presses it."""


@dataclass(frozen=True)
class Fact:
    """A label and its values, each possibly of several lines, as typed."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Sentence:
    """What made a rule apply, in parts, each with whether it is the part that did."""

    label: str
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Reason:
    """A rule that applied; `level` is empty for one that only sets a flag."""

    id: str
    level: str
    text: str
    evidence: tuple[Sentence, ...]


@dataclass(frozen=True)
class Contact:
    """`phone` is E.164, `email` can be mailed; the typed ones only where they are another thing."""

    name: str
    phone: str
    phone_typed: str
    email: str
    email_typed: str
    may_leave_message: bool


@dataclass(frozen=True)
class Happened:
    """One line of the history."""

    iso: str
    when: str
    by: str
    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """One message about the enquiry, and what became of it."""

    what: str
    state: str
    when: str
    is_lost: bool = False


@dataclass(frozen=True)
class Earlier:
    """Another enquiry of the same person."""

    address: str
    reference: str
    level: str
    status: str
    when: str


@dataclass(frozen=True)
class Related:
    """Another enquiry that is about the same; `words` say how."""

    words: str
    address: str
    reference: str


@dataclass(frozen=True)
class Problem:
    """Why an act was not done. `act` is the form that keeps `typed`; `changes` is what somebody else did meanwhile."""

    act: str
    words: str
    typed: Mapping[str, str]
    changes: tuple[Happened, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Where the enquiry stands, at the head of the page."""

    reference: str
    level: Level
    level_words: str
    triage_level: str
    status: str
    status_words: str
    is_waiting: bool
    is_overdue: bool
    time_left: str
    owner: str
    attempts: int
    facts: tuple[Fact, ...]
    flags: tuple[str, ...]
    quarantine: str = ""
    spared: str = ""
    lifecycle: tuple[str, ...] = ()

    @property
    def icon(self) -> str:
        """The shape of the level."""
        return ICONS[self.level]


@dataclass(frozen=True)
class Offer:
    """What this member of staff can do now. `latest` is the last day for a next try."""

    version: int
    seen: int
    undo: str
    is_closed: bool
    can_take: bool
    can_release: bool
    can_acknowledge: bool
    can_reply: bool
    higher: tuple[Choice, ...]
    lower: tuple[Choice, ...]
    today: str
    latest: str
    can_hold: bool = False
    can_lift: bool = False


@dataclass(frozen=True)
class EnquiryPage:
    """All that the page shows, in plain values. `total` counts the events of the history. `is_cut`: something that the
    person wrote is shortened, and `summary` is empty when it is too long for this page."""

    address: str
    standing: Standing
    offer: Offer
    contact: Contact
    wishes: tuple[Fact, ...]
    reasons: tuple[Reason, ...]
    message: str
    answers: tuple[Fact, ...]
    other_answers: tuple[Fact, ...]
    source: tuple[Fact, ...]
    advice: tuple[str, ...]
    script: tuple[tuple[str, str], ...]
    mails: tuple[Delivery, ...]
    earlier: tuple[Earlier, ...]
    related: tuple[Related, ...]
    history: tuple[Happened, ...]
    views: tuple[Happened, ...]
    total: int
    viewers: tuple[str, ...]
    summary: str
    done: str = ""
    problem: Problem | None = None
    is_cut: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """What single keys do on this page, in words."""
        offer, quarantined = self.offer, bool(self.standing.quarantine)
        is_open = not offer.is_closed
        works = is_open and not quarantined
        offered = {
            "take": works and offer.can_take,
            "release": works and offer.can_release,
            "acknowledge": works and offer.can_acknowledge,
            **dict.fromkeys(("attempt", "reached", "no_answer", "left_message", "booked"), works),
            **dict.fromkeys(("close", "duplicate", "assign"), is_open),
            "note": True,
            "raise": is_open and bool(offer.higher),
            "lower": is_open and bool(offer.lower),
            "release_quarantine": quarantined,
            "reopen": offer.is_closed,
            "undo": bool(offer.undo),
        }
        return tuple(_key_in_words(name) for name in KEYS if offered[name])

    def key(self, name: str) -> str:
        """The key of an act."""
        return KEYS[name]

    def typed(self, act: str, name: str) -> str:
        """What was typed into a form that could not be done."""
        return self.problem.typed.get(name, "") if self.problem is not None and self.problem.act == act else ""


def _key_in_words(name: str) -> str:
    what = text("en", f"desk_enquiry.key_{name}")
    if name in CAREFUL:
        return text("en", "desk_enquiry.key_then_enter", letter=KEYS[name], what=what)
    return f"{KEYS[name]} {what}"


@dataclass(frozen=True)
class WholePage:
    """All that a person wrote, as text."""

    address: str
    reference: str
    summary: str
    source: tuple[Fact, ...]


@dataclass(frozen=True)
class HistoryPage:
    """Some events, latest first; `older` is the number that the next page begins before, 0 at the end."""

    address: str
    reference: str
    events: tuple[Happened, ...]
    is_latest: bool
    older: int


def render_whole(shell: DeskShell, page: WholePage) -> Reply:
    """The page that is printed."""
    title = text("en", "desk_enquiry.whole_title", reference=page.reference)
    return desk_reply(shell, "desk/enquiry_whole.html", title, page=page)


def render_history(shell: DeskShell, page: HistoryPage) -> Reply:
    """One page of the history."""
    title = text("en", "desk_enquiry.history_title", reference=page.reference)
    return desk_reply(shell, "desk/enquiry_history.html", title, page=page)


def render_enquiry(shell: DeskShell, page: EnquiryPage, status: int = 200) -> Reply:
    """The page; a problem comes first."""
    title = text("en", "desk_enquiry.title", reference=page.standing.reference)
    return desk_reply(shell, "desk/enquiry.html", title, status=status, page=page)
