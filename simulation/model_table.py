"""One table in memory: its items, the keys that they must have, and what it looked like a moment ago."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from simulation.model_errors import AttributeValue, InvalidRequest, Item
from simulation.model_resources import TableShape
from simulation.model_values import sort_key, type_and_content

Key = tuple[object, object]
_WRONG_KEY = "The provided key element does not match the schema"


class ModelTable:
    """`items` may be read by anybody; changes go through `replace`, so that the past can be told."""

    def __init__(self, shape: TableShape) -> None:
        self.shape = shape
        self.items: dict[Key, Item] = {}
        self._changes: list[tuple[datetime, Key, Item | None]] = []
        self._keys = (shape.partition_key, shape.sort_key)

    def replace(self, key: Key, new: Item | None, at: datetime) -> None:
        """Store an item, or delete with None."""
        self._changes.append((at, key, self.items.get(key)))
        if new is None:
            self.items.pop(key, None)
        else:
            self.items[key] = new

    def as_of(self, moment: datetime) -> Mapping[Key, Item]:
        """The items without the changes made at `moment` or later."""
        items = dict(self.items)
        for at, key, before in reversed(self._changes):
            if at < moment:
                break
            if before is None:
                items.pop(key, None)
            else:
                items[key] = before
        return items

    def key_given(self, attributes: Mapping[str, AttributeValue]) -> Key:
        """The key that names an item, and nothing else. Raises InvalidRequest."""
        if len(attributes) != len(self._keys):
            raise InvalidRequest(_WRONG_KEY)
        for name in self._keys:
            value = attributes.get(name)
            if value is None or self.shape.key_types[name] not in value:
                raise InvalidRequest(_WRONG_KEY)
            _refuse_empty_key(name, value)
        return self._key(attributes)

    def key_of_new(self, item: Item) -> Key:
        """The key of an item to be stored; its index keys are checked as well. Raises InvalidRequest."""
        for name in self._keys:
            if name not in item:
                raise InvalidRequest(f"One or more parameter values were invalid: Missing the key {name} in the item")
            if self.shape.key_types[name] not in item[name]:
                raise InvalidRequest(
                    f"One or more parameter values were invalid: Type mismatch for key {name} expected: "
                    f"{self.shape.key_types[name]} actual: {type_and_content(item[name])[0]}"
                )
            _refuse_empty_key(name, item[name])
        self.check_index_keys(item)
        return self._key(item)

    def check_index_keys(self, item: Item) -> None:
        """Raises InvalidRequest when an attribute that an index is sorted by has another type or is empty."""
        for name, kind in self.shape.key_types.items():
            value = item.get(name)
            if value is None:
                continue
            if kind not in value:
                raise InvalidRequest(
                    "One or more parameter values were invalid: Type mismatch for Index Key "
                    f"{name} Expected: {kind} Actual: {type_and_content(value)[0]} IndexName: {self._index_of(name)}"
                )
            _refuse_empty_key(name, value)

    def _index_of(self, name: str) -> str:
        indexes = self.shape.indexes.values()
        return next((each.name for each in indexes if name in (each.partition_key, each.sort_key)), "")

    def _key(self, attributes: Mapping[str, AttributeValue]) -> Key:
        return sort_key(attributes[self._keys[0]]), sort_key(attributes[self._keys[1]])


def _refuse_empty_key(name: str, value: AttributeValue) -> None:
    if value.get("S") == "" or value.get("B") == b"":
        raise InvalidRequest(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            f"empty string value. Key: {name}"
        )
