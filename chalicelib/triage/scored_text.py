"""Scored evidence beside the concepts: a small linear model over words and pairs of words, for what no list of phrases
foresees.

A text is read in windows (a sentence, two short neighbours, a slice of a long run-on). The window that scores highest
counts, so that a dangerous clause is not drowned by a long story. The weights are data, made by `evaluation/train.py`
from the tuning half of the messages. What fired can be named: the words of the window that weigh most.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, groupby
from math import sqrt
from operator import add
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from chalicelib.triage.words import Text

_DATA = Path(__file__).parent / "lexicon_data"
WEIGHTS_FILE = _DATA / "weights.bin"
FACTS_FILE = _DATA / "weights.json"
HEADS = ("emergency", "crisis", "urgent")
BUCKETS = 1 << 19
SCALE = 1 / 6
"""A stored byte times this is a weight: ±21 at the most."""
ENOUGH = 10
"""Of fewer known features than this nobody can tell much: they weigh as if they were so many."""
_STEM = 4
_REACH = 3
_LONG, _SLICE, _STEP = 36, 30, 15
_PAIR = 40
_QUOTED = 6
_BORDER = "|"
_NUMBER = "#"
_DIGITS = frozenset("0123456789.")
_SAYS = {"kms": ("kill", "myself"), "kys": ("kill", "yourself"), "unalive": ("kill",), "rn": ("right", "now")}
"""Words that the lexicon knows as they are, and the model as what they say."""


class Window(NamedTuple):
    """What is read together: from `first` up to `end` in `ModelText.words`."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class ModelText:
    """The words as the model reads them: numbers are all the same, a border stands between sentences. `place` is where
    each word stands in `Text`, -1 for a border."""

    words: Sequence[str]
    place: Sequence[int]
    windows: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Score:
    """The log odds of one head, the words that weigh most in its best window as typed, and the sentence around them."""

    value: float
    words: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Weights:
    """A table by bucket, four bytes each: a tag that says whose bucket it is (0: nobody's), and the weight of each
    head, signed. Side by side, because most of the time goes into fetching them from memory."""

    version: str
    bias: tuple[float, ...]
    table: bytes


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The weights that are deployed. Raises ValueError when the files do not fit these heads."""
    facts = json.loads(FACTS_FILE.read_text("utf-8"))
    stored = WEIGHTS_FILE.read_bytes()
    if tuple(facts["heads"]) != HEADS or len(stored) != (1 + len(HEADS)) * BUCKETS:
        raise ValueError("the weights are for other heads")
    table = bytearray(len(stored))
    width = 1 + len(HEADS)
    for column in range(width):
        table[column::width] = stored[column * BUCKETS : (column + 1) * BUCKETS]
    return Weights(facts["version"], tuple(facts["bias"]), bytes(table))


def score_text(text: Text, weights: Weights, heads: Sequence[str] = HEADS) -> dict[str, Score]:
    """The score of each head asked for. Linear in the length of the text; nothing for a text without words."""
    read = read_for_model(text)
    sums = _sums(read.words, weights)
    best: dict[str, tuple[float, Window]] = {}
    wanted = [(name, weights.bias[number], _SHIFTS[number]) for number, name in enumerate(HEADS) if name in heads]
    for window in read.windows:
        total = sums.over(window)
        count = total & _COUNT
        norm = SCALE / sqrt(max(count, ENOUGH))
        for name, bias, shift in wanted:
            value = bias + norm * ((total >> shift & _FIELD) - _LIFT * count)
            if name not in best or value > best[name][0]:
                best[name] = (value, window)
    return {name: _named(text, read, weights, name, *found) for name, found in best.items()}


def read_for_model(text: Text) -> ModelText:
    """The words of a text with its windows."""
    words: list[str] = []
    places: list[int] = []
    bounds: list[Window] = []
    at = 0
    for _, same in groupby(text.sentence):
        end = at + len(list(same))
        if words:
            words.append(_BORDER)
            places.append(-1)
        begun = len(words)
        spoken = text.words[at:end]
        if _SAYS.keys().isdisjoint(spoken):
            words.extend(spoken)
            places.extend(range(at, end))
        else:
            said = [(word, place) for place in range(at, end) for word in _said(text.words[place])]
            words.extend(word for word, _ in said)
            places.extend(place for _, place in said)
        bounds.append(Window(begun, len(words)))
        at = end
    plain = [_NUMBER if word[0] in _DIGITS else word for word in words]
    return ModelText(plain, places, list(_windows(bounds)))


def _said(word: str) -> Sequence[str]:
    return _SAYS.get(word) or (word,)


def _windows(sentences: Sequence[Window]) -> Iterator[Window]:
    for number, one in enumerate(sentences):
        length = one.end - one.first
        if length > _LONG:
            for at in range(0, length - _STEP, _STEP):
                yield Window(one.first + at, min(one.end, one.first + at + _SLICE))
        else:
            yield one
        if number + 1 < len(sentences):
            after = sentences[number + 1]
            if length + after.end - after.first <= _PAIR:
                yield Window(one.first, after.end)


def instances(text: Text) -> list[list[str]]:
    """The features of each window, as the model is trained on them."""
    read = read_for_model(text)
    return [features(read.words[window.first : window.end]) for window in read.windows]


def features(words: Sequence[str]) -> list[str]:
    """Long words, the beginnings of words, pairs of neighbours, and pairs with one or two words between."""
    stems = [word[:_STEM] for word in words]
    found = [f"w {word}" for word in words if len(word) > _STEM]
    for at, stem in enumerate(stems):
        found.extend(f"{min(reach, 2)} {stem} {stems[at + reach]}" for reach in range(min(_REACH + 1, len(stems) - at)))
    return found


def number_of(feature: str) -> int:
    """A feature as its CRC-32."""
    return crc32(feature.encode())


def bucket_and_tag(number: int) -> tuple[int, int]:
    """Where a feature's weights stand, and the byte that tells it from most others that fall into the same bucket."""
    return number % BUCKETS, (number >> 24) or 1


