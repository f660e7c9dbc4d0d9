"""What infrastructure/template.yaml declares, as far as the model plays it: tables, queues, topics, mail events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

TEMPLATE = Path(__file__).parent.parent / "infrastructure" / "template.yaml"
REGION = "us-east-1"
ACCOUNT = "123456789012"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Index:
    """`projected` are the attributes that a query of the index returns; None stands for all."""

    name: str
    partition_key: str
    sort_key: str
    projected: frozenset[str] | None


@dataclass(frozen=True)
class TableShape:
    """`key_types` gives the type of every attribute that is a key of the table or of an index."""

    name: str
    partition_key: str
    sort_key: str
    key_types: Mapping[str, str]
    indexes: Mapping[str, Index]


@dataclass(frozen=True)
class QueueShape:
    """A queue and where it sends what was received too often."""

    name: str
    visibility_seconds: int
    retention_seconds: int
    delay_seconds: int
    max_receive_count: int | None
    dead_letter_arn: str | None

    @property
    def url(self) -> str:
        """What the client calls it by."""
        return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self.name}"

    @property
    def arn(self) -> str:
        """What policies and subscriptions call it by."""
        return _arn("sqs", self.name)


@dataclass(frozen=True)
class Subscription:
    """A topic's messages go to a queue; `raw` leaves the envelope out."""

    topic_arn: str
    queue_arn: str
    raw: bool


@dataclass(frozen=True)
class EventDestination:
    """The events of a configuration set that go to a topic, in SES's spelling (`Delivery`)."""

    configuration_set: str
    event_types: frozenset[str]
    topic_arn: str


@dataclass(frozen=True)
class Resources:
    """Everything of one stage."""

    tables: tuple[TableShape, ...]
    queues: tuple[QueueShape, ...]
    topics: frozenset[str]
    subscriptions: tuple[Subscription, ...]
    configuration_sets: frozenset[str]
    event_destinations: tuple[EventDestination, ...]


@cache
def declared_resources(stage: str) -> Resources:
    """The stage's resources, read from the template as it is now."""
    return read_resources(TEMPLATE.read_text("utf-8"), stage)


def read_resources(template: str, stage: str) -> Resources:
    """The resources that a template declares. Raises KeyError when a name cannot be worked out."""
    document = yaml.load(template, _TemplateLoader)  # noqa: S506 - a SafeLoader with CloudFormation's tags
    resolver = _Resolver(document, {"Stage": stage})
    of = resolver.properties_of
    topics = of("AWS::SNS::Topic")
    return Resources(
        tables=tuple(map(_table, of("AWS::DynamoDB::Table"))),
        queues=tuple(map(_queue, of("AWS::SQS::Queue"))),
        topics=frozenset(_arn("sns", topic["TopicName"]) for topic in topics),
        subscriptions=(*_subscriptions(of("AWS::SNS::Subscription")), *_inline_subscriptions(topics)),
        configuration_sets=frozenset(each["Name"] for each in of("AWS::SES::ConfigurationSet")),
        event_destinations=tuple(
            _destination(each)
            for each in of("AWS::SES::ConfigurationSetEventDestination")
            if "SnsDestination" in each["EventDestination"]
        ),
    )


class _TemplateLoader(_LOADER):  # type: ignore[misc]
    """Reads `!Ref x` as `{"Ref": x}` and any other `!Name x` as `{"Fn::Name": x}`."""


def _intrinsic(loader: Any, name: str, node: Any) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name if name == "Ref" else f"Fn::{name}": value}


_TemplateLoader.add_multi_constructor("!", _intrinsic)


