"""Writes the parts of `docs/triage.md` that come from data, so that they cannot go stale: run it as a module."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from chalicelib.triage.engine import triage
from chalicelib.triage.evaluation import Evaluation, Share, evaluate, read_cases
from chalicelib.triage.rules import load_rules

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "docs" / "triage.md"
HALVES = {"tuning": "made on these", "heldout": "untouched"}


def rules_table() -> str:
    """Every rule with its level or flags, the reason that staff read, and its source."""
    rows = ["| rule | level or flag | reason | source | signed off |", "|---|---|---|---|---|"]
    for rule in load_rules().rules:
        gives = rule.level or ", ".join(rule.flags) or "–"
        rows.append(f"| {rule.id} | {gives} | {rule.reason} | {rule.source} | {rule.approved_by or 'no'} |")
    return "\n".join(rows)


def evaluation_table() -> str:
    """The two halves and each file of the untouched one."""
    head = (
        "| messages | dangers at their level or above | silent | ordinary at urgent or above | exact | under | over |"
    )
    rows = [head, "|---|---|---|---|---|---|---|"]
    for half, what in HALVES.items():
        files = sorted((HERE / half).glob("*.jsonl"))
        rows.append(_row(f"{half} ({what})", evaluated(files)))
        if half == "heldout":
            rows.extend(_row(file.stem, evaluated([file])) for file in files)
    return "\n".join(rows)


def evaluated(files: Iterable[Path]) -> Evaluation:
    """The evaluation of some case files together."""
    return evaluate(read_cases(line for file in files for line in file.read_text("utf-8").splitlines()), triage)


def documented(text: str) -> str:
    """The document with its parts from data as they are now."""
    return _with_part(_with_part(text, "rules", rules_table()), "evaluation", evaluation_table())


def _with_part(text: str, name: str, part: str) -> str:
    before, _, rest = text.partition(f"<!-- {name} -->\n")
    _, _, after = rest.partition("\n<!-- end -->")
    return f"{before}<!-- {name} -->\n{part}\n<!-- end -->{after}"


def _row(what: str, found: Evaluation) -> str:
    emergency, crisis = found.sensitivity["emergency"], found.sensitivity["crisis"]
    serious = Share(emergency.count + crisis.count, emergency.of + crisis.of, None)
    cells = (serious, found.silent, found.ordinary_alarmed, found.exact, found.under_triage, found.over_triage)
    return f"| {what}: {found.cases} | " + " | ".join(map(_cell, cells)) + " |"


def _cell(share: Share) -> str:
    return f"{share.count} of {share.of} ({100 * share.count / max(1, share.of):.1f} %)"


if __name__ == "__main__":
    DOCUMENT.write_text(documented(DOCUMENT.read_text("utf-8")), "utf-8")
