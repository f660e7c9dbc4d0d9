"""What IAM would say: whether statements allow an action on a resource. moto keeps policies and asks none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One action on one resource, with the facts that conditions look at."""

    action: str
    resource: str
    facts: Mapping[str, str] = field(default_factory=dict)


def statements_of(document: str | Mapping[str, Any]) -> list[Statement]:
    """The statements of a policy document, of which there may be a single one outside a list."""
    policy = json.loads(document) if isinstance(document, str) else document
    found = policy.get("Statement", [])
    return [found] if isinstance(found, Mapping) else list(found)


def allows(statements: Iterable[Statement], action: str, resource: str, facts: Mapping[str, str] | None = None) -> bool:
    """Whether an identity's statements allow an action on a resource; without facts, conditions aside. A condition of
    a kind that is not known here holds for nothing."""
    matching = [
        each["Effect"]
        for each in statements
        if _matches(each.get("Action", ()), action, any_case=True)
        and _matches(each.get("Resource", ()), resource)
        and (facts is None or _holds(each.get("Condition", {}), facts))
    ]
    return "Allow" in matching and "Deny" not in matching


def _holds(conditions: Mapping[str, Mapping[str, Any]], facts: Mapping[str, str]) -> bool:
    return all(
        _compare(operator, facts.get(name), wanted)
        for operator, named in conditions.items()
        for name, wanted in named.items()
    )


def _compare(operator: str, fact: str | None, wanted: Any) -> bool:
    if operator == "ForAllValues:StringLike":
        return fact is None or _matches(wanted, fact)
    if operator == "StringLike":
        return fact is not None and _matches(wanted, fact)
    return operator == "StringEquals" and fact in ([wanted] if isinstance(wanted, str) else wanted)


def lets_service(statements: Iterable[Statement], service: str, action: str, source: str) -> bool:
    """Whether a resource's statements let an AWS service act for a source ARN, and only for sources of that kind: a
    statement without a condition on the source would let anybody's."""
    return any(
        each["Effect"] == "Allow"
        and _matches(_service(each), service)
        and _matches(each.get("Action", ()), action, any_case=True)
        and _matches(_source(each), source)
        for each in statements
    )


def _service(statement: Statement) -> Any:
    principal = statement.get("Principal", {})
    return principal.get("Service", ()) if isinstance(principal, Mapping) else principal


def _source(statement: Statement) -> Any:
    conditions = statement.get("Condition", {})
    wanted = [
        value
        for kind in ("ArnLike", "ArnEquals", "StringEquals", "StringLike")
        for name, value in conditions.get(kind, {}).items()
        if name.lower() == "aws:sourcearn"
    ]
    return wanted[0] if wanted else ()


def _matches(patterns: Any, value: str, *, any_case: bool = False) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    if any_case:
        return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in listed)
    return any(fnmatchcase(value, pattern) for pattern in listed)
