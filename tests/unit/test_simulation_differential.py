"""The model and moto answer the same operations alike: expressions of the application, and others grown at random."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import Clients
from simulation.model_dynamodb import ModelDynamoDB
from simulation.model_resources import declared_resources
from simulation.model_sqs import ModelSQS
from simulation.random_operations import RandomOperations
from simulation.virtual_clock import VirtualClock

STAGE = "test"
RESOURCES = declared_resources(STAGE)
TABLE = RESOURCES.tables[0].name
IGNORED = {"ItemCollectionMetrics", "ResponseMetadata", "LastEvaluatedKey", "Count", "ScannedCount", "ConsumedCapacity"}


def a_model() -> ModelDynamoDB:
    return ModelDynamoDB(RESOURCES.tables, VirtualClock())


def operations_of(seed: int) -> RandomOperations:
    return RandomOperations(TABLE, random.Random(seed))  # noqa: S311 - it must be the same again


def outcome(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """An answer or an error, without the texts, and without what moto tells otherwise than AWS documents it: an
    update that does not fit its item is a reason for cancelling a transaction."""
    try:
        answer = getattr(client, operation)(**parameters)
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        if any(each["Code"] == "ValidationError" for each in reasons):
            return "ValidationException", []
        return error.response["Error"]["Code"], [(each["Code"], plain(each.get("Item"))) for each in reasons]
    return {name: plain(value) for name, value in answer.items() if name not in IGNORED}


def plain(value: Any) -> Any:
    """A set has no order; a batch is answered in any."""
    if isinstance(value, dict):
        return {
            name: sorted(member) if name in ("SS", "NS") else in_any_order(name, member)
            for name, member in value.items()
        }
    return [plain(member) for member in value] if isinstance(value, list) else value


def in_any_order(name: str, member: Any) -> Any:
    return sorted(map(plain, member), key=repr) if name == TABLE else plain(member)


@pytest.mark.parametrize("seed", range(3))
def test_the_model_and_moto_agree_on_random_operations(aws: Clients, seed: int) -> None:
    model, operations = a_model(), operations_of(seed)
    for _ in range(150):
        operation, parameters = operations.draw()

        assert outcome(aws.dynamodb, operation, parameters) == outcome(model, operation, parameters), parameters


def test_the_model_and_moto_agree_on_pages(aws: Clients) -> None:
    model, operations = a_model(), operations_of(7)
    for _ in range(40):
        parameters = operations.put()
        for client in (aws.dynamodb, model):
            outcome(client, "put_item", parameters)
    for place, parameters in enumerate(operations.query() for _ in range(60)):
        paged = {**parameters, "Limit": 1 + place % 3}

        assert all_pages(aws.dynamodb, paged) == all_pages(model, paged), paged


def all_pages(client: Any, parameters: dict[str, Any]) -> list[Any]:
    """The items of every page."""
    answer = client.query(**parameters)
    items = list(answer["Items"])
    while "LastEvaluatedKey" in answer:
        answer = client.query(**parameters, ExclusiveStartKey=answer["LastEvaluatedKey"])
        items += answer["Items"]
    return [plain(item) for item in items]


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("get_item", {"TableName": "missing", "Key": {"pk": {"S": "1"}, "sk": {"S": "1"}}}),
    ("get_item", {"Key": {"pk": {"S": "1"}}}),
    ("put_item", {"Item": {"pk": {"S": "1"}}}),
    ("put_item", {"Item": {"pk": {"S": ""}, "sk": {"S": "1"}}}),
    ("update_item", {"UpdateExpression": "SET sk = :v", "ExpressionAttributeValues": {":v": {"S": "2"}}}),
    ("update_item", {"UpdateExpression": "SET status = :v", "ExpressionAttributeValues": {":v": {"S": "2"}}}),
    ("update_item", {"UpdateExpression": "SET a = :v, a = :v", "ExpressionAttributeValues": {":v": {"S": "2"}}}),
    ("update_item", {"UpdateExpression": "SET a = :v SET b = :v", "ExpressionAttributeValues": {":v": {"S": "2"}}}),
    ("update_item", {"UpdateExpression": "SET a = :v", "ExpressionAttributeValues": {":w": {"S": "2"}}}),
    ("update_item", {"UpdateExpression": "ADD a :v", "ExpressionAttributeValues": {":v": {"S": "2"}}}),
    ("update_item", {"UpdateExpression": "SET a.b = :v", "ExpressionAttributeValues": {":v": {"S": "2"}}}),
    ("delete_item", {"ConditionExpression": "attribute_exists(level)"}),
    ("delete_item", {"ConditionExpression": "((a = :v))", "ExpressionAttributeValues": {":v": {"S": "1"}}}),
    ("query", {"KeyConditionExpression": "sk = :v", "ExpressionAttributeValues": {":v": {"S": "1"}}}),
    ("query", {"KeyConditionExpression": "pk > :v", "ExpressionAttributeValues": {":v": {"S": "1"}}}),
    (
        "query",
        {
            "IndexName": "due",
            "ConsistentRead": True,
            "KeyConditionExpression": "due_shard = :v",
            "ExpressionAttributeValues": {":v": {"S": "1"}},
        },
    ),
]


def test_the_model_and_moto_refuse_the_same_requests(aws: Clients) -> None:
    key = {"pk": {"S": "1"}, "sk": {"S": "1"}}
    for operation, given in REFUSED:
        keyed = {"Key": key} if operation in ("update_item", "delete_item") else {}
        parameters = {"TableName": TABLE, **keyed, **given}
        expected = outcome(aws.dynamodb, operation, parameters)

        assert isinstance(expected, tuple), parameters
        assert expected == outcome(a_model(), operation, parameters), parameters


def test_the_model_and_moto_pass_a_message_through_a_queue_alike(aws: Clients) -> None:

    assert conversation(aws.sqs) == conversation(ModelSQS(RESOURCES.queues, VirtualClock()))


def conversation(sqs: Any) -> list[Any]:
    """What a sender and a consumer see who receive a message as often as the queue allows."""
    url = sqs.get_queue_url(QueueName=f"enquiry-desk-{STAGE}-notifications")["QueueUrl"]
    dead = sqs.get_queue_url(QueueName=f"enquiry-desk-{STAGE}-notifications-dead")["QueueUrl"]
    entries = [{"Id": "0", "MessageBody": "now"}, {"Id": "1", "MessageBody": "later", "DelaySeconds": 60}]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    seen: list[Any] = [url, [each["Id"] for each in answer["Successful"]], numbers(sqs, url)]
    for _ in range(6):
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
        seen.append([message["Body"] for message in messages])
    seen += [numbers(sqs, url), numbers(sqs, dead)]
    (message,) = sqs.receive_message(QueueUrl=dead)["Messages"]
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
    return [*seen, numbers(sqs, dead), refusal(sqs, "missing")]


def numbers(sqs: Any, url: str) -> dict[str, str]:
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    return dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"])


def refusal(sqs: Any, name: str) -> str:
    with pytest.raises(ClientError) as caught:
        sqs.get_queue_url(QueueName=name)
    return str(caught.value.response["Error"]["Code"])


STORED = {
    "pk": {"S": "ENQUIRY#1"},
    "sk": {"S": "ENQUIRY"},
    "name": {"S": "Ann"},
    "two": {"N": "2"},
    "ten": {"N": "10"},
    "same_ten": {"N": "10.0"},
    "letters": {"L": [{"S": "a"}, {"S": "b"}, {"S": "c"}]},
    "words": {"SS": ["red", "blue"]},
    "sizes": {"NS": ["1", "2"]},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "answers": {"M": {"pain": {"M": {"scale": {"N": "7"}, "places": {"L": [{"S": "arm"}]}}}}},
}
VALUES = {
    ":ann": {"S": "Ann"},
    ":a": {"S": "A"},
    ":b": {"S": "b"},
    ":blue": {"S": "blue"},
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":ten": {"N": "10"},
    ":list": {"L": [{"S": "d"}]},
    ":more": {"SS": ["blue", "green"]},
    ":all": {"SS": ["red", "blue"]},
    ":turned": {"SS": ["blue", "red"]},
    ":sizes": {"NS": ["2", "3"]},
    ":yes": {"BOOL": True},
    ":type": {"S": "N"},
}
CONDITIONS = (
    "two < :ten",
    "ten > :two",
    "ten = same_ten",
    "two = ten OR two < ten",
    "NOT two = :two",
    "NOT (two = :two AND name = :ann)",
    "two = :one OR two = :two AND name = :a",
    "(two = :two OR two = :one) AND name = :a",
    "missing = :one OR missing < :one",
    "missing <> :one",
    "begins_with(name, :a)",
    "begins_with(missing, :a)",
    "contains(name, :b)",
    "contains(letters, :b)",
    "contains(letters, :ann)",
    "contains(words, :blue)",
    "contains(words, :ann)",
    "contains(sizes, :two)",
    "words = :all",
    "words = :turned",
    "size(name) < :ten",
    "size(letters) > :two",
    "size(words) = :two",
    "size(answers) = :one",
    "attribute_exists(answers.pain.scale)",
    "attribute_exists(answers.pain.missing)",
    "answers.pain.scale > :two",
    "letters[1] = :b",
    "attribute_not_exists(letters[7])",
    "attribute_type(two, :type)",
    "attribute_type(name, :type)",
    "two IN (:one, :two)",
    "two IN (:one, :ten)",
    "two BETWEEN :one AND :ten",
    "ten BETWEEN :one AND :two",
    "yes = :yes",
    "attribute_exists(nothing) AND NOT yes <> :yes",
)
UPDATES = (
    "SET two = ten, ten = two",
    "SET two = two + :ten",
    "SET two = two - ten",
    "SET fresh = if_not_exists(two, :one), other = if_not_exists(missing, :one)",
    "SET counted = if_not_exists(missing, :one) + :two",
    "SET letters = list_append(letters, :list)",
    "SET letters = list_append(:list, letters)",
    "SET letters[1] = :ann",
    "SET letters[9] = :ann",
    "SET answers.pain.scale = :one",
    "SET answers.pain.fresh = :one",
    "SET answers.missing.scale = :one",
    "SET missing = missing + :one",
    "SET name = name + :one",
    "REMOVE two, missing",
    "REMOVE letters[0]",
    "REMOVE answers.pain.scale",
    "ADD two :ten",
    "ADD missing :ten",
    "ADD words :more",
    "ADD missing :more",
    "ADD sizes :sizes",
    "ADD name :one",
    "DELETE words :more",
    "DELETE words :all",
    "DELETE missing :all",
    "SET name = :a REMOVE two ADD ten :one DELETE words :more",
)


@pytest.mark.parametrize("clause", ["ConditionExpression", "UpdateExpression"])
def test_the_model_and_moto_agree_on_every_form_of_expression(aws: Clients, clause: str) -> None:
    model = a_model()
    for expression in CONDITIONS if clause == "ConditionExpression" else UPDATES:
        values = {name: value for name, value in VALUES.items() if name in re.findall(r":\w+", expression)}
        expressions = {"UpdateExpression": "REMOVE probe", clause: expression}
        parameters = {"TableName": TABLE, "Key": {name: STORED[name] for name in ("pk", "sk")}, **expressions}
        parameters |= {"ReturnValues": "ALL_NEW", **({"ExpressionAttributeValues": values} if values else {})}
        for client in (aws.dynamodb, model):
            client.put_item(TableName=TABLE, Item=STORED)

        assert outcome(aws.dynamodb, "update_item", parameters) == outcome(model, "update_item", parameters), expression
