"""`make gateway` for a stage that is not deployed, or not as its files say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infrastructure.failures import CannotContinue
from infrastructure.gateway import furnish
from infrastructure.stages import CONFIG_PATH
from tests.conftest import REGION

PHONE = "+1 303-555-0199"
ENVIRONMENT = {"AWS_DEFAULT_REGION": REGION}
OUTPUTS = """
Resources: {T: {Type: 'AWS::SNS::Topic'}}
Outputs:
  GatewayLoggingRoleArn: {Value: 'arn:aws:iam::123456789012:role/logging'}
  AccessLogGroupArn: {Value: 'arn:aws:logs:us-east-1:123456789012:log-group:access'}
"""


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose clinic's number is written for all stages."""
    (tmp_path / ".chalice" / "deployed").mkdir(parents=True)
    write_config(tmp_path, {"environment_variables": {"STAGE": "dev"}})
    return tmp_path


def write_config(root: Path, stage: dict[str, Any]) -> None:
    config = {"environment_variables": {"CLINIC_PHONE": PHONE}, "stages": {"dev": stage}}
    (root / CONFIG_PATH).write_text(json.dumps(config), "utf-8")


def write_deployed(root: Path, text: str) -> None:
    (root / ".chalice" / "deployed" / "dev.json").write_text(text, "utf-8")


def refusal(stage: str, root: Path) -> str:
    with pytest.raises(CannotContinue) as raised:
        furnish(stage, root, ENVIRONMENT)
    return str(raised.value)


def test_the_answers_give_the_number_that_stands_for_all_stages(root: Path) -> None:
    gateway = boto3.client("apigateway", region_name=REGION)
    api = gateway.create_rest_api(name="enquiry-desk")["id"]
    resource = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=resource, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=resource, httpMethod="GET", type="MOCK")
    boto3.client("cloudformation", region_name=REGION).create_stack(StackName="enquiry-desk-dev", TemplateBody=OUTPUTS)
    record = {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": api, "rest_api_url": "https://x/dev/"}
    write_deployed(root, json.dumps({"resources": [record]}))
    furnish("dev", root, ENVIRONMENT)
    found = gateway.get_gateway_responses(restApiId=api)["items"]
    answers = [text for answer in found for text in answer.get("responseTemplates", {}).values()]

    assert answers
    assert all(PHONE in answer for answer in answers)


@pytest.mark.parametrize(
    ("stage", "told"),
    [("", "Say which stage: STAGE=dev"), ("prod", "knows no stage prod"), ("dev", "Stage dev is not deployed")],
)
def test_what_is_no_deployed_stage_is_named(root: Path, stage: str, told: str) -> None:
    assert told in refusal(stage, root)


def test_half_a_record_is_no_deployment(root: Path) -> None:
    write_deployed(root, '{"resources": [{"na')

    assert "Stage dev is not deployed" in refusal("dev", root)


def test_a_stage_of_another_account_is_left_alone(root: Path) -> None:
    role = "arn:aws:iam::999999999999:role/other"
    write_config(root, {"lambda_functions": {"send_digest": {"iam_role_arn": role}}})

    assert "Stage dev stands in account 999999999999" in refusal("dev", root)
