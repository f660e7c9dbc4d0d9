"""The rule file: every example holds, and wrong data is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.models.answers import Answers
from chalicelib.models.vocabulary import CHOICES
from chalicelib.triage.engine import triage
from chalicelib.triage.rules import FLAGS, RuleDataError, load_rules, parse_rules

RULES = load_rules().rules
FIRES = [(rule.id, example) for rule in RULES for example in rule.fires]
SILENT = [(rule.id, example) for rule in RULES for example in rule.silent]
EXPECTED_IDS = {
    *(f"EM-{number:02d}" for number in range(1, 11)),
    *(f"CR-{number:02d}" for number in range(1, 5)),
    *(f"UR-{number:02d}" for number in range(1, 12)),
    *(f"PR-{number:02d}" for number in range(1, 9)),
    *(f"FL-{number:02d}" for number in range(1, 19)),
    "RO-01",
    "MT-02",
    "MT-03",
    "IN-01",
}
RULE = """
version = "test"
[[rules]]
id = "EM-01"
version = 1
when = { urgent_signs = ["chest_breathing"] }
level = "emergency"
reason = "r"
advice = ["call_911"]
source = "s"
approved_by = ""
approved_on = ""
fires = [{ urgent_signs = ["chest_breathing"] }]
silent = [{}]
"""
WHEN = 'when = { urgent_signs = ["chest_breathing"] }'


def fired_ids(example: dict[str, Any]) -> set[str]:
    return {fired.id for fired in triage(Answers(**example)).fired}


@pytest.mark.parametrize(("rule_id", "example"), FIRES)
def test_rule_fires_on_its_example(rule_id: str, example: dict[str, Any]) -> None:
    assert rule_id in fired_ids(example)


@pytest.mark.parametrize(("rule_id", "example"), SILENT)
def test_rule_is_silent_on_its_counterexample(rule_id: str, example: dict[str, Any]) -> None:
    found = fired_ids(example)

    assert rule_id not in found
    assert "MT-01" not in found


def test_every_rule_of_the_table_is_in_the_file() -> None:
    found = {rule.id for rule in RULES}

    assert found == EXPECTED_IDS


def test_every_urgent_sign_has_a_rule_with_a_level() -> None:
    for sign in CHOICES["urgent_signs"] - {"none"}:
        level = triage(Answers(urgent_signs=(sign,))).level

        assert level in ("urgent", "emergency"), sign


def test_every_flag_of_the_contract_is_set_by_a_rule() -> None:
    found = {flag for rule in RULES for flag in rule.flags}

    assert found == FLAGS


def test_nobody_has_signed_a_rule_off_yet() -> None:
    found = [rule.id for rule in RULES if rule.approved]

    assert found == []


def test_the_smallest_rule_file_is_accepted() -> None:
    found = parse_rules(RULE)

    assert [rule.id for rule in found.rules] == ["EM-01"]


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        (WHEN, 'when = { urgent_sign = ["chest_breathing"] }', "EM-01: 'urgent_sign' is no field"),
        (WHEN, 'when = { urgent_signs = ["chest"] }', "EM-01: urgent_signs knows no 'chest'"),
        (WHEN, 'when = { preferred_contact = ["phone"] }', "EM-01: 'preferred_contact' is no field"),
        (WHEN, "when = { urgent_signs = [] }", "EM-01: urgent_signs takes a list"),
        (WHEN, 'when = { urgent_signs = "chest_breathing" }', "EM-01: urgent_signs takes a list"),
        (WHEN, "when = {}", "EM-01: a condition is a table"),
        (WHEN, "when = { phq2 = 3 }", "EM-01: phq2 takes { at_least = number }"),
        (WHEN, "when = { phq2 = { at_least = 7 } }", "EM-01: phq2 at_least takes a number above 0, up to 6"),
        (WHEN, "when = { phq2 = { at_least = 0 } }", "EM-01: phq2 at_least takes a number above 0, up to 6"),
        (WHEN, "when = { phq9 = { at_least = 3 } }", "EM-01: 'phq9' is no field"),
        (WHEN, 'when = { interpreter = "yes" }', "EM-01: interpreter takes true or false"),
        (WHEN, 'when = { text = ["sadness"] }', "EM-01: text knows no 'sadness'"),
        (WHEN, 'when = { answered = ["mesage"] }', "EM-01: answered knows no 'mesage'"),
        (WHEN, 'when = { condition = "distres" }', "EM-01: there is no condition named 'distres'"),
        (WHEN, 'when = { any = [{ about = ["cal"] }] }', "EM-01: about knows no 'cal'"),
        (WHEN, "when = { none = [] }", "EM-01: none takes a list of conditions"),
        ('level = "emergency"', 'level = "severe"', "EM-01: level: "),
        ('level = "emergency"', "", "EM-01: a rule sets a level, a flag, or both|EM-01: Value error"),
        ('level = "emergency"', 'level = "emergency"\nflags = ["safety:livr"]', "unknown flag or advice 'safety:livr'"),
        ('advice = ["call_911"]', 'advice = ["call_912"]', "unknown flag or advice 'call_912'"),
        ('reason = "r"', "", "EM-01: reason: Field required"),
        ('source = "s"', "", "EM-01: source: Field required"),
        ("version = 1", "version = 0", "EM-01: version: "),
        ('approved_by = ""', 'approved_by = "Dr A"', "approved_by and approved_on belong together"),
        ("fires = [{", "examples = [{", "EM-01: fires: Field required|EM-01: examples"),
        ('id = "EM-01"', 'id = "em-1"', "em-1: id: "),
        ('version = "test"', "", "the rule file has no version"),
        ('version = "test"', 'version = "test"\nother = 1', "takes version, conditions and rules"),
        ('version = "test"', 'version = "test"\n[conditions.bad]\nabout = ["cal"]', "condition bad: about knows no"),
        ('version = "test"', 'version = "test', "the rule file is not TOML"),
    ],
)
def test_wrong_rule_data_is_refused_by_name(was: str, becomes: str, complaint: str) -> None:
    assert was in RULE

    with pytest.raises(RuleDataError) as caught:
        parse_rules(RULE.replace(was, becomes, 1))

    assert any(part in str(caught.value) for part in complaint.split("|"))


def test_two_rules_of_one_id_are_refused() -> None:
    twice = RULE + RULE.partition('"test"')[2]

    with pytest.raises(RuleDataError, match="EM-01: there are two rules"):
        parse_rules(twice)
