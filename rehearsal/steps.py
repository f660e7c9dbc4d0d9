"""The steps of a rehearsal, each printed with its time; the first broken promise ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

_POLL_SECONDS = 0.1
_Found = TypeVar("_Found")


class BrokenPromise(Exception):
    """What does not hold, in one line."""


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    began = time.monotonic()
    print(f"{text:<74}", end="", flush=True)
    try:
        yield
    except BaseException:
        print(f"{time.monotonic() - began:6.1f} s  FAILED", flush=True)
        raise
    print(f"{time.monotonic() - began:6.1f} s", flush=True)


def say(text: str) -> None:
    """One more line on the step before."""
    print(f"  {text}", flush=True)


def promise(holds: object, otherwise: str) -> None:
    """Raise BrokenPromise with what is said otherwise, unless it holds."""
    if not holds:
        raise BrokenPromise(otherwise)


def same(wanted: object, found: object, what: str) -> None:
    """Raise BrokenPromise unless both are equal, naming the differences of two mappings or sets."""
    if wanted == found:
        return
    if isinstance(wanted, dict) and isinstance(found, dict):
        raise BrokenPromise(f"{what}: " + "; ".join(_differences(wanted, found)))
    if isinstance(wanted, set | frozenset) and isinstance(found, set | frozenset):
        raise BrokenPromise(f"{what}: missing {_listed(wanted - found)}; unexpected {_listed(found - wanted)}")
    raise BrokenPromise(f"{what}: {found!r} instead of {wanted!r}")


def wait_for(look: Callable[[], _Found | None], what: str, seconds: float = 30) -> _Found:
    """Look again and again until something is found. Raises BrokenPromise after so many seconds."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise BrokenPromise(f"{what}: not within {seconds:.0f} seconds")
        time.sleep(_POLL_SECONDS)


def _differences(wanted: dict[object, object], found: dict[object, object]) -> Iterable[str]:
    for name in sorted({*wanted, *found}, key=str):
        if wanted.get(name) != found.get(name):
            yield f"{name} is {found.get(name, 'missing')!r} instead of {wanted.get(name, 'nothing')!r}"


def _listed(values: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, values))) or "nothing"
