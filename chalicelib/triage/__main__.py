"""Triage on the command line, for the medical director and for tests: `python -m chalicelib.triage`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, TextIO

from chalicelib.models.assessment import Assessment
from chalicelib.triage.comparison import compare, describe
from chalicelib.triage.engine import triage
from chalicelib.triage.evaluation import evaluate, read_cases, report
from chalicelib.triage.json_lines import BadInput, read_objects, to_answers
from chalicelib.triage.rules import RuleDataError, RuleSet, parse_rules

USAGE = """usage: python -m chalicelib.triage assess < FILE
       python -m chalicelib.triage evaluate FILE [--json]
       python -m chalicelib.triage compare OLD NEW FILE

assess    read JSON objects of fields, one per line; print one assessment per line
evaluate  compare judged cases ({"id", "answers", "expected", "floor"?, "ceiling"?}, one per line) with the rules;
          exit 1 when one falls below its floor
compare   show what the rule file NEW would do to judged cases that OLD does not

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
            case ["evaluate", path]:
                return _evaluate(path, as_json, stdout)
            case ["compare", old, new, path] if not as_json:
                return _compare(old, new, path, stdout)
        raise BadInput("say `assess`, `evaluate FILE [--json]` or `compare OLD NEW FILE`; --help explains")
    except BadInput as error:
        print(f"triage: {error}", file=stderr)
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


def _evaluate(path: str, as_json: bool, stdout: TextIO) -> int:
    evaluation = evaluate(read_cases(_read(path).splitlines()), triage)
    print(json.dumps(evaluation.as_json()) if as_json else report(evaluation), file=stdout)
    return 1 if evaluation.below_floor else 0


def _compare(old: str, new: str, path: str, stdout: TextIO) -> int:
    cases = read_cases(_read(path).splitlines())
    changes = compare(cases, partial(triage, rules=_rules(old)), partial(triage, rules=_rules(new)))
    print(describe(changes, len(cases)), file=stdout)
    return 0


def _rules(path: str) -> RuleSet:
    try:
        return parse_rules(_read(path))
    except RuleDataError as error:
        raise BadInput(f"{path}: {error}") from error


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        raise BadInput(f"{path}: the file cannot be read: {error.strerror}") from error


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    try:
        sys.exit(main(sys.argv[1:], sys.stdin, sys.stdout, sys.stderr))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()
        sys.exit(1)
