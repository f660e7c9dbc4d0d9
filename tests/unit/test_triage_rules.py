"""The rule file: every example holds, and wrong data is refused by name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from chalicelib.models.answers import Answers
from chalicelib.models.vocabulary import CHOICES
from chalicelib.triage.engine import triage
from chalicelib.triage.rules import FLAGS, RuleDataError, load_rules, parse_rules
from chalicelib.triage.text_version import WORDS, text_version, version_of

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


ENTRIES = ("text", "about", "interpreter", "phq2", "answered", "unanswered", "any", "none", "condition")
ODD = [
    "3",
    "-1.5",
    "true",
    "nan",
    "[]",
    "[3]",
    '["a"]',
    '[["a"]]',
    "[{ a = 1 }]",
    "{}",
    "{ a = 1 }",
    '""',
    "2026-12-01",
]


def deep(levels: int) -> str:
    return "{ any = [" * levels + "{ x = 1 }" + "] }" * levels


def approved(rules: str) -> str:
    digest = parse_rules(rules).compiled[0].digest
    return rules.replace(
        'approved_by = ""\napproved_on = ""',
        f'approved_by = "Dr A"\napproved_on = 2026-12-01\napproved_digest = "{digest}"',
    )


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
    found = [rule.id for rule in RULES if rule.approved_by or rule.approved_on or rule.approved_digest]

    assert found == []


def test_no_approval_is_for_what_a_rule_said_before() -> None:
    """This one stays when the one above has to go: approve again, or empty the approval."""
    found = [item.rule.id for item in load_rules().compiled if item.rule.approved_by and not item.approved]

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
        ('approved_by = ""', 'approved_by = "Dr A"', "approved_by, approved_on and approved_digest belong"),
        (
            'approved_by = ""\napproved_on = ""',
            'approved_by = "Dr A"\napproved_on = 2026-12-01',
            "approved_digest belong",
        ),
        ('reason = "r"', 'reason = "Words: {word}"', "EM-01: Value error, the reason may name words or a number"),
        ('reason = "r"', 'reason = "Words: {words!r}"', "EM-01: Value error, the reason may name words or a number"),
        ('reason = "r"', 'reason = "Words: {words.x}"', "EM-01: Value error, the reason may name words or a number"),
        ('reason = "r"', 'reason = "Words: {}"', "EM-01: Value error, the reason may name words or a number"),
        ('reason = "r"', 'reason = "Words: {words"', "EM-01: Value error, "),
        ('version = "test"', 'version = "te\\nst"', "the rule file has no version of letters"),
        (WHEN, 'when = { text = [["self_harm"]] }', "EM-01: text knows no ['self_harm']"),
        (WHEN, "when = { text = [{ a = 1 }] }", "EM-01: text knows no {'a': 1}"),
        (WHEN, 'when = { about = [["call"]] }', "EM-01: about knows no ['call']"),
        (WHEN, f"when = {deep(5)}", "EM-01: 'x' is no field"),
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


@pytest.mark.parametrize("odd", ODD)
def test_a_rule_file_of_any_shape_is_refused_or_read(odd: str) -> None:
    lines = [line for line in RULE.splitlines() if "=" in line]
    changed = [RULE.replace(line, f"{line.partition('=')[0]} = {odd}") for line in lines]
    changed += [RULE.replace(WHEN, f"when = {{ {name} = {odd} }}") for name in ENTRIES]
    changed += [f"{name} = {odd}\n{RULE}" for name in ("rules", "conditions", "other")]
    changed += [f'version = "test"\nrules = {odd}', f"{RULE}\n[conditions]\nx = {odd}"]
    for text in changed:
        with suppress(RuleDataError):
            parse_rules(text)


def test_conditions_too_deep_within_one_another_are_refused() -> None:
    with pytest.raises(RuleDataError, match=r"deep|TOML"):
        parse_rules(RULE.replace(WHEN, f"when = {deep(2_000)}"))


def test_a_rule_that_stays_as_it_was_approved_is_approved() -> None:
    found = parse_rules(approved(RULE)).compiled[0]

    assert found.approved


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (WHEN, 'when = { urgent_signs = ["cold_limb"] }'),
        ('level = "emergency"', 'level = "routine"'),
        ('reason = "r"', 'reason = "another"'),
        ('advice = ["call_911"]', 'advice = ["we_call"]'),
        ('advice = ["call_911"]', 'advice = ["call_911"]\nflags = ["minor"]'),
        ('advice = ["call_911"]', 'advice = ["call_911"]\nonly_without_level = true'),
        ('source = "s"', 'source = "another"'),
        ("\nversion = 1", "\nversion = 2"),
    ],
)
def test_a_changed_rule_loses_its_approval(was: str, becomes: str) -> None:
    rules = approved(RULE)
    found = parse_rules(rules.replace(was, becomes, 1)).compiled[0]

    assert was in rules
    assert not found.approved


def test_a_changed_condition_takes_the_approval_of_the_rules_that_use_it() -> None:
    conditions = '[conditions.one]\nabout = ["call"]\n[conditions.two]\nany = [{ condition = "one" }]\n[[rules]]'
    with_condition = RULE.replace("[[rules]]", conditions).replace(WHEN, 'when = { condition = "two" }')
    rules = approved(with_condition)
    found = parse_rules(rules.replace('["call"]', '["prices"]')).compiled[0]

    assert parse_rules(rules).compiled[0].approved
    assert not found.approved


def test_new_examples_leave_an_approval_alone() -> None:
    found = parse_rules(approved(RULE).replace("silent = [{}]", "silent = [{}, { interpreter = true }]")).compiled[0]

    assert found.approved


def test_a_reason_with_a_number_that_is_not_known_keeps_the_level() -> None:
    either = 'when = { any = [{ urgent_signs = ["chest_breathing"] }, { peg_mean = { at_least = 8 } }] }'
    rules = parse_rules(RULE.replace(WHEN, either).replace('reason = "r"', 'reason = "PEG {peg_mean}, {words}"'))
    found = triage(Answers(urgent_signs=("chest_breathing",)), rules)

    assert (found.level, found.fired[0].reason) == ("emergency", "PEG unknown, ")


def test_an_assessment_names_the_words_and_weights_when_there_was_a_text() -> None:
    read, ticked = triage(Answers(message="I want to die {}")), triage(Answers(interpreter=True))

    assert (read.rules_version, read.text_version) == (load_rules().version, text_version())
    assert ticked.text_version == ""


def test_the_version_of_words_changes_with_any_word(tmp_path: Path) -> None:
    copied = tmp_path / "words"
    copytree(WORDS, copied)
    before = version_of(copied)
    (copied / "words.json").write_text(
        (copied / "words.json").read_text("utf-8").replace("morning", "evening", 1), "utf-8"
    )

    assert before == text_version()
    assert version_of(copied) != before
    assert version_of(copied).partition("+")[0] == before.partition("+")[0]
