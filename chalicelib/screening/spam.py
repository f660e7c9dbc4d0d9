"""Spam or not, from weak signals. A verdict quarantines; it never refuses, and it never silences a person in danger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chalicelib.models.enquiry import SpamVerdict
from chalicelib.screening.disposable import is_disposable
from chalicelib.screening.likeness import Likeness, likeness
from chalicelib.screening.machine_marks import Sender, machine_marks
from chalicelib.screening.offers import Found, find_offers
from chalicelib.screening.written import Written, without_addresses, written_signals

SIGNALS_FILE = Path(__file__).parent / "spam_data" / "signals.json"
_REMEMBERED = re.compile(
    r"[^\s@]{1,64}@[^\s@]{3,200}|\+?[\d\s().\u2010-\u2015\u202a-\u202e-]{7,30}"
    r"|\d{4,6}(?:-\d{4})?|\d{1,5}[a-z]?(?: [\w.'#-]{1,20}){1,5}|united states(?: of america)?|usa|canada|m[eé]xico",
    re.IGNORECASE,
)
"""A mail address, a telephone number, or a part of an address that browsers fill in."""
_PLACE = re.compile(r"[A-Z][a-z]{2,19}(?: [A-Z][a-z]{2,19})?")
"""A town as a browser fills it in, perhaps."""
_MARKS = ("link", "honeypot", "offer_", "attack", "repeated", "token_forged", "token_instant", "canary", "disposable")
"""What a robot leaves in any language."""
_CLOSE_TO_A_CONTACT = 3
"""Fewer characters in a honeypot are nobody's name or address."""


@dataclass(frozen=True)
class Evidence:
    """What screening looks at. `texts` are the message and what came in unknown fields; `contact` is all that a
    browser may fill in by itself; `trapped` is what came in honeypots; `email` is the address as it could be read,
    `phone` the number as it was typed. `copied_form`: it says that it is our own form, and has no token.
    `not_understood`: triage found neither English nor Spanish."""

    name: str = ""
    email: str = ""
    phone: str = ""
    texts: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    trapped: tuple[str, ...] = ()
    canary_unverified: bool = False
    foreign_origin: bool = False
    origin_missing: bool = False
    token_missing: bool = False
    token_forged: bool = False
    token_instant: bool = False
    copied_form: bool = False
    not_understood: bool = False


@dataclass(frozen=True)
class Weights:
    """The points of each signal, and from how many an enquiry is quarantined. Wording counts `points` for each unit of
    log-odds above `wording_from`, so much at most, so much for each word, and so much in a language that triage does
    not read."""

    limit: int
    points: Mapping[str, int]
    wording_from: float
    wording_most: int
    wording_most_per_word: int
    wording_most_not_understood: int


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """Those that are deployed. Raises OSError, ValueError, KeyError."""
    data = json.loads(SIGNALS_FILE.read_text("utf-8"))
    wording = data["signals"]["advert_wording"]
    return Weights(
        limit=data["limit"]["points"],
        points={name: signal["points"] for name, signal in data["signals"].items()},
        wording_from=wording["from"],
        wording_most=wording["most"],
        wording_most_per_word=wording["most_per_word"],
        wording_most_not_understood=wording["most_not_understood"],
    )


def screen(evidence: Evidence, *, may_be_danger: bool) -> SpamVerdict:
    """Weigh the signals. `may_be_danger`: an emergency or crisis rule fired, or nobody knows because the text could not
    be scored; such an enquiry is never quarantined, and keeps its score and reasons. Nor is one in a language that
    triage does not read, for its letters and words alone: it may be a cry for help."""
    weights = load_weights()
    said = tuple(map(without_addresses, evidence.texts))
    found = {name: weights.points[name] for name in _signals(evidence)}
    wording = _of_wording(likeness(said), weights, understood=not evidence.not_understood)
    said_points = _of_words(find_offers(said), wording, weights)
    marks = _of_marks(evidence, weights) if _speaks_for_itself({**found, **said_points}) else {}
    found |= _counted(said_points | marks, weights)
    score = max(sum(found.values()), 0)
    if evidence.not_understood and not any(name.startswith(_MARKS) for name in found):
        score = min(score, weights.limit - 1)
    return SpamVerdict(
        score=score,
        reasons=tuple(found) if score else (),
        quarantined=score >= weights.limit and not may_be_danger,
        spared=score >= weights.limit and may_be_danger,
    )


