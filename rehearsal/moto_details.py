"""Small things in which moto differs from AWS and a deployment shows it. Import it in the process that holds moto."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import Role
from moto.logs.models import LogGroup
from moto.sqs.models import Queue


def _log_group_attribute(self: LogGroup, attribute_name: str) -> Any:
    # CloudFormation's ARN of a log group ends in an asterisk, for its streams.
    value = _ATTRIBUTE(self, attribute_name)
    return f"{value.removesuffix(':*')}:*" if attribute_name == "Arn" else value


def _role_with_new_policies(
    cls: type[Role], original_resource: Role, new_resource_name: str, cloudformation_json: Any, **where: Any
) -> Role:
    # moto updates a role's description only.
    role: Role = _UPDATE_ROLE(cls, original_resource, new_resource_name, cloudformation_json, **where)
    policies = cloudformation_json["Properties"].get("Policies", [])
    role.policies = {each["PolicyName"]: json.dumps(each["PolicyDocument"]) for each in policies}
    return role


_ATTRIBUTE = LogGroup.get_cfn_attribute
LogGroup.get_cfn_attribute = _log_group_attribute  # type: ignore[method-assign]
_UPDATE_ROLE = Role.update_from_cloudformation_json.__func__  # type: ignore[attr-defined]
Role.update_from_cloudformation_json = classmethod(_role_with_new_policies)  # type: ignore[assignment]
# moto calls a function within the call that sends a message; here queues are polled, as in AWS.
Queue.lambda_event_source_mappings = property(lambda _: {}, lambda *_: None)  # type: ignore[assignment]
