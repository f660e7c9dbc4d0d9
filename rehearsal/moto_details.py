"""Small things in which moto differs from AWS and a deployment shows it. Import it in the process that holds moto."""

from __future__ import annotations

from typing import Any

from moto.logs.models import LogGroup
from moto.sqs.models import Queue


def _log_group_attribute(self: LogGroup, attribute_name: str) -> Any:
    # CloudFormation's ARN of a log group ends in an asterisk, for its streams.
    value = _ATTRIBUTE(self, attribute_name)
    return f"{value.removesuffix(':*')}:*" if attribute_name == "Arn" else value


_ATTRIBUTE = LogGroup.get_cfn_attribute
LogGroup.get_cfn_attribute = _log_group_attribute  # type: ignore[method-assign]
# moto calls a function within the call that sends a message; here queues are polled, as in AWS.
Queue.lambda_event_source_mappings = property(lambda _: {}, lambda *_: None)  # type: ignore[assignment]
