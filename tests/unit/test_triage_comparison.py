"""`compare OLD NEW FILE`: what a changed rule would do."""

from __future__ import annotations

import io
import json
from pathlib import Path

from chalicelib.triage.__main__ import main
from chalicelib.triage.rules import RULE_FILE

CASES = [
    {"id": "limb", "answers": {"urgent_signs": ["cold_limb"]}, "expected": "emergency"},
    {"id": "price", "answers": {"about": "prices"}, "expected": "info"},
]


def run(tmp_path: Path, old: str, new: str) -> tuple[int, str, str]:
    for name, text in (("old.toml", old), ("new.toml", new)):
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, CASES)), "utf-8")
    stdout, stderr = io.StringIO(), io.StringIO()
    files = [str(tmp_path / name) for name in ("old.toml", "new.toml", "cases.jsonl")]
    code = main(["compare", *files], io.StringIO(), stdout, stderr)
    return code, stdout.getvalue(), stderr.getvalue()


def test_the_same_rules_change_nothing(tmp_path: Path) -> None:
    rules = RULE_FILE.read_text("utf-8")
    code, told, _ = run(tmp_path, rules, rules)

    assert (0, "2 cases: 0 raised, 0 lowered, 0 by other rules only\n") == (code, told)


def test_a_lowered_rule_shows_each_case_that_it_would_lower(tmp_path: Path) -> None:
    rules = RULE_FILE.read_text("utf-8")
    before, rule, after = rules.partition('id = "EM-03"')
    changed = before + rule + after.replace('level = "emergency"', 'level = "priority"', 1)
    code, told, _ = run(tmp_path, rules, changed)

    assert 0 == code
    assert "2 cases: 0 raised, 1 lowered" in told
    assert "limb: emergency -> priority (expected emergency, further from what was expected)" in told


def test_a_faulty_rule_file_is_named(tmp_path: Path) -> None:
    code, told, complaint = run(tmp_path, RULE_FILE.read_text("utf-8"), "version = 1")

    assert (2, "") == (code, told)
    assert "new.toml" in complaint
    assert "Traceback" not in complaint