_SHIFTS = (12, 30, 48)
_COUNT, _FIELD = (1 << 12) - 1, (1 << 18) - 1
_LIFT = 128
_PACKED = tuple([(byte + _LIFT) % 256 << shift for byte in range(256)] for shift in _SHIFTS)
"""How many features are known and the weights of all heads are added up in one number: a count, then a field for each
head, to which 128 is added so that it is never negative."""
_ALONE, _NEAR, _FAR, _WHOLE = (crc32(kind) for kind in (b"0 ", b"1 ", b"2 ", b"w "))


class _Sums(NamedTuple):
    """Running sums over words: of the features that end before a word, and of those that begin before it. What ends
    before the end of a window and does not begin before it is the window's own."""

    alone: Sequence[int]
    pairs: Sequence[Sequence[int]]
    ended: Sequence[int]
    begun: Sequence[int]

    def over(self, window: Window) -> int:
        first, end = window
        if end - first >= _REACH:
            return self.ended[end] - self.begun[first]
        near = (self.pairs[reach - 1][at] for at in range(first, end) for reach in range(1, end - at))
        return sum(self.alone[first:end]) + sum(near)


def _sums(words: Sequence[str], weights: Weights) -> _Sums:
    """Every feature is looked up once, without making it a text: a CRC can be continued."""
    stems = {word: word[:_STEM].encode() for word in words}
    single = _packed([crc32(b" " + stem, crc32(stem, _ALONE)) for stem in stems.values()], weights)
    whole = _packed([crc32(word.encode(), _WHOLE) if len(word) > _STEM else -1 for word in stems], weights)
    own = dict(zip(stems, map(add, single, whole), strict=True))
    tails = {word: b" " + stem for word, stem in stems.items()}
    near = {word: crc32(stem, _NEAR) for word, stem in stems.items()}
    far = {word: crc32(stem, _FAR) for word, stem in stems.items()}
    alone = [own[word] for word in words]
    ends = [tails[word] for word in words]
    begins = [far[word] for word in words]
    heads = [[near[word] for word in words], begins, begins]
    pairs = [_packed(list(map(crc32, ends[reach:], head)), weights) for reach, head in enumerate(heads, 1)]
    ended = _added(alone, [[0] * reach + row for reach, row in enumerate(pairs, 1)])
    begun = _added(alone, [row + [0] * reach for reach, row in enumerate(pairs, 1)])
    return _Sums(alone, pairs, [0, *accumulate(ended)], [0, *accumulate(begun)])


def _added(alone: Sequence[int], rows: Sequence[Sequence[int]]) -> Iterator[int]:
    one, two, three = rows
    return map(add, map(add, alone, one), map(add, two, three))


def _packed(numbers: Sequence[int], weights: Weights) -> list[int]:
    """The weights of features by their numbers, each in one number; 0 for a feature that nobody knows."""
    table, last = weights.table, BUCKETS - 1
    first, second, third = _PACKED
    return [
        1 + first[table[at + 1]] + second[table[at + 2]] + third[table[at + 3]]
        if table[at := (number & last) << 2] == (number >> 24 or 1)
        else 0
        for number in numbers
    ]


def _named(text: Text, read: ModelText, weights: Weights, name: str, value: float, window: Window) -> Score:
    """A score with the span of few words in its window that weighs most, and the sentence cut around it."""
    words = read.words[window.first : window.end]
    first, last = _heaviest_span(words, weights, HEADS.index(name))
    places = [place for place in read.place[window.first + first : window.first + last + 1] if place >= 0]
    return Score(value, text.quote(places[0], places[-1]), text.surroundings(places[0], places[-1]))


def _heaviest_span(words: Sequence[str], weights: Weights, head: int) -> tuple[int, int]:
    shift = _SHIFTS[head]
    sums = _sums(words, weights)
    best, best_weight = (0, 0), float("-inf")
    for first, word in enumerate(words):
        if word == _BORDER:
            continue
        for end in range(first + 1, min(first + _QUOTED, len(words)) + 1):
            total = sums.over(Window(first, end))
            weight = (total >> shift & _FIELD) - _LIFT * (total & _COUNT)
            if weight > best_weight and words[end - 1] != _BORDER:
                best, best_weight = (first, end - 1), weight
    return best
