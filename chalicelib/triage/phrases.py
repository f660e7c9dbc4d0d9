"""Phrases of the lexicon: how they are written, and where they occur in a text that was cut into tokens.

A phrase is words in their plain form (lower case, no accents, no apostrophes), separated by spaces. `kill/killing` is
either word, `my?` may be missing, `~` is up to five other words, `180..300` a number in that range.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

_APOSTROPHES = re.compile("['’‘ʼ`´]")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|[,.!?;:\n]")
_RANGE = re.compile(r"^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$")
_SENTENCE_ENDS = frozenset(".!?;\n")
_GAP = 5

Tokens = Sequence[str]


@dataclass(frozen=True, slots=True)
class _Element:
    """One place of a phrase: which tokens fit, how many other words may stand before it, and whether it may be
    missing."""

    fits: Callable[[str], bool]
    gap: int = 0
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase ready to match. It begins with one of `starts`."""

    starts: frozenset[str]
    rest: tuple[_Element, ...]

    def end(self, tokens: Tokens, at: int) -> int | None:
        """Where the phrase that begins at `at` ends (exclusive), or None when it does not occur there."""
        return _match(tokens, at + 1, self.rest) if tokens[at] in self.starts else None


def sentences(text: str) -> list[list[str]]:
    """Cut text into sentences of plain tokens: NFKC, lower case, no accents, no apostrophes; commas stay. Linear in
    the length of the text."""
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).lower())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    found: list[list[str]] = [[]]
    for token in _TOKEN.findall(plain):
        if token in _SENTENCE_ENDS:
            found.append([])
        else:
            found[-1].append(token)
    return [tokens for tokens in found if tokens]


def read_phrase(written: str) -> Phrase:
    """Read a phrase. Raises ValueError when it does not begin with a word."""
    first, *others = written.split()
    if not first.replace("/", "").isalpha():
        raise ValueError(f"a phrase begins with a word: {written!r}")
    rest: list[_Element] = []
    gap = 0
    for part in others:
        if part == "~":
            gap += _GAP
            continue
        rest.append(_Element(_fits(part.removesuffix("?")), gap, part.endswith("?")))
        gap = 0
    return Phrase(frozenset(first.split("/")), tuple(rest))


def by_first_word(phrases: Iterable[Phrase]) -> dict[str, list[Phrase]]:
    """An index, so that a token costs one look-up however many phrases there are."""
    index: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        for word in phrase.starts:
            index.setdefault(word, []).append(phrase)
    return index


def spans(tokens: Tokens, index: Mapping[str, list[Phrase]]) -> list[tuple[int, int]]:
    """Where any of the phrases occurs."""
    return [
        (at, end)
        for at, token in enumerate(tokens)
        for phrase in index.get(token, ())
        if (end := phrase.end(tokens, at)) is not None
    ]


def _fits(part: str) -> Callable[[str], bool]:
    if bounds := _RANGE.match(part):
        lowest, highest = float(bounds[1]), float(bounds[2])
        return lambda token: token[0].isdecimal() and lowest <= float(token) <= highest
    return frozenset(part.split("/")).__contains__


def _match(tokens: Tokens, at: int, rest: tuple[_Element, ...]) -> int | None:
    if not rest:
        return at
    element = rest[0]
    for place in range(at, min(at + element.gap, len(tokens) - 1) + 1):
        if element.fits(tokens[place]):
            end = _match(tokens, place + 1, rest[1:])
            if end is not None:
                return end
    return _match(tokens, at, rest[1:]) if element.optional else None
