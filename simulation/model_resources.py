"""What the templates in infrastructure/ declare, as far as the model plays it: tables, queues, topics, mail events."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

_INFRASTRUCTURE = Path(__file__).parent.parent / "infrastructure"
TEMPLATES = (_INFRASTRUCTURE / "data.yaml", _INFRASTRUCTURE / "template.yaml")
REGION = "us-east-1"
ACCOUNT = "123456789012"
_PSEUDO_PARAMETERS = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
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
    """The stage's resources, read from the templates as they are now."""
    return read_resources([template.read_text("utf-8") for template in TEMPLATES], stage)


def read_resources(templates: Sequence[str], stage: str) -> Resources:
    """The resources that templates declare. Raises KeyError when a name cannot be worked out."""

    def of(kind: str) -> list[dict[str, Any]]:
        return list(declared_properties(templates, kind, Stage=stage).values())

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


def declared_properties(templates: Sequence[str], kind: str, **parameters: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type by its name in the templates, worked out. An output of one template is
    the parameter of its name of the next."""
    found: dict[str, dict[str, Any]] = {}
    given = dict(parameters)
    for template in templates:
        resolver = _Resolver(template_document(template), given)
        found |= resolver.properties_of(kind)
        given = {**resolver.outputs(), **given}
    return found


@cache
def template_document(template: str) -> dict[str, Any]:
    """A template as an object, with the short forms of functions written out."""
    return dict(yaml.load(template, _TemplateLoader))  # noqa: S506 - a SafeLoader with CloudFormation's tags


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
        self._outputs = document.get("Outputs", {})
        defaults = {name: each.get("Default") for name, each in document.get("Parameters", {}).items()}
        self._parameters = {**defaults, **parameters, **_PSEUDO_PARAMETERS}

    def properties_of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of every resource of a type by its name, worked out."""
        found = {name: each for name, each in self._resources.items() if each["Type"] == kind}
        return {name: self._worked_out(each.get("Properties", {})) for name, each in found.items()}

    def outputs(self) -> dict[str, Any]:
        """The values of the outputs, worked out."""
        return {name: self._worked_out(each["Value"]) for name, each in self._outputs.items()}

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
        for service, name, kind in _NAMED_ARNS:
            if name in properties:
                return _arn(service, kind + str(self._worked_out(properties[name])))
        return f"{logical_id}.{attribute}"


_NAMED_ARNS = (
    ("sqs", "QueueName", ""),
    ("sns", "TopicName", ""),
    ("dynamodb", "TableName", "table/"),
    ("logs", "LogGroupName", "log-group:"),
)


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
