"""`python -m chalicelib.triage`: what it prints, and that bad input gets one clear line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.intake import controls
from chalicelib.models.answers import Answers
from chalicelib.triage.__main__ import main
from chalicelib.triage.contact_fields import CONTROL_NAMES
from chalicelib.triage.engine import triage
from chalicelib.triage.evaluation import evaluate, read_cases
from chalicelib.triage.json_lines import to_answers
from tests.web_requests import a_draft

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
    found = assess(name=wish, best_time=wish, _next=wish, utm_term=wish, access_key=wish, about="prices")

    assert found["level"] == "info"


@pytest.mark.parametrize("name", ["email", "tel", "preferred_contact", "language", "page_url", "referrer", "_replyto"])
def test_words_where_an_address_a_number_or_a_choice_should_be_are_read_as_text(name: str) -> None:
    assert assess(**{name: "none, I want to kill myself tonight"})["level"] == "crisis"


VALUES = [
    ("name", "Bo Example"), ("name", "x" * 301), ("first_name", "Bo"), ("fname", ""),
    ("email", "bo@mail.example"), ("email", "Bo <bo@mail.example>"), ("email", "no address"), ("email", ""),
    ("email", "bo@mail.example, ann@mail.example"), ("email", "mailto:bo@mail.example"), ("replyto", "words"),
    ("phone", "202-555-0123"), ("phone", "(202) 555-0123 ext. 4"), ("phone", "+44 20 7946 0958"), ("phone", "555-0123"),
    ("phone", "call my sister"), ("preferred_contact", "phone"), ("preferred_contact", "Email"),
    ("preferred_contact", "any day"), ("best_time", "mornings"), ("best_time", "x" * 101), ("language", "es-MX"),
    ("language", "Spanish"), ("language", "Kreyol"), ("consent", "yes"), ("consent", "I agree to all"),
    ("page_url", "https://clinic.example/a?b=c"), ("page_url", "the pain page"), ("referrer", "a friend"),
    ("referrer", "ftp://clinic.example/"), ("utm_source", "news"), ("_next", "x"), ("_anything", "x"), ("notes", "x"),
    ("Message", "two\nlines"), ("message[]", "x"), ("symptoms", "Swelling"), ("symptoms", "odd"), ("peg_pain", "11"),
]  # fmt: skip


@pytest.mark.parametrize(
    "pairs",
    [
        *([pair] for pair in VALUES),
        *([(name, "words")] for name in sorted(CONTROL_NAMES)),
        [("name", "Bo"), ("last_name", "Example")],
        [("email", "words"), ("email", "bo@mail.example")],
        [("email", "bo@mail.example"), ("Email", "more words")],
        [("phone", "202-555-0123"), ("phone", "words")],
        [("name", "Bo"), ("name", "Ann")],
        [("best_time", "mornings"), ("best_time", "words")],
        [("language", "en"), ("language", "words")],
        [("preferred_contact", "words"), ("preferred_contact", "phone")],
    ],
    ids=str,
)
def test_the_command_line_reads_fields_as_the_application_does(pairs: list[tuple[str, str]]) -> None:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)

    assert to_answers(1, fields) == a_draft(*pairs, name="", email="").submission.answers


def test_the_command_line_leaves_out_the_control_fields_of_the_application() -> None:
    source = vars(controls)
    named = controls.HONEYPOTS | source["_DROPPED"] | {*source["_NEXT"], *source["_ERROR_URL"]}

    assert {name for name in named if not name.startswith("_")} == CONTROL_NAMES


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


def test_evaluate_reads_several_files_and_tells_their_ids_apart(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.jsonl", "two.jsonl")]
    for path in paths:
        path.write_text(case(id="same", answers={"about": "call"}), "utf-8")
    status, stdout, _ = run("evaluate", *map(str, paths))

    assert status == 0
    assert "2 cases" in stdout
    assert "miss one/same: " in stdout
    assert "miss two/same: " in stdout


def test_what_a_person_typed_cannot_steer_the_terminal(tmp_path: Path) -> None:
    message = "I want to die \x1b[2J\ud800 I want to\r\ndie"
    _, stdout, _ = run("evaluate", a_file(tmp_path, case(answers={"message": message}, expected="info")))

    assert all(line.isprintable() for line in stdout.splitlines())


def test_a_line_separator_within_a_text_is_no_line_end(tmp_path: Path) -> None:
    line = json.dumps({"id": "a", "answers": {"message": "one\u2028two"}, "expected": "routine"}, ensure_ascii=False)

    assert run("evaluate", a_file(tmp_path, line))[0] == 0


def test_a_share_of_nothing_has_no_percentage() -> None:
    found = evaluate(read_cases([case(expected="crisis")]), triage)

    assert found.sensitivity["emergency"].percent is None


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([case(id="\ud800")], "line 1: a case needs an id"),
        ([case(id="a\nb")], "line 1: a case needs an id"),
        ([case(id="a\x1b[2Jb")], "line 1: a case needs an id"),
        ([case(id="x" * 101)], "line 1: a case needs an id"),
        ([case(id=" ")], "line 1: a case needs an id"),
        ([case(id=True)], "line 1: a case needs an id"),
        ([case(), case(id="c2"), case()], "line 3: another case has this id"),
        ([case(id="1"), case(id=1)], "line 2: another case has this id"),
        ([case(floor="urgent", ceiling="routine")], "line 1: the floor is above the ceiling"),
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
