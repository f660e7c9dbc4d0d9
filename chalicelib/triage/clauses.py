"""A text cut into clauses: how far a date, a question or a denial reaches in a sentence that never ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.triage.concepts import Event
from chalicelib.triage.words import Text

_LONG_ENOUGH = 4
"""A subject opens a new clause only after so many words: `in 2015 I fell` is one clause."""
_LINKS = frozenset({"LINK", "CLAUSE", "NEG"})
_VERB_WITHIN = 4
_FINITE = frozenset(
    {"was", "is", "were", "are", "had", "has", "have", "says", "said", "told", "did", "does", "wants", "keeps", "got"}
    | {"went", "burns", "hurts", "hurt", "started", "gave", "thinks", "will", "wont", "dropped"}
    | {"estaba", "esta", "fue", "era", "dice", "dijo", "tiene", "tuvo", "quiere", "duele", "empezo"}
)
"""Verbs by which `my surgery was` is told from `my surgery`."""

Spots = Mapping[str, Sequence[Event]]


class Clauses:
    """Which clause each word of a text belongs to."""

    def __init__(self, text: Text, spots: Spots) -> None:
        self._text = text
        self._links = frozenset().union(*(_places(spots, group) for group in _LINKS))
        self._opening = frozenset(event.first for group in ("CLAUSE", "ASKING") for event in spots.get(group, ()))
        self._subjects = frozenset(event.first for event in spots.get("OPENER", ()))
        self._owners = frozenset(event.first for event in spots.get("OWNER", ()))
        self._number = self._cut(_places(spots, "HISTORIC") | _places(spots, "LINK"))
        self._spans: dict[int, tuple[int, int]] = {}
        for at, number in enumerate(self._number):
            self._spans[number] = (self._spans.get(number, (at, at))[0], at)

    def _cut(self, circumstance: frozenset[int]) -> list[int]:
        """A clause that is only a circumstance (`In 2015,`) belongs to the next one."""
        numbers: list[int] = []
        start, number = 0, 0
        for at in range(len(self._text.words)):
            if at and self._begins(at, start):
                is_new_sentence = self._text.sentence[at] != self._text.sentence[at - 1]
                if is_new_sentence or not circumstance.issuperset(range(start, at)):
                    number += 1
                    start = at
            numbers.append(number)
        return numbers

    def _begins(self, at: int, start: int) -> bool:
        text = self._text
        if text.sentence[at] != text.sentence[at - 1] or at in text.commas or at in self._opening:
            return True
        if at - 1 in self._links:
            return False
        if at in self._owners:
            return any(word in _FINITE for word in text.words[at + 2 : at + _VERB_WITHIN])
        return at in self._subjects and at - 1 not in self._subjects and at - start >= _LONG_ENOUGH

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The first word of the clause of `first` and the last word of the clause of `last`."""
        return self._spans[self._number[first]][0], self._spans[self._number[last]][1]


def _places(spots: Spots, group: str) -> frozenset[int]:
    return frozenset(place for event in spots.get(group, ()) for place in range(event.first, event.last + 1))
