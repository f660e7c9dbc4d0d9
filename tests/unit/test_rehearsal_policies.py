"""What the rehearsal takes for granted or refused, moto asking nothing."""

from __future__ import annotations

from typing import Any

from rehearsal.policies import allows, lets_service, statements_of

QUEUE = "arn:aws:sqs:us-east-1:123456789012:enquiries"
RULE = "arn:aws:events:us-east-1:123456789012:rule/sweep"


def statement(**overrides: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": QUEUE, **overrides}


def permission(**overrides: Any) -> dict[str, Any]:
    source = {"Condition": {"ArnLike": {"AWS:SourceArn": RULE}}}
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        **source,
        **overrides,
    }


def granted(condition: dict[str, Any], facts: dict[str, str]) -> bool:
    return allows([statement(Condition=condition)], "sqs:ReceiveMessage", QUEUE, facts)


def lets_rule_in(given: dict[str, Any]) -> bool:
    return lets_service([given], "events.amazonaws.com", "lambda:InvokeFunction", RULE)


def test_action_and_resource_must_both_match() -> None:

    assert allows([statement()], "sqs:ReceiveMessage", QUEUE)
    assert allows([statement(Action=["SQS:*"], Resource="*")], "sqs:DeleteMessage", QUEUE)
    assert not allows([statement()], "sqs:DeleteMessage", QUEUE)
    assert not allows([statement()], "sqs:ReceiveMessage", f"{QUEUE}-dead")


def test_denial_outweighs_a_grant() -> None:

    assert not allows([statement(), statement(Effect="Deny")], "sqs:ReceiveMessage", QUEUE)


def test_condition_holds_for_the_facts_of_the_call() -> None:
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ENQUIRY#*", "SETTINGS"]}}
    via = {"StringEquals": {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}}

    assert granted(keys, {"dynamodb:LeadingKeys": "ENQUIRY#1"})
    assert not granted(keys, {"dynamodb:LeadingKeys": "SESSION#1"})
    assert granted(via, {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"})
    assert not granted(via, {})
    assert not granted({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, {"aws:SourceIp": "192.0.2.1"})


def test_service_is_let_in_for_its_source_only() -> None:

    assert lets_rule_in(permission())
    assert not lets_rule_in(permission(Principal={"Service": "s3.amazonaws.com"}))
    assert not lets_rule_in(permission(Condition={"ArnLike": {"AWS:SourceArn": f"{RULE}-two"}}))


def test_permission_for_every_source_counts_as_none() -> None:

    assert not lets_rule_in(permission(Condition={}))


def test_a_policy_may_hold_one_statement_outside_a_list() -> None:

    assert [statement()] == statements_of({"Statement": statement()})
