"""SNS and SQS in CloudFormation: a subscription, and who may publish and send (moto keeps policies, enforces none)."""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.cloudformation_named import Unnamed


class SnsSubscription(Unnamed, CloudFormationModel):
    """`AWS::SNS::Subscription`."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SNS::Subscription"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> SnsSubscription:
        properties = cloudformation_json["Properties"]
        subscription = sns_backends[account_id][region_name].subscribe(
            properties["TopicArn"], properties["Endpoint"], properties["Protocol"]
        )
        # moto takes any text for yes.
        if str(properties.get("RawMessageDelivery", False)).lower() == "true":
            subscription.attributes["RawMessageDelivery"] = "true"
        return cls(subscription.arn)

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name: str, _json: Any, account_id: str, region_name: str) -> None:
        sns_backends[account_id][region_name].unsubscribe(resource_name)


class SnsTopicPolicy(Unnamed, CloudFormationModel):
    """`AWS::SNS::TopicPolicy`."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SNS::TopicPolicy"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> SnsTopicPolicy:
        properties = cloudformation_json["Properties"]
        for arn in properties["Topics"]:
            sns_backends[account_id][region_name].get_topic(arn).policy = json.dumps(properties["PolicyDocument"])
        return cls(resource_name)


class SqsQueuePolicy(Unnamed, CloudFormationModel):
    """`AWS::SQS::QueuePolicy`."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SQS::QueuePolicy"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> SqsQueuePolicy:
        properties = cloudformation_json["Properties"]
        for url in properties["Queues"]:
            queue = sqs_backends[account_id][region_name].get_queue(url.rpartition("/")[2])
            queue.policy = json.dumps(properties["PolicyDocument"])
        return cls(resource_name)
