"""Runs in place what the application starts beside a request, in one of the two orders that threads may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Order = Literal["at_start", "at_join"]
"""The work is done before the one who started it goes on, or only once somebody waits for it."""


class InlineWork:
    """Work that was started; stands in for its thread."""

    def __init__(self, work: Callable[[], object], name: str, errors: list[Exception]) -> None:
        self.name = name
        self._work: Callable[[], object] | None = work
        self._errors = errors

    def join(self, timeout: float | None = None) -> None:  # noqa: ARG002 - in place there is nothing to wait for
        """Do the work unless it is done. As with a thread, its exception reaches nobody; `Killed` reaches everybody,
        because a Lambda dies as a whole."""
        work, self._work = self._work, None
        if work is None:
            return
        try:
            work()
        except Exception as error:
            self._errors.append(error)

    def is_alive(self) -> bool:
        """Whether the work is still to be done."""
        return self._work is not None

    def forget(self) -> None:
        """The process is gone, and the work with it."""
        self._work = None


class InlineSpawner:
    """What `AppContext.spawn` is in a simulation. `errors` are the exceptions that ended a piece of work."""

    def __init__(self, order: Order = "at_start") -> None:
        self.order = order
        self.errors: list[Exception] = []
        self._started: list[InlineWork] = []

    def __call__(self, work: Callable[[], object], name: str) -> InlineWork:
        started = InlineWork(work, name, self.errors)
        if self.order == "at_start":
            started.join()
        else:
            self._started.append(started)
        return started

    def finish(self) -> None:
        """Do what nobody waited for: the instance was thawed by its next invocation."""
        started, self._started = self._started, []
        for work in started:
            work.join()

    def forget(self) -> None:
        """Drop what nobody waited for: the instance is gone."""
        for work in self._started:
            work.forget()
        self._started.clear()

    @contextmanager
    def another_instance(self) -> Iterator[None]:
        """Within, `finish` and `forget` are about what is started within: another instance's work is its own."""
        outer, self._started = self._started, []
        try:
            yield
        finally:
            self._started = outer
