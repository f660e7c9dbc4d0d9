"""Holds the resources of the stacks against what they refer to: an alarm without a metric, or one that tells nobody, is
created like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.comparison import Comparison
from rehearsal.policies import lets_service, statements_of
from rehearsal.steps import promise, same
from rehearsal.working_copy import STAGE

APP = "enquiry-desk"


@dataclass(frozen=True)
class Wiring:
    """The wiring of one deployed stage. Every method raises BrokenPromise at the first loose end."""

    comparison: Comparison

    def check(self) -> int:
        """Check everything; returns the number of alarms."""
        self.mail_events()
        return self.alarms()

    def mail_events(self) -> None:
        """SES may publish to its topic, the topic is subscribed by its queue, and may send to it."""
        sns, sqs = self._client("sns"), self._client("sqs")
        topic = f"arn:aws:sns:{self._place}:{APP}-{STAGE}-mail-events"
        queue = f"arn:aws:sqs:{self._place}:{APP}-{STAGE}-mail-events"
        found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        same([("sqs", queue)], [(each["Protocol"], each["Endpoint"]) for each in found], "subscriptions of mail events")
        url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
        let_in = lets_service(statements_of(policy), "sns.amazonaws.com", "sqs:SendMessage", topic)
        promise(let_in, "the topic of mail events may not send to its queue")
        policy = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
        services = {str(each["Principal"].get("Service")) for each in statements_of(policy)}
        promise("ses.amazonaws.com" in services, "SES may not publish to the topic of mail events")

    def alarms(self) -> int:
        """Each alarm watches something that exists and tells a topic that exists; returns how many there are."""
        found = self._client("cloudwatch").describe_alarms()["MetricAlarms"]
        topics = {each["TopicArn"] for each in self._client("sns").list_topics()["Topics"]}
        for alarm in found:
            name = alarm["AlarmName"]
            promise(alarm["AlarmActions"], f"alarm {name} tells nobody")
            promise(set(alarm["AlarmActions"]) <= topics, f"alarm {name} tells a topic that does not exist")
            for metric in _metrics(alarm):
                self._watched(name, metric)
        promise(0 < len(found) <= 10, f"{len(found)} alarms: at most 10 a stage are free of charge")
        return len(found)

    def _watched(self, alarm: str, metric: Mapping[str, Any]) -> None:
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
        known: Mapping[str, Callable[[], set[str]]] = {
            "QueueName": self._queue_names,
            "FunctionName": self._function_names,
            "ApiName": self._api_names,
            "Stage": lambda: {STAGE},
            "TableName": lambda: set(self._client("dynamodb").list_tables()["TableNames"]),
        }
        for name, value in dimensions.items():
            if name in known:
                promise(value in known[name](), f"alarm {alarm} watches {name} {value}, which does not exist")
        if metric.get("Namespace", "").startswith(APP):
            same(f"{APP}-{STAGE}", metric["Namespace"], f"namespace of alarm {alarm}")

    def _queue_names(self) -> set[str]:
        return {url.rpartition("/")[2] for url in self._client("sqs").list_queues().get("QueueUrls", [])}

    def _function_names(self) -> set[str]:
        return {each["FunctionName"] for each in self._client("lambda").list_functions()["Functions"]}

    def _api_names(self) -> set[str]:
        return {each["name"] for each in self._client("apigateway").get_rest_apis()["items"]}

    @property
    def _place(self) -> str:
        """Region and account, as they stand in an ARN."""
        identity = self._client("sts").get_caller_identity()
        return f"{self._client('sts').meta.region_name}:{identity['Account']}"

    def _client(self, service: str) -> Any:
        return self.comparison.account.client(service)


def _metrics(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The one metric of an alarm, or those of its expression."""
    if not alarm.get("Metrics"):
        return [alarm]
    return [{**each["MetricStat"]["Metric"]} for each in alarm["Metrics"] if "MetricStat" in each]
