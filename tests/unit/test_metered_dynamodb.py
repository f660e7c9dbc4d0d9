"""The meter in front of the table in memory counts as DynamoDB's developer guide says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.metered_dynamodb import MeteredDynamoDB, item_bytes
from benchmarks.prices import Price
from simulation.model_errors import NotModelled
from simulation.model_resources import Index, TableShape

TABLE = TableShape(
    name="t",
    partition_key="pk",
    sort_key="sk",
    key_types={"pk": "S", "sk": "S", "due_shard": "S", "due_at": "S"},
    indexes={"due": Index("due", "due_shard", "due_at", frozenset({"pk", "sk", "due_shard", "due_at"}))},
)
KEY = {"pk": {"S": "a"}, "sk": {"S": "a"}}
DUE = {"due_shard": {"S": "0"}, "due_at": {"S": "1"}}


@pytest.fixture
def table() -> MeteredDynamoDB:
    return MeteredDynamoDB((TABLE,), lambda: datetime(2026, 3, 2, tzinfo=UTC))


def text(length: int) -> dict[str, Any]:
    """An attribute `t` of so many bytes, its name included."""
    return {"t": {"S": "x" * (length - 1)}}


def put(table: MeteredDynamoDB, **attributes: Any) -> float:
    before = table.used["write units"]
    table.put_item(TableName="t", Item={**KEY, **attributes})
    return table.used["write units"] - before


@pytest.mark.parametrize(
    ("attribute", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "0"}, 2),
        ({"N": "1000"}, 2),
        ({"N": "12345"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 8),
        ({"M": {"ab": {"S": "cd"}}}, 8),
    ],
)
def test_an_attribute_is_as_large_as_its_name_and_value(attribute: Any, size: int) -> None:

    assert len("name") + size == item_bytes({"name": attribute})


def test_a_write_counts_each_kilobyte_begun(table: MeteredDynamoDB) -> None:
    of_the_key = item_bytes(KEY)

    assert [1, 1, 2] == [put(table, **text(size)) for size in (10, 1024 - of_the_key, 1025 - of_the_key)]


def test_a_write_counts_by_the_larger_of_before_and_after(table: MeteredDynamoDB) -> None:
    put(table, **text(3000))

    assert 3 == put(table, **text(10))


def test_an_index_costs_where_its_entry_changes(table: MeteredDynamoDB) -> None:
    entered = put(table, **DUE)
    unchanged = put(table, **DUE, **text(10))
    moved = put(table, **{**DUE, "due_at": {"S": "2"}})
    left = put(table)

    assert (2, 1, 3, 2) == (entered, unchanged, moved, left)
    assert 4 == table.used["of these in indexes"]


def test_a_transaction_counts_twice_and_its_indexes_once(table: MeteredDynamoDB) -> None:
    check = {"TableName": "t", "Key": {**KEY, "sk": {"S": "b"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    table.transact_write_items(
        TransactItems=[{"Put": {"TableName": "t", "Item": {**KEY, **DUE}}}, {"ConditionCheck": check}]
    )

    assert (5, 1) == (table.used["write units"], table.used["of these in indexes"])


def test_a_refused_write_counts_as_well(table: MeteredDynamoDB) -> None:
    put(table, **text(1500))
    before = table.used["write units"]
    with pytest.raises(ClientError):
        table.put_item(TableName="t", Item=KEY, ConditionExpression="attribute_not_exists(pk)")

    assert 2 == table.used["write units"] - before


def test_a_refused_transaction_is_not_guessed_at(table: MeteredDynamoDB) -> None:
    put(table)
    again = {"TableName": "t", "Item": KEY, "ConditionExpression": "attribute_not_exists(pk)"}

    with pytest.raises(NotModelled):
        table.transact_write_items(TransactItems=[{"Put": again}])


def test_a_read_counts_four_kilobytes_at_a_time_and_half_when_it_may_lag(table: MeteredDynamoDB) -> None:
    put(table, **text(5000))
    read = []
    for key, consistent in ((KEY, True), (KEY, False), ({**KEY, "sk": {"S": "none"}}, True)):
        before = table.used["read units"]
        table.get_item(TableName="t", Key=key, ConsistentRead=consistent)
        read.append(table.used["read units"] - before)

    assert [2, 1, 1] == read


def test_a_query_counts_all_that_it_looks_at(table: MeteredDynamoDB) -> None:
    put(table, **DUE, **text(5000))
    of_the_table = {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "a"}, ":t": {"S": "y"}},
        "FilterExpression": "t = :t",
        "ConsistentRead": True,
    }
    of_the_index = {
        "IndexName": "due",
        "KeyConditionExpression": "due_shard = :shard",
        "ExpressionAttributeValues": {":shard": {"S": "0"}},
        "Select": "COUNT",
    }
    read = []
    for query in (of_the_table, of_the_index):
        before = table.used["read units"]
        table.query(TableName="t", **query)
        read.append(table.used["read units"] - before)

    assert [2, 0.5] == read


def test_storage_counts_indexes_and_leaves_out_what_expires(table: MeteredDynamoDB) -> None:
    put(table, **DUE)
    table.put_item(TableName="t", Item={"pk": {"S": "b"}, "sk": {"S": "b"}, "expires_at": {"N": "1"}})

    assert 2 * (item_bytes({**KEY, **DUE}) + 100) == table.stored_bytes()


def test_an_allowance_is_taken_off_once() -> None:
    price = Price("Alarms", "metrics", 0.10, free=10)

    assert pytest.approx([1.2, 0.2, 0]) == [price.of(12), price.of(12, free=True), price.of(9, free=True)]
