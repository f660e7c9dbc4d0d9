"""Concepts found by phrases and scores of the linear model, weighed together.

Either may be wrong alone: a phrase out of its story, a score by accident. Together they decide the level; what falls
short of it is a hint for staff, never silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.triage.passages import RULED_OUT, Passage
from chalicelib.triage.scored_text import Score

EMERGENCY = frozenset({"physical_emergency", "act_taken"})
CRISIS = frozenset({"self_harm", "voices_or_harm_to_others", "self_harm_of_other"})
URGENT = frozenset(
    {"progressive_weakness", "skin_infection", "unsafe_at_home", "cancer_and_spine_pain", "pressure_or_urine"}
)
HEADS_WEIGHED = ("emergency", "crisis")
"""The heads that every text needs; the third only confirms concepts in URGENT."""
_PLAIN, _PHRASE, _WEAK, _RULED_OUT, _DENIED, _DENIED_PLAINLY = 7.5, 1.5, 0.75, -1.5, -3.0, -5.5
"""What a concept adds to the model's log odds: said in so many words in a message of few words, of which the model
knows little; found by phrases; hinted at; ruled out; denied in a story, or in few words."""
_EMERGENCY, _CRISIS, _URGENT = 0.0, -0.5, -1.0
_HINT = {"emergency": -2.5, "crisis": -2.2}
"""What must be exceeded. Most of these were chosen on 2,000 messages that neither the phrases nor that model had
seen."""
_FEW_WORDS = 12

Found = tuple[str, Passage]


def weigh(original: str, found: Sequence[Found], scores: Mapping[str, Score]) -> Iterator[Found]:
    """What counts in the end, with its passages. A text without words has no scores."""
    if not scores:
        yield from (item for item in found if item[0] != RULED_OUT)
        return
    concepts = {concept for concept, _ in found}
    plain = frozenset(concept for concept, passage in found if passage.plain)
    is_short = len(original.split()) <= _FEW_WORDS
    said = dict.fromkeys(plain, _PLAIN if is_short else _PHRASE)
    emergency = scores["emergency"].value + _strength(concepts, said, EMERGENCY, {"possible_danger"})
    if RULED_OUT in concepts and concepts.isdisjoint(EMERGENCY):
        emergency += _RULED_OUT
    crisis = scores["crisis"].value + _strength(concepts, said, CRISIS, {"despair", "past_attempt"})
    hints = {name: score.value for name, score in scores.items()}
    if "self_harm_negated" in concepts:
        denied = _DENIED_PLAINLY if is_short else _DENIED
        crisis += denied
        hints["crisis"] += denied
    agreed = scores["urgent"].value if "urgent" in scores else 0.0
    urgent = agreed + max((said.get(concept, 0.0) for concept in concepts & URGENT), default=0.0)
    for concept, passage in found:
        if concept == RULED_OUT:
            continue
        if concept in EMERGENCY and emergency <= _EMERGENCY:
            yield "possible_danger", passage
        elif concept in CRISIS and crisis <= _CRISIS:
            yield "despair", passage
        elif concept in URGENT and urgent <= _URGENT:
            yield "possible_danger", passage
        else:
            yield concept, passage
    yield from _by_score(concepts, emergency, crisis, hints, scores)


def _strength(concepts: set[str], said: Mapping[str, float], full: frozenset[str], hints: set[str]) -> float:
    if not concepts.isdisjoint(full):
        return max(said.get(concept, _PHRASE) for concept in concepts & full)
    return 0.0 if concepts.isdisjoint(hints) else _WEAK


def _by_score(
    concepts: set[str], emergency: float, crisis: float, hints: Mapping[str, float], scores: Mapping[str, Score]
) -> Iterator[Found]:
    """What the scores add to the concepts."""
    if concepts.isdisjoint(EMERGENCY):
        if emergency > _EMERGENCY:
            yield "physical_emergency", _passage(scores["emergency"])
        elif hints["emergency"] > _HINT["emergency"]:
            yield "possible_danger", _passage(scores["emergency"])
    if concepts.isdisjoint(CRISIS):
        if crisis > _CRISIS:
            yield "self_harm", _passage(scores["crisis"])
        elif hints["crisis"] > _HINT["crisis"]:
            yield "despair", _passage(scores["crisis"])


def _passage(score: Score) -> Passage:
    return Passage(score.words or score.sentence, score.sentence)
