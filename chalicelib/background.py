"""Work that runs beside a request. Passed in, so that a simulation can run it in place and in either order."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Protocol


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