def _signals(evidence: Evidence) -> Iterator[str]:
    yield from _trap(evidence)
    conditions = {
        "canary_unverified": evidence.canary_unverified,
        "foreign_origin": evidence.foreign_origin,
        "token_forged": evidence.token_forged,
        "token_instant": evidence.token_instant,
        "disposable_address": is_disposable(evidence.email),
    }
    yield from (name for name, holds in conditions.items() if holds)
    written = tuple(written_signals(Written(evidence.name, evidence.texts)))
    # Letters that are no words are in no language: they count once.
    if evidence.not_understood and "gibberish" not in written:
        yield "not_understood"
    yield from written


def _trap(evidence: Evidence) -> Iterator[str]:
    """Browsers and password managers fill a hidden field with what they fill elsewhere, or with an address or number
    that they remember; robots make something up."""
    given = {_folded(value) for value in (evidence.name, evidence.email, *evidence.contact)}
    parts = given | {part for value in given for part in value.split()}
    known = {part for part in parts if len(part) >= _CLOSE_TO_A_CONTACT}
    if evidence.trapped:
        by_itself = all(_folded(value) in known or _is_remembered(value) for value in evidence.trapped)
        yield "honeypot_autofilled" if by_itself else "honeypot_filled"


def _is_remembered(value: str) -> bool:
    return bool(_REMEMBERED.fullmatch(value.strip()) or _PLACE.fullmatch(value.strip()))


def _of_words(offers: Found, wording: int, weights: Weights) -> dict[str, int]:
    """What is offered and how it is worded, less what people say of their own health."""
    share, most = weights.points["offer_share"], weights.points["offer_most"]
    found = {f"offer_{kind}": min(points, most) * share // 100 for kind, points in offers.kinds.items()}
    lowered = max(offers.own_health * weights.points["own_health"], weights.points["own_health_most"])
    found |= {"advert_wording": wording} if wording > 0 else {}
    found |= {"own_health": lowered} if lowered else {}
    return found | ({"people_wording": wording} if wording < 0 else {})


def _of_marks(evidence: Evidence, weights: Weights) -> dict[str, int]:
    """Marks of a machine, so much at most however many there are. Most websites send no token, and privacy settings
    take the Origin away: beside a text that says nothing these say nothing."""
    left, found = weights.points["marks_most"], {}
    for name in (*_missing(evidence), *machine_marks(Sender(evidence.name, evidence.email, evidence.phone))):
        found[name] = min(weights.points[name], left)
        left -= found[name]
    return {name: points for name, points in found.items() if points}


def _counted(found: Mapping[str, int], weights: Weights) -> Mapping[str, int]:
    """Words and marks together, or nothing when they add up to little: what lowers them lowers nothing else."""
    return found if sum(found.values()) >= weights.points["words_least"] else {}


def _of_wording(like: Likeness, weights: Weights, *, understood: bool) -> int:
    most = weights.wording_most if understood else weights.wording_most_not_understood
    most = min(most, weights.wording_most_per_word * like.words)
    points = round((like.log_odds - weights.wording_from) * weights.points["advert_wording"])
    return max(weights.points["people_wording"], min(most, points))


def _speaks_for_itself(found: Mapping[str, int]) -> bool:
    return any(name.startswith(("offer_", "advert_", "link", "gibberish", "repeated")) for name in found)


def _missing(evidence: Evidence) -> Iterator[str]:
    conditions = {
        "token_missing": evidence.token_missing,
        "copied_form": evidence.copied_form,
        "origin_missing": evidence.origin_missing,
    }
    yield from (name for name, holds in conditions.items() if holds)


def _folded(value: str) -> str:
    return " ".join(value.lower().split())
