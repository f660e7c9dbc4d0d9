"""What rules look at: the answers in one shape, the scores made from them, and what the text screening found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.models.answers import Answers
from chalicelib.models.vocabulary import CHOICES, SYMPTOM_CATEGORIES
from chalicelib.triage.free_text import TextFindings

CHOICE_FIELDS: Mapping[str, frozenset[str]] = {
    name: codes for name, codes in CHOICES.items() if name in Answers.model_fields
}
YES_NO_FIELDS = frozenset({"leave_message", "interpreter"})
NUMBERS: Mapping[str, int] = {
    "peg_pain": 10,
    "peg_enjoyment": 10,
    "peg_activity": 10,
    "peg_mean": 10,
    "phq2": 6,
    "gad2": 6,
    "phq4": 12,
    "symptom_categories": len(SYMPTOM_CATEGORIES),
}
"""Each number that a rule may compare, and its highest value."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`choices` holds every chosen code by field, `urgent_signs` with the withdrawn ones; `numbers` lacks what cannot
    be known from the answers."""

    answers: Answers
    choices: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, float]
    findings: TextFindings

    def evidence(self, field: str, code: str) -> str:
        """A chosen code as staff read it; a withdrawn sign says so by its field."""
        withdrawn = field == "urgent_signs" and code not in self.answers.urgent_signs
        return f"{field}_withdrawn: {code}" if withdrawn else f"{field}: {code}"


def gather_facts(answers: Answers, findings: TextFindings) -> Facts:
    """Put answers and findings into the shape that conditions read."""
    return Facts(answers, _choices(answers), _numbers(answers), findings)


def _choices(answers: Answers) -> dict[str, tuple[str, ...]]:
    given = answers.__dict__
    choices = {name: _as_tuple(given[name]) for name in CHOICE_FIELDS}
    withdrawn = tuple(code for code in choices["urgent_signs_withdrawn"] if code != "none")
    choices["urgent_signs_withdrawn"] = withdrawn
    if withdrawn:
        choices["urgent_signs"] = tuple(dict.fromkeys((*choices["urgent_signs"], *withdrawn)))
    return choices


def _as_tuple(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _numbers(answers: Answers) -> dict[str, float]:
    """PHQ-2 is interest and down, GAD-2 nervous and worry; a missing item counts 0, so that the score is a lower
    bound. The PEG mean is that of the answered items. Source: clinical-evidence, section 2."""
    pegs = ("peg_pain", "peg_enjoyment", "peg_activity")
    numbers: dict[str, float] = {name: score for name in pegs if (score := getattr(answers, name)) is not None}
    if numbers:
        numbers["peg_mean"] = sum(numbers.values()) / len(numbers)
    numbers["phq2"] = (answers.phq4_interest or 0) + (answers.phq4_down or 0)
    numbers["gad2"] = (answers.phq4_nervous or 0) + (answers.phq4_worry or 0)
    numbers["phq4"] = numbers["phq2"] + numbers["gad2"]
    symptoms = answers.symptoms
    numbers["symptom_categories"] = sum(not codes.isdisjoint(symptoms) for codes in SYMPTOM_CATEGORIES.values())
    return numbers
