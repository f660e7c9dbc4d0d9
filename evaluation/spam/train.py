"""Makes `chalicelib/screening/spam_data/word_weights.json`: `python -m evaluation.spam.train` (half a minute).

Logistic regression over words and pairs of words, by gradient steps that shrink with use. Spam: the tuned half and
`training/spam.txt`. People: the tuned half, `training/human.txt`, and the messages of `evaluation/tuning`, which were
written for triage by others. Neither reported half is read."""

from __future__ import annotations

import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.screening.likeness import SCALE, WORDS_FILE, features_of
from chalicelib.screening.written import without_addresses
from evaluation.spam.corpus import HERE, read_corpus

TRIAGE = HERE.parent / "tuning"
ROUNDS, STEP, SHRINK = 12, 0.3, 0.01
WEIGHT_OF_WRITTEN_FOR_THIS = 4.0
"""Of each text that was written for this purpose, against one of those for triage."""
IN_SPAM, WORD_ANYWHERE, PAIR_ANYWHERE = 2, 8, 40
"""In how many texts a word or pair must stand to count: in spam, or in all."""
LEAST = 5
"""Smaller weights, in hundredths, are left out."""


@dataclass(frozen=True)
class Example:
    """One text. `weight` is how much it counts."""

    features: Sequence[str]
    is_spam: bool
    weight: float


@dataclass
class Model:
    """Log-odds, and the squares of all steps so far."""

    bias: float = 0.0
    bias_steps: float = 1e-8
    words: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    steps: defaultdict[str, float] = field(default_factory=lambda: defaultdict(lambda: 1e-8))


def examples() -> list[Example]:
    """Everything that is learned from."""
    found = [_example(text, is_spam, WEIGHT_OF_WRITTEN_FOR_THIS) for text, is_spam in _written_for_this()]
    found += [_example(text, False, 1.0) for text in _of_triage()]
    known = _known(found)
    return [Example([each for each in one.features if each in known], one.is_spam, one.weight) for one in found]


def _example(text: str, is_spam: bool, weight: float) -> Example:
    return Example(features_of(without_addresses(text)), is_spam, weight)


def learn(texts: list[Example]) -> Model:
    """The same model for the same texts."""
    model, chance = Model(), random.Random(1)  # noqa: S311
    for _ in range(ROUNDS):
        chance.shuffle(texts)
        for text in texts:
            _step(model, text)
    return model


def _step(model: Model, text: Example) -> None:
    log_odds = model.bias + sum(model.words[each] for each in text.features)
    error = (1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds)))) - text.is_spam) * text.weight
    model.bias_steps += error * error
    model.bias -= STEP * error / math.sqrt(model.bias_steps)
    for each in text.features:
        step = error + SHRINK * model.words[each]
        model.steps[each] += step * step
        model.words[each] -= STEP * step / math.sqrt(model.steps[each])


def _written_for_this() -> Iterator[tuple[str, bool]]:
    for post in read_corpus():
        if post.is_tuned:
            yield next(value for name, value in post.form.pairs if name in ("message", "your-message")), post.is_spam
    for kind in ("spam", "human"):
        yield from (
            (line, kind == "spam") for line in (HERE / "training" / f"{kind}.txt").read_text("utf-8").splitlines()
        )


def _of_triage() -> Iterator[str]:
    for file in sorted(TRIAGE.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            yield json.loads(line)["answers"].get("message", "")


def _known(found: Sequence[Example]) -> frozenset[str]:
    spam = Counter(each for one in found if one.is_spam for each in one.features)
    every = Counter(each for one in found for each in one.features)
    return frozenset(
        each
        for each, count in every.items()
        if spam[each] >= IN_SPAM or count >= (PAIR_ANYWHERE if " " in each else WORD_ANYWHERE)
    )


def main() -> None:
    """Learn, and write the weights."""
    model = learn(examples())
    words = {each: round(weight * SCALE) for each, weight in sorted(model.words.items())}
    kept = {each: weight for each, weight in words.items() if abs(weight) >= LEAST}
    data = {"made_by": "python -m evaluation.spam.train", "bias": round(model.bias * SCALE), "words": kept}
    WORDS_FILE.write_text(json.dumps(data, ensure_ascii=False, indent=0, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
