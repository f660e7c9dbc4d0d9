"""`python -m chalicelib.triage`: what it prints, and that bad input gets one clear line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.models.answers import Answers
from chalicelib.triage.__main__ import main
from chalicelib.triage.engine import triage
from chalicelib.triage.evaluation import evaluate, read_cases

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "triage_cases.jsonl"


def run(*argv: str, stdin: str = "") -> tuple[int, str, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    status = main(argv, io.StringIO(stdin), stdout, stderr)
    return status, stdout.getvalue(), stderr.getvalue()


def assess(**fields: Any) -> dict[str, Any]:
    status, stdout, stderr = run("assess", stdin=json.dumps(fields))

    assert (status, stderr) == (0, "")
    result: dict[str, Any] = json.loads(stdout)
    return result


def case(**overrides: Any) -> str:
    values: dict[str, Any] = {"id": "c1", "answers": {"self_harm": "may_act"}, "expected": "crisis"}
    return json.dumps({**values, **overrides})


def a_file(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return str(path)


def test_assess_prints_one_line_per_object_and_skips_blank_lines() -> None:
    status, stdout, _ = run("assess", stdin='{"about":"call"}\n\n  \n{"about":"prices"}\n')
    levels = [json.loads(line)["level"] for line in stdout.splitlines()]

    assert (status, levels) == (0, ["routine", "info"])


def test_assess_prints_the_fields_of_the_contract() -> None:
    found = assess(urgent_signs=["overdose", "none"], interpreter=True)

    assert list(found) == ["level", "flags", "rules", "reasons", "advice", "rules_version"]
    assert found["level"] == "emergency"
    assert found["flags"] == ["interpreter"]
    assert found["rules"] == ["EM-07", "RO-01", "FL-15"]
    assert found["reasons"][0] == "Overdose reported"
    assert len(found["reasons"]) == len(found["rules"])
    assert found["advice"] == ["call_911"]


def test_assess_reads_numbers_lists_booleans_null_and_names_as_websites_write_them() -> None:
    found = assess(
        **{"peg_pain": 8, "phq4_down": "3", "leave-message": False, "symptoms[]": ["swelling"], "about": None}
    )

    assert found["level"] == "priority"
    assert found["flags"] == ["mood", "no_message", "red_flags_not_asked"]


def test_assess_does_not_read_contact_and_control_fields_as_text() -> None:
    wish = "I want to die"
    found = assess(
        name=wish, Email=wish, tel=wish, best_time=wish, page_url=wish, _next=wish, utm_term=wish, about="prices"
    )

    assert found["level"] == "info"


def test_assess_reads_unknown_fields_and_values_as_text() -> None:
    assert assess(notes="I want to die")["level"] == "crisis"
    assert assess(symptoms="chest pain")["level"] == "emergency"


@pytest.mark.parametrize(
    "line",
    [
        "secret",
        '{"about":"secret"',
        '["secret"]',
        '"secret"',
        '{"message":{"secret":1}}',
        '{"message":[["secret"]]}',
        '{"message":NaN,"x":"secret"}',
        '{"message":"secret","message":"secret"}',
        "[" * 100_000 + "secret",
        '{"secret":' + "1" * 5000 + "}",
        '{"message":"secret\udcff"}',
    ],
)
def test_bad_input_is_one_line_that_names_the_line_and_quotes_nothing(line: str) -> None:
    status, _, stderr = run("assess", stdin='{"about":"call"}\n' + line)

    assert status == 2
    assert stderr.startswith("triage: line 2: ")
    assert stderr.count("\n") == 1
    assert "secret" not in stderr


def test_lone_surrogates_in_a_text_are_no_error() -> None:
    assert assess(message="\ud800 I want to die")["level"] == "crisis"


def test_evaluate_counts_and_explains_misses(tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        case(id="right", floor="crisis"),
        case(id="under", answers={"about": "prices"}, expected="emergency"),
        case(id="over", answers={"urgent_signs": ["hot_joint"]}, expected="info", ceiling="routine"),
        case(id="above", answers={"urgent_signs": ["overdose"]}, expected="crisis"),
    )
    status, stdout, _ = run("evaluate", path, "--json")
    found = json.loads(stdout)

    assert status == 0
    assert found["cases"] == 4
    assert found["exact"] == {"count": 1, "of": 4, "percent": 25.0}
    assert found["under_triage"]["count"] == 1
    assert found["over_triage"]["count"] == 2
    assert found["sensitivity"]["emergency"] == {"count": 0, "of": 1, "percent": 0.0}
    assert found["sensitivity"]["crisis"] == {"count": 2, "of": 2, "percent": 100.0}
    assert [miss["id"] for miss in found["misses"]] == ["under", "over", "above"]
    assert found["misses"][0]["got"] == "info"
    assert found["misses"][0]["reasons"][-1] == "Information only"
    assert (found["below_floor"], found["above_ceiling"]) == ([], ["over"])


def test_evaluate_fails_when_a_case_falls_below_its_floor(tmp_path: Path) -> None:
    path = a_file(tmp_path, case(id="low", answers={"about": "call"}, floor="urgent"))
    status, stdout, stderr = run("evaluate", path)

    assert (status, stderr) == (1, "")
    assert "below their floor: low" in stdout
    assert "miss low: expected crisis, got routine (RO-01 Ordinary pain enquiry" in stdout


def test_evaluate_says_the_same_every_time(tmp_path: Path) -> None:
    path = a_file(tmp_path, case(), case(id="c2", answers={"message": "I want to die. I feel suicidal."}))

    assert run("evaluate", path, "--json") == run("evaluate", path, "--json")


def test_a_share_of_nothing_has_no_percentage() -> None:
    found = evaluate(read_cases([case(expected="crisis")]), triage)

    assert found.sensitivity["emergency"].percent is None


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["nonsense"], "line 1: not one JSON object"),
        ([case(), case(expected="severe")], "line 2: expected is none of info, routine"),
        ([case(expected=None)], "line 1: a case needs an expected level"),
        ([case(expected=["crisis"])], "line 1: expected is none of"),
        ([case(floor="low")], "line 1: floor is none of"),
        ([case(ceiling=3)], "line 1: ceiling is none of"),
        ([case(id=None)], "line 1: a case needs an id"),
        ([case(answers="x")], "line 1: answers are not a JSON object"),
        ([""], "there are no cases"),
    ],
)
def test_a_case_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, lines: list[str], complaint: str) -> None:
    status, stdout, stderr = run("evaluate", a_file(tmp_path, *lines))

    assert (status, stdout) == (2, "")
    assert complaint in stderr
    assert stderr.count("\n") == 1


@pytest.mark.parametrize(
    "argv", [[], ["judge"], ["evaluate"], ["evaluate", "a", "b"], ["assess", "--json"], ["evaluate", "/nowhere"]]
)
def test_a_command_that_makes_no_sense_is_one_clear_line(argv: list[str]) -> None:
    status, stdout, stderr = run(*argv)

    assert (status, stdout) == (2, "")
    assert stderr.count("\n") == 1


def test_help_explains_the_commands() -> None:
    status, stdout, _ = run("--help")

    assert status == 0
    assert "not clinically validated" in stdout


def test_our_own_cases_hold() -> None:
    found = evaluate(read_cases(CASES.read_text("utf-8").splitlines()), triage)

    assert found.cases >= 80
    assert found.misses == []
    assert (found.below_floor, found.above_ceiling) == ([], [])


def test_the_command_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "chalicelib.triage", "assess"]
    done = subprocess.run(
        command, input=b'{"message":"Ya no quiero vivir \xc3\xb1"}\n\xff\n', capture_output=True, cwd=ROOT
    )

    assert done.returncode == 2
    assert json.loads(done.stdout)["level"] == triage(Answers(message="Ya no quiero vivir")).level == "crisis"
    assert done.stderr == b"triage: line 2: not UTF-8\n"
