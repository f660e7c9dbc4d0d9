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
    "enquiries-not-stored": ("EnquiriesNotStored", 5),
    "enquiries-unaccounted": ("EnquiriesUnaccounted", 5),
    "canaries-late": ("CanariesLate", 5),
    "schedules-stopped": ("EnquiriesNotified", 180),
    "dead-notifications": ("ApproximateNumberOfMessagesVisible", 5),
    "dead-mail-events": ("ApproximateNumberOfMessagesVisible", 5),
}
"""The metric of each alarm, and how many minutes it may take."""


@pytest.fixture
def alarms(aws: Clients) -> dict[str, Any]:
    """The stage's alarms by their names, without its prefix."""
    found = boto3.client("cloudwatch", region_name=aws.region).describe_alarms()["MetricAlarms"]
    return {alarm["AlarmName"].removeprefix(PREFIX): alarm for alarm in found}


def test_each_alarm_watches_its_metric_for_so_long(alarms: dict[str, Any]) -> None:
    watched = {
        name: (alarm["MetricName"], alarm["Period"] * alarm["EvaluationPeriods"] / 60) for name, alarm in alarms.items()
    }

    assert watched == WAITED
    assert len(alarms) <= 10


def test_each_alarm_goes_to_the_topic_of_alarms(alarms: dict[str, Any]) -> None:
    actions = {action for alarm in alarms.values() for action in alarm["AlarmActions"]}

    assert actions == {f"arn:aws:sns:us-east-1:123456789012:{OWN}-alarms"}
    assert {len(alarm["AlarmActions"]) for alarm in alarms.values()} == {1}


def test_metrics_of_ours_are_found_where_the_code_counts_them(alarms: dict[str, Any]) -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    ours = [alarm for alarm in alarms.values() if alarm["Namespace"] == OWN]

    assert len(ours) == 6
    assert [alarm["MetricName"] for alarm in ours if f'"{alarm["MetricName"]}"' not in source] == []
    assert [alarm["Dimensions"] for alarm in ours] == [[]] * 6


def test_both_dead_letter_queues_are_watched(alarms: dict[str, Any]) -> None:
    queues = [alarms[name]["Dimensions"] for name in ("dead-notifications", "dead-mail-events")]

    assert queues == [
        [{"Name": "QueueName", "Value": f"{PREFIX}{queue}-dead"}] for queue in ("notifications", "mail-events")
    ]


def test_any_one_event_is_enough(alarms: dict[str, Any]) -> None:
    rules = {
        (alarm["ComparisonOperator"], alarm["Threshold"])
        for name, alarm in alarms.items()
        if name != "schedules-stopped"
    }

    assert rules == {("GreaterThanThreshold", 0.0), ("GreaterThanOrEqualToThreshold", 1.0)}


def test_only_stopped_schedules_are_told_by_silence(alarms: dict[str, Any]) -> None:
    stopped = alarms["schedules-stopped"]

    assert [name for name, alarm in alarms.items() if alarm["TreatMissingData"] == "breaching"] == ["schedules-stopped"]
    assert (stopped["Statistic"], stopped["ComparisonOperator"], stopped["Threshold"]) == (
        "SampleCount",
        "LessThanThreshold",
        1.0,
    )


def test_readme_names_each_alarm_beside_its_metric(alarms: dict[str, Any]) -> None:
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.count("|") == 4]
    told = {name: row for row in rows for name in re.findall(r"`([a-z-]+)`", row.rsplit("|", 2)[1]) if name in alarms}

    assert set(told) == set(alarms)
    assert [
        name for name, alarm in alarms.items() if alarm["Namespace"] == OWN and alarm["MetricName"] not in told[name]
    ] == []
