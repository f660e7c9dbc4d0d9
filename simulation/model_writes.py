"""What one write would do to one item: the same for single writes and for the actions of a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulation.model_conditions import compiled_condition
from simulation.model_errors import (
    AttributeValue,
    ConditionFailed,
    InvalidForItem,
    InvalidRequest,
    Item,
    NotModelled,
    client_error,
)
from simulation.model_table import Key, ModelTable
from simulation.model_updates import Update, compiled_update

_CONDITIONAL = {
    "TableName",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValuesOnConditionCheckFailure",
}
PARAMETERS = {
    "Put": _CONDITIONAL | {"Item"},
    "Update": _CONDITIONAL | {"Key", "UpdateExpression"},
    "Delete": _CONDITIONAL | {"Key"},
    "ConditionCheck": _CONDITIONAL | {"Key"},
}
"""What an action of a transaction may say; a single write may also say `ReturnValues`."""
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Change:
    """`before` and `after` are None where there is no item. `update` is the expression that made the change."""

    table: ModelTable
    key: Key
    before: Item | None
    after: Item | None
    update: Update | None = None


def require_known(parameters: Mapping[str, Any], known: set[str]) -> None:
    """Raises NotModelled for a parameter that the model would overlook."""
    if unknown := parameters.keys() - known:
        raise NotModelled(", ".join(sorted(unknown)))


def table_of(tables: Mapping[str, ModelTable], name: str, operation: str) -> ModelTable:
    """Raises ClientError for a table that does not exist."""
    if name not in tables:
        raise client_error(operation, "ResourceNotFoundException", "Requested resource not found")
    return tables[name]


def target_of(table: ModelTable, kind: str, action: Mapping[str, Any]) -> Key:
    """The key of the item that an action is about. Raises InvalidRequest."""
    return table.key_of_new(action["Item"]) if kind == "Put" else table.key_given(action["Key"])


def planned_change(table: ModelTable, key: Key, kind: str, action: Mapping[str, Any]) -> Change:
    """What an action would change at its target. Raises InvalidRequest, InvalidForItem and ConditionFailed."""
    before = table.items.get(key)
    update = _checked(table, action, before)
    if kind == "Put":
        return Change(table, key, before, dict(action["Item"]))
    if kind == "Delete":
        return Change(table, key, before, None)
    if update is None:
        return Change(table, key, before, before if kind == "ConditionCheck" or before else dict(action["Key"]))
    return Change(table, key, before, _updated(table, action, before, update), update)


def _checked(table: ModelTable, action: Mapping[str, Any], before: Item | None) -> Update | None:
    """The compiled update, after the condition was found to hold."""
    names = action.get("ExpressionAttributeNames") or _NOTHING
    values = action.get("ExpressionAttributeValues") or _NOTHING
    update = compiled_update(action["UpdateExpression"], names) if "UpdateExpression" in action else None
    condition = compiled_condition(action["ConditionExpression"], names) if "ConditionExpression" in action else None
    if update is not None:
        _refuse_key_updates(table, update)
    check_placeholders(names, values, *(each for each in (update, condition) if each is not None))
    if condition is not None and not condition.test(before or {}, values):
        wanted = action.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        raise ConditionFailed(dict(before) if wanted and before is not None else None)
    return update


def check_placeholders(names: Mapping[str, str], values: Mapping[str, AttributeValue], *expressions: Any) -> None:
    """Every placeholder is defined and every definition is used. Raises InvalidRequest."""
    used_names, used_values = _all_used(expressions)
    if used_names == names.keys() and used_values == values.keys():
        return
    if undefined := used_values - values.keys():
        raise InvalidRequest(
            "Invalid expression: An expression attribute value used in expression is not defined; "
            f"attribute value: {min(undefined)}"
        )
    for kind, unused in (("Names", names.keys() - used_names), ("Values", values.keys() - used_values)):
        if unused:
            listed = ", ".join(sorted(unused))
            raise InvalidRequest(
                f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{listed}}}"
            )


def _all_used(expressions: tuple[Any, ...]) -> tuple[frozenset[str], frozenset[str]]:
    if len(expressions) == 1:
        return expressions[0].names_used, expressions[0].values_used
    none: frozenset[str] = frozenset()
    return (
        none.union(*(each.names_used for each in expressions)),
        none.union(*(each.values_used for each in expressions)),
    )


def _refuse_key_updates(table: ModelTable, update: Update) -> None:
    for path, _ in update.actions:
        if path[0] in (table.shape.partition_key, table.shape.sort_key):
            raise InvalidRequest(
                f"One or more parameter values were invalid: Cannot update attribute {path[0]}. "
                "This attribute is part of the key"
            )


def _updated(table: ModelTable, action: Mapping[str, Any], before: Item | None, update: Update) -> Item:
    values = action.get("ExpressionAttributeValues") or _NOTHING
    after = update.apply(before if before is not None else dict(action["Key"]), values)
    try:
        table.check_index_keys(after)
    except InvalidRequest as error:
        raise InvalidForItem(str(error)) from error
    return after
