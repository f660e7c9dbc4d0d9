"""Scored evidence beside the concepts: a small linear model over words and pairs of words, for what no list of phrases
foresees.

A text is read in windows (a sentence, two short neighbours, a slice of a long run-on). The window that scores highest
counts, so that a dangerous clause is not drowned by a long story. The weights are data, made by `evaluation/train.py`
from the tuning half of the messages. What fired can be named: the words of the window that weigh most.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from pathlib import Path
from zlib import crc32

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
_NAMED = 4
_MAX_SENTENCE = 200
_MAX_WORD = 40

_APOSTROPHES = re.compile("['’‘ʼ`´]")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|:")
_SENTENCE = re.compile(r"[^.!?;\n]+")
_REPEATED = re.compile(r"(.)\1\1+")
_SHORTHAND = {
    "u": "you", "ur": "your", "r": "are", "wanna": "want to", "gonna": "going to", "gotta": "have to",
    "kms": "kill myself", "kys": "kill yourself", "tmrw": "tomorrow", "nite": "night", "tonite": "tonight",
    "bc": "because", "cuz": "because", "w": "with", "wo": "without", "q": "que", "xq": "porque", "pq": "porque",
    "k": "que", "toy": "estoy", "ta": "esta", "pa": "para", "unalive": "kill", "aint": "not", "rn": "right now",
    "idk": "i dont know", "thru": "through",
}  # fmt: skip

Window = tuple[list[str], int, int]
"""Plain words, and from where to where they stand in the original."""


@dataclass(frozen=True, slots=True)
class Score:
    """The log odds of one head, the words that weigh most in its best window, and that window as it was typed."""

    value: float
    words: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Weights:
    """A table by bucket: a tag that says whose bucket it is (0: nobody's), and the weights of each head."""

    version: str
    bias: tuple[float, ...]
    tags: memoryview
    by_head: tuple[memoryview, ...]


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The weights that are deployed. Raises ValueError when the files do not fit these heads."""
    facts = json.loads(FACTS_FILE.read_text("utf-8"))
    stored = memoryview(WEIGHTS_FILE.read_bytes())
    if tuple(facts["heads"]) != HEADS or len(stored) != (1 + len(HEADS)) * BUCKETS:
        raise ValueError("the weights are for other heads")
    signed = stored[BUCKETS:].cast("b")
    by_head = tuple(signed[head * BUCKETS : (head + 1) * BUCKETS] for head in range(len(HEADS)))
    return Weights(facts["version"], tuple(facts["bias"]), stored[:BUCKETS], by_head)


def score_text(original: str, weights: Weights, heads: Sequence[str] = HEADS) -> dict[str, Score]:
    """The score of each head asked for. Linear in the length of the text; nothing for a text without words."""
    best: dict[str, tuple[float, Window]] = {}
    tables = [table for table in zip(HEADS, weights.bias, weights.by_head, strict=True) if table[0] in heads]
    for window, known in _read(original, weights):
        norm = SCALE / sqrt(max(len(known), ENOUGH))
        for name, bias, by_head in tables:
            value = bias + norm * sum([by_head[place] for place in known])
            if name not in best or value > best[name][0]:
                best[name] = (value, window)
    return {name: _named(original, weights, name, *found) for name, found in best.items()}


def windows(original: str) -> list[Window]:
    """What is read together."""
    sentences = _sentences(original)
    found: list[Window] = []
    for number, (words, start, end) in enumerate(sentences):
        if len(words) > _LONG:
            found.extend((words[at : at + _SLICE], start, end) for at in range(0, len(words) - _STEP, _STEP))
        else:
            found.append((words, start, end))
        if _pairs_up(sentences, number):
            after, _, after_end = sentences[number + 1]
            found.append(([*words, "|", *after], start, after_end))
    return found


def _sentences(original: str) -> list[Window]:
    cut = [(_plain_words(found[0]), found.start(), found.end()) for found in _SENTENCE.finditer(original)]
    return [sentence for sentence in cut if sentence[0]]


def _pairs_up(sentences: list[Window], number: int) -> bool:
    """Whether a sentence and the next are short enough to be read together."""
    return number + 1 < len(sentences) and len(sentences[number][0]) + len(sentences[number + 1][0]) <= _PAIR


def _read(original: str, weights: Weights) -> Iterator[tuple[Window, set[int]]]:
    """Each of `windows`, once, with the buckets of its features that have weights. A pair of sentences costs only what
    spans the two."""
    stems: dict[str, _Stem] = {}
    read: set[str] = set()
    by_words: dict[str, set[int]] = {}

    def known(words: Sequence[str]) -> set[int]:
        said = " ".join(words)
        if said not in by_words:
            by_words[said] = _known(words, weights, stems)
        return by_words[said]

    for words, start, end in windows(original):
        said = " ".join(words)
        if said in read:
            continue
        read.add(said)
        if "|" in words:
            border = words.index("|")
            spanning = _known(words[max(0, border - _REACH) : border + 1 + _REACH], weights, stems)
            yield (words, start, end), known(words[:border]) | known(words[border + 1 :]) | spanning
        else:
            yield (words, start, end), known(words)


def _known(words: Sequence[str], weights: Weights, stems: dict[str, _Stem]) -> set[int]:
    tags = weights.tags
    return {number % BUCKETS for number in _numbers(words, stems) if tags[number % BUCKETS] == ((number >> 24) or 1)}


def features(words: Sequence[str]) -> set[str]:
    """Long words, the beginnings of words, pairs of neighbours, and pairs with one or two words between."""
    stems = [word[:_STEM] for word in words]
    found = {f"w {word}" for word in words if len(word) > _STEM}
    for at, stem in enumerate(stems):
        found.update(f"{min(reach, 2)} {stem} {stems[at + reach]}" for reach in range(min(_REACH + 1, len(stems) - at)))
    return found


def number_of(feature: str) -> int:
    """A feature as its CRC-32."""
    return crc32(feature.encode())


def bucket_and_tag(number: int) -> tuple[int, int]:
    """Where a feature's weights stand, and the byte that tells it from most others that fall into the same bucket."""
    return number % BUCKETS, (number >> 24) or 1


_Stem = tuple[bytes, int, int, int]


def _numbers(words: Sequence[str], stems: dict[str, _Stem]) -> set[int]:
    """The numbers of `features(words)`, without making each feature a text: a CRC can be continued. `stems` remembers
    the beginning of each word's features."""
    found = {crc32(b"w " + word.encode()) for word in words if len(word) > _STEM}
    begun = [stems.get(word) or stems.setdefault(word, _begin(word)) for word in words]
    count = len(begun)
    for at, (_, alone, near, far) in enumerate(begun):
        found.add(alone)
        for reach in range(1, min(_REACH + 1, count - at)):
            found.add(crc32(begun[at + reach][0], near if reach == 1 else far))
    return found


def _begin(word: str) -> _Stem:
    stem = word[:_STEM].encode()
    tail = b" " + stem
    return tail, crc32(tail, crc32(b"0 " + stem)), crc32(b"1 " + stem), crc32(b"2 " + stem)


def _place(number: int, weights: Weights) -> int | None:
    bucket = number % BUCKETS
    return bucket if weights.tags[bucket] == ((number >> 24) or 1) else None


def _plain_words(sentence: str) -> list[str]:
    text = _APOSTROPHES.sub("", sentence)
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return [plain for token in _TOKEN.findall(text.lower()) for plain in _plain_word(token[:_MAX_WORD])]


def _plain_word(token: str) -> Iterator[str]:
    if token[0].isdigit():
        yield "#"
    else:
        short = _REPEATED.sub(r"\1\1", token)
        yield from _SHORTHAND.get(short, short).split()


def _named(original: str, weights: Weights, name: str, value: float, window: Window) -> Score:
    by_head = weights.by_head[HEADS.index(name)]
    heavy = [
        (by_head[place], feature)
        for feature in features(window[0])
        if feature[0] == "1" and (place := _place(number_of(feature), weights)) is not None
    ]
    telling = [feature[2:] for weight, feature in sorted(heavy, reverse=True)[:_NAMED] if weight > 0]
    stems = {stem for pair in telling for stem in pair.split()}
    words = [word for word in window[0] if word[:_STEM] in stems and word != "|"]
    quoted = " ".join(original[window[1] : window[2]].split())[:_MAX_SENTENCE]
    return Score(value, " ".join(dict.fromkeys(words)), quoted)
