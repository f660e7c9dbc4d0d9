"""The templates as the developer's commands read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from infrastructure.adoption import Standing, import_of, standing_resources
from infrastructure.failures import CannotContinue
from infrastructure.provision import function_of, our_templates, settable_parameters
from infrastructure.stacks import Stack
from infrastructure.templates import (
    DATA_TEMPLATE,
    MAX_BODY_BYTES,
    SERVICE_TEMPLATE,
    body_to_send,
    parameters_of,
    read_template,
)
from tests.fake_api import FakeApi, client_error

SHORT = """
Parameters:
  Stage: {Type: String}
Resources:
  Key:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    Properties: {KeyPolicy: {Version: 2012-10-17}}
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    DependsOn: [Key, Pool]
    Properties:
      TableName: !Sub "enquiry-desk-${Stage}-enquiries"
      SSESpecification: {KMSMasterKeyId: !GetAtt Key.Arn}
  Pool:
    Type: AWS::Cognito::UserPool
    DeletionPolicy: Retain
Outputs:
  TableName: {Value: !Ref Table}
"""

COMMENTED = """# gone
Block: |
  text
  # kept

  # kept too
# gone
Plain: over
  lines
  # gone
Folded: >-
  # and this
Sub: !Sub "a # b"  # stays: it is no line of its own
"""


def test_short_forms_are_written_out() -> None:
    template = read_template(SHORT)
    properties = template["Resources"]["Table"]["Properties"]

    assert {"Fn::Sub": "enquiry-desk-${Stage}-enquiries"} == properties["TableName"]
    assert {"Fn::GetAtt": ["Key", "Arn"]} == properties["SSESpecification"]["KMSMasterKeyId"]
    assert {"Ref": "Table"} == template["Outputs"]["TableName"]["Value"]
    assert "2012-10-17" == template["Resources"]["Key"]["Properties"]["KeyPolicy"]["Version"]


@pytest.mark.parametrize("name", ["data", "service"])
def test_each_template_fits_into_one_call(name: str) -> None:
    body = getattr(our_templates(), name)

    assert len(body.encode()) <= MAX_BODY_BYTES
    assert json.loads(json.dumps(read_template(body)))


@pytest.mark.parametrize("template", [DATA_TEMPLATE, SERVICE_TEMPLATE])
def test_what_is_sent_says_the_same_without_comments(template: Path) -> None:
    sent = body_to_send(template)

    assert read_template(template.read_text("utf-8")) == read_template(sent)
    assert [] == [line for line in sent.splitlines() if line.lstrip().startswith("#")]


def test_what_begins_like_a_comment_within_a_value_is_sent(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(COMMENTED)
    sent = body_to_send(template)

    assert read_template(COMMENTED) == read_template(sent)
    assert ["# kept", "# kept too", "# and this"] == [
        line.strip() for line in sent.splitlines() if line.lstrip().startswith("#")
    ]


def test_a_stage_sets_what_its_stacks_do_not() -> None:
    settable = settable_parameters(our_templates())

    assert {"MailIdentity", "ExistingIdentity"} <= settable.keys()
    assert settable.keys().isdisjoint({"Stage", "DataKeyArn", "UserPoolArn"})


def test_every_parameter_without_a_default_has_a_value() -> None:
    templates = our_templates()
    given = {"Stage", *read_template(templates.data)["Outputs"], "MailIdentity", "ExistingIdentity"}
    asked = {name for name, each in parameters_of(templates.data, templates.service).items() if "Default" not in each}

    assert asked <= given


def test_everything_in_the_data_template_can_be_taken_over() -> None:
    resources = read_template(our_templates().data)["Resources"]
    asked = {each["Type"] for each in resources.values()}

    assert {"Retain"} == {each.get("DeletionPolicy") for each in resources.values()}
    assert asked <= {
        "AWS::KMS::Key",
        "AWS::KMS::Alias",
        "AWS::DynamoDB::Table",
        "AWS::Cognito::UserPool",
        "AWS::Cognito::UserPoolClient",
        "AWS::Cognito::UserPoolGroup",
    }


@pytest.mark.parametrize(
    ("output", "function"),
    [
        ("ApiHandlerRole", "api_handler"),
        ("SweepOutboxRole", "sweep_outbox"),
        ("CountForReportsRole", "count_for_reports"),
    ],
)
def test_a_role_names_its_function(output: str, function: str) -> None:
    assert function == function_of(output)


def test_an_import_holds_nothing_but_what_stands() -> None:
    stack = Stack("enquiry-desk-dev-data", SHORT, {"Stage": "dev"}, holds_data=True)
    found = {"Key": {"KeyId": "k"}, "Table": {"TableName": "t"}}
    cut, imports = import_of(stack, found)
    body = read_template(cut.body)

    assert {"Key", "Table"} == body["Resources"].keys()
    assert ["Key"] == body["Resources"]["Table"]["DependsOn"]
    assert "Outputs" not in body
    assert "Stage" in body["Parameters"]
    assert {
        "ResourceType": "AWS::KMS::Key",
        "LogicalResourceId": "Key",
        "ResourceIdentifier": {"KeyId": "k"},
    } in imports


def test_what_would_be_deleted_with_its_stack_is_not_taken_over() -> None:
    stack = Stack("enquiry-desk-dev-data", SHORT.replace("    DeletionPolicy: Retain\n", ""))
    with pytest.raises(CannotContinue, match="DeletionPolicy"):
        import_of(stack, {"Key": {"KeyId": "k"}})


class Services:
    """An account whose clients are given."""

    def __init__(self, **clients: FakeApi) -> None:
        self._clients = {"dynamodb": NO_TABLE, "kms": FakeApi({}), "cognito-idp": FakeApi({}), **clients}

    def client(self, service: str) -> FakeApi:
        return self._clients[service]


NO_TABLE = FakeApi(client_error("ResourceNotFoundException"))


def test_a_key_that_is_about_to_be_deleted_stops_everything() -> None:
    dying = FakeApi({"KeyMetadata": {"KeyId": "k", "KeyState": "PendingDeletion"}})
    with pytest.raises(CannotContinue, match="aws kms cancel-key-deletion --key-id k"):
        standing_resources(read_template(SHORT), Standing(Services(kms=dying), "dev"))  # type: ignore[arg-type]


def test_a_look_that_fails_otherwise_is_no_proof_of_absence() -> None:
    refused = FakeApi(client_error("AccessDeniedException"))
    with pytest.raises(ClientError, match="AccessDenied"):
        standing_resources(read_template(SHORT), Standing(Services(dynamodb=refused), "dev"))  # type: ignore[arg-type]
