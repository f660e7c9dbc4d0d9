"""What a plain word was meant to be: shorthand, repeated letters, digits for letters, joined words, misspellings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_REPEATS = re.compile(r"(.)\1{2,}")
_LEET = (str.maketrans("013457@$!|+€", "oieastasilte"), str.maketrans("013457@$!|+€", "oleastasiite"))
_SIGNS = frozenset("013457@$!|+€")
_NO_LEET = re.compile(r"\d+(st|nd|rd|th|am|pm|mc?g|ml|cc|hrs?|min|x|k|lbs?|[kcm]m|ft|in|yrs?|wks?|mos?|[apfdswhym]|yo)")
_SPINE = re.compile(r"[ctlsd]([1-9]|1[0-2])")
"""Digits that are none of our letters: measures, and vertebrae."""
_SHORT_LEET = re.compile(r"[tdgns]0|[mhwb]3|1[tnms]|4m")
_LONG, _LONGER = 5, 8
_LONGEST = 20
_SPLIT_FROM, _SPLIT_FREELY_FROM, _SPLIT_TO = 6, 12, 200
_LONG_PART, _LONGEST_PART = 4, 14
_LETTERS_LOST = 0.2
_ENDINGS = frozenset({"able", "mente", "dad", "dos", "las", "los", "les", "age", "ship", "ando"})
_LAST_OF_TWO = frozenset({"it", "me", "no", "up", "go", "us", "so", "mi", "ya"})
_MAX_WORD = 40
_WHOLE_FROM = 6
SEARCHES, LETTERS = 300, 2_000
"""For one text: misspellings that are searched, and letters of joined words that are taken apart. Nobody who writes to
us comes near; beyond them words stay as they were typed, so that a flood of them costs no more."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A word that is restored. `letters` has a bit for each letter in it, `places` for each letter where it stands."""

    word: str
    letters: int
    places: Mapping[str, int]

    @classmethod
    def of(cls, word: str) -> _Target:
        places: dict[str, int] = {}
        for at, letter in enumerate(word):
            places[letter] = places.get(letter, 0) | 1 << at
        return cls(word, _letters(word), places)


class Speller:
    """What is known about words. Only words that matter to the screening (`important`) are ever restored from a
    misspelling; a word that is `known` is never changed. `joinable` are words that people run together, `short` those
    that stand between others in a long run."""

    def __init__(
        self,
        shorthand: Mapping[str, str],
        known: frozenset[str],
        important: Iterable[str],
        joinable: frozenset[str],
        short: frozenset[str] = frozenset(),
    ) -> None:
        self.shorthand = {short: tuple(meant.split()) for short, meant in shorthand.items()}
        self.known = known
        self.joinable = joinable
        self.parts = joinable | short | {word for word in (*known, *shorthand) if len(word) >= _LONG_PART}
        self.targets: dict[str, list[_Target]] = {}
        for word in important:
            if len(word) >= _LONG:
                self.targets.setdefault(word[0], []).append(_Target.of(word))

    def begin(self) -> Spelling:
        """Read the words of one text."""
        return Spelling(self)

    def is_known(self, word: str) -> bool:
        """Whether the word is in the lexicon or the list of common words."""
        return word in self.known


