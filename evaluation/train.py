"""Makes `chalicelib/triage/lexicon_data/weights.json` from the tuning half: `python -m evaluation.train`.

Logistic regression with several instances to a message (the highest window counts), AdaGrad, a fixed seed: the same messages give
the same weights. Only messages of the tuning half are read; the other half is for reporting alone.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import exp, sqrt
from pathlib import Path

from chalicelib.triage.lexicon import load_lexicon
from chalicelib.triage.scored_text import HEADS, WEIGHTS_FILE, features, stem_of, windows
from chalicelib.triage.words import read_words

HERE = Path(__file__).parent
POSITIVE = {"emergency": {"emergency"}, "crisis": {"crisis"}, "urgent": {"urgent"}}
NEGATIVE = {
    "emergency": {"routine", "priority", "urgent", "crisis"},
    "crisis": {"routine", "priority", "urgent", "emergency"},
    "urgent": {"routine", "priority"},
}
EPOCHS = 14
RATE = 0.5
DECAY = 2e-6
HARDEST = 2
KEPT = 24_000
SEED = 2026

Instance = tuple[str, ...]
Bag = tuple[list[Instance], str]


def read_bags(files: Iterable[Path]) -> list[Bag]:
    """Each message as the features of its windows, with its level."""
    lexicon = load_lexicon()
    bags: list[Bag] = []
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            case = json.loads(line)
            text = read_words(case["answers"]["message"], lexicon.speller.spell, lexicon.silent, lexicon.joins)
            stems = [stem_of(word) for word in text.words]
            instances = [tuple(feature for feature, _, _ in features(stems, window)) for window in windows(text)]
            if instances:
                bags.append((instances, case["expected"]))
    return bags


class Head:
    """One head in the making."""

    def __init__(self, known: set[str]) -> None:
        self.known = known
        self.weights: defaultdict[str, float] = defaultdict(float)
        self.bias = 0.0
        self._squares: defaultdict[str, float] = defaultdict(float)
        self._bias_squares = 1e-3

    def score(self, instance: Instance) -> float:
        """Log odds of one window."""
        weights = self.weights
        return self.bias + sum(weights[f] for f in instance if f in weights) / sqrt(len(instance) or 1)

    def learn(self, instance: Instance, wanted: float, rate: float) -> None:
        """One step towards `wanted` (1 or 0)."""
        slope = 1 / (1 + exp(-max(-30.0, min(30.0, self.score(instance))))) - wanted
        if abs(slope) < 1e-3:
            return
        self._bias_squares += slope * slope
        self.bias -= 0.1 * rate * slope / sqrt(self._bias_squares)
        share = slope / sqrt(len(instance) or 1)
        for feature in instance:
            if feature in self.known:
                step = share + DECAY * self.weights[feature]
                self._squares[feature] += step * step
                self.weights[feature] -= rate * step / sqrt(self._squares[feature] + 1e-4)


def train_head(bags: Sequence[Bag], name: str, known: set[str]) -> Head:
    """Learn one head: of a message of its level the best window, of the others the hardest two."""
    chance = random.Random(SEED)  # noqa: S311 - it must be repeatable
    used = [bag for bag in bags if bag[1] in POSITIVE[name] | NEGATIVE[name]]
    head = Head(known)
    for epoch in range(EPOCHS):
        chance.shuffle(used)
        for instances, level in used:
            if level in POSITIVE[name]:
                head.learn(max(instances, key=head.score) if epoch else max(instances, key=len), 1.0, RATE)
            else:
                for instance in sorted(instances, key=head.score, reverse=True)[:HARDEST]:
                    head.learn(instance, 0.0, RATE)
    return head


def train(bags: Sequence[Bag]) -> tuple[list[float], dict[str, list[float]]]:
    """Biases and weights of all heads, the heaviest features only."""
    counts = Counter(feature for instances, _ in bags for feature in {f for instance in instances for f in instance})
    known = {feature for feature, count in counts.items() if count >= 2}
    heads = [train_head(bags, name, known) for name in HEADS]
    heaviest = sorted(known, key=lambda f: (-max(abs(head.weights.get(f, 0.0)) for head in heads), f))[:KEPT]
    weights = {f: [round(head.weights.get(f, 0.0), 2) for head in heads] for f in sorted(heaviest)}
    return [round(head.bias, 3) for head in heads], weights


def main() -> None:
    """Train on every file of the tuning half and write the weights."""
    bias, weights = train(read_bags(sorted((HERE / "tuning").glob("*.jsonl"))))
    data = {"version": "2026.11.1", "heads": HEADS, "bias": bias, "weights": weights}
    WEIGHTS_FILE.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
