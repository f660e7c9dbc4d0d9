"""Provisioning, from an empty account on, with the templates that are deployed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

import sandbox.cloudformation_types
import sandbox.moto_lock  # noqa: F401
from infrastructure.account import Account
from infrastructure.adoption import Standing, standing_resources
from infrastructure.by_hand import Deployed, still_to_do
from infrastructure.destroy import release_gateway_logging, what_is_left
from infrastructure.failures import CannotContinue
from infrastructure.provision import Provisioned, our_templates, provision, sender_identity
from infrastructure.smoke import Answer
from infrastructure.stacks import Stacks
from infrastructure.stages import CONFIG_PATH, change_stage, read_stage
from infrastructure.templates import read_template
from tests.conftest import REGION

ENVIRONMENT = {"AWS_DEFAULT_REGION": REGION}
VARIABLES = {
    "STAGE": "dev",
    "MAIL_FROM": "Kalimera Clinic <hello@clinic.example>",
    "STAFF_EMAILS": "frontdesk@clinic.example",
    "CLINIC_NAME": "Kalimera Clinic",
    "CLINIC_PHONE": "+1 202-555-0100",
}
DATA, SERVICE = "enquiry-desk-dev-data", "enquiry-desk-dev"
Run = Callable[..., Provisioned]


@pytest.fixture
def cloud() -> Iterator[Any]:
    """An empty account; its CloudFormation."""
    with mock_aws():
        yield boto3.client("cloudformation", region_name=REGION)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose stage `dev` nobody has provisioned."""
    (tmp_path / ".chalice").mkdir()
    stages = {name: {"environment_variables": {**VARIABLES, "STAGE": name}} for name in ("dev", "prod")}
    (tmp_path / CONFIG_PATH).write_text(json.dumps({"stages": stages}, indent=2) + "\n", "utf-8")
    return tmp_path


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def run(cloud: Any, root: Path, said: list[str]) -> Run:  # noqa: ARG001
    """Provision a stage."""

    def provision_stage(stage: str = "dev") -> Provisioned:
        return provision(stage, root, ENVIRONMENT, our_templates(), said.append, lambda _: None)

    return provision_stage


def stacks_of(cloud: Any) -> dict[str, str]:
    return {stack["StackName"]: stack["StackStatus"] for stack in cloud.describe_stacks()["Stacks"]}


def settings_row() -> Any:
    key = {"pk": {"S": "SETTINGS"}, "sk": {"S": "SETTINGS"}}
    table = boto3.client("dynamodb", region_name=REGION)
    return table.get_item(TableName="enquiry-desk-dev-enquiries", Key=key)["Item"]["stage_key"]["S"]


def test_an_empty_account_gets_both_stacks_a_key_and_the_stage_what_chalice_needs(run: Run, cloud: Any) -> None:
    done = run()
    described = done.files.described

    assert {DATA: "CREATE_COMPLETE", SERVICE: "CREATE_COMPLETE"} == stacks_of(cloud)
    assert 64 == len(settings_row())
    assert "dev" == described["api_gateway_stage"]
    assert "arm64" == described["lambda_architecture"]
    assert done.outputs["OnCallTopicArn"] == described["environment_variables"]["ON_CALL_TOPIC_ARN"]
    assert {"USER_POOL_ID", "USER_POOL_CLIENT_ID"} <= described["environment_variables"].keys()
    for function, given in described["lambda_functions"].items():
        assert given["manage_iam_role"] is False
        assert given["iam_role_arn"].startswith("arn:aws:iam::123456789012:role/"), function


def test_every_function_of_the_application_gets_a_role(run: Run) -> None:
    import app

    functions = {"api_handler", *(source.name for source in app.app.event_sources)}

    assert functions <= run().files.described["lambda_functions"].keys()


def test_a_second_run_changes_nothing(run: Run, root: Path) -> None:
    run()
    config, key = (root / CONFIG_PATH).read_text("utf-8"), settings_row()
    run()

    assert config == (root / CONFIG_PATH).read_text("utf-8")
    assert key == settings_row()


def test_the_data_stack_is_guarded(run: Run, cloud: Any) -> None:
    run()
    policy = json.loads(cloud.get_stack_policy(StackName=DATA)["StackPolicyBody"])

    assert cloud.describe_stacks(StackName=DATA)["Stacks"][0]["EnableTerminationProtection"]
    assert {"Allow", "Deny"} == {statement["Effect"] for statement in policy["Statement"]}


def test_two_stages_of_one_sender_share_its_identity(run: Run, cloud: Any, said: list[str]) -> None:
    run("dev")
    run("prod")
    found = cloud.describe_stacks(StackName="enquiry-desk-prod")["Stacks"][0]["Parameters"]
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in found}
    told = [line for line in said if "is there already" in line]
    run("dev")

    assert ("clinic.example", "true") == (parameters["MailIdentity"], parameters["ExistingIdentity"])
    assert ["SES identity clinic.example is there already and is used as it is"] == told
    assert told == [line for line in said if "is there already" in line]


def test_a_stack_that_another_tool_has_left_unfinished_is_replaced(run: Run, cloud: Any, said: list[str]) -> None:
    body = "Resources: {T: {Type: 'AWS::SNS::Topic'}}"
    cloud.create_change_set(StackName=SERVICE, ChangeSetName="a", ChangeSetType="CREATE", TemplateBody=body)
    run()

    assert "CREATE_COMPLETE" == stacks_of(cloud)[SERVICE]
    assert any("REVIEW_IN_PROGRESS" in line for line in said)