@dataclass(slots=True)
class Spelling:
    """The words of one text, one at a time. `decoded` are those that were typed with digits or signs for letters;
    `steps` counts the work."""

    speller: Speller
    decoded: set[str] = field(default_factory=set)
    steps: int = 0
    searches: int = SEARCHES
    letters: int = LETTERS

    def is_known(self, word: str) -> bool:
        """Whether the word is in the lexicon or the list of common words."""
        return word in self.speller.known

    def spell(self, word: str) -> tuple[str, ...]:
        """The words that `word` stands for; `word` itself (at most 40 letters of it) when nothing is known about
        it."""
        speller = self.speller
        if meant := speller.shorthand.get(word):
            return meant
        if word in speller.known or word.isdecimal() or len(word) < 2:
            return (word[:_MAX_WORD],)
        if len(word) <= _MAX_WORD:
            for variant in _without_repeats(word):
                if meant := self._meaning(variant):
                    return meant
            if meant := self.decode(word):
                return meant
        if parts := self._split(word):
            return parts
        return (self._restore(word),) if len(word) <= _LONGEST else (word[:_MAX_WORD],)

    def decode(self, word: str) -> tuple[str, ...]:
        """The words that `word` stands for when its signs are letters, or nothing."""
        if len(word) > _MAX_WORD:
            return ()
        for variant in _decoded(word):
            if meant := self._meaning(variant):
                self.decoded.add(word)
                return meant
        return ()

    def take_apart(self, letters: str) -> tuple[str, ...]:
        """The words of letters that stood apart from each other."""
        if meant := self._meaning(letters):
            return meant
        return self._split(letters) or (self._restore(letters),)

    def whole(self, first: str, second: str) -> str:
        """The known word that two pieces make, of which one is no word, or nothing."""
        both = first + second
        if not _WHOLE_FROM <= len(both) <= _LONGEST or both not in self.speller.known:
            return ""
        return "" if first in self.speller.known and second in self.speller.known else both

    def _meaning(self, variant: str) -> tuple[str, ...]:
        if meant := self.speller.shorthand.get(variant):
            return meant
        return (variant,) if variant in self.speller.known else ()

    def _split(self, word: str) -> tuple[str, ...]:
        """The words that were joined: of fewest pieces, none of them unknown unless the whole is long."""
        if not _SPLIT_FROM <= len(word) <= _SPLIT_TO or len(word) > self.letters or not word.isalpha():
            return ()
        self.letters -= len(word)
        parts = self._split_whole(word) if len(word) <= _LONGEST else self._split_most(word)
        return tuple(meant for part in parts for meant in self.speller.shorthand.get(part, (part,)))

    def _split_whole(self, word: str) -> list[str]:
        """The fewest parts that leave no letter over."""
        known = self.speller.parts if len(word) >= _SPLIT_FREELY_FROM else self.speller.joinable
        begins: dict[int, tuple[int, int]] = {0: (0, 0)}
        for begin in range(len(word)):
            if begin not in begins:
                continue
            count = begins[begin][0] + 1
            for end in range(begin + 1, min(begin + _LONGEST_PART, len(word)) + 1):
                self.steps += 1
                if (end not in begins or count < begins[end][0]) and word[begin:end] in known:
                    begins[end] = (count, begin)
        parts = _path(word, {end: begin for end, (_, begin) in begins.items()}) if len(word) in begins else []
        return [] if _has_an_ending(parts) else parts

    def _split_most(self, word: str) -> list[str]:
        """The parts that leave the fewest letters over, unless these are many."""
        known = self.speller.parts
        best: list[tuple[int, int, int]] = [(0, 0, 0)]
        for end in range(1, len(word) + 1):
            cost, start, lost = best[end - 1][0] + 3, end - 1, best[end - 1][2] + 1
            for begin in range(max(0, end - _LONGEST_PART), end):
                self.steps += 1
                if best[begin][0] + 1 < cost and word[begin:end] in known:
                    cost, start, lost = best[begin][0] + 1, begin, best[begin][2]
            best.append((cost, start, lost))
        if best[-1][2] > _LETTERS_LOST * len(word):
            return []
        return _path(word, {end: begin for end, (_, begin, _) in enumerate(best)})

    def _restore(self, word: str) -> str:
        if not _LONG <= len(word) <= _LONGEST or self.searches <= 0 or not word.isalpha():
            return word
        best, best_distance = word, 3
        letters = _letters(word)
        for target in self.speller.targets.get(word[0], ()):
            self.steps += 1
            reach = min(2 if len(target.word) >= _LONGER else 1, best_distance - 1)
            # One edit changes the length by one at most, and the set of letters by two.
            if abs(len(target.word) - len(word)) > reach or (letters ^ target.letters).bit_count() > 2 * reach:
                continue
            self.searches -= 1
            self.steps += len(word)
            distance = _distance(target, word)
            if distance <= reach:
                best, best_distance = target.word, distance
        return best


def _without_repeats(word: str) -> Iterator[str]:
    once = _REPEATS.sub(r"\1", word)
    if once != word:
        yield _REPEATS.sub(r"\1\1", word)
        yield once


def _decoded(word: str) -> Iterator[str]:
    if _SIGNS.isdisjoint(word) and "*" not in word:
        return
    if _NO_LEET.fullmatch(word) or _SPINE.fullmatch(word) or (len(word) < 3 and not _SHORT_LEET.fullmatch(word)):
        return
    for table in _LEET:
        letters = word.translate(table)
        yield letters
        if "*" in word:
            yield from (letters.replace("*", vowel, 1).replace("*", "") for vowel in "aeiou")


def _has_an_ending(parts: list[str]) -> bool:
    """Whether the parts are rather one word with an ending, as in `confirm a do`."""
    return len(parts) > 1 and (parts[-1] in _ENDINGS or (len(parts[-1]) < 3 and parts[-1] not in _LAST_OF_TWO))


def _path(word: str, begins: Mapping[int, int]) -> list[str]:
    parts: list[str] = []
    end = len(word)
    while end:
        parts.append(word[begins[end] : end])
        end = begins[end]
    return parts[::-1]


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 31)
    return bits


def _distance(target: _Target, word: str) -> int:
    """Damerau's distance (optimal string alignment) with a column of the table in the bits of a number. Source: Hyyrö
    2003, A bit-vector algorithm for computing Levenshtein and Damerau edit distances."""
    length = len(target.word)
    every, last = (1 << length) - 1, 1 << (length - 1)
    rises, falls, diagonal, before, distance = every, 0, 0, 0, length
    for letter in word:
        here = target.places.get(letter, 0)
        swapped = ((~diagonal & here) << 1) & before
        diagonal = ((((here & rises) + rises) ^ rises) | here | falls | swapped) & every
        across_up = (falls | ~(diagonal | rises)) & every
        across_down = diagonal & rises
        distance += bool(across_up & last) - bool(across_down & last)
        across_up = (across_up << 1 | 1) & every
        rises = ((across_down << 1) | ~(diagonal | across_up)) & every
        falls = across_up & diagonal
        before = here
    return distance
