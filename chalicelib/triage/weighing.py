"""Concepts found by phrases and scores of the linear model, weighed together.

What is said explicitly decides by itself. Of the rest either may be wrong alone: a phrase out of its story, a score by
accident. Together they decide the level; what falls short of it is a hint for staff, never silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.triage.passages import ASKED, RULED_OUT, Passage
from chalicelib.triage.scored_text import Score

EMERGENCY = frozenset({"physical_emergency", "act_taken"})
CRISIS = frozenset({"self_harm", "voices_or_harm_to_others", "self_harm_of_other"})
URGENT = frozenset(
    {"progressive_weakness", "skin_infection", "unsafe_at_home", "cancer_and_spine_pain", "pressure_or_urine"}
)
HEADS_WEIGHED = ("emergency", "crisis")
"""The heads that every text needs; the third only confirms concepts in URGENT."""
_PLAIN, _PHRASE, _WEAK, _RULED_OUT = 3.0, 1.5, 0.75, -1.5
_ASKED, _DENIED, _DENIED_PLAINLY = -3.0, -3.0, -7.5
"""What a concept adds to the model's log odds: said plainly in a message of few words, of which the model knows little;
found by phrases; hinted at; ruled out; asked about; denied in a story, or in few words."""
_EMERGENCY, _CRISIS, _URGENT = 0.0, 0.0, -1.0
_HINT = {"emergency": -3.3, "crisis": -3.1}
_DENIED_HINT = -1.5
_NOTHING = -4.2
"""What must be exceeded: chosen on messages that neither the phrases nor that model had seen; the limits of crisis and
of hints with the reported files in view (docs/triage.md). A denial takes less from
a hint than from a level. Where the model is at or below the last, a light sign alone (`knife`, `goodbye`) is left
out."""
_FEW_WORDS = 12
_MILDER = {
    **dict.fromkeys(EMERGENCY, "possible_danger"),
    **dict.fromkeys(CRISIS, "despair"),
    **dict.fromkeys(URGENT, "possible_danger"),
}
_LIGHT = {"despair": "crisis", "possible_danger": "emergency"}

Found = tuple[str, Passage]


@dataclass(frozen=True, slots=True)
class _Odds:
    """The log odds of each level, and whether each concept in EMERGENCY, CRISIS and URGENT is borne out by them."""

    emergency: float
    crisis: float
    urgent: float
    crisis_hint: float

    def bear_out(self, concept: str) -> bool:
        if concept in EMERGENCY:
            return self.emergency > _EMERGENCY
        return self.crisis > _CRISIS if concept in CRISIS else self.urgent > _URGENT


def weigh(original: str, found: Sequence[Found], scores: Mapping[str, Score]) -> Iterator[Found]:
    """What counts in the end, with its passages. A text without words has no scores."""
    if not scores:
        yield from (item for item in found if item[0] not in (RULED_OUT, ASKED))
        return
    odds = _odds(len(original.split()) <= _FEW_WORDS, found, scores)
    for concept, passage in found:
        if concept == ASKED:
            yield ("despair" if passage.explicit else "self_harm_negated"), passage
        elif concept in _MILDER and not passage.explicit and not odds.bear_out(concept):
            yield _MILDER[concept], passage
        elif concept != RULED_OUT and not _is_left_out(concept, passage, scores):
            yield concept, passage
    yield from _by_score({concept for concept, _ in found}, odds, scores)


def _is_left_out(concept: str, passage: Passage, scores: Mapping[str, Score]) -> bool:
    return concept in _LIGHT and not passage.plain and scores[_LIGHT[concept]].value <= _NOTHING


def _odds(is_short: bool, found: Sequence[Found], scores: Mapping[str, Score]) -> _Odds:
    concepts = {concept for concept, _ in found}
    plain = {concept for concept, passage in found if passage.plain}
    said = dict.fromkeys(plain, _PLAIN if is_short else _PHRASE)
    emergency = scores["emergency"].value + _strength(concepts, said, EMERGENCY, {"possible_danger"})
    if RULED_OUT in concepts and concepts.isdisjoint(EMERGENCY):
        emergency += _RULED_OUT
    crisis = scores["crisis"].value + _strength(concepts, said, CRISIS, {"despair", "past_attempt"})
    hint = scores["crisis"].value
    if "self_harm_negated" in concepts:
        crisis += _DENIED_PLAINLY if is_short else _DENIED
        hint += _DENIED + (_DENIED_HINT if is_short else 0)
    elif ASKED in concepts:
        crisis += _ASKED
        hint += _ASKED
    agreed = scores["urgent"].value if "urgent" in scores else 0.0
    urgent = agreed + max((said.get(concept, 0.0) for concept in concepts & URGENT), default=0.0)
    return _Odds(emergency, crisis, urgent, hint)


def _strength(concepts: set[str], said: Mapping[str, float], full: frozenset[str], hints: set[str]) -> float:
    if not concepts.isdisjoint(full):
        return max(said.get(concept, _PHRASE) for concept in concepts & full)
    return 0.0 if concepts.isdisjoint(hints) else _WEAK


def _by_score(concepts: set[str], odds: _Odds, scores: Mapping[str, Score]) -> Iterator[Found]:
    """What the scores add to the concepts."""
    if concepts.isdisjoint(EMERGENCY):
        if odds.emergency > _EMERGENCY:
            yield "physical_emergency", _passage(scores["emergency"])
        elif scores["emergency"].value > _HINT["emergency"]:
            yield "possible_danger", _passage(scores["emergency"])
    if concepts.isdisjoint(CRISIS):
        if odds.crisis > _CRISIS:
            yield "self_harm", _passage(scores["crisis"])
        elif odds.crisis_hint > _HINT["crisis"]:
            yield "despair", _passage(scores["crisis"])


def _passage(score: Score) -> Passage:
    return Passage(score.words or score.sentence, score.sentence)
