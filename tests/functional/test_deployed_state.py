"""Chalice's account of a stage, held against what AWS has."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import boto3
import pytest

from chalicelib.aws import Clients
from infrastructure.account import Account
from infrastructure.deployed_state import (
    apis_of,
    chosen_api,
    deployed_functions,
    functions_of,
    recorded,
    recorded_api,
    release_domains,
    settle_state,
    state_path,
)
from infrastructure.failures import CannotContinue
from tests.conftest import REGION

ACCOUNT = Account("123456789012", REGION, {})


def make_function(stage: str, name: str) -> str:
    """As Chalice makes one; returns its ARN."""
    zipped = io.BytesIO()
    with ZipFile(zipped, "w") as package:
        package.writestr("app.py", "")
    role = f"{stage}-{name}"
    trust = {"Version": "2012-10-17", "Statement": []}
    arn = boto3.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    made = boto3.client("lambda", region_name=REGION).create_function(
        FunctionName="-".join(part for part in ("enquiry-desk", stage, name) if part),
        Runtime="python3.11",
        Role=arn,
        Handler="app.app",
        Code={"ZipFile": zipped.getvalue()},
        Tags={"aws-chalice": f"version=1.34.0:stage={stage}:app=enquiry-desk"},
    )
    return str(made["FunctionArn"])


def make_api(stage: str) -> str:
    """As Chalice makes one; returns its id."""
    gateway = boto3.client("apigateway", region_name=REGION)
    api = gateway.create_rest_api(name="enquiry-desk")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    uri = f"arn:aws:lambda:{REGION}:123456789012:function:enquiry-desk-{stage}/invocations"
    method: dict[str, Any] = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(
        **method,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{uri}",
    )
    return str(api)


@pytest.fixture
def deployed(aws: Clients) -> str:  # noqa: ARG001
    """Stage `test` half deployed: a function with its queue, one with its rule, the API. Returns the API's id."""
    make_function("test", "")
    worker = make_function("test", "deliver_notification")
    make_function("test", "sweep_outbox")
    make_function("test-two", "")
    queue = f"arn:aws:sqs:{REGION}:123456789012:enquiry-desk-test-notifications"
    lambdas = boto3.client("lambda", region_name=REGION)
    lambdas.create_event_source_mapping(EventSourceArn=queue, FunctionName=worker)
    boto3.client("events", region_name=REGION).put_rule(
        Name="enquiry-desk-test-sweep_outbox-event", ScheduleExpression="rate(1 minute)"
    )
    make_api("test-two")
    return make_api("test")


def map_domain(api: str, domain: str) -> None:
    """Lead the root of a custom domain to an API."""
    gateway = boto3.client("apigateway", region_name=REGION)
    certificate = f"arn:aws:acm:{REGION}:123456789012:certificate/1"
    gateway.create_domain_name(domainName=domain, regionalCertificateArn=certificate, securityPolicy="TLS_1_2")
    gateway.create_deployment(restApiId=api, stageName="test")
    gateway.create_base_path_mapping(domainName=domain, restApiId=api, stage="test")


def settle(root: Path, adopt: str = "", domain: str = "") -> list[str]:
    """What was said."""
    said: list[str] = []
    settle_state(ACCOUNT, root, "test", said.append, adopt, domain)
    return said


def test_only_the_stages_own_functions_and_apis_are_found(deployed: str) -> None:
    assert {"api_handler", "deliver_notification", "sweep_outbox"} == functions_of(ACCOUNT, "test").keys()
    assert ["api_handler"] == list(functions_of(ACCOUNT, "test-two"))
    assert [deployed] == apis_of(ACCOUNT, "test")


def test_a_lost_account_is_made_again(deployed: str, tmp_path: Path) -> None:
    said = settle(tmp_path)
    found = {record["name"]: record for record in recorded(tmp_path, "test")}

    assert "found in AWS and taken up" in said[0]
    assert deployed == recorded_api(tmp_path, "test")["rest_api_id"]
    assert "enquiry-desk-test-notifications" == found["deliver_notification-sqs-event-source"]["queue"]
    assert "enquiry-desk-test-sweep_outbox-event" == found["sweep_outbox-event"]["rule_name"]
    assert 3 == len(deployed_functions(tmp_path, "test"))
    assert [] == settle(tmp_path)


