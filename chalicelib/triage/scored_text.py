"""Scored evidence beside the concepts: a small linear model over word pairs, for what no list of phrases foresees.

A text is read in windows (a sentence, two short neighbours, a slice of a long run-on); the window that scores highest counts, so
that a dangerous clause is not drowned by a long story. Weights are data, made by `evaluation/train.py` from the tuning half of the
messages. Its words can be named: they are those of the window that weigh most.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from pathlib import Path

from chalicelib.triage.words import Text

WEIGHTS_FILE = Path(__file__).parent / "lexicon_data" / "weights.json"
HEADS = ("emergency", "crisis", "urgent")
STEM = 4
"""Words are compared by their first letters: endings and many slips of spelling do not matter."""
_REACH = 3
_LONG, _SLICE, _STEP = 36, 28, 14
_PAIR = 40
_NAMED = 4

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one head: log odds of its best window, and the words from `first` to `last` that weigh most there."""

    value: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Weights:
    """One number for each head, by feature."""

    version: str
    bias: tuple[float, ...]
    by_feature: Mapping[str, Sequence[float]]


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The weights that are deployed. Raises ValueError when the file is not one of weights for these heads."""
    loaded = json.loads(WEIGHTS_FILE.read_text("utf-8"))
    if tuple(loaded["heads"]) != HEADS:
        raise ValueError("the weights are for other heads")
    return Weights(loaded["version"], tuple(loaded["bias"]), loaded["weights"])


def score_text(text: Text, weights: Weights) -> dict[str, Score]:
    """The score of each head. Linear in the number of words."""
    stems = [stem_of(word) for word in text.words]
    best: dict[str, tuple[float, Window]] = {}
    for window in windows(text):
        totals = list(weights.bias)
        found = list(features(stems, window))
        norm = sqrt(len(found) or 1)
        for feature, _, _ in found:
            known = weights.by_feature.get(feature)
            if known is not None:
                for head, weight in enumerate(known):
                    totals[head] += weight / norm
        for head, name in enumerate(HEADS):
            if name not in best or totals[head] > best[name][0]:
                best[name] = (totals[head], window)
    return {name: _named(stems, weights, HEADS.index(name), value, window) for name, (value, window) in best.items()}


def windows(text: Text) -> list[Window]:
    """Ranges of words (end exclusive) that are read together."""
    count = len(text.words)
    ends = [place for place in range(1, count + 1) if place == count or text.sentence[place] != text.sentence[place - 1]]
    sentences = list(zip([0, *ends], ends, strict=False))
    found: list[Window] = []
    for number, (first, end) in enumerate(sentences):
        if end - first > _LONG:
            found.extend((start, min(end, start + _SLICE)) for start in range(first, end - _STEP, _STEP))
        else:
            found.append((first, end))
        if number + 1 < len(sentences) and sentences[number + 1][1] - first <= _PAIR:
            found.append((first, sentences[number + 1][1]))
    return found


def features(stems: Sequence[str], window: Window) -> Iterator[tuple[str, int, int]]:
    """Each stem, each pair of neighbours and each pair with one or two words between, once, with the places of its words."""
    seen: set[str] = set()
    first, end = window
    for place in range(first, end):
        for reach in range(min(_REACH + 1, end - place)):
            if reach == 0:
                feature = stems[place]
            elif reach == 1:
                feature = f"{stems[place]} {stems[place + 1]}"
            else:
                feature = f"{stems[place]}_{stems[place + reach]}"
            if feature not in seen:
                seen.add(feature)
                yield feature, place, place + reach


def stem_of(word: str) -> str:
    """The beginning of a word; every number is `#`."""
    return "#" if word[0].isdigit() else word[:STEM]


def _named(stems: Sequence[str], weights: Weights, head: int, value: float, window: Window) -> Score:
    """The part of the window between the features that weigh most."""
    heavy = sorted(
        ((weights.by_feature[feature][head], first, last) for feature, first, last in features(stems, window) if feature in weights.by_feature),
        reverse=True,
    )[:_NAMED]
    telling = [(first, last) for weight, first, last in heavy if weight > 0] or [(window[0], window[1] - 1)]
    return Score(value, min(first for first, _ in telling), max(last for _, last in telling))