class _Resolver:
    """Works out `Ref`, `Sub`, `GetAtt` and `Join`; leaves other functions as they stand."""

    def __init__(self, document: dict[str, Any], parameters: Mapping[str, str]) -> None:
        self._resources = document["Resources"]
        defaults = {name: each.get("Default") for name, each in document.get("Parameters", {}).items()}
        pseudo = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws"}
        self._parameters = {**defaults, **parameters, **pseudo}

    def properties_of(self, kind: str) -> list[dict[str, Any]]:
        """The properties of every resource of a type, worked out."""
        found = [each for each in self._resources.values() if each["Type"] == kind]
        return [self._worked_out(each.get("Properties", {})) for each in found]

    def _worked_out(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._worked_out(element) for element in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in ("Ref", "Fn::Sub", "Fn::GetAtt", "Fn::Join"):
                return self._called(name, argument)
        return {name: self._worked_out(member) for name, member in value.items()}

    def _called(self, name: str, argument: Any) -> Any:
        if name == "Ref":
            return self._parameters[argument] if argument in self._parameters else self._id_of(argument)
        if name == "Fn::Sub":
            return re.sub(r"\$\{([^}]+)\}", lambda found: str(self._named(found[1])), argument)
        if name == "Fn::Join":
            return argument[0].join(map(str, self._worked_out(argument[1])))
        return self._named(argument if isinstance(argument, str) else ".".join(argument))

    def _named(self, name: str) -> Any:
        logical_id, _, attribute = name.partition(".")
        return self._attribute_of(logical_id, attribute) if attribute else self._called("Ref", name)

    def _id_of(self, logical_id: str) -> str:
        resource = self._resources[logical_id]
        if resource["Type"] == "AWS::SNS::Topic":
            return self._attribute_of(logical_id, "TopicArn")
        properties = resource.get("Properties", {})
        name = next((properties[each] for each in ("TableName", "QueueName", "Name") if each in properties), logical_id)
        return str(self._worked_out(name))

    def _attribute_of(self, logical_id: str, attribute: str) -> str:
        properties = self._resources[logical_id].get("Properties", {})
        for service, name in (("sqs", "QueueName"), ("sns", "TopicName")):
            if name in properties:
                return _arn(service, str(self._worked_out(properties[name])))
        return f"{logical_id}.{attribute}"


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def _keys(schema: list[dict[str, str]]) -> tuple[str, str]:
    """Partition and sort key. Raises KeyError when there is no sort key, which is not modelled."""
    by_type = {each["KeyType"]: each["AttributeName"] for each in schema}
    return by_type["HASH"], by_type["RANGE"]


def _table(properties: dict[str, Any]) -> TableShape:
    partition_key, sort_key = _keys(properties["KeySchema"])
    indexes = [_index(each, {partition_key, sort_key}) for each in properties.get("GlobalSecondaryIndexes", [])]
    return TableShape(
        name=properties["TableName"],
        partition_key=partition_key,
        sort_key=sort_key,
        key_types={each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]},
        indexes={index.name: index for index in indexes},
    )


def _index(properties: dict[str, Any], table_keys: set[str]) -> Index:
    partition_key, sort_key = _keys(properties["KeySchema"])
    projection = properties["Projection"]
    chosen = {partition_key, sort_key, *table_keys, *projection.get("NonKeyAttributes", [])}
    everything = projection["ProjectionType"] == "ALL"
    return Index(properties["IndexName"], partition_key, sort_key, None if everything else frozenset(chosen))


def _queue(properties: dict[str, Any]) -> QueueShape:
    redrive = properties.get("RedrivePolicy", {})
    return QueueShape(
        name=properties["QueueName"],
        visibility_seconds=int(properties.get("VisibilityTimeout", 30)),
        retention_seconds=int(properties.get("MessageRetentionPeriod", 345_600)),
        delay_seconds=int(properties.get("DelaySeconds", 0)),
        max_receive_count=int(redrive["maxReceiveCount"]) if redrive else None,
        dead_letter_arn=redrive.get("deadLetterTargetArn"),
    )


def _subscriptions(declared: list[dict[str, Any]]) -> list[Subscription]:
    return [
        Subscription(each["TopicArn"], each["Endpoint"], str(each.get("RawMessageDelivery", False)).lower() == "true")
        for each in declared
        if each["Protocol"] == "sqs"
    ]


def _inline_subscriptions(topics: list[dict[str, Any]]) -> list[Subscription]:
    return [
        Subscription(_arn("sns", topic["TopicName"]), each["Endpoint"], raw=False)
        for topic in topics
        for each in topic.get("Subscription", [])
        if each["Protocol"] == "sqs"
    ]


def _destination(properties: dict[str, Any]) -> EventDestination:
    destination = properties["EventDestination"]
    return EventDestination(
        configuration_set=properties["ConfigurationSetName"],
        event_types=frozenset(_EVENT_NAMES[each.lower()] for each in destination["MatchingEventTypes"]),
        topic_arn=destination["SnsDestination"]["TopicARN"],
    )


_EVENT_NAMES = {
    "send": "Send",
    "delivery": "Delivery",
    "bounce": "Bounce",
    "complaint": "Complaint",
    "reject": "Reject",
    "deliverydelay": "DeliveryDelay",
    "renderingfailure": "Rendering Failure",
    "subscription": "Subscription",
    "open": "Open",
    "click": "Click",
}
