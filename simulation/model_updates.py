"""Update expressions: compiled once, then applied to items, which are never changed in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from simulation.model_conditions import Values
from simulation.model_errors import AttributeValue, InvalidForItem, InvalidRequest, Item
from simulation.model_syntax import DocumentPath, Reader, found_at
from simulation.model_values import added, same, type_and_content

New = Callable[[Item, Values], AttributeValue | None]
"""The value that an action gives its path, seen from the item before the update; None removes."""
_MISSING = "The provided expression refers to an attribute that does not exist in the item"
_WRONG_TYPE = "An operand in the update expression has an incorrect data type"
_WRONG_PATH = "The document path provided in the update expression is invalid for update"


@dataclass(frozen=True)
class Update:
    """Which paths an expression changes, and to what."""

    actions: tuple[tuple[DocumentPath, New], ...]
    names_used: frozenset[str]
    values_used: frozenset[str]

    def apply(self, item: Item, values: Values) -> Item:
        """A new item. Raises InvalidForItem. Every right side sees the item as it was."""
        changed = dict(item)
        for path, value in [(path, new(item, values)) for path, new in self.actions]:
            if len(path) > 1:
                changed[str(path[0])] = _with_member(changed.get(str(path[0])), path[1:], value)
            elif value is not None:
                changed[str(path[0])] = value
            else:
                changed.pop(str(path[0]), None)
        return changed


def compiled_update(expression: str, names: Mapping[str, str]) -> Update:
    """The update, from a cache if it was compiled before. Raises InvalidRequest."""
    return _compiled(expression, tuple(names.items()))


@lru_cache(maxsize=4096)
def _compiled(expression: str, names: tuple[tuple[str, str], ...]) -> Update:
    reader = _UpdateReader("UpdateExpression", expression, dict(names))
    actions = reader.clauses()
    _refuse_overlaps([path for path, _ in actions])
    # Elements go from the end of a list on, so that the places of the others stay those of the item before.
    actions.sort(key=lambda action: -action[0][-1] if isinstance(action[0][-1], int) else 0)
    return Update(tuple(actions), frozenset(reader.names_used), frozenset(reader.values_used))


def _refuse_overlaps(paths: list[DocumentPath]) -> None:
    for place, path in enumerate(paths):
        for other in paths[:place]:
            shorter = min(len(path), len(other))
            if path[:shorter] == other[:shorter]:
                raise InvalidRequest(
                    "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one "
                    f"of these paths; path one: {list(other)}, path two: {list(path)}"
                )


class _UpdateReader(Reader):
    def clauses(self) -> list[tuple[DocumentPath, New]]:
        actions: list[tuple[DocumentPath, New]] = []
        seen: set[str] = set()
        while self.peek():
            word = self.take().upper()
            if word not in ("SET", "REMOVE", "ADD", "DELETE"):
                raise self.refused(f'Syntax error; token: "{word}"')
            if word in seen:
                raise self.refused(f'The "{word}" section can only be used once in an update expression;')
            seen.add(word)
            actions.append(self._action(word))
            while self.took(","):
                actions.append(self._action(word))
        if not actions:
            raise self.refused("The expression can not be empty;")
        return actions

    def _action(self, clause: str) -> tuple[DocumentPath, New]:
        path = self.path()
        if clause == "REMOVE":
            return path, lambda _item, _values: None
        if clause == "SET":
            self.expect("=")
            return path, self._value()
        placeholder = self.placeholder()
        change = _add if clause == "ADD" else _delete
        return path, lambda item, values: change(found_at(item, path), values[placeholder])

    def _value(self) -> New:
        left = self._operand()
        if self.peek() not in ("+", "-"):
            return left
        sign = 1 if self.take() == "+" else -1
        right = self._operand()
        return lambda item, values: _sum(left(item, values), right(item, values), sign)

    def _operand(self) -> New:
        if self.peek().startswith(":"):
            placeholder = self.placeholder()
            return lambda _, values: values[placeholder]
        if self.peek(1) == "(":
            return self._function()
        path = self.path()
        return lambda item, _: _required(found_at(item, path))

    def _function(self) -> New:
        name = self.take()
        self.expect("(")
        if name == "if_not_exists":
            path = self.path()
            self.expect(",")
            other = self._operand()
            result: New = lambda item, values: found_at(item, path) or other(item, values)  # noqa: E731
        elif name == "list_append":
            first = self._operand()
            self.expect(",")
            second = self._operand()
            result = lambda item, values: _joined(first(item, values), second(item, values))  # noqa: E731
        else:
            raise self.refused(f"Invalid function name; function: {name}")
        self.expect(")")
        return result


def _required(value: AttributeValue | None) -> AttributeValue:
    if value is None:
        raise InvalidForItem(_MISSING)
    return value


def _sum(left: AttributeValue | None, right: AttributeValue | None, sign: int) -> AttributeValue:
    total = added(_required(left), _required(right), sign)
    if total is None:
        raise InvalidForItem(_WRONG_TYPE)
    return total


def _joined(first: AttributeValue | None, second: AttributeValue | None) -> AttributeValue:
    before, after = _required(first), _required(second)
    if "L" not in before or "L" not in after:
        raise InvalidForItem(_WRONG_TYPE)
    return {"L": [*before["L"], *after["L"]]}


def _add(before: AttributeValue | None, value: AttributeValue) -> AttributeValue:
    """`ADD`: numbers and sets; what is missing counts as 0 or as an empty set."""
    kind, content = type_and_content(value)
    if kind not in ("N", "NS", "SS", "BS"):
        raise InvalidRequest(
            "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: "
            + {"S": "STRING", "L": "LIST", "M": "MAP", "BOOL": "BOOLEAN", "NULL": "NULL", "B": "BINARY"}[kind]
        )
    if before is None:
        return value
    if kind not in before:
        raise InvalidForItem(_WRONG_TYPE)
    if kind == "N":
        return _sum(before, value, 1)
    element = kind[0]
    fresh = [one for one in content if not _among({element: one}, before[kind], element)]
    return {kind: [*before[kind], *fresh]}


def _delete(before: AttributeValue | None, value: AttributeValue) -> AttributeValue | None:
    """`DELETE`: elements out of a set; a set that becomes empty goes."""
    kind, content = type_and_content(value)
    if before is None:
        return None
    if kind not in before or kind not in ("NS", "SS", "BS"):
        raise InvalidForItem(_WRONG_TYPE)
    element = kind[0]
    rest = [one for one in before[kind] if not _among({element: one}, content, element)]
    return {kind: rest} if rest else None


def _among(value: AttributeValue, elements: list[str], kind: str) -> bool:
    return any(same(value, {kind: element}) for element in elements)


def _with_member(parent: AttributeValue | None, path: DocumentPath, value: AttributeValue | None) -> AttributeValue:
    """A copy of `parent` with `value` at `path`. Raises InvalidForItem when something on the way is not there."""
    part, rest = path[0], path[1:]
    if parent is None or ("M" if isinstance(part, str) else "L") not in parent:
        raise InvalidForItem(_WRONG_PATH)
    if isinstance(part, str):
        return {"M": _with_entry(parent["M"], part, rest, value)}
    return {"L": _with_element(parent["L"], part, rest, value)}


def _with_entry(members: Item, name: str, rest: DocumentPath, value: AttributeValue | None) -> Item:
    if rest:
        value = _with_member(members.get(name), rest, value)
    others = {other: member for other, member in members.items() if other != name or value is not None}
    return others if value is None else {**others, name: value}


def _with_element(
    elements: list[AttributeValue], place: int, rest: DocumentPath, value: AttributeValue | None
) -> list[AttributeValue]:
    """Past the end of the list, a value is appended and a removal does nothing."""
    found = elements[place] if place < len(elements) else None
    if rest:
        value = _with_member(found, rest, value)
    new = [] if value is None else [value]
    return [*elements[:place], *new, *elements[place + 1 :]]
