"""DynamoDB in memory, with the client's methods and errors: single writes, transactions, reads, queries, batches.

Transactions are all or nothing; reads and indexes are up to date unless a fault says otherwise. Not modelled: item
and page sizes, capacity, deletion by TTL (DynamoDB itself deletes days late).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from simulation.model_errors import ConditionFailed, InvalidForItem, InvalidRequest, Item, client_error
from simulation.model_queries import PARAMETERS as QUERY_PARAMETERS
from simulation.model_queries import answer, compiled_projection, planned_query
from simulation.model_resources import TableShape
from simulation.model_syntax import projected
from simulation.model_table import Key, ModelTable
from simulation.model_writes import (
    PARAMETERS,
    Change,
    check_placeholders,
    planned_change,
    require_known,
    table_of,
    target_of,
)

STALE_FOR = timedelta(seconds=5)
"""How far behind an eventually consistent read may be when a fault makes it stale."""
_TOKEN_VALID = timedelta(minutes=10)
_MAX_ACTIONS = 100
_MAX_BATCH_WRITES = 25
_MAX_BATCH_READS = 100
_DUPLICATES = "Provided list of item keys contains duplicates"
_GET_PARAMETERS = {"TableName", "Key", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"}


class ModelDynamoDB:
    """`variants` are the answers that a fault may put in place of the ordinary one."""

    def __init__(self, shapes: Iterable[TableShape], clock: Callable[[], datetime]) -> None:
        self.tables = {shape.name: ModelTable(shape) for shape in shapes}
        self._clock = clock
        self._tokens: dict[str, tuple[datetime, Any]] = {}
        self.variants: dict[tuple[str, str], Callable[..., Any]] = {
            ("query", "stale_index"): self.stale_query,
            ("get_item", "stale_index"): self.stale_get_item,
            ("put_item", "retried"): lambda **p: self._twice(self.put_item, p),
            ("update_item", "retried"): lambda **p: self._twice(self.update_item, p),
            ("delete_item", "retried"): lambda **p: self._twice(self.delete_item, p),
            ("batch_write_item", "partial"): self.partial_batch_write_item,
            ("batch_get_item", "partial"): self.partial_batch_get_item,
        }

    def put_item(self, **parameters: Any) -> dict[str, Any]:
        """`PutItem`."""
        return self._write("PutItem", "Put", parameters)

    def update_item(self, **parameters: Any) -> dict[str, Any]:
        """`UpdateItem`."""
        return self._write("UpdateItem", "Update", parameters)

    def delete_item(self, **parameters: Any) -> dict[str, Any]:
        """`DeleteItem`."""
        return self._write("DeleteItem", "Delete", parameters)

    def get_item(self, **parameters: Any) -> dict[str, Any]:
        """`GetItem`."""
        return self._get(parameters, stale=False)

    def stale_get_item(self, **parameters: Any) -> dict[str, Any]:
        """`GetItem` from a copy that lags, unless a consistent read was asked for."""
        return self._get(parameters, stale=not parameters.get("ConsistentRead"))

    def query(self, **parameters: Any) -> dict[str, Any]:
        """`Query`."""
        return self._query(parameters, stale=False)

    def stale_query(self, **parameters: Any) -> dict[str, Any]:
        """`Query` of an index, or of a copy of the table, that lags; not if a consistent read was asked for."""
        return self._query(parameters, stale=not parameters.get("ConsistentRead"))

    def transact_write_items(self, **parameters: Any) -> dict[str, Any]:
        """`TransactWriteItems`."""
        require_known(parameters, {"TransactItems", "ClientRequestToken"})
        actions, token = parameters["TransactItems"], parameters.get("ClientRequestToken")
        if token is not None and self._was_done(token, actions):
            return {}
        changes = self._all_or_nothing([next(iter(each.items())) for each in actions])
        self._apply(change for change in changes if change.after is not change.before)
        if token is not None:
            self._tokens[token] = (self._clock() + _TOKEN_VALID, actions)
        return {}

    def batch_write_item(self, **parameters: Any) -> dict[str, Any]:
        """`BatchWriteItem`: puts and deletes without conditions."""
        require_known(parameters, {"RequestItems"})
        self._apply(self._batch_changes(_batch_writes(parameters)))
        return {"UnprocessedItems": {}}

    def partial_batch_write_item(self, **parameters: Any) -> dict[str, Any]:
        """`BatchWriteItem` that leaves the later half undone and says so."""
        done, left = _halved(parameters["RequestItems"])
        self.batch_write_item(RequestItems=done)
        return {"UnprocessedItems": left}

    def batch_get_item(self, **parameters: Any) -> dict[str, Any]:
        """`BatchGetItem`."""
        require_known(parameters, {"RequestItems"})
        responses = {name: self._batch_get(name, wanted) for name, wanted in parameters["RequestItems"].items()}
        return {"Responses": responses, "UnprocessedKeys": {}}

    def partial_batch_get_item(self, **parameters: Any) -> dict[str, Any]:
        """`BatchGetItem` that leaves the later half of the keys unread and says so."""
        wanted: Mapping[str, Any] = parameters["RequestItems"]
        done, left = _halved({name: each["Keys"] for name, each in wanted.items()})
        responses = self.batch_get_item(RequestItems={name: {**wanted[name], "Keys": done[name]} for name in done})
        return {**responses, "UnprocessedKeys": {name: {**wanted[name], "Keys": left[name]} for name in left}}

    def _write(self, operation: str, kind: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        require_known(parameters, PARAMETERS[kind] | {"ReturnValues"})
        table = table_of(self.tables, parameters["TableName"], operation)
        try:
            change = planned_change(table, target_of(table, kind, parameters), kind, parameters)
        except ConditionFailed as failure:
            raise client_error(
                operation, "ConditionalCheckFailedException", str(failure), members=_found(failure)
            ) from None
        except InvalidRequest as error:
            raise _validation_error(operation, error) from None
        self._apply([change])
        return _returned(change, parameters.get("ReturnValues", "NONE"))

    def _apply(self, changes: Iterable[Change]) -> None:
        now = self._clock()
        for change in changes:
            change.table.replace(change.key, change.after, now)

    @staticmethod
    def _twice(write: Callable[..., dict[str, Any]], parameters: dict[str, Any]) -> dict[str, Any]:
        """The first answer was lost and the client sent the write again by itself: the caller sees the second."""
        write(**parameters)
        return write(**parameters)

    def _was_done(self, token: str, actions: Any) -> bool:
        valid_until, before = self._tokens.get(token, (self._clock(), None))
        if before is None or valid_until < self._clock():
            return False
        if before != actions:
            raise client_error("TransactWriteItems", "IdempotentParameterMismatchException")
        return True

    def _all_or_nothing(self, actions: list[tuple[str, dict[str, Any]]]) -> list[Change]:
        operation = "TransactWriteItems"
        try:
            targets = self._distinct_targets(actions)
            changes, reasons = [], []
            for (table, key), (kind, action) in zip(targets, actions, strict=True):
                reason, change = _tried(table, key, kind, action)
                reasons.append(reason)
                changes += [change] if change is not None else []
        except InvalidRequest as error:
            raise _validation_error(operation, error) from None
        if len(changes) < len(actions):
            codes = ", ".join(reason["Code"] for reason in reasons)
            message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
            raise client_error(
                operation, "TransactionCanceledException", message, members={"CancellationReasons": reasons}
            )
        return changes

    def _distinct_targets(self, actions: list[tuple[str, dict[str, Any]]]) -> list[tuple[ModelTable, Key]]:
        if not 0 < len(actions) <= _MAX_ACTIONS:
            raise InvalidRequest("Member must have length less than or equal to 100")
        targets = []
        for kind, action in actions:
            require_known(action, PARAMETERS[kind])
            table = table_of(self.tables, action["TableName"], "TransactWriteItems")
            targets.append((table, target_of(table, kind, action)))
        if len(set(targets)) < len(actions):
            raise InvalidRequest("Transaction request cannot include multiple operations on one item")
        return targets

    def _batch_changes(self, writes: list[tuple[str, str, dict[str, Any]]]) -> list[Change]:
        operation = "BatchWriteItem"
        try:
            if not 0 < len(writes) <= _MAX_BATCH_WRITES:
                raise InvalidRequest("Too many items requested for the BatchWriteItem call")
            tables = [table_of(self.tables, name, operation) for name, _, _ in writes]
            changes = [
                planned_change(table, target_of(table, kind, action), kind, action)
                for table, (_, kind, action) in zip(tables, writes, strict=True)
            ]
            if len({(change.table.shape.name, change.key) for change in changes}) < len(changes):
                raise InvalidRequest(_DUPLICATES)
        except InvalidRequest as error:
            raise _validation_error(operation, error) from None
        return changes

    def _get(self, parameters: Mapping[str, Any], *, stale: bool) -> dict[str, Any]:
        require_known(parameters, _GET_PARAMETERS)
        table = table_of(self.tables, parameters["TableName"], "GetItem")
        try:
            key = table.key_given(parameters["Key"])
            item = self._items(table, stale=stale).get(key)
            return {} if item is None else {"Item": _selected(item, parameters)}
        except InvalidRequest as error:
            raise _validation_error("GetItem", error) from None

    def _batch_get(self, name: str, wanted: Mapping[str, Any]) -> list[Item]:
        require_known(wanted, _GET_PARAMETERS - {"TableName", "Key"} | {"Keys"})
        table = table_of(self.tables, name, "BatchGetItem")
        try:
            keys = [table.key_given(key) for key in wanted["Keys"]]
            if len(keys) > _MAX_BATCH_READS:
                raise InvalidRequest("Too many items requested for the BatchGetItem call")
            if len(set(keys)) < len(keys):
                raise InvalidRequest(_DUPLICATES)
            return [_selected(table.items[key], wanted) for key in keys if key in table.items]
        except InvalidRequest as error:
            raise _validation_error("BatchGetItem", error) from None

    def _query(self, parameters: Mapping[str, Any], *, stale: bool) -> dict[str, Any]:
        require_known(parameters, QUERY_PARAMETERS)
        table = table_of(self.tables, parameters["TableName"], "Query")
        try:
            return answer(planned_query(table, parameters), self._items(table, stale=stale).values(), parameters)
        except InvalidRequest as error:
            raise _validation_error("Query", error) from None

    def _items(self, table: ModelTable, *, stale: bool) -> Mapping[Any, Item]:
        return table.as_of(self._clock() - STALE_FOR) if stale else table.items


def _tried(table: ModelTable, key: Key, kind: str, action: Mapping[str, Any]) -> tuple[dict[str, Any], Change | None]:
    """What an action of a transaction would change, or the reason why not."""
    try:
        return {"Code": "None"}, planned_change(table, key, kind, action)
    except ConditionFailed as failure:
        return {"Code": "ConditionalCheckFailed", "Message": str(failure), **_found(failure)}, None
    except InvalidForItem as error:
        return {"Code": "ValidationError", "Message": str(error)}, None


def _found(failure: ConditionFailed) -> dict[str, Any]:
    return {"Item": failure.item} if failure.item is not None else {}


def _validation_error(operation: str, error: InvalidRequest) -> Exception:
    return client_error(operation, "ValidationException", str(error))


def _returned(change: Change, wanted: str) -> dict[str, Any]:
    """What `ReturnValues` asks for. `UPDATED_*` is modelled for attributes as a whole."""
    source = change.after if wanted.endswith("_NEW") else change.before
    if wanted == "NONE" or source is None:
        return {}
    if not wanted.startswith("UPDATED") or change.update is None:
        return {"Attributes": dict(source)}
    names = {str(path[0]) for path, _ in change.update.actions}
    return {"Attributes": {name: source[name] for name in names if name in source}}


def _selected(item: Item, parameters: Mapping[str, Any]) -> Item:
    expression = parameters.get("ProjectionExpression")
    if expression is None:
        return dict(item)
    names = parameters.get("ExpressionAttributeNames") or {}
    projection = compiled_projection(expression, names)
    check_placeholders(names, {}, projection)
    return projected(item, projection.paths)


def _batch_writes(parameters: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    kinds = {"PutRequest": "Put", "DeleteRequest": "Delete"}
    return [
        (table_name, kinds[kind], action)
        for table_name, requests in parameters["RequestItems"].items()
        for request in requests
        for kind, action in request.items()
    ]


def _halved(requests: Mapping[str, list[Any]]) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """At least one is left undone."""
    done = {name: each[: len(each) // 2] for name, each in requests.items()}
    left = {name: each[len(each) // 2 :] for name, each in requests.items()}
    return {name: each for name, each in done.items() if each}, {name: each for name, each in left.items() if each}
