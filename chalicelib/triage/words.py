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
_SPOKEN = {"period": ".", "comma": ","}
"""Punctuation as dictation writes it out."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as parallel lists, one item per plain word: where it stood in the original, its sentence, and its place
    on a ruler on which the end of a sentence counts as six words. `asked` holds the sentences that end in `?`."""

    original: str
    words: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    sentence: Sequence[int]
    place: Sequence[int]
    commas: frozenset[int]
    asked: frozenset[int]

    def quote(self, first: int, last: int) -> str:
        """The words from `first` to `last` (inclusive) as they were typed."""
        return " ".join(self.original[self.starts[first] : self.ends[last]].split())

    def surroundings(self, first: int, last: int, limit: int = 200) -> str:
        """The sentence around these words as typed, at most `limit` characters, with `…` where it was cut."""
        start, end = first, last
        while start > 0 and self.sentence[start - 1] == self.sentence[first]:
            start -= 1
        while end + 1 < len(self.words) and self.sentence[end + 1] == self.sentence[last]:
            end += 1
        begin, stop = self.starts[start], self.ends[end]
        if stop - begin > limit:
            spare = max(0, limit - 2 - (self.ends[last] - self.starts[first])) // 2
            begin, stop = max(begin, self.starts[first] - spare), min(stop, self.ends[last] + spare)
            stop = min(stop, begin + limit - 2)
        quoted = " ".join(self.original[begin:stop].split())
        return f"{'…' if begin > self.starts[start] else ''}{quoted}{'…' if stop < self.ends[end] else ''}"


def plain(word: str) -> str:
    """A word in plain form: compatibility letters folded, lower case, no accents, apostrophes or invisible signs."""
    if word.isascii():
        return word.translate(_QUIET).lower()
    folded = unicodedata.normalize("NFKD", word.translate(_QUIET)).lower()
    return "".join(char for char in folded if not unicodedata.combining(char))


def read_words(
    text: str,
    spell: Callable[[str], tuple[str, ...]],
    silent: frozenset[str],
    joins: Mapping[tuple[str, str], tuple[str, ...]],
) -> Text:
    """Cut a text into plain words. `spell` turns one plain word into the words that are meant (shorthand, slips,
    joined words); `silent` words carry no meaning here and are left out. Linear in the length of the text."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    sentences: list[int] = []
    places: list[int] = []
    commas: set[int] = set()
    asked: set[int] = set()
    known: dict[str, tuple[str, ...]] = {}
    sentence = place = 0
    for found in _TOKEN.finditer(text):
        kind, raw = found.lastgroup, found[0]
        if kind == "word":
            meant = known.get(raw)
            if meant is None:
                meant = known[raw] = _meant(raw, spell)
            if meant and meant[0] in _SPOKEN:
                kind, raw = ("stop", ".") if meant[0] == "period" else ("comma", ",")
        if kind == "stop":
            if words and sentences[-1] == sentence:
                if "?" in raw:
                    asked.add(sentence)
                sentence, place = sentence + 1, place + _SENTENCE_GAP
        elif kind == "comma":
            commas.add(len(words))
        else:
            for word in meant if kind == "word" else (raw,):
                place += 1
                if word in silent:
                    continue
                joined = joins.get((words[-1], word)) if words and sentences[-1] == sentence else None
                if joined:
                    words[-1], ends[-1] = joined[0], found.end()
                    word = joined[1] if len(joined) > 1 else ""
                if word:
                    words.append(word)
                    starts.append(found.start())
                    ends.append(found.end())
                    sentences.append(sentence)
                    places.append(place)
    return Text(text, words, starts, ends, sentences, places, frozenset(commas), frozenset(asked))


def _meant(raw: str, spell: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    word = plain(raw.strip("'’‘ʼ`´"))
    if not word.strip("*@$"):
        return ()
    return spell(word) if len(word) <= _MAX_WORD else (word,)
