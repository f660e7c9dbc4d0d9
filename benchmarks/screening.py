"""Measures the screening of free text: CPU for 10,000 characters, real and made to be slow, and the first text of an
instance."""

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
    """Print the table; True when every text stays below the limit."""
    from chalicelib.models.answers import Answers
    from chalicelib.triage.free_text import screen_text

    within = True
    for name, text in texts(LENGTH).items():
        answers = Answers(message=text)
        seconds = min(_seconds(partial(screen_text, answers)) for _ in range(_RUNS))
        within = within and seconds <= LIMIT_SECONDS
        print(f"screening 10,000 characters: {name:32} {seconds * 1e3:6.1f} ms {_verdict(seconds)}")
    print(f"first text of an instance: {_first_text() * 1e3:.0f} ms of CPU for lexicon, weights and one sentence")
    return within


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
