"""What a plain word was meant to be: shorthand, repeated letters, digits for letters, joined words, misspellings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

_REPEATS = re.compile(r"(.)\1{2,}")
_LEET = str.maketrans("01345@$", "oieasas")
_LONG, _LONGER = 5, 8
_LONGEST = 20
_SPLIT_FROM, _SPLIT_TO = 6, 18


class Speller:
    """Reads one word at a time. Only words that matter to the screening (`important`) are ever restored from a
    misspelling; a word that is `known` is never changed. `joinable` are short words that people run together."""

    def __init__(
        self, shorthand: Mapping[str, str], known: frozenset[str], important: Iterable[str], joinable: frozenset[str]
    ) -> None:
        self._shorthand = {short: tuple(meant.split()) for short, meant in shorthand.items()}
        self._known = known
        self._joinable = joinable
        self._important = tuple(word for word in important if len(word) >= _LONG)

    def spell(self, word: str) -> tuple[str, ...]:
        """The words that `word` stands for; `word` itself when nothing is known about it."""
        if meant := self._shorthand.get(word):
            return meant
        if word in self._known or word.isdecimal() or len(word) < 3:
            return (word,)
        for variant in self._variants(word):
            if meant := self._shorthand.get(variant):
                return meant
            if variant in self._known:
                return (variant,)
        if parts := self._split(word):
            return tuple(meant for part in parts for meant in self._shorthand.get(part, (part,)))
        return (self._restore(word),)

    def is_known(self, word: str) -> bool:
        """Whether the word is in the lexicon or the list of common words."""
        return word in self._known

    def _variants(self, word: str) -> Iterator[str]:
        once, twice = _REPEATS.sub(r"\1", word), _REPEATS.sub(r"\1\1", word)
        if once != word:
            yield twice
            yield once
        if not word.isalpha() and (not word[0].isdecimal() or word[-1].isalpha()):
            letters = word.translate(_LEET)
            yield letters
            if "*" in word:
                yield from (letters.replace("*", vowel, 1).replace("*", "") for vowel in "aeiou")

    def _split(self, word: str) -> tuple[str, ...]:
        if not _SPLIT_FROM <= len(word) <= _SPLIT_TO or not word.isalpha():
            return ()
        for cut in range(2, len(word) - 1):
            first, second = word[:cut], word[cut:]
            if len(first) + len(second) < 6 or (first not in self._joinable):
                continue
            if second in self._joinable:
                return first, second
            for again in range(2, len(second) - 1):
                if second[:again] in self._joinable and second[again:] in self._joinable:
                    return first, second[:again], second[again:]
        return ()

    def _restore(self, word: str) -> str:
        if not _LONG <= len(word) <= _LONGEST or not word.isalpha():
            return word
        reach = 2 if len(word) >= _LONGER else 1
        if not any((word[0], length) in self._outlines for length in range(len(word) - reach, len(word) + reach + 1)):
            return word
        best, best_distance = word, reach + 1
        for key in _deletions(word, reach):
            for candidate in self._index.get(key, ()):
                allowed = 2 if len(candidate) >= _LONGER else 1
                distance = _distance(word, candidate, min(allowed, best_distance - 1))
                if distance < best_distance and distance <= allowed and word[0] == candidate[0]:
                    best, best_distance = candidate, distance
        return best

    @cached_property
    def _outlines(self) -> frozenset[tuple[str, int]]:
        """First letter and length of each important word: most unknown words share neither."""
        return frozenset((word[0], len(word)) for word in self._important)

    @cached_property
    def _index(self) -> dict[str, list[str]]:
        """Every word with up to one (long words: two) letters left out: a misspelling within that distance shares
        one of these keys, so that looking it up costs the same however many words there are (as SymSpell does)."""
        index: dict[str, list[str]] = {}
        for word in self._important:
            for key in _deletions(word, 2 if len(word) >= _LONGER else 1):
                index.setdefault(key, []).append(word)
        return index


def _deletions(word: str, count: int) -> set[str]:
    keys = {word}
    level = {word}
    for _ in range(count):
        level = {shorter[:at] + shorter[at + 1 :] for shorter in level for at in range(len(shorter))}
        keys |= level
    return keys


def _distance(left: str, right: str, limit: int) -> int:
    """Damerau's distance (optimal string alignment) of two short words; anything above `limit` is only `above`."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        line = [row]
        for column, other in enumerate(right, 1):
            cost = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, above = above, line
    return above[-1]
