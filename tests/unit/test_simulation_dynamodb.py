"""Where the model is to follow the DynamoDB developer guide and moto does not, or has no such thing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulation.model_dynamodb import STALE_FOR, ModelDynamoDB
from simulation.model_errors import NotModelled
from simulation.model_resources import declared_resources
from simulation.virtual_clock import VirtualClock

TABLE = declared_resources("test").tables[0].name
KEY = {"pk": {"S": "ENQUIRY#1"}, "sk": {"S": "ENQUIRY"}}
DUE = {"due_shard": {"S": "0"}, "due_at": {"S": "2026-03-02"}}
DUE_QUERY: dict[str, Any] = {
    "IndexName": "due",
    "KeyConditionExpression": "due_shard = :shard",
    "ExpressionAttributeValues": {":shard": {"S": "0"}},
}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def model(clock: VirtualClock) -> ModelDynamoDB:
    return ModelDynamoDB(declared_resources("test").tables, clock)


def put(model: ModelDynamoDB, **attributes: Any) -> None:
    model.put_item(TableName=TABLE, Item={**KEY, **attributes})


def item(model: ModelDynamoDB) -> Any:
    return model.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True).get("Item")


def code_of(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


STRICTER: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"Item": {**KEY, "due_at": {"N": "1"}}}),
    ("update_item", {"Key": KEY, "UpdateExpression": "SET #a = :v", "ExpressionAttributeValues": {":v": {"S": "1"}}}),
    (
        "delete_item",
        {
            "Key": KEY,
            "ConditionExpression": "a = :v",
            "ExpressionAttributeValues": {":v": {"S": "1"}, ":unused": {"S": "2"}},
        },
    ),
    ("delete_item", {"Key": KEY, "ConditionExpression": "attribute_exists(a) b"}),
    ("delete_item", {"Key": KEY, "ConditionExpression": "attribute_gone(a)"}),
    ("query", {**DUE_QUERY, "IndexName": "none"}),
    ("query", {**DUE_QUERY, "KeyConditionExpression": "due_shard = :shard OR due_at = :shard"}),
]


@pytest.mark.parametrize(("operation", "given"), STRICTER)
def test_what_dynamodb_finds_invalid_is_refused(model: ModelDynamoDB, operation: str, given: dict[str, Any]) -> None:

    assert "ValidationException" == code_of(getattr(model, operation), TableName=TABLE, **given)


def test_a_parameter_that_the_model_does_not_know_is_never_overlooked(model: ModelDynamoDB) -> None:
    with pytest.raises(NotModelled):
        model.get_item(TableName=TABLE, Key=KEY, ReturnConsumedCapacity="TOTAL")


def test_two_writes_of_one_item_in_a_batch_are_refused(model: ModelDynamoDB) -> None:
    requests = {TABLE: [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]}

    assert "ValidationException" == code_of(model.batch_write_item, RequestItems=requests)


def test_a_transaction_on_a_missing_table_is_refused_whole(model: ModelDynamoDB) -> None:
    actions = [{"Delete": {"TableName": "missing", "Key": KEY}}]

    assert "ResourceNotFoundException" == code_of(model.transact_write_items, TransactItems=actions)


def test_an_update_that_does_not_fit_its_item_cancels_the_transaction(model: ModelDynamoDB) -> None:
    update = {"UpdateExpression": "SET a = a + :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    other = {"Put": {"TableName": TABLE, "Item": {**KEY, "sk": {"S": "EVENT"}}}}
    with pytest.raises(ClientError) as caught:
        model.transact_write_items(TransactItems=[other, {"Update": {"TableName": TABLE, "Key": KEY, **update}}])

    reasons = caught.value.response["CancellationReasons"]

    assert ["None", "ValidationError"] == [reason["Code"] for reason in reasons]
    assert {} == model.tables[TABLE].items


def test_a_token_makes_a_transaction_happen_once(model: ModelDynamoDB, clock: VirtualClock) -> None:
    update = {"UpdateExpression": "ADD a :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    actions = [{"Update": {"TableName": TABLE, "Key": KEY, **update}}]
    for _ in range(2):
        model.transact_write_items(TransactItems=actions, ClientRequestToken="token")

    assert {"N": "1"} == item(model)["a"]
    assert "IdempotentParameterMismatchException" == code_of(
        model.transact_write_items, TransactItems=[], ClientRequestToken="token"
    )

    clock.move(601)
    model.transact_write_items(TransactItems=actions, ClientRequestToken="token")

    assert {"N": "2"} == item(model)["a"]


def test_a_full_page_names_where_to_go_on_even_when_nothing_follows(model: ModelDynamoDB) -> None:
    put(model, **DUE)

    answer = model.query(TableName=TABLE, **DUE_QUERY, Limit=1)

    assert {**KEY, **DUE} == answer["LastEvaluatedKey"]
    assert [] == model.query(TableName=TABLE, **DUE_QUERY, ExclusiveStartKey=answer["LastEvaluatedKey"])["Items"]


def test_an_index_shows_only_what_it_projects(model: ModelDynamoDB) -> None:
    put(model, **DUE, name={"S": "Ann Example"})

    assert [{**KEY, **DUE}] == model.query(TableName=TABLE, **DUE_QUERY)["Items"]


def test_a_stale_query_shows_what_was_true_before(model: ModelDynamoDB, clock: VirtualClock) -> None:
    put(model, **DUE)
    clock.move(STALE_FOR.total_seconds() + 1)
    model.delete_item(TableName=TABLE, Key=KEY)

    assert [] == model.query(TableName=TABLE, **DUE_QUERY)["Items"]
    assert [{**KEY, **DUE}] == model.stale_query(TableName=TABLE, **DUE_QUERY)["Items"]

    clock.move(STALE_FOR.total_seconds())

    assert [{**KEY, **DUE}] == model.stale_query(TableName=TABLE, **DUE_QUERY)["Items"]

    clock.move(0.001)

    assert [] == model.stale_query(TableName=TABLE, **DUE_QUERY)["Items"]


def test_a_consistent_read_is_never_stale(model: ModelDynamoDB) -> None:
    put(model)

    assert {} == model.stale_get_item(TableName=TABLE, Key=KEY)
    assert {"Item": KEY} == model.stale_get_item(TableName=TABLE, Key=KEY, ConsistentRead=True)


def test_a_partial_batch_says_what_it_left(model: ModelDynamoDB) -> None:
    keys = [{**KEY, "sk": {"S": str(number)}} for number in range(3)]
    requests = [{"PutRequest": {"Item": key}} for key in keys]
    left = model.variants["batch_write_item", "partial"](RequestItems={TABLE: requests})["UnprocessedItems"]

    assert {TABLE: requests[1:]} == left

    model.batch_write_item(RequestItems=left)
    answer = model.variants["batch_get_item", "partial"](RequestItems={TABLE: {"Keys": keys}})

    assert {TABLE: keys[:1]} == answer["Responses"]
    assert {TABLE: {"Keys": keys[1:]}} == answer["UnprocessedKeys"]


@pytest.mark.parametrize("comparator", ["=", "<", "<=", ">", ">="])
def test_values_of_different_types_do_not_compare(model: ModelDynamoDB, comparator: str) -> None:
    put(model, attempts={"N": "1"})
    condition = {"ConditionExpression": f"attempts {comparator} :v", "ExpressionAttributeValues": {":v": {"S": "1"}}}

    assert "ConditionalCheckFailedException" == code_of(model.delete_item, TableName=TABLE, Key=KEY, **condition)


def test_elements_are_removed_by_the_places_that_they_had(model: ModelDynamoDB) -> None:
    put(model, flags={"L": [{"S": letter} for letter in "abc"]})
    model.update_item(TableName=TABLE, Key=KEY, UpdateExpression="REMOVE flags[0], flags[1]")

    assert {"L": [{"S": "c"}]} == item(model)["flags"]


def test_what_a_caller_does_to_an_answer_does_not_reach_the_table(model: ModelDynamoDB) -> None:
    put(model)
    item(model)["pk"] = {"S": "changed"}

    assert KEY == item(model)


def test_now_is_that_of_the_virtual_clock(clock: VirtualClock) -> None:
    began = clock()
    clock.pause(1.5)
    clock.move_to(began)

    assert began + timedelta(seconds=1.5) == clock()
    assert began == clock.move(-1.5)
