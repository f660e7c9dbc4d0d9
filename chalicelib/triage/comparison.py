"""What a changed rule set would do to judged cases, before anybody switches to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chalicelib.models.answers import Answers
from chalicelib.models.assessment import Assessment
from chalicelib.models.vocabulary import Level, rank
from chalicelib.triage.evaluation import Case


@dataclass(frozen=True)
class Change:
    """A case that the two rule sets judge differently. `closer` says whether the new level is nearer to the expected
    one (None when neither is); `gained` and `lost` are rule ids."""

    id: str
    expected: Level
    old: Level
    new: Level
    closer: bool | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def compare(
    cases: Iterable[Case], old: Callable[[Answers], Assessment], new: Callable[[Answers], Assessment]
) -> list[Change]:
    """Every case whose level or rules differ, in the order of the file."""
    changes = []
    for case in cases:
        before, after = old(case.answers), new(case.answers)
        if (before.level, _rules(before)) != (after.level, _rules(after)):
            changes.append(_change(case, before, after))
    return changes


def describe(changes: list[Change], count: int) -> str:
    """The comparison as lines for people."""
    raised = sum(rank(change.new) > rank(change.old) for change in changes)
    lowered = sum(rank(change.new) < rank(change.old) for change in changes)
    lines = [
        f"{count} cases: {raised} raised, {lowered} lowered, {len(changes) - raised - lowered} by other rules only"
    ]
    for change in changes:
        verdict = {True: ", closer to what was expected", False: ", further from what was expected", None: ""}[
            change.closer
        ]
        rules = "".join([f" +{rule}" for rule in change.gained] + [f" -{rule}" for rule in change.lost])
        lines.append(f"{change.id}: {change.old} -> {change.new} (expected {change.expected}{verdict}){rules}")
    return "\n".join(lines)


def _change(case: Case, before: Assessment, after: Assessment) -> Change:
    distances = [abs(rank(level) - rank(case.expected)) for level in (before.level, after.level)]
    return Change(
        id=case.id,
        expected=case.expected,
        old=before.level,
        new=after.level,
        closer=None if distances[0] == distances[1] else distances[1] < distances[0],
        gained=tuple(sorted(_rules(after) - _rules(before))),
        lost=tuple(sorted(_rules(before) - _rules(after))),
    )


def _rules(assessment: Assessment) -> frozenset[str]:
    return frozenset(fired.id for fired in assessment.fired)
