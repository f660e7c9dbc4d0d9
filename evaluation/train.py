"""Makes `chalicelib/triage/lexicon_data/weights.{bin,json}` from the tuning half: `python -m evaluation.train`.

Logistic regression with several instances to a message: of a message of a head's level the best window counts, of the
others the hardest two. Only the tuning half is read; the other half is for reporting alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from chalicelib.triage.lexicon import load_lexicon
from chalicelib.triage.scored_text import (
    BUCKETS,
    ENOUGH,
    FACTS_FILE,
    HEADS,
    SCALE,
    WEIGHTS_FILE,
    bucket_and_tag,
    instances,
    number_of,
)  # fmt: skip

HERE = Path(__file__).parent
NEGATIVE = {
    "emergency": {"routine", "priority", "urgent", "crisis"},
    "crisis": {"routine", "priority", "urgent", "emergency"},
    "urgent": {"routine", "priority"},
}
ROUNDS = 4
HARDEST = 2
STRENGTH = 30.0
WEIGHT_OF_DANGER = 2.0

Instance = list[str]
Bag = tuple[list[Instance], str]


def read_bags(files: Iterable[Path]) -> list[Bag]:
    """Each message as the features of its windows, with its level."""
    lexicon = load_lexicon()
    bags: list[Bag] = []
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            case = json.loads(line)
            found = instances(lexicon.read(case["answers"]["message"]))
            if found:
                bags.append((found, case["expected"]))
    return bags


def vocabulary(bags: Sequence[Bag]) -> dict[str, int]:
    """Features that two messages have: one that only one message has teaches nothing about others."""
    counts = Counter(feature for found, _ in bags for feature in set().union(*found))
    return {feature: place for place, feature in enumerate(sorted(f for f, count in counts.items() if count > 1))}


def rows(read: Iterable[Iterable[str]], known: dict[str, int]) -> Any:
    """A sparse row for each instance, of length 1, or shorter when little in it is known."""
    places = [[known[feature] for feature in instance if feature in known] for instance in read]
    ends = numpy.cumsum([0, *map(len, places)])
    values = numpy.concatenate([numpy.full(len(row), 1 / max(ENOUGH, len(row)) ** 0.5) for row in places])
    flat = numpy.array([place for row in places for place in row])
    return scipy.sparse.csr_matrix((values, flat, ends), shape=(len(places), len(known)))


def train_head(bags: Sequence[Bag], name: str, known: dict[str, int]) -> tuple[Any, float]:
    """Weights and bias of one head."""
    dangerous = [rows(found, known) for found, level in bags if level == name]
    others = [rows(found, known) for found, level in bags if level in NEGATIVE[name]]
    whole = [set().union(*found) for found, level in bags if level == name]
    positive, negative = rows(whole, known), scipy.sparse.vstack(others)
    weights, bias = numpy.zeros(len(known)), 0.0
    for number in range(ROUNDS):
        if number:
            positive = scipy.sparse.vstack([bag[int(numpy.argmax(bag @ weights))] for bag in dangerous])
            hardest = [bag[numpy.argsort(-(bag @ weights))[:HARDEST]] for bag in others]
            negative = scipy.sparse.vstack(hardest)
        wanted = numpy.r_[numpy.ones(positive.shape[0]), numpy.zeros(negative.shape[0])]
        model = LogisticRegression(
            C=STRENGTH, class_weight={1: WEIGHT_OF_DANGER, 0: 1}, solver="liblinear", max_iter=200, random_state=0
        )
        model.fit(scipy.sparse.vstack([positive, negative]), wanted)
        weights, bias = model.coef_[0], float(model.intercept_[0])
    return weights, bias


def stored_bytes(known: dict[str, int], heads: Sequence[tuple[Any, float]]) -> bytes:
    """The table as the application reads it. Of two features in one bucket the heavier one stays."""
    stored = bytearray((1 + len(heads)) * BUCKETS)
    strength = {feature: max(abs(weights[place]) for weights, _ in heads) for feature, place in known.items()}
    for feature in sorted(known, key=lambda feature: (strength[feature], feature)):
        bucket, tag = bucket_and_tag(number_of(feature))
        stored[bucket] = tag
        for number, (weights, _) in enumerate(heads):
            byte = max(-127, min(127, round(weights[known[feature]] / SCALE)))
            stored[(1 + number) * BUCKETS + bucket] = byte % 256
    return bytes(stored)


def main() -> None:
    """Train on every file of the tuning half and write the weights."""
    bags = read_bags(sorted((HERE / "tuning").glob("*.jsonl")))
    known = vocabulary(bags)
    heads = [train_head(bags, name, known) for name in HEADS]
    WEIGHTS_FILE.write_bytes(stored_bytes(known, heads))
    facts = {
        "version": "2026.11.1", "messages": len(bags), "features": len(known), "heads": HEADS,
        "bias": [round(bias, 3) for _, bias in heads], "source": "evaluation/tuning, written for the purpose",
        "reviewed_by": "",
    }  # fmt: skip
    FACTS_FILE.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
