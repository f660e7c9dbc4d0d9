"""`python -m simulation check|all|replay|bugs|moto`: the fault simulation."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable

from simulation import bugs, campaign
from simulation.campaign import Case, Report, problems_of, read_case, run_cases
from simulation.fault_plans import Strike

SAMPLE = 1_000
MOTO_SAMPLE = 45
"""About 20 s on one core."""
MANY = 1_000_000


def main() -> int:
    """Exit status 1: something was violated, or a bug survived."""
    given = _arguments()
    commands: dict[str, Callable[[argparse.Namespace], bool]] = {
        "check": _check, "all": _all, "replay": _replay, "bugs": _bugs, "moto": _moto
    }  # fmt: skip
    return 0 if commands[given.command](given) else 1


def _check(given: argparse.Namespace) -> bool:
    well = _campaign("single faults", campaign.singles(), given.processes)
    well &= _campaign("races of two workers", campaign.races(), given.processes)
    well &= _campaign("pairs from post to mail", campaign.doubles_until_mail(), given.processes)
    well &= _campaign("plans at random", campaign.at_random(SAMPLE, given.seed), given.processes)
    return well and _bugs(given)


def _all(given: argparse.Namespace) -> bool:
    well = _check(given)
    well &= _campaign("triples from post to mail", campaign.triples(), given.processes)
    return well & _campaign(
        "plans at random", campaign.at_random(given.plans, given.seed), given.processes, given.plans
    )


def _campaign(title: str, cases: Iterable[Case], processes: int, expected: int | None = None) -> bool:
    began = time.monotonic()
    report = run_cases(cases, processes, expected)
    print(f"{title}: {report.runs:,} runs, {len(report.failed)} violated, {time.monotonic() - began:.0f} s", flush=True)
    _explain(report)
    return not report.failed


def _explain(report: Report) -> None:
    for case, problems in report.failed[:20]:
        print(f'  {"; ".join(problems)}\n    python -m simulation replay "{case.line()}"')


def _replay(given: argparse.Namespace) -> bool:
    case = read_case(given.line)
    run = case.play()
    struck = {strike.boundary.number: strike for strike in run.world.struck}
    for boundary in run.world.trace:
        print(f"{boundary.number:4} {boundary.service}.{boundary.operation}{_fault(struck.get(boundary.number))}")
    problems = problems_of(case)
    print("\n".join(problems) or "nothing is violated")
    return not problems


def _fault(strike: Strike | None) -> str:
    return f"   <- {strike.fault}" if strike else ""


def _bugs(given: argparse.Namespace) -> bool:
    began = time.monotonic()
    survivors = bugs.survivors(search=given.command != "check")
    print(f"bugs on purpose: {len(bugs.BUGS)}, {len(survivors)} survived, {time.monotonic() - began:.0f} s", flush=True)
    for name, what in survivors.items():
        print(f"  {name}: {what}")
    return not survivors


def _moto(given: argparse.Namespace) -> bool:
    from simulation import agreement  # moto takes a second

    began = time.monotonic()
    cases = [read_case(given.case)] if given.case else agreement.sample(given.sample, given.seed)
    found = [each for each in agreement.disagreements(cases, given.processes) if each[1]]
    took = time.monotonic() - began
    print(f"the model and moto: {len(cases)} runs on each, {len(found)} disagreed, {took:.0f} s", flush=True)
    for case, differences in found:
        print("\n".join(f'  "{case.line()}" {difference}' for difference in differences))
    return not found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, told in (
        ("check", "what `make check` runs"),
        ("all", "triples and plans at random as well"),
        ("bugs", ""),
    ):
        command = commands.add_parser(name, help=told)
        command.add_argument("--processes", type=int, default=os.cpu_count() or 1)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--plans", type=int, default=MANY, help="plans at random")
    command = commands.add_parser("moto", help="whether the model and moto agree on a sample of single faults")
    command.add_argument("--sample", type=int, default=MOTO_SAMPLE)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    command.add_argument("--case", help="one printed case instead of a sample")
    commands.add_parser("replay", help="run one printed case again").add_argument("line")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
