"""Whether the model and moto agree on a run: what both leave behind, side by side."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import zip_longest
from typing import Any

from sandbox.stage_environment import apply_to_process
from simulation.campaign import Case, singles
from simulation.invariants import violations
from simulation.model_resources import REGION
from simulation.on_moto import MotoWorld, moto_account
from simulation.scenario import Run
from simulation.world import World

NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "simulation",
    "AWS_SECRET_ACCESS_KEY": "simulation",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_CHUNK = 10
"""How many runs share a stack; moto keeps what it has forgotten until the account ends."""
Remains = dict[str, list[Any]]


def sample(count: int, seed: int) -> list[Case]:
    """Single faults in both orders, as many of each scenario as of any other: half of all are those of an enquiry that
    nobody acts on, whose runs take four times as long."""
    chance = random.Random(seed)  # noqa: S311 - it must be the same again
    shuffled = [chance.sample(cases, len(cases)) for cases in _by_scenario(singles())]
    return [case for turn in zip_longest(*shuffled) for case in turn if case is not None][:count]


def _by_scenario(cases: Iterable[Case]) -> Iterable[list[Case]]:
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        found[case.scenario].append(case)
    return found.values()


def disagreements(cases: Iterable[Case], processes: int) -> Iterator[tuple[Case, list[str]]]:
    """Each case with what differs, as the runs end. From here on the process has no way to a real account."""
    apply_to_process(NO_ACCOUNT)
    chosen = list(cases)
    chunks = [chosen[start : start + _CHUNK] for start in range(0, len(chosen), _CHUNK)]
    with ProcessPoolExecutor(processes) as pool:
        for chunk, found in zip(chunks, pool.map(_differences_of_all, chunks), strict=True):
            yield from zip(chunk, found, strict=True)


def _differences_of_all(cases: list[Case]) -> list[list[str]]:
    with moto_account():
        return [differences(case) for case in cases]


def differences(case: Case, other: type[World] = MotoWorld) -> list[str]:
    """What differs between a run on the model and one on moto (within a `moto_account`) or on another world, one line
    for each kind of thing."""
    on_model, on_other = _remains(case, World), _remains(case, other)
    return [
        f"{what}: model {ours}, {other.__name__} {theirs}"
        for what in on_model | on_other
        for ours, theirs in _first_difference(on_model.get(what, []), on_other.get(what, []))
    ]


def _remains(case: Case, made_of: type[World]) -> Remains:
    try:
        run = case.play(made_of)
        return {**_told(run), "violations": violations(run)}
    except Exception as error:
        return {"raised": [f"{type(error).__name__}: {error}"]}


def _told(run: Run) -> Remains:
    """All that can be compared: ids of AWS and MIME boundaries are by chance."""
    world = run.world
    ids = {mail.id: f"mail {place}" for place, mail in enumerate(world.mails)}
    ids |= {alert.id: f"alert {place}" for place, alert in enumerate(world.alerts)}
    return {
        "calls": list(zip(world.boundaries.times, world.trace, strict=True)),
        "faults": world.struck,
        "answers": run.answers,
        "mails": [(mail.at, mail.to, mail.tags, mail.configuration_set) for mail in world.mails],
        "alerts": [(alert.at, alert.topic_arn, alert.subject, alert.message) for alert in world.alerts],
        "rows": sorted((_named(row, ids) for row in run.rows), key=lambda row: (row["pk"], row["sk"])),
        "rest": [run.rested_at],
    }


def _named(row: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    return {name: ids.get(value, value) if isinstance(value, str) else value for name, value in row.items()}


def _first_difference(ours: list[Any], theirs: list[Any]) -> Iterator[tuple[Any, Any]]:
    pairs = ((a, b) for a, b in zip_longest(ours, theirs) if a != b)
    for a, b in pairs:
        if isinstance(a, dict) and isinstance(b, dict):
            differing = [name for name in a | b if a.get(name) != b.get(name)]
            yield {name: a.get(name) for name in differing}, {name: b.get(name) for name in differing}
        else:
            yield a, b
        return
