"""How much a text is worded like advertisements, and how little like enquiries, by weights of what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import sqrt
from pathlib import Path

from chalicelib.screening.offers import LONGEST_TEXT, words_of
from chalicelib.screening.topics import topic_features

WORDS_FILE = Path(__file__).parent / "spam_data" / "word_weights.json"
NUMBER = "0"
"""Stands for every word with a digit in it."""
RESERVED = "example"
"""The corpus has it instead of real names; in real texts it says nothing."""
SCALE = 100
ENOUGH = 4
"""Of fewer known features than this nobody can tell much: they weigh as if they were so many."""
_TOO_FEW = 3
_PIECES = (3, 4)

Features = tuple[set[str], set[str], set[str]]
"""Words and pairs of neighbours; topics; pieces of words. Each kind is weighed by itself."""


@dataclass(frozen=True)
class WordWeights:
    """Logistic regression: hundredths of log-odds for each feature, in a text where it is the only one of its kind."""

    bias: int
    words: Mapping[str, int]


@dataclass(frozen=True)
class Likeness:
    """`log_odds`: above nothing is rather an advertisement's wording. `words`: how many different ones are known."""

    log_odds: float
    words: int


def likeness(texts: Iterable[str]) -> Likeness:
    """How the texts are worded. Of three words and fewer nobody can tell: they are names, places, and plans."""
    sentences = [text for text in texts if len(text.split(None, _TOO_FEW)) > _TOO_FEW]
    weights = load_word_weights()
    total, words = float(weights.bias), 0
    for features in features_of("\n".join(sentences)[:LONGEST_TEXT]):
        known = [each for each in features if each in weights.words]
        total += sum(weights.words[each] for each in known) / norm(len(known))
        words += sum(each[0] not in "@#" and " " not in each for each in known)
    return Likeness(total / SCALE, words)


def norm(known: int) -> float:
    """What the sum over so many features of one kind is divided by: a long text says no more than a short one."""
    return sqrt(max(known, ENOUGH))


def features_of(text: str) -> Features:
    """What is in a text, by kind."""
    read = words_of(text)
    words = [NUMBER if any(char.isdigit() for char in word) else word for word in read if word != RESERVED]
    pairs = (f"{one} {next_one}" for one, next_one in pairwise(words))
    return {*words, *pairs}, topic_features(words, asks="?" in text), set(_pieces_of(set(words)))


def _pieces_of(words: Iterable[str]) -> Iterable[str]:
    """Letters that stand together, with where a word begins and ends: they are the same in words that are kin."""
    for word in words:
        bounded = f"<{word}>"
        for length in _PIECES:
            yield from (f"#{bounded[place : place + length]}" for place in range(len(bounded) - length + 1))


@lru_cache(maxsize=1)
def load_word_weights() -> WordWeights:
    """Those that are deployed. Raises OSError, ValueError, KeyError."""
    data = json.loads(WORDS_FILE.read_text("utf-8"))
    return WordWeights(data["bias"], data["words"])
