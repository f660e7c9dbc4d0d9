"""Which plans are run: all single faults, doubles from accept to mail, seeded samples of the rest, and plans at random.

A failing plan prints one line; `python -m simulation replay "<line>"` runs it again.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import get_args

from simulation.fault_plans import Plan, faults_for, longer_plans, plan_line, read_plan
from simulation.invariants import violations
from simulation.scenario import SCENARIOS, Run, play
from simulation.spawning import Order
from simulation.world import World

ORDERS: tuple[Order, ...] = get_args(Order)
_CHUNK = 100
_REFUSED_UNTIL = 40
"""How much of a run in which all mail is refused is raced with."""
_BAR = 40


@dataclass(frozen=True)
class Case:
    """One run: a scenario, the order of what runs beside the request, a seed, a plan, and the boundary before which a
    second worker runs."""

    scenario: str
    order: Order
    seed: int
    plan: Plan = field(default_factory=dict)
    race: int | None = None

    def line(self) -> str:
        """To print, and to replay."""
        race = "" if self.race is None else f" race:{self.race}"
        return f"{self.scenario} {self.order} {self.seed} {plan_line(self.plan)}{race}"

    def play(self, made_of: type[World] = World) -> Run:
        """Run it, on the model unless another world is named."""
        scenario = SCENARIOS[self.scenario]
        return play(scenario, self.plan, self.seed, order=self.order, race=self.race, made_of=made_of)


def read_case(line: str) -> Case:
    """The case that `Case.line` printed. Raises ValueError."""
    line, _, race = line.partition(" race:")
    scenario, order, seed, plan = (*line.split(maxsplit=3), "-")[:4]
    if scenario not in SCENARIOS or order not in ORDERS:
        raise ValueError(f"not a case: {line!r}; it begins with a scenario ({', '.join(SCENARIOS)}) and an order")
    return Case(scenario, order, int(seed), read_plan(plan), int(race) if race else None)  # type: ignore[arg-type]


def problems_of(case: Case) -> list[str]:
    """What is wrong after one run. An exception that leaves the application is a violation too."""
    try:
        return violations(case.play())
    except Exception as error:
        return [f"{type(error).__name__} left the application: {error}"]


def singles() -> Iterator[Case]:
    """Every fault at every boundary of every scenario, for some in both orders of what runs beside the request. Mail
    that is refused for ever takes hours of minutes that are all alike: without a fault."""
    for name, scenario in SCENARIOS.items():
        for order in ORDERS if scenario.in_both_orders else ORDERS[:1]:
            yield Case(name, order, 0)
            if scenario.refused:
                continue
            for plan in longer_plans({}, play(scenario, order=order).world.trace):
                yield Case(name, order, 0, plan)


def races() -> Iterator[Case]:
    """A second worker, sweeper and clock before every boundary of every scenario, alone and with one fault there."""
    for name, scenario in SCENARIOS.items():
        # The first minutes are as in any other run, the later hours all alike.
        for boundary in play(scenario).world.trace[: _REFUSED_UNTIL if scenario.refused else None]:
            yield Case(name, "at_start", 0, race=boundary.number)
            if name == "emergency":
                for fault in faults_for(boundary.service, boundary.operation):
                    yield Case(name, "at_start", 0, {boundary.number + 1: fault}, boundary.number)


def doubles_until_mail() -> Iterator[Case]:
    """Every pair of faults from the post to the first mail of an emergency."""
    for plan in _until_mail({}):
        for longer in _until_mail(plan):
            yield Case("emergency", "at_join", 0, longer)


def _until_mail(plan: Plan) -> Iterator[Plan]:
    trace = play(SCENARIOS["emergency"], plan, order="at_join").world.trace
    sends = [boundary.number for boundary in trace if boundary.operation == "send_email"]
    return longer_plans(plan, trace[: sends[0] + 2 if sends else len(trace)])


def triples() -> Iterator[Case]:
    """Every triple from the post to the first mail of an emergency: minutes to hours."""
    for case in doubles_until_mail():
        for plan in _until_mail(case.plan):
            yield Case(case.scenario, case.order, 0, plan)


def at_random(count: int, seed: int, most_faults: int = 6) -> Iterator[Case]:
    """Plans of one to six faults anywhere, with messages repeated and reordered."""
    chance = random.Random(seed)  # noqa: S311 - it must be the same again
    traces = {
        (name, order): play(scenario, order=order).world.trace
        for name, scenario in SCENARIOS.items()
        for order in ORDERS
    }
    for number in range(count):
        name, order = chance.choice(list(traces))
        trace = traces[name, order]
        chosen = chance.sample(trace, min(len(trace), chance.randint(1, most_faults)))
        # A fault moves what comes after it, so some numbers lie beyond the trace of the run without faults.
        plan = {
            boundary.number + chance.choice((0, 0, 0, 1, 5, 20)): chance.choice(
                faults_for(boundary.service, boundary.operation)
            )
            for boundary in chosen
        }
        yield Case(name, order, seed * 1_000_003 + number + 1, plan)


@dataclass
class Report:
    """How a campaign ended: how many runs, and the failing cases with what was wrong."""

    runs: int = 0
    failed: list[tuple[Case, list[str]]] = field(default_factory=list)


def run_cases(cases: Iterable[Case], processes: int, expected: int | None = None) -> Report:
    """Run cases on several processes, with a bar on standard error when their number is known."""
    report = Report()
    with ProcessPoolExecutor(processes) as pool:
        pending = []
        stream = iter(cases)
        while True:
            while len(pending) < 4 * processes and (chunk := list(islice(stream, _CHUNK))):
                pending.append(pool.submit(_run_chunk, chunk))
            if not pending:
                break
            runs, failed = pending.pop(0).result()
            report.runs += runs
            report.failed += failed
            _show(report, expected)
    return report


def _run_chunk(cases: list[Case]) -> tuple[int, list[tuple[Case, list[str]]]]:
    outcomes = [(case, problems_of(case)) for case in cases]
    return len(cases), [(case, problems) for case, problems in outcomes if problems]


def _show(report: Report, expected: int | None) -> None:
    if expected is None or not sys.stderr.isatty():
        return
    done = min(_BAR, _BAR * report.runs // max(1, expected))
    bar = "#" * done + "." * (_BAR - done)
    print(
        f"\r[{bar}] {report.runs:,} of {expected:,}, {len(report.failed)} failed", end="", file=sys.stderr, flush=True
    )
