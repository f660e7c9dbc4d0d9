"""How well the rules agree with cases that somebody judged: exact, under- and over-triage, and what was missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from chalicelib.models.answers import Answers
from chalicelib.models.assessment import Assessment
from chalicelib.models.vocabulary import LEVELS, Level, rank
from chalicelib.triage.json_lines import BadInput, printable, read_objects, to_answers

_DANGER = frozenset({"emergency", "crisis"})
_ORDINARY = frozenset({"routine", "info"})
_MAX_ID = 100


@dataclass(frozen=True)
class Case:
    """One judged case. `floor` and `ceiling` are the lowest and highest level that is still acceptable."""

    id: str
    answers: Answers
    expected: Level
    floor: Level | None = None
    ceiling: Level | None = None


@dataclass(frozen=True)
class Share:
    """A count and its part of all, in percent with one decimal; None when there is nothing to count."""

    count: int
    of: int
    percent: float | None


@dataclass(frozen=True)
class Miss:
    """A case whose level is not the expected one."""

    id: str
    expected: Level
    got: Level
    below_floor: bool
    above_ceiling: bool
    rules: list[str]
    reasons: list[str]


@dataclass(frozen=True)
class Evaluation:
    """`sensitivity` counts cases of that expected level that got it or a higher one; `silent` are emergencies and
    crises below priority, `ordinary_alarmed` the routine and info cases at urgent or above."""

    cases: int
    exact: Share
    under_triage: Share
    over_triage: Share
    sensitivity: Mapping[str, Share]
    silent: Share
    ordinary_alarmed: Share
    below_floor: list[str]
    above_ceiling: list[str]
    misses: list[Miss]
    rules_version: str
    text_version: str

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def read_cases(lines: Iterable[str]) -> list[Case]:
    """Cases from JSON lines, no id twice. Raises BadInput that names the line."""
    cases: dict[str, Case] = {}
    for number, data in read_objects(lines):
        case = _case(number, data)
        if case.id in cases:
            raise BadInput(f"line {number}: another case has this id")
        cases[case.id] = case
    if not cases:
        raise BadInput("there are no cases")
    return list(cases.values())


def read_id(number: int, data: Mapping[str, Any]) -> str:
    """The id of a line. Raises BadInput when it has none that a terminal can show."""
    value = data.get("id")
    known = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not known.strip() or len(known) > _MAX_ID or not known.isprintable():
        raise BadInput(f"line {number}: a case needs an id, a number or up to {_MAX_ID} printable characters")
    return known


def _case(number: int, data: Mapping[str, Any]) -> Case:
    expected, floor, ceiling = (_level(number, data, name) for name in ("expected", "floor", "ceiling"))
    if expected is None:
        raise BadInput(f"line {number}: a case needs an expected level")
    if floor and ceiling and rank(floor) > rank(ceiling):
        raise BadInput(f"line {number}: the floor is above the ceiling")
    return Case(read_id(number, data), to_answers(number, data.get("answers")), expected, floor, ceiling)


def _level(number: int, data: Mapping[str, Any], name: str) -> Level | None:
    value = data.get(name)
    if value is None:
        return None
    if value not in LEVELS:
        raise BadInput(f"line {number}: {name} is none of {', '.join(LEVELS)}")
    return cast(Level, value)


def evaluate(cases: Iterable[Case], assess: Callable[[Answers], Assessment]) -> Evaluation:
    """Assess every case and compare."""
    judged = [(case, assess(case.answers)) for case in cases]
    distances = [rank(got.level) - rank(case.expected) for case, got in judged]
    return Evaluation(
        cases=len(judged),
        exact=_share(sum(distance == 0 for distance in distances), len(judged)),
        under_triage=_share(sum(distance < 0 for distance in distances), len(judged)),
        over_triage=_share(sum(distance > 0 for distance in distances), len(judged)),
        sensitivity={level: _sensitivity(judged, level) for level in ("emergency", "crisis")},
        silent=_reaching(judged, _DANGER, lambda got: got < rank("priority")),
        ordinary_alarmed=_reaching(judged, _ORDINARY, lambda got: got >= rank("urgent")),
        below_floor=[case.id for case, got in judged if _is_below(case, got.level)],
        above_ceiling=[case.id for case, got in judged if _is_above(case, got.level)],
        misses=[_miss(case, got) for case, got in judged if got.level != case.expected or _is_out(case, got.level)],
        rules_version=judged[0][1].rules_version if judged else "",
        text_version=next((got.text_version for _, got in judged if got.text_version), ""),
    )


def report(evaluation: Evaluation) -> str:
    """The evaluation as lines for people. It says nothing about patients, only about these cases."""
    lines = [
        f"{evaluation.cases} cases, {versions(evaluation.rules_version, evaluation.text_version)}",
        f"exact         {_in_words(evaluation.exact)}",
        f"under-triage  {_in_words(evaluation.under_triage)}",
        f"over-triage   {_in_words(evaluation.over_triage)}",
        *(f"sensitivity for {level}: {_in_words(share)}" for level, share in evaluation.sensitivity.items()),
        f"emergency or crisis, but silent (below priority): {_in_words(evaluation.silent)}",
        f"ordinary, but urgent or above: {_in_words(evaluation.ordinary_alarmed)}",
        f"below their floor: {', '.join(evaluation.below_floor) or 'none'}",
        f"above their ceiling: {', '.join(evaluation.above_ceiling) or 'none'}",
    ]
    for miss in evaluation.misses:
        why = "; ".join(f"{rule} {reason}" for rule, reason in zip(miss.rules, miss.reasons, strict=True))
        lines.append(f"miss {miss.id}: expected {miss.expected}, got {miss.got} ({why or 'no rule fired'})")
    return "\n".join(map(printable, lines))


def versions(rules: str, text: str) -> str:
    """What judged, in words."""
    return f"rules {rules}" + (f", text {text}" if text else "")


def _share(count: int, of: int) -> Share:
    return Share(count, of, round(100 * count / of, 1) if of else None)


def _in_words(share: Share) -> str:
    return f"{share.count} of {share.of}" + ("" if share.percent is None else f" ({share.percent} %)")


def _sensitivity(judged: Iterable[tuple[Case, Assessment]], level: Level) -> Share:
    ranks = [rank(got.level) for case, got in judged if case.expected == level]
    return _share(sum(found >= rank(level) for found in ranks), len(ranks))


def _reaching(
    judged: Iterable[tuple[Case, Assessment]], expected: frozenset[str], holds: Callable[[int], bool]
) -> Share:
    ranks = [rank(got.level) for case, got in judged if case.expected in expected]
    return _share(sum(map(holds, ranks)), len(ranks))


def _is_below(case: Case, got: Level) -> bool:
    return case.floor is not None and rank(got) < rank(case.floor)


def _is_above(case: Case, got: Level) -> bool:
    return case.ceiling is not None and rank(got) > rank(case.ceiling)


def _is_out(case: Case, got: Level) -> bool:
    return _is_below(case, got) or _is_above(case, got)


def _miss(case: Case, got: Assessment) -> Miss:
    return Miss(
        id=case.id,
        expected=case.expected,
        got=got.level,
        below_floor=_is_below(case, got.level),
        above_ceiling=_is_above(case, got.level),
        rules=[fired.id for fired in got.fired],
        reasons=[fired.reason for fired in got.fired],
    )
