"""Cross-validation: every text of the tuned half and of `training/` is screened with word weights that were made
without it: `python -m evaluation.spam.folds` (two minutes). Phrases and points are as deployed."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from chalicelib.screening import likeness
from chalicelib.screening.spam import Evidence, screen
from evaluation.spam.corpus import verdict_on
from evaluation.spam.train import Example, learn, written_for_this, written_for_triage

FOLDS = 5


def screened() -> Iterator[tuple[Example, bool]]:
    """Each text and whether it would be quarantined."""
    examples, of_triage = written_for_this(), written_for_triage()
    random.Random(3).shuffle(examples)  # noqa: S311
    for number in range(FOLDS):
        others = [one for place, one in enumerate(examples) if place % FOLDS != number]
        weights = learn([*others, *of_triage])
        likeness.load_word_weights = lambda weights=weights: weights
        yield from ((one, _is_quarantined(one)) for one in examples[number::FOLDS])


def _is_quarantined(one: Example) -> bool:
    if one.post is not None:
        return verdict_on(one.post).quarantined
    return screen(Evidence(texts=(one.text,), token_missing=True), may_be_danger=False).quarantined


def table(found: Sequence[tuple[Example, bool]]) -> str:
    """How many of which are quarantined."""
    kinds = [(one.is_spam, one.post is not None, quarantined) for one, quarantined in found]
    every, caught = Counter(kind[:2] for kind in kinds), Counter(kind[:2] for kind in kinds if kind[2])
    return "\n".join(
        f"{'spam' if kind[0] else 'people'}, {'posts' if kind[1] else 'short texts'}: {caught[kind]} of {of}"
        for kind, of in sorted(every.items())
    )


if __name__ == "__main__":
    sys.stdout.write(table(list(screened())) + "\n")
