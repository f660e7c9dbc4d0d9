"""Makes `chalicelib/screening/spam_data/word_weights.json`: `python -m evaluation.spam.train` (half a minute).

Logistic regression over words, pairs of words, topics and pieces of words. Spam: the tuned half and
`training/spam.txt`. People: the tuned half, `training/human.txt`, and the messages of `evaluation/tuning`, which were
written for triage by others. No reported half is read."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from chalicelib.screening.likeness import SCALE, WORDS_FILE, Features, WordWeights, features_of, norm
from chalicelib.screening.written import without_addresses
from evaluation.spam.corpus import HERE, TUNED, Post, message_of, read_corpus

TRIAGE = HERE.parent / "tuning"
WEIGHT_OF_WRITTEN_FOR_THIS = 4.0
"""Of each text that was written for this purpose, against one of those for triage."""
STRENGTH = 0.1
LEAST_IN_SPAM, LEAST_ANYWHERE = {"word": 2, "pair": 2, "topic": 3, "piece": 8}, {"word": 8, "pair": 40, "piece": 100}
"""In how many texts a feature must stand to count: in spam, or in all."""
WEIGHT_OF_TOPICS = 2.0


@dataclass(frozen=True)
class Example:
    """One text. `weight` is how much it counts; `post` is the one that it is the message of."""

    text: str
    features: Features
    is_spam: bool
    weight: float
    post: Post | None = None


def written_for_this() -> list[Example]:
    """The tuned half and the training texts."""
    found = [
        Example(message_of(post), _features(message_of(post)), post.is_spam, WEIGHT_OF_WRITTEN_FOR_THIS, post)
        for post in read_corpus(TUNED)
    ]
    for kind in ("spam", "human"):
        lines = (HERE / "training" / f"{kind}.txt").read_text("utf-8").splitlines()
        found += [Example(line, _features(line), kind == "spam", WEIGHT_OF_WRITTEN_FOR_THIS) for line in lines]
    return found


def written_for_triage() -> list[Example]:
    """Messages of people alone."""
    return [Example(text, _features(text), False, 1.0) for text in _of_triage()]


def learn(examples: Sequence[Example]) -> WordWeights:
    """The same weights for the same texts."""
    rare = _rarity(examples)
    places = {feature: place for place, feature in enumerate(sorted(rare))}
    model = LogisticRegression(C=STRENGTH, solver="liblinear", tol=1e-3, max_iter=200, random_state=0)
    model.fit(
        _rows(examples, places, rare),
        [one.is_spam for one in examples],
        sample_weight=[one.weight for one in examples],
    )
    found = {feature: round(SCALE * model.coef_[0][place] * rare[feature]) for feature, place in places.items()}
    return WordWeights(round(SCALE * model.intercept_[0]), found)


def _rows(examples: Sequence[Example], places: dict[str, int], rare: dict[str, float]) -> Any:
    ends, columns, values = [0], [], []
    for one in examples:
        for features in one.features:
            known = sorted(features & places.keys())
            columns += [places[each] for each in known]
            values += [rare[each] / norm(len(known)) for each in known]
        ends.append(len(columns))
    return scipy.sparse.csr_matrix((numpy.array(values), columns, ends), shape=(len(examples), len(places)))


def _rarity(examples: Sequence[Example]) -> dict[str, float]:
    """How much each feature that counts is worth before anything is learned: a rare word says more than a common one
    (inverse document frequency); topics are few, and are all worth the same."""
    every = Counter(each for one in examples for kind in one.features for each in kind)
    spam = Counter(each for one in examples if one.is_spam for kind in one.features for each in kind)
    return {
        each: WEIGHT_OF_TOPICS if each[0] == "@" else math.log((1 + len(examples)) / (1 + count)) + 1
        for each, count in every.items()
        if _counts(each, spam[each], count)
    }


def _counts(feature: str, spam: int, anywhere: int) -> bool:
    kind = {"@": "topic", "#": "piece"}.get(feature[0], "pair" if " " in feature else "word")
    return spam >= LEAST_IN_SPAM[kind] or anywhere >= LEAST_ANYWHERE.get(kind, math.inf)


def _features(text: str) -> Features:
    return features_of(without_addresses(text))


def _of_triage() -> Iterator[str]:
    for file in sorted(TRIAGE.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            yield json.loads(line)["answers"].get("message", "")


def main() -> None:
    """Learn, and write the weights."""
    weights = learn([*written_for_this(), *written_for_triage()])
    data = {
        "made_by": "python -m evaluation.spam.train",
        "bias": weights.bias,
        "words": dict(sorted(weights.words.items())),
    }
    WORDS_FILE.write_text(json.dumps(data, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
