"""Text cut into words that know where they stood, in plain form: NFKC, lower case, no accents, no apostrophes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    "(?P<number>[0-9]*[.][0-9]+)"
    r"|(?P<word>[\w'’‘ʼ`´*@$\u0300-\u036f\u200b-\u200d\u00ad]+)"
    r"|(?P<stop>[.!?;…\n。！？]+)"
    r"|(?P<comma>[,:，—–(]|\.\.)"
)
_QUIET = dict.fromkeys(map(ord, "'’‘ʼ`´\u200b\u200c\u200d\u00ad_"))
_MAX_WORD = 40
_SENTENCE_GAP = 6
_SPOKEN = frozenset({"period", "comma"})
"""Punctuation as dictation writes it out."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as parallel lists, one item per plain word: where it stood in the original, its sentence, and its place
    on a ruler on which the end of a sentence counts as six words. `asked` holds the sentences that end in `?`,
    `bounds` where each sentence begins and ends in the original."""

    original: str
    words: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    sentence: Sequence[int]
    place: Sequence[int]
    commas: frozenset[int]
    asked: frozenset[int]
    bounds: Mapping[int, tuple[int, int]]

    def quote(self, first: int, last: int) -> str:
        """The words from `first` to `last` (inclusive) as they were typed."""
        return " ".join(self.original[self.starts[first] : self.ends[last]].split())

    def surroundings(self, first: int, last: int, limit: int = 200) -> str:
        """The sentence around these words as typed, at most `limit` characters, with `…` where it was cut."""
        start, end = self.bounds[self.sentence[first]][0], self.bounds[self.sentence[last]][1]
        begin, stop = start, end
        if stop - begin > limit:
            spare = max(0, limit - 2 - (self.ends[last] - self.starts[first])) // 2
            begin, stop = max(start, self.starts[first] - spare), min(end, self.ends[last] + spare)
            stop = min(stop, begin + limit - 2)
        quoted = " ".join(self.original[begin:stop].split())
        return f"{'…' if begin > start else ''}{quoted}{'…' if stop < end else ''}"


def plain(word: str) -> str:
    """A word in plain form: compatibility letters folded, lower case, no accents, apostrophes or invisible signs."""
    if word.isascii():
        return word.translate(_QUIET).lower()
    folded = unicodedata.normalize("NFKD", word.translate(_QUIET)).lower()
    return "".join(char for char in folded if not unicodedata.combining(char))


Joins = Mapping[tuple[str, str], tuple[str, ...]]
"""Words that belong together when they follow each other, and the words that they then are."""


class _Cutter:
    """The parallel lists of a text while it is being cut."""

    def __init__(self, silent: frozenset[str], joins: Joins) -> None:
        self._silent = silent
        self._joins = joins
        self._sentence = 0
        self._place = 0
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.sentences: list[int] = []
        self.places: list[int] = []
        self.commas: set[int] = set()
        self.asked: set[int] = set()
        self.bounds: dict[int, tuple[int, int]] = {}

    def stop(self, signs: str) -> None:
        if self._is_within():
            if "?" in signs:
                self.asked.add(self._sentence)
            self._sentence += 1
            self._place += _SENTENCE_GAP

    def comma(self, _: str = ",") -> None:
        self.commas.add(len(self.words))

    def add(self, word: str, start: int, end: int) -> None:
        self._place += 1
        self.bounds[self._sentence] = (self.bounds.get(self._sentence, (start, 0))[0], end)
        # A word said over and over says no more than three times; it must not cost more either.
        if word in self._silent or (len(self.words) > 2 and self.words[-1] == self.words[-2] == self.words[-3] == word):
            return
        joined = self._joins.get((self.words[-1], word)) if self._is_within() else None
        if joined:
            self.words[-1], self.ends[-1] = joined[0], end
            if len(joined) == 1:
                return
            word = joined[1]
        self.words.append(word)
        self.starts.append(start)
        self.ends.append(end)
        self.sentences.append(self._sentence)
        self.places.append(self._place)

    def _is_within(self) -> bool:
        return bool(self.words) and self.sentences[-1] == self._sentence


def read_words(text: str, spell: Callable[[str], tuple[str, ...]], silent: frozenset[str], joins: Joins) -> Text:
    """Cut a text into plain words. `spell` turns one plain word into the words that are meant (shorthand, slips,
    joined words); `silent` words carry no meaning here and are left out. Linear in the length of the text."""
    cutter = _Cutter(silent, joins)
    known: dict[str, tuple[str, ...]] = {}
    for found in _TOKEN.finditer(text):
        kind, raw = found.lastgroup, found[0]
        if kind == "stop":
            cutter.stop(raw)
        elif kind == "comma":
            cutter.comma()
        else:
            meant = known.get(raw)
            if meant is None:
                meant = known[raw] = _meant(raw, spell)
            if meant and meant[0] in _SPOKEN:
                (cutter.stop if meant[0] == "period" else cutter.comma)(".")
                continue
            for word in meant:
                cutter.add(word, found.start(), found.end())
    return Text(
        text,
        cutter.words,
        cutter.starts,
        cutter.ends,
        cutter.sentences,
        cutter.places,
        frozenset(cutter.commas),
        frozenset(cutter.asked),
        cutter.bounds,
    )


def _meant(raw: str, spell: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    if raw[0].isdecimal() and not raw[-1].isalpha():
        return (raw,)
    word = plain(raw.strip("'’‘ʼ`´"))
    if not word.strip("*@$"):
        return ()
    return spell(word) if len(word) <= _MAX_WORD else (word,)
