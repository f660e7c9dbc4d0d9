"""SES in CloudFormation: configuration sets, where their events go, identities."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.ses.models import ses_backends
from moto.sesv2.models import sesv2_backends

from sandbox.cloudformation_named import Named, Unnamed


class SesConfigurationSet(Named, CloudFormationModel):
    """`AWS::SES::ConfigurationSet`."""

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


class SesEventDestination(Unnamed, CloudFormationModel):
    """`AWS::SES::ConfigurationSetEventDestination`; one for each configuration set, as moto keeps them."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SES::ConfigurationSetEventDestination"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> SesEventDestination:
        properties = cloudformation_json["Properties"]
        # Not by moto's own call, which takes names of destinations for unique across configuration sets.
        destinations = ses_backends[account_id][region_name].config_set_event_destination
        destinations[properties["ConfigurationSetName"]] = properties["EventDestination"]
        return cls(resource_name)


class SesEmailIdentity(Named, CloudFormationModel):
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
