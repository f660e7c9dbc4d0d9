"""The screening of free text, in English and Spanish: what people say of danger in their own words. It finds words, it
does not understand people: that nothing was found says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.models.answers import Answers
from chalicelib.triage.passages import ASKED, RULED_OUT, Passage

if TYPE_CHECKING:
    from chalicelib.triage.concepts import Hit
    from chalicelib.triage.lexicon import Lexicon
    from chalicelib.triage.scope import Scope
    from chalicelib.triage.words import Text

CONCEPTS = frozenset(
    {
        "fever",
        "physical_emergency",
        "act_taken",
        "self_harm",
        "voices_or_harm_to_others",
        "self_harm_of_other",
        "despair",
        "possible_danger",
        "progressive_weakness",
        "skin_infection",
        "unsafe_at_home",
        "cancer_and_spine_pain",
        "pressure_or_urine",
        "past_attempt",
        "self_harm_negated",
        "not_understood",
    }
)
"""What rules may ask for."""

_SELF_HARM = frozenset({"self_harm", "act_taken", "past_attempt", "self_harm_of_other", "death_of_other"})
_PHYSICAL = frozenset(
    {"physical_emergency", "progressive_weakness", "skin_infection", "pressure_or_urine", "cancer_and_spine_pain"}
)
_TIMELESS = frozenset({"cancer_and_spine_pain"})
_ABOUT_WORK = frozenset({"PROFESSIONAL"})
_LONG_STANDING = frozenset({"CHRONIC", "STEADY"})
_EXPLICIT, _ENOUGH, _HALF = 2.0, 0.89, 0.34
"""What a frame weighs that decides by itself, whatever else is said; that counts in full; that counts at all."""


@dataclass(frozen=True, slots=True)
class TextFindings:
    """The passages that stood for each concept, in the order in which they were written."""

    matched: Mapping[str, tuple[Passage, ...]] = field(default_factory=dict)


NO_TEXT = TextFindings()


def screen_text(answers: Answers) -> TextFindings:
    """Look for every concept in the message and in the answers that no field knows, whatever the person's language.
    Linear in the length of the text; costs nothing when there is none."""
    texts = [text for text in (answers.message, *(v for vs in answers.other_answers.values() for v in vs)) if text]
    if not texts:
        return NO_TEXT
    from chalicelib.triage.lexicon import load_lexicon
    from chalicelib.triage.scored_text import HEADS, load_weights, score_text
    from chalicelib.triage.weighing import HEADS_WEIGHED, URGENT, weigh

    lexicon, weights = load_lexicon(), load_weights()
    found: dict[str, dict[Passage, None]] = {}
    for original in texts:
        text = lexicon.read(original)
        mentioned = list(_screen_one(text, lexicon))
        heads = HEADS_WEIGHED if URGENT.isdisjoint(concept for concept, _ in mentioned) else HEADS
        for concept, passage in weigh(original, mentioned, score_text(text, weights, heads)):
            found.setdefault(concept, {})[passage] = None
    return TextFindings({concept: tuple(passages) for concept, passages in found.items()})


def _screen_one(text: Text, lexicon: Lexicon) -> Iterator[tuple[str, Passage]]:
    from chalicelib.triage.concepts import find_frames, read_groups
    from chalicelib.triage.languages import not_understood
    from chalicelib.triage.scope import Scope

    if foreign := not_understood(text, lexicon):
        yield "not_understood", Passage(foreign, foreign)
    reading = read_groups(text, lexicon)
    scope = Scope(reading)
    judged = [(_judge(hit, scope), hit) for hit in find_frames(reading)]
    if any(verdict is None and hit.frame.concept == "physical_emergency" for verdict, hit in judged):
        yield RULED_OUT, Passage("", "")
    yield from _conclude([(verdict, hit) for verdict, hit in judged if verdict is not None], text)


def _judge(hit: Hit, scope: Scope) -> str | None:
    """What a mention means in its place: a concept (perhaps a milder one), or None when it is ruled out."""
    frame = hit.frame
    if frame.needs and not scope.has(hit, frame.needs, around=1):
        return None
    if frame.concept in _SELF_HARM:
        return None if frame.unless and scope.in_clause(hit, frame.unless) else _judge_self_harm(hit, scope)
    if frame.weight >= _EXPLICIT:
        return _judge_explicit(hit, scope)
    if frame.unless and scope.has(hit, frame.unless):
        return None
    if scope.is_denied(hit):
        return None
    if frame.concept in _PHYSICAL:
        return None if _is_ruled_out(hit, scope) else frame.concept
    if "RISK" not in frame.hears and (scope.is_asked(hit) or scope.is_historic(hit)):
        return None
    return frame.concept


def _judge_self_harm(hit: Hit, scope: Scope) -> str | None:
    """Self-harm that is denied stays a mention; that of somebody dead is left out; that in a question, a job or a study
    is despair for somebody to look at; what is long over is a past attempt."""
    frame = hit.frame
    if scope.is_denied_plainly(hit):
        return "self_harm_negated" if scope.names_self_harm(hit) else None
    if frame.concept == "death_of_other" or ("KILLED_THEM" not in frame.hears and scope.overlaps(hit, "KILLED_THEM")):
        return None
    if "RISK" not in frame.hears and scope.is_asked_about(hit):
        return ASKED
    historic = "HISTORIC" not in frame.hears and scope.is_long_over(hit)
    if not scope.is_first_person(hit):
        if scope.has(hit, _ABOUT_WORK, around=1):
            return ASKED
        if scope.is_about_other(hit):
            return None if historic else ("act_taken" if frame.concept == "act_taken" else "self_harm_of_other")
    return "past_attempt" if historic else frame.concept


def _judge_explicit(hit: Hit, scope: Scope) -> str | None:
    """Of a danger told in so many words only its own clause is asked whether it is meant."""
    frame = hit.frame
    if scope.is_denied(hit) or scope.in_clause(hit, frame.unless | _ABOUT_WORK) or scope.is_long_over(hit):
        return None
    if "CHRONIC" not in frame.hears and scope.in_clause(hit, _LONG_STANDING):
        return None
    return None if "RISK" not in frame.hears and scope.is_asked_about(hit) else frame.concept


def _is_ruled_out(hit: Hit, scope: Scope) -> bool:
    hears, concept = hit.frame.hears, hit.frame.concept
    if "CHRONIC" not in hears and concept not in _TIMELESS and scope.is_chronic(hit):
        return True
    if "HISTORIC" not in hears and concept not in _TIMELESS and scope.is_in_old_story(hit):
        return True
    if scope.has(hit, frozenset({"PROFESSIONAL"}), around=1) and not scope.has(hit, frozenset({"ONSET"})):
        return True
    return "RISK" not in hears and (scope.is_asked(hit) or scope.is_general_question(hit))


def _conclude(weighed: list[tuple[str, Hit]], text: Text) -> Iterator[tuple[str, Passage]]:
    """Weigh what was found: a mention of weight 1 counts by itself, lighter ones count together; what falls short of 1
    is despair (self-harm) or a possible danger (physical), never silence."""
    totals = _totals(weighed)
    danger = totals.get("self_harm", 0.0) + totals.get("self_harm_of_other", 0.0)
    counted: dict[str, list[Hit]] = {}
    for verdict, hit in weighed:
        concept = verdict
        if verdict in ("self_harm", "self_harm_of_other") and danger < _ENOUGH:
            concept = "despair"
        elif verdict not in ("despair", ASKED) and totals[verdict] < _ENOUGH:
            concept = "possible_danger"
        if totals[verdict] >= _HALF or danger >= _HALF:
            counted.setdefault(concept, []).append(hit)
    for concept, hits in counted.items():
        yield from ((concept, passage) for passage in _passages(hits, text))


def _passages(hits: Sequence[Hit], text: Text) -> Iterator[Passage]:
    """The widest words of each place once: what lies within them says no more to a reader."""
    widest: list[tuple[int, int, float]] = []
    for hit in sorted(hits, key=lambda hit: (hit.first, -hit.last)):
        weight = hit.frame.weight
        if widest and hit.last <= widest[-1][1]:
            first, last, heavier = widest[-1]
            widest[-1] = (first, last, max(weight, heavier))
        else:
            widest.append((hit.first, hit.last, weight))
    for first, last, weight in widest:
        quoted, around = text.quote(first, last), text.surroundings(first, last)
        yield Passage(quoted, around, plain=weight >= _ENOUGH, explicit=weight >= _EXPLICIT)


def _totals(weighed: list[tuple[str, Hit]]) -> dict[str, float]:
    """The weight of each concept: that of each frame once, however often it occurs."""
    heaviest: dict[tuple[str, str], float] = {}
    for verdict, hit in weighed:
        heaviest[verdict, hit.frame.id] = hit.frame.weight
    totals: dict[str, float] = {}
    for (verdict, _), weight in heaviest.items():
        totals[verdict] = totals.get(verdict, 0.0) + weight
    return totals
