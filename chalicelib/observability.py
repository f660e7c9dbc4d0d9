"""Logs and metrics: one JSON line per change of state, ids only. Never a name, an address, a number or a text that a
person typed.

Metrics are counted events in CloudWatch's embedded metric format, without dimensions, one namespace per stage.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any

log = logging.getLogger("enquiry_desk")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LIBRARIES = ("boto3", "botocore", "urllib3", "s3transfer")


class JsonLine(logging.Formatter):
    """One line of JSON: severity, message, and the fields passed as `extra`. A traceback is never written: it may quote
    values."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        return json.dumps({"severity": record.levelname, "message": record.getMessage(), **fields}, default=str)


def configure_logging() -> None:
    """Send our lines to standard output as JSON, and keep the AWS client's debug lines out: they quote whole
    requests."""
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stdout))
    for handler in root.handlers:
        if type(handler) is logging.StreamHandler or type(handler).__name__ == "LambdaLoggerHandler":
            handler.setFormatter(JsonLine())
    log.setLevel(logging.INFO)


def failure_fields(error: BaseException) -> dict[str, str]:
    """What may be said of an unexpected error: its type and where it arose. Its message may quote what a person
    typed."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error_type": type(error).__name__, "raised_at": " < ".join(reversed(places))}


def count_event(name: str, *, stage: str, at: datetime, **ids: Any) -> None:
    """Count one event as a metric (embedded metric format) with ids beside it."""
    count_values({name: 1}, stage=stage, at=at, **ids)


def count_values(values: Mapping[str, int], *, stage: str, at: datetime, **ids: Any) -> None:
    """Write several metrics of one moment in one line."""
    metrics = [{"Name": name, "Unit": "Count"} for name in values]
    directive = {
        "Timestamp": int(at.timestamp() * 1000),
        "CloudWatchMetrics": [{"Namespace": f"enquiry-desk-{stage}", "Dimensions": [[]], "Metrics": metrics}],
    }
    log.info("metric", extra={"_aws": directive, **values, **ids})
