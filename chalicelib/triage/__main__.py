"""Triage on the command line, for the medical director and for tests: `python -m chalicelib.triage`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from chalicelib.models.assessment import Assessment
from chalicelib.triage.comparison import (
    Judgement,
    compare,
    describe,
    describe_rules,
    describe_versions,
    judge,
    read_record,
)
from chalicelib.triage.engine import triage
from chalicelib.triage.evaluation import Case, evaluate, read_cases, report
from chalicelib.triage.json_lines import BadInput, printable, read_objects, to_answers
from chalicelib.triage.rules import RULE_FILE, CompiledRule, RuleDataError, RuleSet, parse_rules

USAGE = """usage: python -m chalicelib.triage assess < FILE
       python -m chalicelib.triage evaluate FILE... [--json]
       python -m chalicelib.triage record FILE > RECORD
       python -m chalicelib.triage compare OLD NEW FILE
       python -m chalicelib.triage approvals [RULES]

assess     read JSON objects of fields, one per line; print one assessment per line
evaluate   compare judged cases ({"id", "answers", "expected", "floor"?, "ceiling"?}, one per line) with the rules;
           exit 1 when one falls below its floor
record     write down how the cases of FILE are judged now, before words or weights are changed
compare    show what NEW does to the cases of FILE that OLD does not; each is a rule file (.toml) or a record
approvals  list the rules with the digest that an approval has to name, and whether they are approved

The rules order call-backs. They are not clinically validated and not signed off; they do not diagnose."""


def main(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """Run a command and return the exit code: 0, 1 (a case below its floor) or 2 (input that cannot be read)."""
    as_json = "--json" in argv
    try:
        match [argument for argument in argv if argument != "--json"]:
            case ["-h" | "--help"]:
                print(USAGE, file=stdout)
                return 0
            case ["assess"] if not as_json:
                return _assess(stdin, stdout)
            case ["evaluate", *paths] if paths:
                return _evaluate(paths, as_json, stdout)
            case ["record", path] if not as_json:
                return _record(path, stdout)
            case ["compare", old, new, path] if not as_json:
                return _compare(old, new, path, stdout)
            case ["approvals", *rules] if len(rules) < 2 and not as_json:
                return _approvals(*rules, stdout=stdout)
        raise BadInput("say `assess`, `evaluate`, `record`, `compare` or `approvals`; --help explains")
    except BadInput as error:
        print(f"triage: {printable(str(error))}", file=stderr)
        return 2


def _assess(stdin: TextIO, stdout: TextIO) -> int:
    for number, fields in read_objects(stdin):
        print(json.dumps(_as_json(triage(to_answers(number, fields)))), file=stdout, flush=True)
    return 0


def _as_json(assessment: Assessment) -> dict[str, Any]:
    return {
        "level": assessment.level,
        "flags": list(assessment.flags),
        "rules": [fired.id for fired in assessment.fired],
        "reasons": [fired.reason for fired in assessment.fired],
        "advice": [advice.code for advice in assessment.advice],
        "rules_version": assessment.rules_version,
    }


def _evaluate(paths: Sequence[str], as_json: bool, stdout: TextIO) -> int:
    by_file = {path: _cases(path) for path in paths}
    # Two files may use the same ids.
    cases = [_named(case, path, of=by_file) for path, cases in by_file.items() for case in cases]
    evaluation = evaluate(cases, triage)
    print(json.dumps(evaluation.as_json()) if as_json else report(evaluation), file=stdout)
    return 1 if evaluation.below_floor else 0


def _named(case: Case, path: str, *, of: Mapping[str, list[Case]]) -> Case:
    return case if len(of) == 1 else replace(case, id=f"{Path(path).stem}/{case.id}")


def _record(path: str, stdout: TextIO) -> int:
    for case_id, judgement in judge(_cases(path), triage).items():
        print(json.dumps({"id": case_id, **judgement.model_dump()}), file=stdout)
    return 0


def _compare(old: str, new: str, path: str, stdout: TextIO) -> int:
    cases = _cases(path)
    rules = {side: _rules(side) for side in (old, new) if side.endswith(".toml")}
    before, after = (_judgements(side, rules.get(side), cases) for side in (old, new))
    changes = compare(cases, before, after)
    print(f"old: {describe_versions(before)}\nnew: {describe_versions(after)}", file=stdout)
    if len(rules) == 2 and (told := describe_rules(rules[old], rules[new])):
        print(told, file=stdout)
    print(describe(changes, len(cases)), file=stdout)
    return 0


def _judgements(path: str, rules: RuleSet | None, cases: Sequence[Case]) -> dict[str, Judgement]:
    """What a rule file makes of the cases, or what a record says that was made of them."""
    if rules is not None:
        return judge(cases, partial(triage, rules=rules))
    try:
        return read_record(_read(path).split("\n"))
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _approvals(path: str = str(RULE_FILE), *, stdout: TextIO) -> int:
    for compiled in _rules(path).compiled:
        rule = compiled.rule
        print(printable(f"{rule.id} version {rule.version} {compiled.digest} {_approval(compiled)}"), file=stdout)
    return 0


def _approval(compiled: CompiledRule) -> str:
    rule = compiled.rule
    if compiled.approved:
        return f"approved by {rule.approved_by} on {rule.approved_on}"
    return f"changed since {rule.approved_by} approved it: not approved" if rule.approved_by else "not approved"


def _cases(path: str) -> list[Case]:
    try:
        return read_cases(_read(path).split("\n"))
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _rules(path: str) -> RuleSet:
    try:
        return parse_rules(_read(path, errors="strict"))
    except (RuleDataError, BadInput) as error:
        raise BadInput(f"{path}: {error}") from error


def _read(path: str, *, errors: str = "surrogateescape") -> str:
    try:
        with open(path, encoding="utf-8", errors=errors) as file:
            return file.read()
    except OSError as error:
        raise BadInput(f"the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput("not UTF-8") from error


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        sys.exit(main(sys.argv[1:], sys.stdin, sys.stdout, sys.stderr))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()
        sys.exit(1)
