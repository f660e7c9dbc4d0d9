"""docs/triage.md says of rules and evaluation what the data says."""

from __future__ import annotations

import json

import pytest

from chalicelib.models.vocabulary import Level
from chalicelib.triage.engine import triage
from chalicelib.triage.evaluation import Evaluation, evaluate, read_cases
from chalicelib.triage.rules import RULE_FILE, load_rules, parse_rules
from evaluation.document import (
    DOCUMENT,
    MADE_ON,
    UNTOUCHED,
    documented,
    evaluation_table,
    measure,
    parts_of_evaluation,
    parts_of_rules,
    rules_table,
    targets_list,
)


def found(*, crises: int = 20, missed: int = 0, silent: int = 0, ordinary: int = 100, alarmed: int = 0) -> Evaluation:
    """An evaluation of so many cases, of which so many go wrong."""
    answers = {
        "right": {"self_harm": "may_act"},
        "missed": {"urgent_signs": ["hot_joint"]},
        "silent": {"about": "call"},
    }
    cases: list[tuple[Level, str]] = [("crisis", "right")] * (crises - missed - silent)
    cases += [("crisis", "missed")] * missed + [("crisis", "silent")] * silent
    cases += [("routine", "silent")] * (ordinary - alarmed) + [("routine", "missed")] * alarmed
    lines = [
        json.dumps({"id": number, "answers": answers[kind], "expected": expected})
        for number, (expected, kind) in enumerate(cases)
    ]
    return evaluate(read_cases(lines), triage)


def targets(**files: Evaluation) -> list[str]:
    return targets_list({MADE_ON: found(silent=9), **files}).splitlines()


def test_the_document_says_of_the_rules_what_the_rules_say() -> None:
    text = DOCUMENT.read_text("utf-8")

    assert documented(text, parts_of_rules()) == text


def test_the_document_says_of_the_evaluation_what_is_measured() -> None:
    text = DOCUMENT.read_text("utf-8")

    assert documented(text, parts_of_evaluation(measure())) == text


def test_a_part_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for targets"):
        documented("<!-- rules -->\n<!-- end -->", {"targets": "x"})


def test_targets_that_are_reached_say_so() -> None:
    told = targets(**{UNTOUCHED: found(missed=1, alarmed=3), "one": found()})

    assert [line.rpartition(": ")[2] for line in told] == ["reached, in every file too"] * 3


def test_a_target_that_is_not_reached_is_named_with_its_figures() -> None:
    told = targets(**{UNTOUCHED: found(missed=1, silent=1, alarmed=4)})

    assert told[0].endswith(f"**not reached**: {UNTOUCHED} 18 of 20 (90.0 %)")
    assert told[1].endswith(f"**not reached**: {UNTOUCHED} 1 of 20 (5.0 %)")
    assert told[2].endswith(f"**not reached**: {UNTOUCHED} 4 of 100 (4.0 %)")


def test_a_target_that_one_file_misses_is_named_with_the_file() -> None:
    told = targets(**{UNTOUCHED: found(crises=40, missed=2), "one": found(missed=2), "two": found()})

    assert told[0].endswith("reached in the half as a whole, **not in every file**: one 18 of 20 (90.0 %)")


def test_nearly_reached_is_not_reached() -> None:
    told = targets(**{UNTOUCHED: found(crises=399, missed=20, ordinary=230, alarmed=7)})

    assert told[0].endswith(f"**not reached**: {UNTOUCHED} 379 of 399 (95.0 %)")
    assert told[2].endswith(f"**not reached**: {UNTOUCHED} 7 of 230 (3.0 %)")


def test_the_table_names_what_measured_and_each_half() -> None:
    rows = evaluation_table({MADE_ON: found(), "one": found(silent=1)}).splitlines()

    assert rows[0] == f"Measured with rules {load_rules().version}."
    assert rows[-1].startswith("| one: 120 | – | 19 of 20 (95.0 %) | 19 of 20 (95.0 %) | 1 of 20 (5.0 %) |")


def test_a_rule_counts_as_signed_off_only_as_it_was_signed() -> None:
    rules = RULE_FILE.read_text("utf-8")
    digest = parse_rules(rules).compiled[0].digest
    signed = 'approved_by = "Dr Example"\napproved_on = 2026-12-01\napproved_digest = "{}"'
    right, stale = (
        rules_table(parse_rules(rules.replace('approved_by = ""\napproved_on = ""', signed.format(by), 1)))
        for by in (digest, "0" * 16)
    )

    assert ": 1 of " in right.splitlines()[0]
    assert right.splitlines()[4].endswith("| Dr Example, 2026-12-01 |")
    assert ": 0 of " in stale.splitlines()[0]
    assert stale.splitlines()[4].endswith("| no |")
