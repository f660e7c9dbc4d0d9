"""Work that runs beside a request. Passed in, so that a simulation can run it in place and in either order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Thread
from typing import Protocol, TypeVar

T = TypeVar("T")
MOST_AT_ONCE = 8
"""Calls under way together: an AWS client keeps ten connections."""


class Running(Protocol):
    """Work under way."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for it, not longer than so many seconds."""


Spawn = Callable[[Callable[[], object], str], Running]
"""Starts work under a name."""


def spawn_thread(work: Callable[[], object], name: str) -> Thread:
    """In a thread that does not keep the process alive."""
    thread = Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each of these gives, in their order, run beside one another: reads that do not need one another's answers
    take as long as the slowest of eight. Raises what the first of them raises, once all have ended."""
    if len(works) < 2:
        return [work() for work in works]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(len(works), MOST_AT_ONCE), "at-once") as pool:
        return [running.result() for running in [pool.submit(work) for work in works]]
