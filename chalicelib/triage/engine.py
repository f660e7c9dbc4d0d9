"""Triage: which rules fire on a set of answers, and what follows from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from chalicelib.models.answers import Answers
from chalicelib.models.assessment import Assessment, FiredRule
from chalicelib.models.vocabulary import Level, rank
from chalicelib.observability import failure_fields, log
from chalicelib.triage.advice import choose_advice
from chalicelib.triage.conditions import Quote
from chalicelib.triage.evidence import shown
from chalicelib.triage.facts import Facts, gather_facts
from chalicelib.triage.free_text import TextFindings, screen_text
from chalicelib.triage.passages import Passage
from chalicelib.triage.rules import CompiledRule, Rule, RuleSet, load_rules
from chalicelib.triage.text_version import text_version

_UNKNOWN_VERSION = "unknown"
_NAME = re.compile(r"\{(\w+)\}")
_NOT_SCORED = FiredRule(id="MT-01", level="urgent", reason="Not scored: read now")


def triage(answers: Answers, rules: RuleSet | None = None) -> Assessment:
    """Assess answers by `rules` (those deployed when None). Never raises: when anything inside fails, MT-01 fires
    beside whatever rules can still be read, so that a failure raises the level and never lowers it. Logs
    `triage failed` with the error's type and place."""
    try:
        known = rules or load_rules()
        facts = gather_facts(answers, screen_text(answers))
        return _conclude(known.version, list(_fired(known, facts)), _read_by(answers))
    except Exception as error:
        log.error("triage failed", extra=failure_fields(error))
        return _not_scored(answers, rules)


def _fired(rules: RuleSet, facts: Facts) -> Iterator[tuple[Rule, FiredRule]]:
    """Each rule whose condition holds. Rules that ask for it are looked at last, and only if nothing set a level."""
    has_level = False
    for compiled in rules.compiled:
        rule = compiled.rule
        if rule.only_without_level and has_level:
            continue
        found = compiled.check(facts)
        if found is not None:
            has_level = has_level or rule.level is not None
            evidence = shown(found)
            yield (
                rule,
                FiredRule(id=rule.id, level=rule.level, reason=_reason(rule, evidence, facts), evidence=evidence),
            )


def _reason(rule: Rule, evidence: tuple[str, ...], facts: Facts) -> str:
    if "{" not in rule.reason:
        return rule.reason
    words = ", ".join(dict.fromkeys(f'"{item.words}"' for item in evidence if isinstance(item, Quote)))
    known = {"words": words, **{name: f"{value:.3g}" for name, value in facts.numbers.items()}}
    # Not `format`: an unknown number must never cost a rule its level.
    return _NAME.sub(lambda name: known.get(name[1], "unknown"), rule.reason)


def _read_by(answers: Answers) -> str:
    """The version of words and weights, empty when there is no text. Never raises."""
    with suppress(OSError, ValueError, KeyError):
        return text_version() if answers.message or answers.other_answers else ""
    return _UNKNOWN_VERSION


def _conclude(version: str, fired: Sequence[tuple[Rule, FiredRule]], read_by: str = "") -> Assessment:
    """The level is the highest that fired, routine when none did: nothing ever falls to info by default."""
    levels = [rule.level for rule, _ in fired if rule.level is not None]
    level: Level = max(levels, key=rank, default="routine")
    at_final_level = [key for rule, _ in fired if rule.level == level for key in rule.advice]
    return Assessment(
        level=level,
        flags=tuple(dict.fromkeys(flag for rule, _ in fired for flag in rule.flags)),
        fired=tuple(record for _, record in fired),
        advice=choose_advice(
            [key for rule, _ in fired for key in rule.advice], at_final_level if levels else ["we_call"]
        ),
        rules_version=version,
        text_version=read_by,
    )


def _not_scored(answers: Answers, rules: RuleSet | None) -> Assessment:
    """MT-01 beside the rules that still fire, each one tried on its own."""
    assessment = _conclude(_UNKNOWN_VERSION, [])
    with suppress(Exception):
        known = rules or load_rules()
        assessment = _conclude(known.version, list(_salvaged(answers, known)), _read_by(answers))
    level: Level = max(assessment.level, "urgent", key=rank)
    safety = assessment.safety_advice
    return assessment.model_copy(
        update={
            "level": level,
            "flags": (*assessment.flags, "not_scored"),
            "fired": (*assessment.fired, _NOT_SCORED),
            "advice": safety if level != "urgent" else (*safety, *choose_advice((), ["we_call"])),
        }
    )


def _salvaged(answers: Answers, rules: RuleSet) -> Iterator[tuple[Rule, FiredRule]]:
    facts = gather_facts(answers, _salvaged_findings(answers))
    for compiled in rules.compiled:
        with suppress(Exception):
            yield from _one(compiled, facts, rules.version)


def _salvaged_findings(answers: Answers) -> TextFindings:
    """What each text says by itself: one that cannot be read takes nothing from the others."""
    found: dict[str, tuple[Passage, ...]] = {}
    texts = [answers.message, *(text for texts in answers.other_answers.values() for text in texts)]
    for text in filter(None, texts):
        with suppress(Exception):
            for concept, passages in screen_text(Answers(message=text)).matched.items():
                found[concept] = found.get(concept, ()) + passages
    return TextFindings(found)


def _one(compiled: CompiledRule, facts: Facts, version: str) -> list[tuple[Rule, FiredRule]]:
    if compiled.rule.only_without_level:
        return []
    return list(_fired(RuleSet(version, (compiled,)), facts))
