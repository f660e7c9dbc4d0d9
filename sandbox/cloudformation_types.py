"""Teaches moto the CloudFormation types and properties of our template that it silently skips, and transactions that
do not copy the table; import it before the first stack is made, in the process that holds moto."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import Stack
from moto.dynamodb.models import Table, dynamodb_backends
from moto.iam.models import Role
from moto.kms.models import Key
from moto.logs.models import LogGroup

import sandbox.cloudformation_alarms
import sandbox.cloudformation_cognito
import sandbox.cloudformation_mail
import sandbox.cloudformation_messaging
import sandbox.moto_transactions  # noqa: F401


def _key_with_policy_as_text(
    cls: type[Key], resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **extra: Any
) -> Key:
    # moto 5.2 keeps the policy as an object, and then every call on that key raises TypeError.
    properties = cloudformation_json["Properties"]
    as_text = {"Properties": {**properties, "KeyPolicy": json.dumps(properties["KeyPolicy"])}}
    return _CREATE_KEY(cls, resource_name, as_text, account_id, region_name, **extra)


def _table_with_all_its_properties(
    cls: type[Table], resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **extra: Any
) -> Table:
    table = _CREATE_TABLE(cls, resource_name, cloudformation_json, account_id, region_name, **extra)
    properties, backend = cloudformation_json["Properties"], dynamodb_backends[account_id][region_name]
    if table.sse_specification:
        table.sse_specification["Enabled"] = table.sse_specification.get("SSEEnabled", False)
    if "TimeToLiveSpecification" in properties:
        backend.update_time_to_live(resource_name, properties["TimeToLiveSpecification"])
    if "PointInTimeRecoverySpecification" in properties:
        backend.update_continuous_backups(resource_name, properties["PointInTimeRecoverySpecification"])
    return table


def _role_with_policies_as_text(
    cls: type[Role], resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **extra: Any
) -> Role:
    # As with keys: moto's own answers to GetRolePolicy fail on an object.
    properties = cloudformation_json["Properties"]
    policies = [
        {**each, "PolicyDocument": json.dumps(each["PolicyDocument"])} for each in properties.get("Policies", [])
    ]
    as_text = {"Properties": {**properties, "Policies": policies}}
    return _CREATE_ROLE(cls, resource_name, as_text, account_id, region_name, **extra)


def _encrypted_log_group(
    cls: type[LogGroup], resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **extra: Any
) -> LogGroup:
    # moto reads the key under the name that the API gives it.
    properties = cloudformation_json["Properties"]
    named = {"Properties": {**properties, "kmsKeyId": properties.get("KmsKeyId")}}
    return _CREATE_LOG_GROUP(cls, resource_name, named, account_id, region_name, **extra)


@cache
def _read_template(body: str) -> str:
    return json.dumps(_PARSE_TEMPLATE(body), default=str)


def _template_read_once(template: str) -> Any:
    # Reading our YAML takes moto longer than making what it says, and tests make it hundreds of times.
    return json.loads(_read_template(template))


def _made_resources(self: Stack) -> Any:
    # moto counts a resource whose condition does not hold as one without a name.
    return [resource for resource in self.resource_map.values() if resource is not None]


_PARSE_TEMPLATE = Stack.parse_template
Stack.parse_template = staticmethod(_template_read_once)  # type: ignore[method-assign]
Stack.stack_resources = property(_made_resources)  # type: ignore[method-assign,assignment]
_CREATE_KEY = Key.create_from_cloudformation_json.__func__
_CREATE_LOG_GROUP = LogGroup.create_from_cloudformation_json.__func__
_CREATE_ROLE = Role.create_from_cloudformation_json.__func__
_CREATE_TABLE = Table.create_from_cloudformation_json.__func__
Key.create_from_cloudformation_json = classmethod(_key_with_policy_as_text)
LogGroup.create_from_cloudformation_json = classmethod(_encrypted_log_group)
Role.create_from_cloudformation_json = classmethod(_role_with_policies_as_text)
Table.create_from_cloudformation_json = classmethod(_table_with_all_its_properties)
for _cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
    _cached.cache_clear()
