"""What a text offers or asks a business for, by its phrases, and whether a person speaks of their own health."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path

PHRASES_FILE = Path(__file__).parent / "spam_data" / "phrases.json"
LONGEST_TEXT = 4_000
"""Characters that are looked at: what is offered is said sooner."""
LONGEST_PHRASE = 8
"""Words."""
OWN_HEALTH = "own_health"
_WORD = re.compile(r"[^\W_]+|[%$]")
_SCRIPT_WITHOUT_SPACES = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WITHOUT_ACCENT = {code: unicodedata.normalize("NFD", chr(code))[0] for code in range(0xC0, 0x250)}
_LONG = 3


@dataclass(frozen=True)
class Phrase:
    """One entry; `id` is its own text."""

    id: str
    kind: str
    points: int


@dataclass
class Node:
    """Words that may come next, and the phrase that ends here."""

    following: dict[str, Node] = field(default_factory=dict)
    ending: Phrase | None = None


@dataclass(frozen=True)
class Phrases:
    """All phrases by their words, and those of scripts that put no spaces between words."""

    offers: Node
    own_health: Node
    unspaced: tuple[tuple[str, Phrase], ...]


@dataclass(frozen=True)
class Found:
    """Points by kind of offer, and how many different things a person says of their own health."""

    kinds: Mapping[str, int]
    own_health: int


def find_offers(texts: Iterable[str]) -> Found:
    """Every phrase counts once, and every word for the longest phrase that begins first; in time that grows with the
    length of the texts."""
    whole = "\n".join(texts)[:LONGEST_TEXT]
    phrases, words = load_phrases(), words_of(whole)
    found = {*_spoken(words, phrases.offers), *_spoken(words, phrases.own_health), *_drawn(whole, phrases)}
    kinds: dict[str, int] = defaultdict(int)
    for phrase in found:
        kinds[phrase.kind] += phrase.points
    own_health = kinds.pop(OWN_HEALTH, 0)
    return Found(dict(sorted(kinds.items())), own_health)


def words_of(text: str) -> list[str]:
    """Words in lower case without accents and without the `s` of a plural; `%` and `$` are words."""
    plain = text.lower()
    if not plain.isascii():
        plain = plain.translate(_WITHOUT_ACCENT)
    return [word[:-1] if len(word) > _LONG and word[-1] == "s" else word for word in _WORD.findall(plain)]


def _spoken(words: Sequence[str], start: Node) -> Iterator[Phrase]:
    place = 0
    while place < len(words):
        node, longest, length = start, None, 1
        for count, word in enumerate(words[place : place + LONGEST_PHRASE], start=1):
            if word not in node.following:
                break
            node = node.following[word]
            if node.ending is not None:
                longest, length = node.ending, count
        if longest is not None:
            yield longest
        place += length


def _drawn(text: str, phrases: Phrases) -> Iterator[Phrase]:
    if _SCRIPT_WITHOUT_SPACES.search(text):
        yield from (phrase for part, phrase in phrases.unspaced if part in text)


@lru_cache(maxsize=1)
def load_phrases() -> Phrases:
    """Those that are deployed. Raises OSError, ValueError, KeyError."""
    data = json.loads(PHRASES_FILE.read_text("utf-8"))
    offers, own_health, unspaced = Node(), Node(), []
    for kind, by_points in data["kinds"].items():
        for points, entries in by_points.items():
            for entry in entries:
                phrase = Phrase(entry, kind, int(points))
                if _SCRIPT_WITHOUT_SPACES.search(entry):
                    unspaced.append((entry, phrase))
                else:
                    _plant(own_health if kind == OWN_HEALTH else offers, phrase)
    return Phrases(offers, own_health, tuple(unspaced))


def _plant(start: Node, phrase: Phrase) -> None:
    """`site/website owner` stands for both."""
    for words in product(*(part.split("/") for part in phrase.id.split(" "))):
        node = start
        for word in words_of(" ".join(words)):
            node = node.following.setdefault(word, Node())
        if node.ending is None or node.ending.points < phrase.points:
            node.ending = phrase
