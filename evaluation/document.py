"""Writes the parts of `docs/triage.md` that come from data, so that they cannot go stale: run it as a module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.triage.engine import triage
from chalicelib.triage.evaluation import Evaluation, Share, evaluate, read_cases, versions
from chalicelib.triage.rules import RuleSet, load_rules

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "docs" / "triage.md"
MADE_ON, UNTOUCHED = "tuning (made on these)", "heldout (untouched)"

Measured = Mapping[str, Evaluation]
"""Evaluations by the name of a half, or of a file of the untouched one."""


@dataclass(frozen=True)
class Target:
    """What the untouched half ought to reach: at least `lowest` or at most `highest` percent of `share`."""

    words: str
    share: Callable[[Evaluation], Share]
    lowest: float = 0
    highest: float = 100

    def is_reached(self, found: Evaluation) -> bool:
        """Whether it is, without rounding. Of nothing every target is reached."""
        share = self.share(found)
        return self.lowest * share.of <= 100 * share.count <= self.highest * share.of


def dangers(found: Evaluation) -> Share:
    """Emergencies and crises that got their level or a higher one."""
    emergency, crisis = found.sensitivity["emergency"], found.sensitivity["crisis"]
    return Share(emergency.count + crisis.count, emergency.of + crisis.of, None)


TARGETS = (
    Target("at least 95 % of emergencies and crises at their level or above", dangers, lowest=95),
    Target("no emergency or crisis silent (below `priority`)", lambda found: found.silent, highest=0),
    Target(
        "at most 3 % of the ordinary messages at `urgent` or above", lambda found: found.ordinary_alarmed, highest=3
    ),
)
COLUMNS: Mapping[str, Callable[[Evaluation], Share]] = {
    "emergencies at their level": lambda found: found.sensitivity["emergency"],
    "crises at their level or above": lambda found: found.sensitivity["crisis"],
    "both": dangers,
    "silent": lambda found: found.silent,
    "ordinary at urgent or above": lambda found: found.ordinary_alarmed,
    "exact": lambda found: found.exact,
    "under": lambda found: found.under_triage,
    "over": lambda found: found.over_triage,
}


def rules_table(rules: RuleSet) -> str:
    """Every rule with its level or flags, the reason that staff read, its source, and who signed it off as it is."""
    signed = sum(compiled.approved for compiled in rules.compiled)
    rows = [f"Rules {rules.version}: {signed} of {len(rules.compiled)} are signed off as they stand.", ""]
    rows += ["| rule | level or flag | reason | source | signed off |", "|---|---|---|---|---|"]
    for compiled in rules.compiled:
        rule = compiled.rule
        gives = rule.level or ", ".join(rule.flags)
        by = f"{rule.approved_by}, {rule.approved_on}" if compiled.approved else "no"
        rows.append(f"| {rule.id} | {gives} | {rule.reason} | {rule.source} | {by} |")
    return "\n".join(rows)


def evaluation_table(measured: Measured) -> str:
    """The figures of each half and file, and by what they were measured."""
    by = next(iter(measured.values()))
    rows = [f"Measured with {versions(by.rules_version, by.text_version)}.", ""]
    rows += ["| messages | " + " | ".join(COLUMNS) + " |", "|---" * (1 + len(COLUMNS)) + "|"]
    for name, found in measured.items():
        cells = (_in_words(share(found)) for share in COLUMNS.values())
        rows.append(f"| {name}: {found.cases} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def targets_list(measured: Measured) -> str:
    """Each target, and where it is reached and where not, by name: the half as a whole and every file of it."""
    untouched = {name: found for name, found in measured.items() if name != MADE_ON}
    return "\n".join(f"- {target.words}: {_verdict(target, untouched)}" for target in TARGETS)


def _verdict(target: Target, measured: Measured) -> str:
    missed = {name: target.share(found) for name, found in measured.items() if not target.is_reached(found)}
    if not missed:
        return "reached, in every file too"
    half = "**not reached**" if UNTOUCHED in missed else "reached in the half as a whole, **not in every file**"
    return f"{half}: " + ", ".join(f"{name} {_in_words(share)}" for name, share in missed.items())


def measure() -> Measured:
    """Evaluate the half that phrases and weights were made on, the other one, and each file of that."""
    tuning, heldout = (sorted((HERE / half).glob("*.jsonl")) for half in ("tuning", "heldout"))
    return {
        MADE_ON: evaluated(tuning),
        UNTOUCHED: evaluated(heldout),
        **{file.stem: evaluated([file]) for file in heldout},
    }


def evaluated(files: Iterable[Path]) -> Evaluation:
    """The evaluation of some case files together."""
    return evaluate([case for file in files for case in read_cases(file.read_text("utf-8").split("\n"))], triage)


def documented(text: str, parts: Mapping[str, str]) -> str:
    """The document with these parts in their places. Raises ValueError when it has no place for one."""
    for name, part in parts.items():
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("\n<!-- end -->")
        if not end:
            raise ValueError(f"there is no place for {name}")
        text = f"{before}<!-- {name} -->\n{part}{end}{after}"
    return text


def parts_of_rules() -> dict[str, str]:
    """What comes from the rule file."""
    return {"rules": rules_table(load_rules())}


def parts_of_evaluation(measured: Measured) -> dict[str, str]:
    """What comes from the messages."""
    return {"evaluation": evaluation_table(measured), "targets": targets_list(measured)}


def _in_words(share: Share) -> str:
    return f"{share.count} of {share.of} ({100 * share.count / share.of:.1f} %)" if share.of else "–"


if __name__ == "__main__":
    parts = parts_of_rules() | parts_of_evaluation(measure())
    DOCUMENT.write_text(documented(DOCUMENT.read_text("utf-8"), parts), "utf-8")