def test_settings_that_are_wrong_leave_the_account_untouched(run: Run, cloud: Any, root: Path) -> None:
    change_stage(read_stage("dev", root), {"environment_variables": {"STAFF_EMAILS": None}})
    with pytest.raises(CannotContinue, match="nothing has been touched"):
        run()

    assert {} == stacks_of(cloud)


@pytest.mark.parametrize(
    "changes",
    [
        {"lambda_functions": {"send_digest": {"iam_role_arn": "arn:aws:iam::999999999999:role/other"}}},
        {"environment_variables": {"USER_POOL_ID": "eu-west-1_abc"}},
        {"environment_variables": {"AWS_ACCOUNT_ID": "999999999999"}},
    ],
)
def test_a_stage_of_another_account_or_region_is_left_there(run: Run, cloud: Any, root: Path, changes: Any) -> None:
    change_stage(read_stage("dev", root), changes)
    with pytest.raises(CannotContinue, match="Stage dev stands in account"):
        run()

    assert {} == stacks_of(cloud)


def test_what_a_deleted_data_stack_left_is_found_again(run: Run, cloud: Any) -> None:
    account = run().account
    template = read_template(our_templates().data)
    cloud.delete_stack(StackName=DATA)
    found = standing_resources(template, Standing(account, "dev"))
    types = {template["Resources"][name]["Type"]: identifier for name, identifier in found.items()}

    assert template["Resources"].keys() == found.keys()
    assert {"TableName": "enquiry-desk-dev-enquiries"} == types["AWS::DynamoDB::Table"]
    assert {"AliasName": "alias/enquiry-desk-dev"} == types["AWS::KMS::Alias"]
    assert {"UserPoolId", "ClientId"} == types["AWS::Cognito::UserPoolClient"].keys()
    assert {"UserPoolId", "GroupName"} == types["AWS::Cognito::UserPoolGroup"].keys()


def test_the_functions_may_use_a_table_that_was_restored(run: Run, cloud: Any, root: Path) -> None:
    run()
    restored = "enquiry-desk-dev-enquiries-restored"
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName=restored,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    change_stage(read_stage("dev", root), {"environment_variables": {"TABLE_NAME": restored}})
    run()
    found = cloud.describe_stacks(StackName=SERVICE)["Stacks"][0]["Parameters"]

    assert f"table/{restored}" in next(each["ParameterValue"] for each in found if each["ParameterKey"] == "TableArn")


def test_a_stage_that_was_never_there_has_left_nothing(cloud: Any) -> None:  # noqa: ARG001
    account = Account("123456789012", REGION, ENVIRONMENT)

    assert {} == standing_resources(read_template(our_templates().data), Standing(account, "dev"))


def test_a_destroyed_stage_leaves_its_data_and_lends_no_role(run: Run, said: list[str]) -> None:
    done, other = run("dev"), run("prod")
    gateway = done.account.client("apigateway")
    role = done.outputs["GatewayLoggingRoleArn"]
    gateway.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}])
    stacks = Stacks(done.account.client("cloudformation"), said.append, lambda _: None)
    release_gateway_logging(done.account, stacks, "dev")
    stacks.take_down(SERVICE)
    left = "\n".join(what_is_left(done.account, stacks, done.files))

    assert other.outputs["GatewayLoggingRoleArn"] == gateway.get_account()["cloudwatchRoleArn"]
    assert "enquiry-desk-dev-enquiries: table" in left
    assert "key of the table" in left
    assert "accounts of the staff" in left
    assert "SES identity clinic.example" in left


def listed(done: Provisioned, answer: Answer) -> str:
    account = replace(done.account, environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:5555"})  # has no SES sandbox
    deployed = Deployed(account, done.files, done.outputs, sender_identity(done.files))
    return "\n".join(still_to_do(deployed, lambda _url, _body: answer))


def test_what_is_left_to_do_is_listed_until_it_is_done(run: Run, root: Path) -> None:
    run()
    change_stage(read_stage("dev", root), {"environment_variables": {"PUBLIC_URL": "https://desk.clinic.example"}})
    done = run()
    before = listed(done, Answer(0, b""))
    sns, cognito = done.account.client("sns"), done.account.client("cognito-idp")
    for topic in ("AlarmTopicArn", "OnCallTopicArn"):
        sns.subscribe(TopicArn=done.outputs[topic], Protocol="sms", Endpoint="+12025550123")
    pool = done.files.variables["USER_POOL_ID"]
    cognito.admin_create_user(UserPoolId=pool, Username="ann@clinic.example")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="ann@clinic.example", GroupName="manager")
    after = listed(done, Answer(200, b'{"stage": "dev"}'))

    for step in ("Verify the SES identity clinic.example", "business associate addendum", "docs/triage.md", "Commit"):
        assert step in before
        assert step in after or step.startswith("Verify")
    for step in (
        "GROUP=manager",
        "Alarms reach nobody yet",
        "On-call alerts reach nobody yet",
        "does not lead to stage dev yet",
    ):
        assert step in before
        assert step not in after
    assert "202555" not in after
