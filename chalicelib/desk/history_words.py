"""The history of an enquiry in words: who did what, and when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.desk.enquiry_words import say
from chalicelib.desk.plain_words import level_in_words, sentence, status_in_words, words_or
from chalicelib.models.history_chain import Link
from chalicelib.pages.desk_enquiry import Happened
from chalicelib.wording.dates import moment_in_words

_LOOSE_END = re.compile(r"( from| to| by)?[ :]*$")
"""What leads over to a fact."""


def in_words(links: Iterable[Link], zone: ZoneInfo) -> tuple[Happened, ...]:
    """Latest first."""
    return tuple(_happened(link, zone) for link in reversed(list(links)))


def act_in_words(kind: str, facts: dict[str, str] | None = None) -> str:
    """`Raised the level from Routine to Crisis`; without its facts, what can be said without them."""
    key = f"event.{kind}"
    wording = words_or("desk_enquiry", key, sentence(kind))
    if "{" not in wording:
        return wording
    return say(_variant(kind, facts), **_values(facts)) if facts else _LOOSE_END.sub("", wording.partition("{")[0])


def reason_in_words(code: str) -> str:
    """Why an enquiry was erased."""
    return words_or("desk", f"erase_why_{code}", sentence(code))


def _happened(link: Link, zone: ZoneInfo) -> Happened:
    facts = link.facts
    details = [facts[name] for name in ("reason", "text") if facts.get(name)]
    if facts.get("next_try_at"):
        at = datetime.fromisoformat(facts["next_try_at"])
        details.append(say("event.contact_attempt_next", next=moment_in_words(at, "en", zone)))
    if link.erased:
        details.append(say("event.erased_text"))
    return Happened(
        iso=link.at.isoformat(),
        when=moment_in_words(link.at, "en", zone),
        by=words_or("desk_enquiry", f"by.{link.by}", link.by),
        what=act_in_words(link.kind, facts),
        details=tuple(details),
    )


def _variant(kind: str, facts: dict[str, str]) -> str:
    if kind == "level_raised" and facts.get("released"):
        return "event.level_raised_released"
    return "event.closed_duplicate" if kind == "closed" and facts.get("duplicate_of") else f"event.{kind}"


def _values(facts: dict[str, str]) -> dict[str, str]:
    """The facts as words. What a person typed may hold braces: it is a value here, never a format."""
    words = dict(facts)
    for name in ("channel", "outcome"):
        if name in facts:
            words[name] = words_or("desk_enquiry", f"{name}_{facts[name]}", facts[name]).lower()
    if "status" in facts:
        words["status"] = status_in_words(facts["status"]).lower()
    if "why" in facts:
        words["why"] = reason_in_words(facts["why"]).lower()
    if "act" in facts:
        what = act_in_words(facts["act"], {name: value for name, value in facts.items() if name != "act"})
        words["act"] = f"{what[:1].lower()}{what[1:]}"
    if "from" in facts:
        words |= {name: level_in_words(facts[name]) for name in ("from", "to")}
    return words
