"""Condition, filter and key condition expressions: compiled once to functions, then asked of items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from simulation.model_errors import AttributeValue, Item
from simulation.model_syntax import DocumentPath, Reader, found_at
from simulation.model_values import begins, holds, order, same, size, type_and_content

Values = Mapping[str, AttributeValue]
Test = Callable[[Item, Values], bool]
Operand = Callable[[Item, Values], AttributeValue | None]
_BY_ORDER: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}
_COMPARATORS = ("=", "<>", *_BY_ORDER)


@dataclass(frozen=True)
class Condition:
    """`terms` are operator and path of every comparison; `plain` says that they are joined by AND alone."""

    test: Test
    names_used: frozenset[str]
    values_used: frozenset[str]
    terms: tuple[tuple[str, DocumentPath], ...]
    plain: bool


def compiled_condition(expression: str, names: Mapping[str, str], kind: str = "ConditionExpression") -> Condition:
    """The condition, from a cache if it was compiled before. Raises InvalidRequest."""
    return _compiled(expression, tuple(names.items()), kind)


@lru_cache(maxsize=4096)
def _compiled(expression: str, names: tuple[tuple[str, str], ...], kind: str) -> Condition:
    reader = _ConditionReader(kind, expression, dict(names))
    test = reader.alternatives()
    reader.end()
    return Condition(
        test, frozenset(reader.names_used), frozenset(reader.values_used), tuple(reader.terms), reader.plain
    )


class _ConditionReader(Reader):
    """Precedence, loosest first: OR, AND, NOT, comparison."""

    def __init__(self, kind: str, expression: str, names: Mapping[str, str]) -> None:
        super().__init__(kind, expression, names)
        self.terms: list[tuple[str, DocumentPath]] = []
        self.plain = True
        self._last_path: DocumentPath | None = None
        self._last_group = (0, 0)

    def alternatives(self) -> Test:
        tests = [self._conjunction()]
        while self.took("OR"):
            self.plain = False
            tests.append(self._conjunction())
        return tests[0] if len(tests) == 1 else _any_of(tests)

    def _conjunction(self) -> Test:
        tests = [self._negation()]
        while self.took("AND"):
            tests.append(self._negation())
        return tests[0] if len(tests) == 1 else _all_of(tests)

    def _negation(self) -> Test:
        if not self.took("NOT"):
            return self._primary()
        self.plain = False
        negated = self._negation()
        return lambda item, values: not negated(item, values)

    def _primary(self) -> Test:
        if self.took("("):
            return self._in_parentheses()
        if self.peek(1) == "(" and self.peek() != "SIZE":
            return self._function()
        return self._comparison()

    def _in_parentheses(self) -> Test:
        opened = self._place
        test = self.alternatives()
        if self._last_group == (opened, self._place - 1):
            raise self.refused("The expression has redundant parentheses;")
        self._last_group = (opened - 1, self._place)
        self.expect(")")
        return test

    def _function(self) -> Test:
        name = self.take()
        self.expect("(")
        if name in ("attribute_exists", "attribute_not_exists"):
            test = _existence(self.path(), wanted=name == "attribute_exists")
            self.plain = False
        elif name in ("begins_with", "contains", "attribute_type"):
            test = self._function_of_two(name)
        else:
            raise self.refused(f"Invalid function name; function: {name}")
        self.expect(")")
        return test

    def _function_of_two(self, name: str) -> Test:
        path = self.path()
        self.terms.append((name, path))
        self.expect(",")
        if name == "contains":
            sought = self._operand()
            return lambda item, values: holds(found_at(item, path), sought(item, values))
        placeholder = self.placeholder()
        if name == "begins_with":
            return lambda item, values: begins(found_at(item, path), values[placeholder])
        return lambda item, values: _is_of_type(found_at(item, path), values[placeholder]["S"])

    def _comparison(self) -> Test:
        left = self._operand()
        path = self._last_path
        word = self.take().upper()
        if path is None:
            self.plain = False
        else:
            self.terms.append((word, path))
        if word in _COMPARATORS:
            return _compared(left, word, self._operand())
        if word == "BETWEEN":
            low = self._operand()
            self.expect("AND")
            return _between(left, low, self._operand())
        if word == "IN":
            return _one_of(left, self._choices())
        raise self.refused(f'Syntax error; token: "{word}"')

    def _choices(self) -> list[Operand]:
        self.expect("(")
        choices = [self._operand()]
        while self.took(","):
            choices.append(self._operand())
        self.expect(")")
        return choices

    def _operand(self) -> Operand:
        self._last_path = None
        if self.peek().startswith(":"):
            placeholder = self.placeholder()
            return lambda _, values: values[placeholder]
        if self.peek() == "SIZE" and self.peek(1) == "(":
            return self._size()
        path = self._last_path = self.path()
        if len(path) == 1:
            name = str(path[0])
            return lambda item, _: item.get(name)
        return lambda item, _: found_at(item, path)

    def _size(self) -> Operand:
        self.take()
        self.expect("(")
        path = self.path()
        self.expect(")")
        return lambda item, _: size(found_at(item, path))


def _any_of(tests: list[Test]) -> Test:
    return lambda item, values: any(test(item, values) for test in tests)


def _all_of(tests: list[Test]) -> Test:
    return lambda item, values: all(test(item, values) for test in tests)


def _existence(path: DocumentPath, *, wanted: bool) -> Test:
    return lambda item, _: (found_at(item, path) is not None) is wanted


def _is_of_type(value: AttributeValue | None, kind: str) -> bool:
    return value is not None and type_and_content(value)[0] == kind


def _compared(left: Operand, comparator: str, right: Operand) -> Test:
    if comparator == "=":
        return lambda item, values: same(left(item, values), right(item, values))
    if comparator == "<>":
        return lambda item, values: not same(left(item, values), right(item, values))
    fits = _BY_ORDER[comparator]

    def test(item: Item, values: Values) -> bool:
        sign = order(left(item, values), right(item, values))
        return sign is not None and fits(sign)

    return test


def _between(middle: Operand, low: Operand, high: Operand) -> Test:
    above, below = _compared(middle, ">=", low), _compared(middle, "<=", high)
    return lambda item, values: above(item, values) and below(item, values)


def _one_of(operand: Operand, choices: list[Operand]) -> Test:
    return lambda item, values: any(same(operand(item, values), choice(item, values)) for choice in choices)
