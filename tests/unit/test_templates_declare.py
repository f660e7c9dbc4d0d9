"""What the templates declare beside the code: a role and a log group for each function, and what outlives a stack."""

from __future__ import annotations

import json
import re
from typing import Any

import app as app_module
from chalicelib.settings import APP_NAME
from simulation.model_resources import TEMPLATES, declared_properties, template_document
from tests.aws_calls import API, JOBS
from tests.role_grants import function_of

BODIES = [template.read_text("utf-8") for template in TEMPLATES]
DATA, SERVICE = map(template_document, BODIES)
FUNCTIONS = {API, *(source.name for source in app_module.app.event_sources)}
PLACE = "us-east-1:123456789012"


def properties(kind: str) -> dict[str, dict[str, Any]]:
    return declared_properties(BODIES, kind, Stage="prod", MailIdentity="clinic.example")


def test_every_function_has_a_role_of_its_own_and_a_log_group() -> None:
    roles = {function_of(name) for name in properties("AWS::IAM::Role") if name != "GatewayLoggingRole"}
    groups = {each["LogGroupName"] for each in properties("AWS::Logs::LogGroup").values()}
    named = {f"/aws/lambda/{APP_NAME}-prod" + ("" if each == API else f"-{each}") for each in roles}

    assert roles == FUNCTIONS
    assert groups == named | {f"/aws/apigateway/{APP_NAME}-prod"}
    assert JOBS == FUNCTIONS - {API}


def test_every_role_is_an_output_under_its_own_name() -> None:
    outputs = {name: each["Value"] for name, each in SERVICE["Outputs"].items() if name.endswith("Role")}

    assert {function_of(name) for name in outputs} == FUNCTIONS
    assert outputs == {name: {"Fn::GetAtt": f"{name}.Arn"} for name in outputs}


def test_a_role_writes_the_log_of_its_own_function() -> None:
    logged = {
        name: statement["Resource"]
        for name, role in SERVICE["Resources"].items()
        if name in SERVICE["Outputs"]
        for statement in role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "Log"
    }

    assert logged == {name: {"Fn::GetAtt": f"{name.removesuffix('Role')}Log.Arn"} for name in logged}
    assert len(logged) == len(FUNCTIONS)


def test_no_role_has_an_action_of_more_than_one_name_or_a_resource_of_any_kind() -> None:
    statements = [
        statement
        for role in properties("AWS::IAM::Role").values()
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    actions = [action for each in statements for action in _listed(each["Action"])]
    resources = {resource for each in statements for resource in _listed(each["Resource"])}

    assert [action for action in actions if "*" in action] == []
    assert {resource for resource in resources if "*" in resource} == {f"arn:aws:ses:{PLACE}:identity/*"}


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_everything_in_the_data_stack_outlives_it() -> None:
    kept = {(each.get("DeletionPolicy"), each.get("UpdateReplacePolicy")) for each in DATA["Resources"].values()}

    assert kept == {("Retain", "Retain")}


def test_the_data_stack_gives_what_the_service_stack_and_the_application_take() -> None:
    from_data = {"TableArn", "DataKeyArn", "UserPoolArn"}
    without_default = {name for name, each in SERVICE["Parameters"].items() if "Default" not in each}

    assert without_default == from_data | {"MailIdentity"}
    assert from_data | {"TableName", "UserPoolId", "UserPoolClientId"} == set(DATA["Outputs"])


def test_the_dashboard_shows_every_metric_of_ours_and_every_alarm() -> None:
    (dashboard,) = properties("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    shown = {line[1] for widget in widgets for line in widget["properties"].get("metrics", [])}
    readme = (TEMPLATES[0].parents[1] / "README.md").read_text().partition("## Metrics")[2].partition("\n## ")[0]
    ours = set(re.findall(r"`((?:Enquiries|Notifications|Canaries)\w+)`", readme))
    alarms = {name for name, each in SERVICE["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    (listed,) = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]

    assert len(ours) == 11
    assert ours <= shown
    assert {arn.removesuffix(".Arn") for arn in listed} == alarms
