"""DynamoDB in memory with its meter: read and write units as AWS's developer guide counts them (read/write capacity
mode, on demand), from the sizes of the items."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from simulation.model_dynamodb import ModelDynamoDB
from simulation.model_errors import Item, NotModelled
from simulation.model_queries import answer, planned_query
from simulation.model_resources import Index
from simulation.model_writes import Change

WRITE_BYTES, READ_BYTES = 1024, 4096
IN_TRANSACTION = 2
ENTRY_BYTES = 100
"""What storage adds to each item, and to each entry of an index."""


class MeteredDynamoDB(ModelDynamoDB):
    """`used` counts `write units` and `read units`, and the write units of indexes once more as `of these in indexes`.

    A transaction counts each of its items twice; what follows in an index counts once. A write whose condition fails
    counts as well, and so does each item of a transaction whose conditions fail. A condition that is only checked
    counts as a write of its item, which is the dearer reading."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.used: Counter[str] = Counter()
        self._factor = 1

    def transact_write_items(self, **parameters: Any) -> dict[str, Any]:
        """`TransactWriteItems`. Raises NotModelled where it fails for another reason than its conditions: what that
        costs is not counted here."""
        self._factor = IN_TRANSACTION
        try:
            return super().transact_write_items(**parameters)
        except ClientError as error:
            codes = {reason["Code"] for reason in error.response.get("CancellationReasons", [])}
            if codes != {"None", "ConditionalCheckFailed"}:
                raise NotModelled("the price of a transaction that fails") from error
            self.used["write units"] += sum(map(self._units_of_action, parameters["TransactItems"]))
            raise
        finally:
            self._factor = 1

    def stored_bytes(self) -> int:
        """What is billed as stored, indexes included, without what expires by itself."""
        return sum(
            item_bytes(each) + ENTRY_BYTES
            for table in self.tables.values()
            for item in table.items.values()
            if "expires_at" not in item
            for each in (item, *(entry_of(item, index) for index in table.shape.indexes.values()))
            if each is not None
        )

    def _write(self, operation: str, kind: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return super()._write(operation, kind, parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                self.used["write units"] += self._units_of_target(parameters)
            raise

    def _units_of_action(self, action: Mapping[str, Any]) -> int:
        (parameters,) = action.values()
        return IN_TRANSACTION * max(self._units_of_target(parameters), write_units(parameters.get("Item")))

    def _units_of_target(self, parameters: Mapping[str, Any]) -> int:
        table = self.tables[parameters["TableName"]]
        given = parameters.get("Key") or {name: parameters["Item"][name] for name in ("pk", "sk")}
        return write_units(table.items.get(table.key_given(given)))

    def _all_or_nothing(self, actions: list[tuple[str, dict[str, Any]]]) -> list[Change]:
        changes = super()._all_or_nothing(actions)
        self._count(change for change in changes if change.after is change.before)
        return changes

    def _apply(self, changes: Iterable[Change]) -> None:
        listed = list(changes)
        self._count(listed)
        super()._apply(listed)

    def _count(self, changes: Iterable[Change]) -> None:
        for change in changes:
            indexes = sum(index_units(change, index) for index in change.table.shape.indexes.values())
            self.used["write units"] += self._factor * write_units(change.before, change.after) + indexes
            self.used["of these in indexes"] += indexes

    def _get(self, parameters: Mapping[str, Any], *, stale: bool) -> dict[str, Any]:
        table = self.tables[parameters["TableName"]]
        item = table.items.get(table.key_given(parameters["Key"]), {})
        self._count_read(item_bytes(item), consistent=bool(parameters.get("ConsistentRead")))
        return super()._get(parameters, stale=stale)

    def _batch_get(self, name: str, wanted: Mapping[str, Any]) -> list[Item]:
        table = self.tables[name]
        for key in wanted["Keys"]:
            item = table.items.get(table.key_given(key), {})
            self._count_read(item_bytes(item), consistent=bool(wanted.get("ConsistentRead")))
        return super()._batch_get(name, wanted)

    def _query(self, parameters: Mapping[str, Any], *, stale: bool) -> dict[str, Any]:
        """All that is looked at counts, whatever the filter leaves of it and whichever attributes are asked for."""
        table = self.tables[parameters["TableName"]]
        everything = replace(planned_query(table, parameters), filter=None, projection=None)
        asked = {name: value for name, value in parameters.items() if name != "Select"}
        looked_at = answer(everything, table.items.values(), asked)["Items"]
        self._count_read(sum(map(item_bytes, looked_at)), consistent=bool(parameters.get("ConsistentRead")))
        return super()._query(parameters, stale=stale)

    def _count_read(self, size: int, *, consistent: bool) -> None:
        self.used["read units"] += max(1, math.ceil(size / READ_BYTES)) * (1 if consistent else 0.5)


def write_units(*items: Item | None) -> int:
    """Units of one write, by the larger of what was there and what is there now."""
    return max(1, math.ceil(max(item_bytes(item or {}) for item in items) / WRITE_BYTES))


def index_units(change: Change, index: Index) -> int:
    """Units of what one change makes to do in an index: a new key is a deletion and a write."""
    before, after = entry_of(change.before, index), entry_of(change.after, index)
    if before == after:
        return 0
    keys = (index.partition_key, index.sort_key)
    if before and after and [before[name] for name in keys] == [after[name] for name in keys]:
        return write_units(before, after)
    return sum(write_units(entry) for entry in (before, after) if entry)


def entry_of(item: Item | None, index: Index) -> Item | None:
    """What an index holds of an item; None when the item is not in it."""
    if item is None or index.partition_key not in item or index.sort_key not in item:
        return None
    return {name: value for name, value in item.items() if index.projected is None or name in index.projected}


def item_bytes(item: Mapping[str, Any]) -> int:
    """The size of an item, names of attributes included. Source: DynamoDB developer guide, "Item sizes and formats"."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return math.ceil(len(Decimal(content).normalize().as_tuple().digits) / 2) + 1
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "M":
        return 3 + len(content) + item_bytes(content)
    if kind == "L":
        return 3 + sum(1 + _value_bytes(each) for each in content)
    raise NotModelled(f"the size of {kind}")
