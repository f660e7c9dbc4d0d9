"""`compare OLD NEW FILE`: what a changed rule would do."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from chalicelib.triage.__main__ import main
from chalicelib.triage.rules import RULE_FILE, load_rules, parse_rules

CASES = [
    {"id": "limb", "answers": {"urgent_signs": ["cold_limb"]}, "expected": "emergency"},
    {"id": "price", "answers": {"about": "prices"}, "expected": "info"},
    {"id": "may", "answers": {"self_harm": "may_act"}, "expected": "crisis"},
    {"id": "liver", "answers": {"health_conditions": ["liver"]}, "expected": "routine"},
]
RULES = RULE_FILE.read_text("utf-8")
NOTHING = "4 cases: 0 raised, 0 lowered, 0 at the same level with other advice or flags, 0 by other rules only\n"


def command(*argv: str) -> tuple[int, str, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    return main(argv, io.StringIO(), stdout, stderr), stdout.getvalue(), stderr.getvalue()


def run(tmp_path: Path, old: str, new: str, *, kind: str = "toml") -> tuple[int, str, str]:
    for name, text in ((f"old.{kind}", old), ("new.toml", new)):
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, CASES)), "utf-8")
    return command("compare", *(str(tmp_path / name) for name in (f"old.{kind}", "new.toml", "cases.jsonl")))


def changed_rule(rule_id: str, was: str, becomes: str, rules: str = RULES) -> str:
    before, rule, after = rules.partition(f'id = "{rule_id}"')

    assert was in after
    return before + rule + after.replace(was, becomes, 1)


def approved(rule_id: str, rules: str = RULES) -> str:
    digest = next(item.digest for item in parse_rules(rules).compiled if item.rule.id == rule_id)
    signed = f'approved_by = "Dr Example"\napproved_on = 2026-12-01\napproved_digest = "{digest}"'
    return changed_rule(rule_id, 'approved_by = ""\napproved_on = ""', signed, rules)


def test_the_same_rules_change_nothing(tmp_path: Path) -> None:
    code, told, _ = run(tmp_path, RULES, RULES)
    version = load_rules().version

    assert (0, f"old: rules {version}\nnew: rules {version}\n{NOTHING}") == (code, told)


def test_a_lowered_rule_shows_each_case_that_it_would_lower(tmp_path: Path) -> None:
    code, told, _ = run(tmp_path, RULES, changed_rule("EM-03", 'level = "emergency"', 'level = "priority"'))

    assert 0 == code
    assert "4 cases: 0 raised, 1 lowered" in told
    assert "limb: emergency -> priority (expected emergency, further from what was expected)" in told


def test_changed_advice_is_shown_though_no_level_changes(tmp_path: Path) -> None:
    code, told, _ = run(tmp_path, RULES, changed_rule("CR-01", 'advice = ["call_988"]', 'advice = ["we_call"]'))

    assert 0 == code
    assert "0 raised, 0 lowered, 1 at the same level with other advice or flags" in told
    assert "may: crisis (expected crisis); advice +we_call -call_988" in told


def test_a_lost_flag_is_shown_though_no_level_changes(tmp_path: Path) -> None:
    flag = 'flags = ["safety:liver"]'
    _, told, _ = run(tmp_path, RULES, changed_rule("FL-04", flag, flag.replace("liver", "thyroid")))

    assert "liver: routine (expected routine); flags +safety:thyroid -safety:liver" in told


def test_a_changed_rule_is_named_though_no_case_shows_it(tmp_path: Path) -> None:
    _, told, _ = run(tmp_path, RULES, changed_rule("EM-07", 'level = "emergency"', 'level = "urgent"'))

    assert "rule EM-07: level changed; its version is still the same" in told
    assert f"both files say version {load_rules().version}: raise it" in told
    assert NOTHING in told


def test_a_changed_condition_is_named_at_each_rule_that_uses_it(tmp_path: Path) -> None:
    _, told, _ = run(tmp_path, RULES, RULES.replace("phq2 = { at_least = 3 }", "phq2 = { at_least = 4 }", 1))

    assert "rule UR-06: when changed" in told
    assert "rule PR-05: when changed" in told


def test_an_approval_that_is_for_other_words_is_named(tmp_path: Path) -> None:
    before = approved("EM-01")
    lowered = changed_rule("EM-01", 'level = "emergency"', 'level = "routine"', before)
    _, told, _ = run(tmp_path, before, lowered)

    assert "rule EM-01: level changed; its version is still the same; the approval of Dr Example is for other" in told


def test_new_and_lost_approvals_and_rules_are_named(tmp_path: Path) -> None:
    renamed = RULES.replace('id = "EM-02"', 'id = "EM-99"')
    _, told, _ = run(tmp_path, approved("EM-01"), approved("EM-03", renamed))

    assert "rule EM-01: no longer approved" in told
    assert "rule EM-02: removed" in told
    assert "rule EM-03: approved by Dr Example" in told
    assert "rule EM-99: added" in told


def test_a_record_of_before_replaces_the_old_rules(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, CASES)), "utf-8")
    _, record, _ = command("record", str(tmp_path / "cases.jsonl"))
    code, same, _ = run(tmp_path, record, RULES, kind="jsonl")
    _, lowered, _ = run(tmp_path, record.replace('"crisis"', '"emergency"'), RULES, kind="jsonl")

    assert (0, len(CASES)) == (code, len(record.splitlines()))
    assert NOTHING in same
    assert "may: emergency -> crisis (expected crisis, closer to what was expected)" in lowered


@pytest.mark.parametrize("record", ["", "{}", '{"id": "limb", "level": "low"}', '{"id": "limb"}', "\x1b[2J"])
def test_a_record_that_cannot_be_read_or_lacks_a_case_is_one_clear_line(tmp_path: Path, record: str) -> None:
    code, told, complaint = run(tmp_path, record, RULES, kind="jsonl")

    assert (2, "") == (code, told)
    assert 1 == complaint.count("\n")
    assert "\x1b" not in complaint


def test_approvals_tell_what_to_sign_and_what_is_signed(tmp_path: Path) -> None:
    digest = parse_rules(RULES).compiled[0].digest
    (tmp_path / "signed.toml").write_text(approved("EM-01"), "utf-8")
    stale = changed_rule("EM-01", 'reason = "', 'reason = "Other: ', approved("EM-01"))
    (tmp_path / "stale.toml").write_text(stale, "utf-8")
    unsigned, signed, changed = (
        command("approvals", *paths)[1].splitlines()[0]
        for paths in ([], [str(tmp_path / "signed.toml")], [str(tmp_path / "stale.toml")])
    )

    assert f"EM-01 version 1 {digest} not approved" == unsigned
    assert f"EM-01 version 1 {digest} approved by Dr Example on 2026-12-01" == signed
    assert changed.endswith("changed since Dr Example approved it: not approved")
    assert digest not in changed


@pytest.mark.parametrize(
    "text", ["version = 1", 'version = "1"\nrules = 3', 'version = "1"\nrules = ["a"]', '"a\\nb\\u001b" = [', "\x00"]
)
def test_a_faulty_rule_file_is_named(tmp_path: Path, text: str) -> None:
    code, told, complaint = run(tmp_path, RULES, text)

    assert (2, "") == (code, told)
    assert 1 == complaint.count("\n")
    assert "new.toml" in complaint
    assert "Traceback" not in complaint
