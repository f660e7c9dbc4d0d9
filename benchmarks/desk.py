"""Measures the desk: server time and weight of its three working pages, with five thousand enquiries stored.

Server time is the CPU that the application and botocore take, without that of the table in memory. What AWS takes
comes on top: steps of calls at once, each a few milliseconds within a region.
"""

from __future__ import annotations

import gzip
import logging
import os
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.post import ENVIRONMENT

if TYPE_CHECKING:
    from benchmarks.busy_desk import BusyDesk
    from tests.website import Answer

LIMIT_SECONDS, LIMIT_BYTES = 0.1, 100_000
WAITING, CLOSED, EVENTS = 500, 4_500, 60
ASSETS = tuple(f"/desk/assets/{name}" for name in ("desk.css", "desk.js", "forms.js", "session.js"))
LATENCY_SECONDS = 0.1
"""Of each call to DynamoDB when it is counted how many follow one another: far above what AWS takes, and above what
this machine adds."""
_RUNS = 25
_WARM_UP = 3


def measure() -> bool:
    """Print the table; True when every page stays below both limits."""
    os.environ.update({name: value for name, value in ENVIRONMENT.items() if name.startswith("AWS_")})
    os.environ["STAGE"] = "simulation"
    import app
    from benchmarks.busy_desk import BusyDesk

    desk = BusyDesk(WAITING, CLOSED)
    app.instance = lambda: desk.context  # type: ignore[assignment]
    logging.disable(logging.CRITICAL)
    enquiry_id = desk.worked_enquiry(EVENTS)
    pages: dict[str, Callable[[], Answer]] = {
        "queue, 50 rows of 5,000": lambda: desk.site.get("/desk"),
        f"enquiry, {EVENTS} events": lambda: desk.site.get(f"/desk/enquiries/{enquiry_id}"),
        "search by name": lambda: desk.site.search("Ann"),
    }
    assets = [desk.site.get(path).text for path in ASSETS]
    within = [_measure(desk, name, show, assets) for name, show in pages.items()]
    logging.disable(logging.NOTSET)
    return all(within)


def _measure(desk: BusyDesk, name: str, show: Callable[[], Answer], assets: list[str]) -> bool:
    ours, table, steps = [], [], _steps(desk, show)
    for _ in range(_WARM_UP + _RUNS):
        desk.aws.reset()
        began = time.process_time()
        answer = show()
        table.append(desk.aws.seconds)
        ours.append(time.process_time() - began - desk.aws.seconds)
    if answer.status != 200:
        raise SystemExit(f"{name} answered {answer.status}")
    spent, slow = sorted(ours[_WARM_UP:]), statistics.median(table[_WARM_UP:])
    late = spent[int(len(spent) * 0.95)]
    texts = [answer.text, *assets]
    weight, packed = sum(len(text.encode()) for text in texts), sum(len(gzip.compress(text.encode())) for text in texts)
    is_within = late < LIMIT_SECONDS and weight < LIMIT_BYTES
    calls = ", ".join(f"{count} x {operation}" for operation, count in sorted(desk.aws.calls.items()))
    print(
        f"desk: {name:24} {statistics.median(spent) * 1e3:5.1f} ms, p95 {late * 1e3:5.1f} ms (limit 100); "
        f"{len(answer.text.encode()) / 1e3:.1f} kB, with css and js {weight / 1e3:.1f} kB, "
        f"gzip {packed / 1e3:.1f} kB (limit 100) {'ok' if is_within else 'OVER'}\n"
        f"      {'':24} AWS: {calls}; {desk.aws.read_bytes / 1e3:.1f} kB read, {steps:.0f} steps of "
        f"calls at once; table in memory {slow * 1e3:.0f} ms"
    )
    return is_within


def _steps(desk: BusyDesk, show: Callable[[], Answer]) -> float:
    """How many times a page waits for DynamoDB: what it takes longer with a slow network, in calls."""
    show()
    fastest = []
    for latency in (0.0, LATENCY_SECONDS):
        desk.aws.latency_seconds = latency
        fastest.append(min(_seconds(show) for _ in range(5)))
    desk.aws.latency_seconds = 0.0
    return (fastest[1] - fastest[0]) / LATENCY_SECONDS


def _seconds(show: Callable[[], Answer]) -> float:
    began = time.perf_counter()
    show()
    return time.perf_counter() - began
