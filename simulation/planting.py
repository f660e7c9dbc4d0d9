"""Puts a reliability bug into the application and takes it out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bug:
    """`wrong` takes the place of `owner.attribute`; `killer` is the case after which something is violated, as a
    line."""

    name: str
    what: str
    owner: object
    attribute: str
    wrong: Callable[..., Any]
    killer: str


BUGS: list[Bug] = []
RIGHT: dict[str, Callable[..., Any]] = {}
"""What each bug has taken the place of."""


def bug(
    name: str, owner: object, attribute: str, killer: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as a bug; its docstring says what is wrong."""

    def register(wrong: Callable[..., Any]) -> Callable[..., Any]:
        RIGHT[name] = getattr(owner, attribute)
        BUGS.append(Bug(name, wrong.__doc__ or "", owner, attribute, wrong, killer))
        return wrong

    return register


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The application with a bug in it."""
    setattr(bug.owner, bug.attribute, bug.wrong)
    try:
        yield
    finally:
        setattr(bug.owner, bug.attribute, RIGHT[bug.name])
