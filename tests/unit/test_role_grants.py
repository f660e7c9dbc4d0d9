"""The judge of the functions' roles: what a call asks of IAM, and whether a statement grants it."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import pytest

from chalicelib import edge
from chalicelib.background import at_once
from tests.aws_calls import Call, running_function
from tests.role_grants import KEYS, Grant, Need, needs_of, refused

TABLE = "enquiry-desk-test-enquiries"
TABLE_ARN = f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}"


def a_call(service: str, operation: str, *, function: str = "sweep_outbox", **parameters: Any) -> Call:
    return Call(function, service, operation, parameters, is_signed=True)


def a_grant(**changes: Any) -> Grant:
    given = {"actions": ("dynamodb:GetItem",), "resources": (TABLE_ARN,), "conditions": {}, **changes}
    return Grant("sweep_outbox", "Read", **given)


def a_need(key: str = "SETTINGS", action: str = "dynamodb:GetItem", resource: str = TABLE_ARN) -> Need:
    return Need("sweep_outbox", action, resource, {KEYS: key})


def key(partition: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": "any"}}


def test_a_transaction_asks_for_each_of_its_parts_and_for_the_key_of_the_table() -> None:
    parts = [
        {"Put": {"TableName": TABLE, "Item": key("NOTICE#1")}},
        {"ConditionCheck": {"TableName": TABLE, "Key": key("ENQUIRY#1")}},
    ]
    asked = needs_of(a_call("dynamodb", "TransactWriteItems", TransactItems=parts))

    assert [("dynamodb:PutItem", "NOTICE#1"), ("dynamodb:ConditionCheckItem", "ENQUIRY#1")] == [
        (need.action, need.facts[KEYS]) for need in asked[:2]
    ]
    assert ["kms:Decrypt"] == [need.action for need in asked[2:]]


def test_a_query_of_an_index_asks_for_the_index() -> None:
    (asked, _) = needs_of(a_call("dynamodb", "Query", TableName=TABLE, IndexName="due"))

    assert ("dynamodb:Query", f"{TABLE_ARN}/index/due") == (asked.action, asked.resource)


def test_a_raw_mail_asks_as_ses_does_in_its_sandbox() -> None:
    raw = b"From: Kalimera Clinic <hello@clinic.example>\r\nTo: ann@mail.example\r\n\r\nHello"
    asked = needs_of(
        a_call(
            "sesv2",
            "SendEmail",
            Content={"Raw": {"Data": raw}},
            Destination={"ToAddresses": ["ann@mail.example"]},
            ConfigurationSetName="some-mail",
        )
    )

    assert {"ses:SendEmail", "ses:SendRawEmail"} == {need.action for need in asked}
    assert {"clinic.example", "ann@mail.example", "some-mail"} == {need.resource.rpartition("/")[2] for need in asked}
    assert {"hello@clinic.example"} == {need.facts["ses:FromAddress"] for need in asked}


def test_a_call_that_nobody_signs_asks_for_nothing() -> None:

    assert [] == needs_of(Call("api_handler", "cognito-idp", "ForgotPassword", {"ClientId": "any"}, is_signed=False))


def test_a_service_that_is_new_must_be_made_known() -> None:
    with pytest.raises(KeyError):
        needs_of(a_call("s3", "PutObject"))


@pytest.mark.parametrize(
    ("grant", "allows"),
    [
        (a_grant(), True),
        (a_grant(actions=("dynamodb:PutItem",)), False),
        (a_grant(resources=(f"{TABLE_ARN}/index/due",)), False),
        (a_grant(conditions={"ForAllValues:StringLike": {KEYS: ("ENQUIRY#*", "SETTINGS")}}), True),
        (a_grant(conditions={"ForAllValues:StringLike": {KEYS: ("SETTINGS#*",)}}), False),
        (a_grant(conditions={"StringEquals": {"kms:ViaService": ("sqs",)}}), False),
    ],
)
def test_a_statement_grants_by_action_resource_and_condition(grant: Grant, allows: bool) -> None:

    assert allows == grant.allows(a_need())


def test_a_condition_that_nobody_can_judge_is_an_error() -> None:
    with pytest.raises(ValueError, match="IpAddress"):
        a_grant(conditions={"IpAddress": {"aws:SourceIp": ("192.0.2.0/24",)}}).allows(a_need())


def test_what_is_not_granted_is_named_with_its_function() -> None:
    asked = [a_need(), a_need("SESSION#1"), a_need("ENQUIRY#1", "dynamodb:DeleteItem")]

    assert [
        f"sweep_outbox: dynamodb:DeleteItem on {TABLE_ARN} {{'{KEYS}': 'ENQUIRY#1'}}",
        f"sweep_outbox: dynamodb:GetItem on {TABLE_ARN} {{'{KEYS}': 'SESSION#1'}}",
    ] == refused(asked)


def test_unused_actions_resources_and_kinds_of_items_are_named() -> None:
    grant = a_grant(
        actions=("dynamodb:GetItem", "dynamodb:PutItem"),
        resources=(TABLE_ARN, f"{TABLE_ARN}/index/due"),
        conditions={"ForAllValues:StringLike": {KEYS: ("SETTINGS", "ENQUIRY#*")}},
    )

    assert [
        "sweep_outbox: dynamodb:PutItem (Read)",
        f"sweep_outbox: {TABLE_ARN}/index/due (Read)",
        "sweep_outbox: ENQUIRY#* (Read)",
    ] == list(grant.unused([a_need()]))


def test_what_runs_beside_counts_for_the_function_that_started_it() -> None:
    found: list[str] = []
    works = [lambda: found.append(running_function(None))] * 2
    edge.run_job("sweep_outbox", partial(at_once, works))
    at_once(works)

    assert ["sweep_outbox"] * 2 + [""] * 2 == found


def test_what_a_test_does_by_itself_is_nobodys_call() -> None:

    assert "" == running_function(sys._getframe())
