"""What the deployed functions have logged, as CloudWatch has it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rehearsal.empty_account import EmptyAccount
from rehearsal.enquiries import Accepted
from rehearsal.steps import promise


def logged(account: EmptyAccount) -> dict[str, list[str]]:
    """Every message by function."""
    logs = account.client("logs")
    groups = [each["logGroupName"] for each in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]]
    found = {}
    for group in groups:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        found[group.rpartition("/")[2]] = [each["message"] for page in pages for each in page["events"]]
    return found


def errors_logged(account: EmptyAccount) -> list[str]:
    """What functions have logged as errors, with the function before it: where to look when a promise is broken."""
    return [f"{name}: {line}" for name, lines in logged(account).items() for line in lines if '"ERROR"' in line]


def check_logs(account: EmptyAccount, accepted: Iterable[Accepted]) -> int:
    """Each message is one object of JSON, none is an error, each metric is in the embedded format, and nothing that a
    person typed is in any. Returns how many there are. Raises BrokenPromise."""
    typed = {part for each in accepted for part in (each.person.name, each.person.email, each.person.message)}
    messages = [(function, message) for function, told in logged(account).items() for message in told]
    for function, message in messages:
        said = next((part for part in typed if part.lower() in message.lower()), None)
        promise(said is None, f"{function} has logged what a person typed")
        _check_line(function, message)
    return len(messages)


def _check_line(function: str, message: str) -> None:
    try:
        line = json.loads(message)
    except ValueError:
        line = None
    promise(isinstance(line, dict), f"{function} has logged something else than a line of JSON: {message[:300]}")
    promise(line.get("severity") in ("INFO", "WARNING"), f"{function} has logged an error: {message[:500]}")
    for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
        _check_metrics(function, line, directive)


def _check_metrics(function: str, line: Mapping[str, Any], directive: Mapping[str, Any]) -> None:
    names = [each["Name"] for each in directive["Metrics"]]
    promise(directive["Dimensions"] == [[]], f"{function}: a metric with dimensions costs by each of their values")
    promise(all(isinstance(line.get(name), int | float) for name in names), f"{function}: a metric without a value")
