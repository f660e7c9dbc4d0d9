"""One sentence read with the lexicon: which concepts it mentions, and whether it denies them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.triage.lexicon import Entry, Index, Lexicon
from chalicelib.triage.phrases import spans

_CLAUSE_REACH = 12
_NEGATION_REACH = 6
_ALTERNATIVES = frozenset({"or", "nor", "o", "ni"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept, the words that stood for it, and whether the sentence denies it."""

    concept: str
    words: str
    denied: bool


class Sentence:
    """A sentence as tokens, with what was learnt while reading it."""

    def __init__(self, tokens: list[str], lexicon: Lexicon) -> None:
        self._tokens = tokens
        self._lexicon = lexicon
        self._claimed = self._places(lexicon.idioms)
        self._mute = self._places(lexicon.not_negations)
        self._denied_ends: set[int] = set()
        self._cues: dict[str, bool] = {}

    def mentions(self) -> Iterator[Mention]:
        """Each mention, entries in the lexicon's order: some claim their words, so that later ones skip them."""
        entries = self._lexicon.file.entries
        for number, start, end in sorted(set(self._hits())):
            entry = entries[number]
            if not self._claimed.isdisjoint(range(start, end)) or not self._cues_allow(entry, start, end):
                continue
            denied = self._is_denied(start)
            if denied:
                self._denied_ends.add(end)
            if entry.claims:
                self._claimed.update(range(start, end))
            yield Mention(entry.concept, " ".join(self._tokens[start:end]), denied)

    def _hits(self) -> Iterator[tuple[int, int, int]]:
        phrases = self._lexicon.phrases
        for start, token in enumerate(self._tokens):
            for number, phrase in phrases.get(token, ()):
                end = phrase.end(self._tokens, start)
                if end is not None:
                    yield number, start, end

    def _places(self, index: Index) -> set[int]:
        return {place for start, end in spans(self._tokens, index) for place in range(start, end)}

    def _is_denied(self, start: int) -> bool:
        """Whether a negator stands before the words with nothing but bridging words between, or an `or` after
        something denied. Any other word ends the negation, so that an error goes upwards."""
        file = self._lexicon.file
        for place in range(start - 1, max(-1, start - 1 - _NEGATION_REACH), -1):
            token = self._tokens[place]
            if token in file.negators and place not in self._mute:
                return True
            if token in _ALTERNATIVES and place in self._denied_ends:
                return True
            if token not in file.bridges:
                return False
        return False

    def _cues_allow(self, entry: Entry, start: int, end: int) -> bool:
        """A needed cue counts anywhere in the sentence; one that rules out counts only in the same clause, and for
        what has been so for long only without a sign of sudden onset."""
        if entry.needs and not self._has_cue(entry.needs):
            return False
        if not entry.unless or not spans(self._clause(start, end), self._lexicon.cues[entry.unless]):
            return True
        return entry.unless == "chronic" and self._has_cue("onset")

    def _has_cue(self, name: str) -> bool:
        if name not in self._cues:
            self._cues[name] = bool(spans(self._tokens, self._lexicon.cues[name]))
        return self._cues[name]

    def _clause(self, start: int, end: int) -> list[str]:
        breaks = self._lexicon.file.clause_breaks
        first, last = start, end
        while first > max(0, start - _CLAUSE_REACH) and self._tokens[first - 1] not in breaks:
            first -= 1
        while last < min(len(self._tokens), end + _CLAUSE_REACH) and self._tokens[last] not in breaks:
            last += 1
        return self._tokens[first:last]
