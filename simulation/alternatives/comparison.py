"""Every fault at every call of a system, alone and in pairs, and a staff mailbox that bounces: what became of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from simulation.alternatives.endings import BOUNCING, STAFF, Ending, ending_of
from simulation.alternatives.lambda_handlers import (
    mail_within_request,
    play_handler,
    store_then_mail,
    store_then_try_mail,
)
from simulation.fault_plans import Plan, longer_plans
from simulation.scenario import SCENARIOS, play

COLUMNS: Mapping[str, Callable[[Ending], bool]] = {
    "lost": lambda ending: ending.lost,
    "unnotified": lambda ending: ending.unnotified,
    "turned away": lambda ending: ending.turned_away,
    "error, though taken": lambda ending: ending.denied,
    "duplicated": lambda ending: ending.duplicated,
    "error at first press": lambda ending: ending.error_first,
}


@dataclass(frozen=True)
class System:
    """What takes enquiries. `pairs_per_single`: how many second faults are drawn after each first one, None for all."""

    name: str
    play: Callable[[Plan, str], Ending]
    pairs_per_single: int | None = None


def play_ours(plan: Plan, staff: str = STAFF) -> Ending:
    """The enquiry desk under the same faults, with its queues, schedules and delivery events."""
    run = play(replace(SCENARIOS["routine"], environment={"STAFF_EMAILS": staff}), plan)
    return ending_of(run.world, (reply is not None and reply.status == 200 for reply in run.answers))


OURS = System("the enquiry desk", play_ours, pairs_per_single=2)
HANDLERS = (
    System("mail within the request", partial(play_handler, mail_within_request)),
    System("store, then mail; a failed mail is an error", partial(play_handler, store_then_mail)),
    System("store, then mail; a failed mail is logged", partial(play_handler, store_then_try_mail)),
)


def compare(system: System, seed: int) -> Mapping[str, list[Ending]]:
    """The endings of each group of plans."""
    singles = dict(_singles(system))
    return {
        "One fault": list(singles.values()),
        "Two faults": list(_pairs(system, singles, seed)),
        "No fault, but the staff mailbox bounces": [system.play({}, BOUNCING)],
    }


def _singles(system: System) -> Iterator[tuple[tuple[tuple[int, str], ...], Ending]]:
    for plan in longer_plans({}, list(system.play({}, STAFF).trace)):
        yield tuple(plan.items()), system.play(plan, STAFF)


def _pairs(system: System, singles: Mapping[tuple[tuple[int, str], ...], Ending], seed: int) -> Iterator[Ending]:
    chance = random.Random(seed)  # noqa: S311 - it must be the same again
    for first, ending in singles.items():
        plans = list(longer_plans(dict(first), list(ending.trace)))  # type: ignore[arg-type]
        if system.pairs_per_single is not None:
            plans = chance.sample(plans, min(len(plans), system.pairs_per_single))
        yield from (system.play(plan, STAFF) for plan in plans)


def tables(endings: Mapping[str, Mapping[str, list[Ending]]]) -> str:
    """Markdown: a table for each group of plans, a row for each system."""
    groups = next(iter(endings.values()))
    return "\n\n".join(_table(group, {name: of[group] for name, of in endings.items()}) for group in groups)


def _table(title: str, endings: Mapping[str, list[Ending]]) -> str:
    header = f"| {title} | runs | {' | '.join(COLUMNS)} |"
    rule = "|---" + "|--:" * (len(COLUMNS) + 1) + "|"
    return "\n".join([header, rule, *(_row(name, of) for name, of in endings.items())])


def _row(name: str, endings: list[Ending]) -> str:
    counts = (sum(counted(ending) for ending in endings) for counted in COLUMNS.values())
    return f"| {name} | {len(endings)} | {' | '.join(map(str, counts))} |"
