"""How much a text is worded like advertisements, and how little like enquiries, by weights of words and pairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from chalicelib.screening.offers import LONGEST_TEXT, words_of

WORDS_FILE = Path(__file__).parent / "spam_data" / "word_weights.json"
NUMBER = "0"
"""Stands for every word with a digit in it."""
RESERVED = "example"
"""The corpus has it instead of real names; in real texts it says nothing."""
SCALE = 100
_TOO_FEW = 3


@dataclass(frozen=True)
class WordWeights:
    """Logistic regression: hundredths of log-odds for each word and each pair of neighbours."""

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
    known = [each for each in features_of("\n".join(sentences)[:LONGEST_TEXT]) if each in weights.words]
    total = weights.bias + sum(weights.words[each] for each in known)
    return Likeness(total / SCALE, sum(" " not in each for each in known))


def features_of(text: str) -> list[str]:
    """Different words and pairs of neighbours, sorted."""
    words = [NUMBER if any(char.isdigit() for char in word) else word for word in words_of(text) if word != RESERVED]
    return sorted({*words, *(f"{one} {next_one}" for one, next_one in pairwise(words))})


@lru_cache(maxsize=1)
def load_word_weights() -> WordWeights:
    """Those that are deployed. Raises OSError, ValueError, KeyError."""
    data = json.loads(WORDS_FILE.read_text("utf-8"))
    return WordWeights(data["bias"], data["words"])
