"""Queries of a table or an index: key conditions, order, pages, projections and filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulation.model_conditions import Condition, Values, compiled_condition
from simulation.model_errors import InvalidRequest, Item
from simulation.model_syntax import DocumentPath, Reader, projected
from simulation.model_table import ModelTable
from simulation.model_values import sort_key
from simulation.model_writes import check_placeholders

PARAMETERS = {
    "TableName",
    "IndexName",
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "Limit",
    "ScanIndexForward",
    "ExclusiveStartKey",
    "ConsistentRead",
    "Select",
}
_KEY_OPERATORS = ("=", "<", "<=", ">", ">=", "BETWEEN", "begins_with")


@dataclass(frozen=True)
class Projection:
    """The attributes that a read returns."""

    paths: tuple[DocumentPath, ...]
    names_used: frozenset[str]
    values_used: frozenset[str] = frozenset()


@lru_cache(maxsize=256)
def _compiled_projection(expression: str, names: tuple[tuple[str, str], ...]) -> Projection:
    reader = Reader("ProjectionExpression", expression, dict(names))
    paths = [reader.path()]
    while reader.took(","):
        paths.append(reader.path())
    reader.end()
    return Projection(tuple(paths), frozenset(reader.names_used))


def compiled_projection(expression: str, names: Mapping[str, str]) -> Projection:
    """The projection, from a cache if it was compiled before. Raises InvalidRequest."""
    return _compiled_projection(expression, tuple(names.items()))


@dataclass(frozen=True)
class Query:
    """A query whose expressions have been found sound. `keys` are partition and sort key of what is asked: the table
    or the index; `index_projection` and `projection` are None where all attributes are returned."""

    keys: tuple[str, str]
    table_keys: tuple[str, str]
    index_projection: frozenset[str] | None
    key_condition: Condition
    filter: Condition | None
    projection: Projection | None
    values: Values


def planned_query(table: ModelTable, parameters: Mapping[str, Any]) -> Query:
    """Raises InvalidRequest."""
    shape = table.shape
    names = parameters.get("ExpressionAttributeNames") or {}
    values = parameters.get("ExpressionAttributeValues") or {}
    table_keys = (shape.partition_key, shape.sort_key)
    keys, index_projection = table_keys, None
    if (index_name := parameters.get("IndexName")) is not None:
        if index_name not in shape.indexes:
            raise InvalidRequest(f"The table does not have the specified index: {index_name}")
        if parameters.get("ConsistentRead"):
            raise InvalidRequest("Consistent reads are not supported on global secondary indexes")
        index = shape.indexes[index_name]
        keys, index_projection = (index.partition_key, index.sort_key), index.projected
    key_condition = compiled_condition(parameters["KeyConditionExpression"], names, "KeyConditionExpression")
    _check_key_condition(key_condition, keys)
    kind, filter_text = "FilterExpression", parameters.get("FilterExpression")
    filtering = compiled_condition(filter_text, names, kind) if filter_text is not None else None
    projection_text = parameters.get("ProjectionExpression")
    projection = compiled_projection(projection_text, names) if projection_text is not None else None
    expressions = [each for each in (key_condition, filtering, projection) if each is not None]
    check_placeholders(names, values, *expressions)
    return Query(keys, table_keys, index_projection, key_condition, filtering, projection, values)


def _check_key_condition(condition: Condition, keys: tuple[str, str]) -> None:
    """The partition key equals a value; the sort key may be compared once."""
    operators = {path[0]: operator for operator, path in condition.terms}
    if not condition.plain or len(condition.terms) > 2 or len(operators) != len(condition.terms):
        raise InvalidRequest("Invalid operator used in KeyConditionExpression")
    if operators.get(keys[0]) != "=":
        raise InvalidRequest(f"Query condition missed key schema element: {keys[0]}")
    if len(operators) == 2 and keys[1] not in operators:
        raise InvalidRequest(f"Query condition missed key schema element: {keys[1]}")
    if not set(operators.values()) <= set(_KEY_OPERATORS):
        raise InvalidRequest("Invalid operator used in KeyConditionExpression")


def answer(query: Query, items: Iterable[Item], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What `Query` returns. As with DynamoDB, a page that is full names the key to go on from even when nothing
    follows, and the filter is applied after the limit."""
    rows = _in_order(query, items, backwards=parameters.get("ScanIndexForward") is False)
    if start := parameters.get("ExclusiveStartKey"):
        rows = _after(query, rows, start, backwards=parameters.get("ScanIndexForward") is False)
    limit = parameters.get("Limit")
    page = rows if limit is None else rows[:limit]
    seen = [_as_indexed(query, row) for row in page]
    kept = [row for row in seen if query.filter is None or query.filter.test(row, query.values)]
    result: dict[str, Any] = {"Count": len(kept), "ScannedCount": len(page)}
    if parameters.get("Select") != "COUNT":
        projection = query.projection
        result["Items"] = kept if projection is None else [projected(row, projection.paths) for row in kept]
    if limit is not None and len(page) == limit:
        last = page[-1]
        result["LastEvaluatedKey"] = {name: last[name] for name in {*query.keys, *query.table_keys}}
    return result


def _in_order(query: Query, items: Iterable[Item], *, backwards: bool) -> list[Item]:
    test, values, last_key = query.key_condition.test, query.values, query.keys[1]
    found = [item for item in items if last_key in item and test(item, values)]
    return sorted(found, key=lambda item: _place(query, item), reverse=backwards)


def _place(query: Query, item: Mapping[str, Any]) -> tuple[Any, ...]:
    """Where an item stands in the order. DynamoDB leaves the order of equal sort keys open; here their key decides."""
    return tuple(sort_key(item[name]) for name in (query.keys[1], *query.table_keys))


def _after(query: Query, rows: list[Item], start: Mapping[str, Any], *, backwards: bool) -> list[Item]:
    if start.keys() != {*query.keys, *query.table_keys}:
        raise InvalidRequest("The provided starting key is invalid")
    place = _place(query, start)
    return [row for row in rows if (_place(query, row) < place if backwards else _place(query, row) > place)]


def _as_indexed(query: Query, row: Item) -> Item:
    """A copy of what the index holds of an item; neither filter nor answer sees more."""
    if query.index_projection is None:
        return dict(row)
    return {name: value for name, value in row.items() if name in query.index_projection}
