"""How much the page of one enquiry may weigh: what is longer is shortened, and stands in full on a page of its own.

A letter weighs what it takes in HTML. With all budgets spent the page stays below 100 KB. Whatever a refused form gives
back stands there in full, and the other parts make room for it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import replace

from chalicelib.desk.enquiry_words import say
from chalicelib.pages.desk_enquiry import EnquiryPage, Fact, Happened, Reason, Sentence

MESSAGE, ANSWERS, SOURCE, SUMMARY, HISTORY, VIEWS = 20_000, 8_000, 2_000, 12_000, 20_000, 6_000
"""Bytes of the parts of the page."""
ONE_TEXT, ONE_LABEL, ONE_PART = 2_000, 120, 240
"""Bytes of one note, of a question that a site has sent, and of what stands before and behind words that fired."""
EVIDENCE = 5
"""Sentences for one rule."""
MARKUP = 160
"""Bytes round one entry."""


def weight(words: str) -> int:
    """Bytes of a text in HTML."""
    return len(html.escape(words).encode())


def shortened(words: str, most: int) -> str:
    """As much of a text as fits into so many bytes; where it ends is said."""
    if weight(words) <= most:
        return words
    left, shown = most, 0
    for char in words:
        left -= weight(char)
        if left < 0:
            break
        shown += 1
    return f"{words[:shown].rstrip()} … {say('shortened')}"


def lightened(page: EnquiryPage) -> EnquiryPage:
    """The page within its budgets; `is_cut` when something of what the person wrote is missing."""
    typed = sum(map(weight, page.problem.typed.values())) if page.problem else 0
    message = shortened(page.message, _beside(typed, MESSAGE))
    other_answers = _facts(page.other_answers, _beside(typed, ANSWERS))
    source = _facts(page.source, SOURCE)
    is_long = weight(page.summary) > _beside(typed, SUMMARY)
    return replace(
        page,
        message=message,
        other_answers=other_answers,
        source=source,
        reasons=tuple(map(_reason, page.reasons)),
        summary="" if is_long else page.summary,
        history=within(page.history, _beside(typed, HISTORY)),
        views=within(page.views, VIEWS),
        is_cut=is_long or (message, other_answers, source) != (page.message, page.other_answers, page.source),
        problem=replace(page.problem, changes=within(page.problem.changes, HISTORY)) if page.problem else None,
    )


def within(entries: Iterable[Happened], most: int, one_text: int = ONE_TEXT) -> tuple[Happened, ...]:
    """The first entries that fit into so many bytes, each text of at most `one_text`; at least one."""
    kept: list[Happened] = []
    for entry in entries:
        short = replace(entry, details=tuple(shortened(detail, one_text) for detail in entry.details))
        most -= MARKUP + sum(map(weight, (short.by, short.what, *short.details)))
        if kept and most < 0:
            break
        kept.append(short)
    return tuple(kept)


def _beside(typed: int, budget: int) -> int:
    """What is left of a budget beside what somebody typed: one text at least."""
    return max(ONE_TEXT, budget - typed)


def _facts(facts: tuple[Fact, ...], most: int) -> tuple[Fact, ...]:
    """All of them; when they are too long together, each as long as its share."""
    if sum(weight(words) for fact in facts for words in (fact.label, *fact.values)) <= most:
        return facts
    share = most // len(facts)
    return tuple(Fact(shortened(fact.label, ONE_LABEL), tuple(_values(fact.values, share))) for fact in facts)


def _values(values: Iterable[str], most: int) -> Iterable[str]:
    for value in values:
        if most <= 0:
            return
        yield shortened(value, most)
        most -= weight(value)


def _reason(reason: Reason) -> Reason:
    evidence = reason.evidence[:EVIDENCE]
    return replace(reason, evidence=tuple(Sentence(each.label, tuple(map(_part, each.parts))) for each in evidence))


def _part(part: tuple[str, bool]) -> tuple[str, bool]:
    """Both ends of what stands round the words that fired."""
    words, fired = part
    if fired or weight(words) <= 2 * ONE_PART:
        return part
    backwards = shortened(words[::-1], ONE_PART).partition(" … ")[0]
    return f"{shortened(words, ONE_PART).partition(' … ')[0]} … {backwards[::-1]}", fired