@pytest.mark.usefixtures("deployed")
def test_what_is_gone_is_struck_off_and_other_kinds_are_kept(tmp_path: Path) -> None:
    settle(tmp_path)
    path = state_path(tmp_path, "test")
    state = json.loads(path.read_text("utf-8"))
    domain = {"name": "api_gateway_custom_domain", "resource_type": "domain_name", "domain_name": "desk.clinic.example"}
    state["resources"].append(domain)
    path.write_text(json.dumps(state), "utf-8")
    boto3.client("lambda", region_name=REGION).delete_function(FunctionName="enquiry-desk-test-sweep_outbox")
    said = settle(tmp_path)

    assert [".chalice/deployed/test.json: no longer in AWS: sweep_outbox, sweep_outbox-event"] == said
    assert domain in recorded(tmp_path, "test")


def test_a_configured_domain_that_leads_to_the_api_is_taken_up_again(deployed: str, tmp_path: Path) -> None:
    map_domain(deployed, "desk.clinic.example")
    settle(tmp_path, domain="desk.clinic.example")
    found = recorded(tmp_path, "test")[-1]

    assert ("api_gateway_custom_domain", "domain_name") == (found["name"], found["resource_type"])
    assert "desk.clinic.example" == found["domain_name"]
    assert [{"key": "/"}] == found["api_mapping"]
    assert [] == settle(tmp_path, domain="desk.clinic.example")


def test_a_domain_that_is_not_configured_is_not_given_to_chalice_which_would_delete_it(
    deployed: str, tmp_path: Path
) -> None:
    map_domain(deployed, "desk.clinic.example")
    settle(tmp_path)

    assert "domain_name" not in {record["resource_type"] for record in recorded(tmp_path, "test")}


def test_mappings_that_would_keep_an_api_from_being_deleted_are_released(deployed: str, tmp_path: Path) -> None:
    map_domain(deployed, "desk.clinic.example")
    settle(tmp_path)
    said: list[str] = []
    release_domains(ACCOUNT, tmp_path, "test", said.append)
    gateway = boto3.client("apigateway", region_name=REGION)

    assert [] == gateway.get_base_path_mappings(domainName="desk.clinic.example").get("items", [])
    assert ["Taken off the domain desk.clinic.example, which stays: /"] == said


def test_half_a_file_is_made_whole(deployed: str, tmp_path: Path) -> None:
    path = state_path(tmp_path, "test")
    path.parent.mkdir(parents=True)
    path.write_text('{"resources": [', "utf-8")
    settle(tmp_path)

    assert deployed == recorded_api(tmp_path, "test")["rest_api_id"]


@pytest.mark.usefixtures("aws")
def test_half_a_file_of_a_stage_that_is_nowhere_is_made_empty(tmp_path: Path) -> None:
    path = state_path(tmp_path, "test")
    path.parent.mkdir(parents=True)
    path.write_text("", "utf-8")
    settle(tmp_path)

    assert [] == json.loads(path.read_text("utf-8"))["resources"]


@pytest.mark.usefixtures("aws")
def test_a_stage_that_was_never_deployed_gets_no_file(tmp_path: Path) -> None:
    assert [] == settle(tmp_path)
    assert not state_path(tmp_path, "test").exists()


def test_of_two_apis_the_recorded_one_goes_on(deployed: str, tmp_path: Path) -> None:
    settle(tmp_path)
    make_api("test")

    assert [] == settle(tmp_path)
    assert deployed == recorded_api(tmp_path, "test")["rest_api_id"]


def test_of_two_apis_none_is_guessed(deployed: str, tmp_path: Path) -> None:
    other = make_api("test")
    with pytest.raises(CannotContinue, match="ADOPT="):
        settle(tmp_path)
    settle(tmp_path, other)

    assert other != deployed
    assert other == recorded_api(tmp_path, "test")["rest_api_id"]


def test_an_api_that_is_none_of_the_stages_cannot_be_adopted() -> None:
    with pytest.raises(CannotContinue, match="no API xyz of stage dev; there is abc"):
        chosen_api(["abc"], "abc", "xyz", "dev")
