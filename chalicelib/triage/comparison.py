"""What changed rules or words would do to judged cases, before anybody switches to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.models.answers import Answers
from chalicelib.models.assessment import Assessment
from chalicelib.models.vocabulary import Level, rank
from chalicelib.triage.evaluation import Case, read_id, versions
from chalicelib.triage.json_lines import BadInput, printable, read_objects
from chalicelib.triage.rules import CompiledRule, RuleSet

_LISTS = ("rules", "flags", "advice")
_PARTS = ("when", "level", "flags", "reason", "advice", "only_without_level", "source")


class Judgement(BaseModel):
    """What triage made of a case, without a word of it: ids of rules, flags, keys of the advice (two advices may share
    a public code), each sorted."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    level: Level
    rules: tuple[str, ...]
    flags: tuple[str, ...]
    advice: tuple[str, ...]
    rules_version: str
    text_version: str


@dataclass(frozen=True)
class Change:
    """A case that is judged differently."""

    case: Case
    old: Judgement
    new: Judgement

    @property
    def closer(self) -> bool | None:
        """Whether the new level is nearer to the expected one than the old; None when both are as near."""
        old, new = (abs(rank(one.level) - rank(self.case.expected)) for one in (self.old, self.new))
        return None if old == new else new < old


def judge(cases: Iterable[Case], assess: Callable[[Answers], Assessment]) -> dict[str, Judgement]:
    """The judgement of each case by its id."""
    return {case.id: _judgement(assess(case.answers)) for case in cases}


def _judgement(found: Assessment) -> Judgement:
    return Judgement(
        level=found.level,
        rules=tuple(sorted(fired.id for fired in found.fired)),
        flags=tuple(sorted(found.flags)),
        advice=tuple(sorted(advice.text_key for advice in found.advice)),
        rules_version=found.rules_version,
        text_version=found.text_version,
    )


def read_record(lines: Iterable[str]) -> dict[str, Judgement]:
    """Judgements that `record` wrote. Raises BadInput that names the line."""
    return {read_id(number, data): _read_judgement(number, data) for number, data in read_objects(lines)}


def _read_judgement(number: int, data: Mapping[str, object]) -> Judgement:
    try:
        return Judgement.model_validate(data)
    except ValidationError:
        raise BadInput(f"line {number}: not what `record` writes") from None


def compare(cases: Sequence[Case], old: Mapping[str, Judgement], new: Mapping[str, Judgement]) -> list[Change]:
    """Every case whose level, rules, flags or advice differ, in the order of the file. Raises BadInput when a case was
    not judged."""
    if missing := sum(case.id not in old or case.id not in new for case in cases):
        raise BadInput(f"{missing} of {len(cases)} cases are not in the record: record them again")
    changes = [Change(case, old[case.id], new[case.id]) for case in cases]
    return [change for change in changes if _differs(change)]


def _differs(change: Change) -> bool:
    return any(getattr(change.old, name) != getattr(change.new, name) for name in ("level", *_LISTS))


def describe(changes: Sequence[Change], count: int) -> str:
    """The comparison of cases as lines for people."""
    moved = [rank(change.new.level) - rank(change.old.level) for change in changes]
    told = sum(not by and _tells_other(change) for change, by in zip(changes, moved, strict=True))
    head = (
        f"{count} cases: {sum(by > 0 for by in moved)} raised, {sum(by < 0 for by in moved)} lowered, "
        f"{told} at the same level with other advice or flags, {moved.count(0) - told} by other rules only"
    )
    return "\n".join([head, *map(_line, changes)])


def describe_versions(judgements: Mapping[str, Judgement]) -> str:
    """By which rules, words and weights the cases were judged."""
    found = list(judgements.values())
    text = next((one.text_version for one in found if one.text_version), "")
    return printable(versions(found[0].rules_version, text))


def _tells_other(change: Change) -> bool:
    return (change.old.advice, change.old.flags) != (change.new.advice, change.new.flags)


def _line(change: Change) -> str:
    verdict = {True: ", closer to what was expected", False: ", further from what was expected", None: ""}
    levels = f"{change.old.level} -> {change.new.level}" if change.old.level != change.new.level else change.new.level
    differences = (_difference(name, getattr(change.old, name), getattr(change.new, name)) for name in _LISTS)
    text = f"{change.case.id}: {levels} (expected {change.case.expected}{verdict[change.closer]}){''.join(differences)}"
    return printable(text)


def _difference(name: str, old: Sequence[str], new: Sequence[str]) -> str:
    signed = [f" +{item}" for item in new if item not in old] + [f" -{item}" for item in old if item not in new]
    return f"; {name}{''.join(signed)}" if signed else ""


def describe_rules(old: RuleSet, new: RuleSet) -> str:
    """How the rules themselves differ, whether or not a case shows it; empty when they do not."""
    before, after = ({item.rule.id: item for item in rules.compiled} for rules in (old, new))
    said = {name: _rule_change(before.get(name), after.get(name)) for name in sorted({*before, *after})}
    lines = [f"rule {name}: {how}" for name, how in said.items() if how]
    if lines and old.version == new.version:
        lines.append(f"both files say version {new.version}: raise it before anybody switches")
    return "\n".join(map(printable, lines))


def _rule_change(old: CompiledRule | None, new: CompiledRule | None) -> str:
    if old is None or new is None:
        return "added" if old is None else "removed"
    return "; ".join([*_changed_parts(old, new), *_approval(old, new)])


def _changed_parts(old: CompiledRule, new: CompiledRule) -> list[str]:
    before, after = ({**item.rule.model_dump(), "when": item.written_out} for item in (old, new))
    changed = [name for name in _PARTS if before[name] != after[name]]
    if not changed:
        return []
    same_version = old.rule.version == new.rule.version
    return [f"{', '.join(changed)} changed", *(["its version is still the same"] if same_version else [])]


def _approval(old: CompiledRule, new: CompiledRule) -> list[str]:
    if new.rule.approved_by and not new.approved:
        return [f"the approval of {new.rule.approved_by} is for other words and does not count"]
    if old.approved and not new.approved:
        return ["no longer approved"]
    return [f"approved by {new.rule.approved_by}"] if new.approved and not old.approved else []
