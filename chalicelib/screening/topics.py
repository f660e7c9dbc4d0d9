"""What a text speaks of, and whose it is: topics by single words, beside each other and in one text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise, product
from pathlib import Path

TOPICS_FILE = Path(__file__).parent / "spam_data" / "topics.json"
_OWN = frozenset({"self", "family"})
_BODY = frozenset({"pain", "body", "illness"})
_STEP, _STEPS = 6, 8
"""Lengths are told apart by so many words, up to so many times."""

Topics = Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def load_topics() -> Topics:
    """The topics of each word. Raises OSError, ValueError, KeyError."""
    topics: dict[str, tuple[str, ...]] = {}
    for topic, words in sorted(json.loads(TOPICS_FILE.read_text("utf-8"))["topics"].items()):
        for word in words.split():
            topics[word] = (*topics.get(word, ()), topic)
    return topics


def topic_features(words: Sequence[str], *, asks: bool) -> set[str]:
    """Topics that are there, two by two, one after the other (`>`) and side by side; whether the text `asks`, and
    whether nobody's body or person is in it. All begin with `@`."""
    topics = load_topics()
    found = [topics.get(word, ()) for word in words]
    there = sorted({topic for each in found for topic in each})
    features = {f"@{topic}" for topic in there}
    features.update(f"@{one}&{other}" for one, other in combinations(there, 2))
    features.update(f"@{one} {other}" for one, other in _neighbours(found))
    features.update(f"@{one}>{other}" for one, other in _neighbours([each for each in found if each]))
    features.add(f"@length {min(_STEPS, len(words) // _STEP)}")
    return features | set(_of_the_whole(there, asks=asks))


def _neighbours(found: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    for one, other in pairwise(found):
        yield from product(one, other)


def _of_the_whole(there: Sequence[str], *, asks: bool) -> Iterator[str]:
    if asks:
        yield "@asks"
        yield from (f"@asks&{topic}" for topic in there)
    if _BODY.isdisjoint(there):
        yield "@nobody"
        yield from (f"@nobody&{topic}" for topic in there)
    if _OWN.isdisjoint(there):
        yield "@nobodys"
