"""Teaches moto the CloudFormation types and properties of our template that it silently skips; import it before the
first stack is made, in the process that holds moto."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.dynamodb.models import Table, dynamodb_backends
from moto.kms.models import Key
from moto.sesv2.models import sesv2_backends


class _Named:
    """A resource whose physical id is its name and which has no attributes."""

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @classmethod
    def has_cfn_attr(cls, _attr: str) -> bool:
        return False

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Any, *_: Any, **__: Any) -> Any:
        return original_resource

    def is_created(self) -> bool:
        return True


class SesConfigurationSet(_Named, CloudFormationModel):
    """`AWS::SES::ConfigurationSet`. A direct subclass, because moto finds its types with `__subclasses__`."""

    @staticmethod
    def cloudformation_name_type() -> str:
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SES::ConfigurationSet"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> SesConfigurationSet:
        properties = cloudformation_json["Properties"]
        sesv2_backends[account_id][region_name].create_configuration_set(
            configuration_set_name=resource_name,
            tracking_options=properties.get("TrackingOptions", {}),
            delivery_options=properties.get("DeliveryOptions", {}),
            reputation_options=properties.get("ReputationOptions", {}),
            sending_options=properties.get("SendingOptions", {}),
            tags=properties.get("Tags", []),
            suppression_options=properties.get("SuppressionOptions", {}),
            vdm_options=properties.get("VdmOptions", {}),
        )
        return cls(resource_name)

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name: str, _json: Any, account_id: str, region_name: str) -> None:
        sesv2_backends[account_id][region_name].delete_configuration_set(resource_name)


class SesEmailIdentity(_Named, CloudFormationModel):
    """`AWS::SES::EmailIdentity`; moto counts it as verified."""

    @staticmethod
    def cloudformation_name_type() -> str:
        return "EmailIdentity"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SES::EmailIdentity"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, _json: Any, account_id: str, region_name: str, **_: Any
    ) -> SesEmailIdentity:
        sesv2_backends[account_id][region_name].create_email_identity(resource_name, None, None, None)
        return cls(resource_name)

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name: str, _json: Any, account_id: str, region_name: str) -> None:
        sesv2_backends[account_id][region_name].delete_email_identity(resource_name)


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


_CREATE_KEY = Key.create_from_cloudformation_json.__func__
_CREATE_TABLE = Table.create_from_cloudformation_json.__func__
Key.create_from_cloudformation_json = classmethod(_key_with_policy_as_text)
Table.create_from_cloudformation_json = classmethod(_table_with_all_its_properties)
for _cached in (parsing.get_model_map, parsing.get_name_type_map):
    _cached.cache_clear()
