"""How DynamoDB compares attribute values. A value is its wire form, `{"S": "text"}`, and is never changed in place."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

from simulation.model_errors import AttributeValue

_ORDERED = ("S", "N", "B")
_SETS = ("SS", "NS", "BS")
_ARITHMETIC = Context(prec=38)


def type_and_content(value: AttributeValue) -> tuple[str, Any]:
    """`{"N": "1"}` as `("N", "1")`."""
    return next(iter(value.items()))


def same(left: AttributeValue | None, right: AttributeValue | None) -> bool:
    """Equality: numbers by value, sets without order. What is missing equals nothing, not even what is missing too."""
    if left is None or right is None:
        return False
    return left == right or _canonical(left) == _canonical(right)


def _canonical(value: AttributeValue) -> object:
    kind, content = type_and_content(value)
    if kind == "N":
        return kind, Decimal(content)
    if kind in _SETS:
        return kind, frozenset(map(Decimal, content) if kind == "NS" else content)
    if kind == "L":
        return kind, [_canonical(element) for element in content]
    if kind == "M":
        return kind, {name: _canonical(member) for name, member in content.items()}
    return kind, content


def order(left: AttributeValue | None, right: AttributeValue | None) -> int | None:
    """-1, 0 or 1; None when the two cannot be compared: missing, of different types, or of a type without order."""
    if left is None or right is None:
        return None
    (kind, first), (other_kind, second) = type_and_content(left), type_and_content(right)
    if kind != other_kind or kind not in _ORDERED:
        return None
    if kind == "N":
        first, second = Decimal(first), Decimal(second)
    return int(first > second) - int(first < second)


def sort_key(value: AttributeValue) -> Any:
    """What values of one type are sorted by."""
    kind, content = type_and_content(value)
    return Decimal(content) if kind == "N" else content


def begins(value: AttributeValue | None, prefix: AttributeValue) -> bool:
    """`begins_with`: texts and bytes."""
    if value is None:
        return False
    (kind, content), (other_kind, start) = type_and_content(value), type_and_content(prefix)
    return kind == other_kind and kind in ("S", "B") and bool(content.startswith(start))


def holds(container: AttributeValue | None, sought: AttributeValue | None) -> bool:
    """`contains`: a part of a text, an element of a set or list."""
    if container is None or sought is None:
        return False
    kind, content = type_and_content(container)
    other_kind, wanted = type_and_content(sought)
    if kind == "L":
        return any(same(element, sought) for element in content)
    if kind == other_kind and kind in ("S", "B"):
        return wanted in content
    return kind == f"{other_kind}S" and any(same({other_kind: element}, sought) for element in content)


def size(value: AttributeValue | None) -> AttributeValue | None:
    """`size`: bytes of a text, elements of anything else; None for numbers and whatever else has none."""
    if value is None:
        return None
    kind, content = type_and_content(value)
    if kind in ("N", "BOOL", "NULL"):
        return None
    return {"N": str(len(content.encode() if kind == "S" else content))}


def added(left: AttributeValue, right: AttributeValue, sign: int = 1) -> AttributeValue | None:
    """Sum or difference of two numbers; None when one is no number."""
    if "N" not in left or "N" not in right:
        return None
    calculate = _ARITHMETIC.add if sign > 0 else _ARITHMETIC.subtract
    total = calculate(Decimal(left["N"]), Decimal(right["N"]))
    return {"N": format(total.normalize(_ARITHMETIC), "f") if total else "0"}
