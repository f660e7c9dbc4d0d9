"""What must wake somebody does: each alarm of the template as moto got it, against the code and the README."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.aws import Clients

ROOT = Path(__file__).parents[2]
OWN = "enquiry-desk-test"
PREFIX = f"{OWN}-"
WAITED = {
    "notifications-failed": ("NotificationsFailed", 5),
    "notifications-held": ("NotificationsHeld", 15),
    "requests-failed": ("EnquiriesNotStored 5XXError", 5),
    "enquiries-unaccounted": ("EnquiriesUnaccounted", 5),
    "canaries-late": ("CanariesLate", 5),
    "schedules-stopped": ("EnquiriesNotified Invocations Errors", 180),
    "dead-letters": ("ApproximateNumberOfMessagesVisible ApproximateNumberOfMessagesVisible", 5),
    "slow-answers": ("Latency", 60),
    "requests-throttled": ("Throttles", 5),
    "bounce-rate": ("Reputation.BounceRate", 60),
}
"""The metrics of each alarm, and how many minutes it may take."""
WHERE = {
    "slow-answers": {"ApiName": "enquiry-desk", "Stage": "test"},
    "requests-throttled": {"FunctionName": OWN},
    "bounce-rate": {},
}
"""Dimensions of what AWS itself measures."""
Metric = tuple[str, str, dict[str, str]]


def metrics_of(alarm: dict[str, Any]) -> list[Metric]:
    """Namespace, name and dimensions of each metric that an alarm looks at, which is what it costs by."""
    listed = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
    return [
        (
            each["Namespace"],
            each["MetricName"],
            {dimension["Name"]: dimension["Value"] for dimension in each.get("Dimensions", [])},
        )
        for each in listed
    ]


def period_of(alarm: dict[str, Any]) -> int:
    """In seconds; an expression has that of its metrics."""
    periods = {each["MetricStat"]["Period"] for each in alarm.get("Metrics", []) if "MetricStat" in each}
    (period,) = periods or {alarm["Period"]}
    return int(period)


@pytest.fixture
def alarms(aws: Clients) -> dict[str, Any]:
    """The stage's alarms by their names, without its prefix."""
    found = boto3.client("cloudwatch", region_name=aws.region).describe_alarms()["MetricAlarms"]
    return {alarm["AlarmName"].removeprefix(PREFIX): alarm for alarm in found}


def test_each_alarm_watches_its_metrics_for_so_long(alarms: dict[str, Any]) -> None:
    watched = {
        name: (
            " ".join(metric for _, metric, _ in metrics_of(alarm)),
            period_of(alarm) * alarm["EvaluationPeriods"] / 60,
        )
        for name, alarm in alarms.items()
    }

    assert watched == WAITED
    assert len(alarms) <= 10
    assert sum(len(metrics_of(alarm)) for alarm in alarms.values()) == 14


def test_each_alarm_goes_to_the_topic_of_alarms(alarms: dict[str, Any]) -> None:
    actions = {action for alarm in alarms.values() for action in alarm["AlarmActions"]}

    assert actions == {f"arn:aws:sns:us-east-1:123456789012:{OWN}-alarms"}
    assert {len(alarm["AlarmActions"]) for alarm in alarms.values()} == {1}


def test_metrics_of_ours_are_found_where_the_code_counts_them(alarms: dict[str, Any]) -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    ours = [metric for alarm in alarms.values() for metric in metrics_of(alarm) if metric[0] == OWN]

    assert len(ours) == 6
    assert [name for _, name, _ in ours if f'"{name}"' not in source] == []
    assert [dimensions for _, _, dimensions in ours] == [{}] * 6


def test_both_dead_letter_queues_are_watched(alarms: dict[str, Any]) -> None:
    queues = [dimensions for _, _, dimensions in metrics_of(alarms["dead-letters"])]

    assert queues == [{"QueueName": f"{PREFIX}{queue}-dead"} for queue in ("notifications", "mail-events")]


def test_what_aws_measures_is_looked_for_where_chalice_deploys(alarms: dict[str, Any]) -> None:
    found = {name: metrics_of(alarms[name])[0][2] for name in WHERE}
    of_gateway = metrics_of(alarms["requests-failed"])[1]

    assert found == WHERE
    assert of_gateway == ("AWS/ApiGateway", "5XXError", WHERE["slow-answers"])


def test_any_one_event_is_enough(alarms: dict[str, Any]) -> None:
    measured = ("schedules-stopped", "slow-answers", "bounce-rate")
    rules = {
        (alarm["ComparisonOperator"], alarm["Threshold"]) for name, alarm in alarms.items() if name not in measured
    }

    assert rules == {("GreaterThanThreshold", 0.0)}


def test_an_expression_counts_what_is_missing_as_nothing(alarms: dict[str, Any]) -> None:
    expressions = {
        name: query["Expression"]
        for name, alarm in alarms.items()
        for query in alarm.get("Metrics", [])
        if "Expression" in query
    }

    assert expressions == {
        "requests-failed": "FILL(not_stored, 0) + FILL(failed, 0)",
        "schedules-stopped": "MIN([FILL(reconciled, 0), FILL(started, 0) - FILL(failed, 0)])",
        "dead-letters": "MAX([FILL(notifications, 0), FILL(mail_events, 0)])",
    }


def test_each_alarm_says_what_helps(alarms: dict[str, Any]) -> None:
    makefile = (ROOT / "Makefile").read_text()
    told = {name: alarm["AlarmDescription"] for name, alarm in alarms.items()}
    commands = {command for text in told.values() for command in re.findall(r"make ([a-z]+)", text)}
    groups = boto3.client("logs", region_name="us-east-1").describe_log_groups()["logGroups"]
    logs = {log for text in told.values() for log in re.findall(r"aws logs tail (\S+)", text)}

    assert [name for name, text in told.items() if not re.search(r"make |aws |Ask AWS", text)] == []
    assert {command for command in commands - {"deploy"} if f"\n{command}:" not in makefile} == set()
    assert logs <= {group["logGroupName"] for group in groups}
    assert max(len(text) for text in told.values()) <= 1024


def test_only_stopped_schedules_are_told_by_silence(alarms: dict[str, Any]) -> None:
    stopped = alarms["schedules-stopped"]

    assert [name for name, alarm in alarms.items() if alarm["TreatMissingData"] == "breaching"] == ["schedules-stopped"]
    assert (stopped["ComparisonOperator"], stopped["Threshold"]) == ("LessThanThreshold", 1.0)
    assert ["SampleCount", "Sum", "Sum"] == [
        each["MetricStat"]["Stat"] for each in stopped["Metrics"] if "MetricStat" in each
    ]


def test_retention_that_stops_or_fails_is_missed(alarms: dict[str, Any]) -> None:
    watched = metrics_of(alarms["schedules-stopped"])[1:]
    dimensions = {"FunctionName": f"{OWN}-apply_retention"}

    assert watched == [("AWS/Lambda", "Invocations", dimensions), ("AWS/Lambda", "Errors", dimensions)]


def test_readme_names_each_alarm_beside_its_metric(alarms: dict[str, Any]) -> None:
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.count("|") == 4]
    told = {name: row for row in rows for name in re.findall(r"`([a-z-]+)`", row.rsplit("|", 2)[1]) if name in alarms}

    assert set(told) == set(alarms)
    assert [
        name
        for name, alarm in alarms.items()
        for namespace, metric, _ in metrics_of(alarm)
        if namespace == OWN and metric not in told[name]
    ] == []
