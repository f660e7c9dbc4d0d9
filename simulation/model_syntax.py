"""What condition, update and projection expressions have in common: words, document paths, placeholders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from simulation.model_errors import AttributeValue, InvalidRequest, Item

DocumentPath = tuple[str | int, ...]
"""Names of attributes and places in lists: `a.b[2]` is `("a", "b", 2)`."""
_WORDS = re.compile(r"\s*(?:([#:]?\w+)|(<=|>=|<>|[=<>(),.\[\]+-]))")
_RESERVED = Path(__file__).with_name("reserved_words.txt")


@cache
def reserved_words() -> frozenset[str]:
    """Words that no expression may use as a name. Source: DynamoDB developer guide, "Reserved words"."""
    return frozenset(_RESERVED.read_text("ascii").split())


def split_words(expression: str, kind: str) -> list[str]:
    """The words of an expression. Raises InvalidRequest."""
    words, place = [], 0
    end = len(expression.rstrip())
    while place < end:
        found = _WORDS.match(expression, place)
        if found is None:
            raise InvalidRequest(f'Invalid {kind}: Syntax error; token: "{expression[place : place + 1]}"')
        words.append(found[1] or found[2])
        place = found.end()
    return words


class Reader:
    """Reads an expression word by word, and remembers which placeholders it used."""

    def __init__(self, kind: str, expression: str, names: Mapping[str, str]) -> None:
        self.kind = kind
        self.names_used: set[str] = set()
        self.values_used: set[str] = set()
        self._names = names
        self._words = split_words(expression, kind)
        self._place = 0

    def peek(self, ahead: int = 0) -> str:
        """The next word, in capitals if it is a letter word; empty at the end."""
        place = self._place + ahead
        return self._words[place].upper() if place < len(self._words) else ""

    def take(self) -> str:
        """The next word as it stands. Raises InvalidRequest at the end."""
        if self._place >= len(self._words):
            raise self.refused("Syntax error; token: <EOF>")
        self._place += 1
        return self._words[self._place - 1]

    def took(self, *words: str) -> bool:
        """Take the next word if it is one of these."""
        if self.peek() not in words:
            return False
        self._place += 1
        return True

    def expect(self, word: str) -> None:
        """Take this word. Raises InvalidRequest if it is another."""
        if not self.took(word):
            raise self.refused(f'Syntax error; token: "{self.peek() or "<EOF>"}"')

    def end(self) -> None:
        """Raises InvalidRequest when something follows."""
        if self.peek():
            raise self.refused(f'Syntax error; token: "{self.peek()}"')

    def refused(self, why: str) -> InvalidRequest:
        """The error for this expression."""
        return InvalidRequest(f"Invalid {self.kind}: {why}")

    def placeholder(self) -> str:
        """A value's placeholder, `:now`. Raises InvalidRequest."""
        word = self.take()
        if not word.startswith(":"):
            raise self.refused(f'Syntax error; token: "{word}"')
        self.values_used.add(word)
        return word

    def path(self) -> DocumentPath:
        """A document path. Raises InvalidRequest."""
        parts: list[str | int] = [self._name()]
        while self.peek() in (".", "["):
            if self.took("."):
                parts.append(self._name())
            else:
                parts.append(self._list_place())
        return tuple(parts)

    def _list_place(self) -> int:
        self.expect("[")
        place = self.take()
        self.expect("]")
        if not place.isdigit():
            raise self.refused(f'Syntax error; token: "{place}"')
        return int(place)

    def _name(self) -> str:
        word = self.take()
        if word.startswith("#"):
            self.names_used.add(word)
            if word not in self._names:
                raise self.refused(
                    f"An expression attribute name used in the document path is not defined; attribute name: {word}"
                )
            return self._names[word]
        if not (word[0].isalpha() or word[0] == "_"):
            raise self.refused(f'Syntax error; token: "{word}"')
        if word.upper() in reserved_words():
            raise self.refused(f"Attribute name is a reserved keyword; reserved keyword: {word}")
        return word


def found_at(item: Item, path: DocumentPath) -> AttributeValue | None:
    """The value at a path; None when there is none."""
    value = item.get(path[0])  # type: ignore[arg-type]
    for part in path[1:]:
        if value is None:
            return None
        value = _member(value, part)
    return value


def _member(value: AttributeValue, part: str | int) -> AttributeValue | None:
    if isinstance(part, str):
        member: AttributeValue | None = value.get("M", {}).get(part)
        return member
    elements = value.get("L", [])
    return elements[part] if part < len(elements) else None


def projected(item: Item, paths: tuple[DocumentPath, ...]) -> Item:
    """The item with only these attributes. Raises InvalidRequest for a place in a list, which is not modelled."""
    chosen: Item = {}
    for path in paths:
        value = found_at(item, path)
        if value is not None:
            _place_member(chosen, path, value)
    return chosen


def _place_member(members: Item, path: DocumentPath, value: AttributeValue) -> None:
    *parents, last = (str(part) for part in path)
    for parent in parents:
        members = members.setdefault(parent, {"M": {}})["M"]
    members[last] = value
