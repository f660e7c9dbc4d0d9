"""Measures the screening of free text, triage and spam together: CPU for 10,000 characters, real and made to be slow,
and the first text of an instance."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from benchmarks.hostile_texts import texts

LIMIT_SECONDS = 0.025
LENGTH = 10_000
_RUNS = 15


def measure() -> bool:
    """Print the table; True when every text stays below the limit, triage and spam together."""
    from chalicelib.models.answers import Answers
    from chalicelib.screening.spam import Evidence, screen
    from chalicelib.triage.free_text import screen_text

    within = True
    for name, text in texts(LENGTH).items():
        triage = _least(partial(screen_text, Answers(message=text)))
        spam = _least(partial(screen, Evidence(name="Ann Example", texts=(text,)), may_be_danger=False))
        within = within and triage + spam <= LIMIT_SECONDS
        print(
            f"screening 10,000 characters: {name:32} {(triage + spam) * 1e3:6.1f} ms, of which spam {spam * 1e3:5.1f} "
            f"{_verdict(triage + spam)}"
        )
    print(f"first text of an instance: {_first_text() * 1e3:.0f} ms of CPU for lexicon, weights and one sentence")
    return within


def _least(work: Callable[[], object]) -> float:
    return min(_seconds(work) for _ in range(_RUNS))


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _verdict(seconds: float) -> str:
    return "ok" if seconds <= LIMIT_SECONDS else f"OVER {LIMIT_SECONDS * 1e3:.0f} ms"


def _first_text() -> float:
    code = (
        "import time; from chalicelib.models.answers import Answers; "
        "from chalicelib.triage.free_text import screen_text; "
        "t = time.process_time(); screen_text(Answers(message='my foot hurts')); print(time.process_time() - t)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True) for _ in range(5)]
    return statistics.median(float(run.stdout) for run in runs)
