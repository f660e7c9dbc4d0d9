"""Every fault does to a call what its name says, to this call and to no other."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from simulation.boundaries import LAMBDA_SECONDS, STOP, Killed
from simulation.fault_plans import OPERATIONS, Fault, faults_for, longer_plans, plan_line, read_plan
from simulation.world import World

TABLE = "enquiry-desk-simulation-enquiries"
KEY = {"pk": {"S": "ENQUIRY#1"}, "sk": {"S": "ENQUIRY"}}
MAIL = {"Destination": {"ToAddresses": ["ann@mail.example"]}, "Content": {"Raw": {"Data": b"Hello"}}}


def put(world: World) -> Any:
    return world.clients.dynamodb.put_item(
        TableName=TABLE, Item=KEY, ConditionExpression="attribute_not_exists(pk)", ReturnValues="NONE"
    )


def is_stored(world: World) -> bool:
    return (KEY["pk"]["S"], KEY["sk"]["S"]) in world.dynamodb.tables[TABLE].items


@pytest.mark.parametrize(
    ("fault", "raised", "stored"),
    [
        ("error_before", ConnectTimeoutError, False),
        ("timeout_before", ReadTimeoutError, False),
        ("timeout_after", ReadTimeoutError, True),
        ("closed_after", ConnectionClosedError, True),
        ("garbled", ResponseParserError, True),
        ("throttle", ClientError, False),
        ("conflict", ClientError, False),
        ("crash_before", Killed, False),
        ("crash_after", Killed, True),
        ("slow_until_killed", Killed, True),
    ],
)
def test_a_fault_raises_its_error_with_or_without_the_effect(
    fault: Fault, raised: type[BaseException], stored: bool
) -> None:
    world = World({0: fault})
    with pytest.raises(raised):
        put(world)

    assert stored == is_stored(world)
    assert [fault] == [strike.fault for strike in world.struck]


def test_a_garbled_answer_is_no_error_that_botocore_announces() -> None:

    assert not issubclass(ResponseParserError, BotoCoreError | ClientError)


def test_a_write_that_the_client_repeats_meets_its_own_effect() -> None:
    world = World({0: "retried"})
    with pytest.raises(ClientError) as caught:
        put(world)

    assert "ConditionalCheckFailedException" == caught.value.response["Error"]["Code"]
    assert is_stored(world)


@pytest.mark.parametrize(("fault", "code"), [("conflict", "TransactionConflict"), ("throttle", "ThrottlingError")])
def test_a_transaction_says_for_each_action_why_it_was_cancelled(fault: Fault, code: str) -> None:
    world = World({0: fault})
    actions = [{"Put": {"TableName": TABLE, "Item": {**KEY, "sk": {"S": name}}}} for name in "ab"]
    with pytest.raises(ClientError) as caught:
        world.clients.dynamodb.transact_write_items(TransactItems=actions)

    assert [code, "None"] == [reason["Code"] for reason in caught.value.response["CancellationReasons"]]


def test_a_fault_falls_on_its_own_call_only() -> None:
    world = World({1: "timeout_before"})
    put(world)
    with pytest.raises(ReadTimeoutError):
        world.clients.ses.send_email(**MAIL)
    world.clients.ses.send_email(**MAIL)

    assert ["put_item", "send_email", "send_email"] == [boundary.operation for boundary in world.trace]
    assert 1 == len(world.mails)


def test_a_fault_that_makes_no_sense_for_its_call_does_nothing() -> None:
    world = World({0: "reject", 1: "stale_index"})
    put(world)
    world.clients.dynamodb.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True)

    assert is_stored(world)
    assert [] == world.struck


def test_a_stopped_account_sends_nothing_for_a_while() -> None:
    world = World({0: "account_stop"})
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            world.clients.ses.send_email(**MAIL)

        assert "SendingPausedException" == caught.value.response["Error"]["Code"]

    world.clock.move(STOP.total_seconds())
    world.clients.ses.send_email(**MAIL)

    assert 1 == len(world.mails)


def test_a_rejected_mail_is_not_sent() -> None:
    world = World({0: "reject"})
    with pytest.raises(ClientError) as caught:
        world.clients.ses.send_email(**MAIL)

    assert "MessageRejected" == caught.value.response["Error"]["Code"]
    assert [] == world.mails


def test_timeouts_take_their_time() -> None:
    world = World({0: "timeout_before"})
    began = world.clock()
    with pytest.raises(ReadTimeoutError):
        world.clients.ses.send_email(**MAIL)

    assert 8 <= (world.clock() - began).total_seconds() < 9


def test_a_call_after_the_deadline_kills() -> None:
    world = World()

    def run_late() -> None:
        world.clock.move(LAMBDA_SECONDS)
        put(world)

    assert world.invoke(run_late).killed
    assert not is_stored(world)
    assert world.invoke(lambda: put(world)).succeeded


def test_something_else_can_happen_just_before_a_call() -> None:
    world = World()
    world.boundaries.meanwhile[0] = lambda: put(world)
    with pytest.raises(ClientError):
        put(world)

    assert [0, 1] == [boundary.number for boundary in world.trace]


def test_every_operation_that_is_offered_is_modelled() -> None:
    world = World()
    models = {"dynamodb": world.dynamodb, "sqs": world.sqs, "ses": world.ses, "sns": world.sns}

    for service, operations in OPERATIONS.items():
        for operation in operations:
            variants = {fault for name, fault in models[service].variants if name == operation}

            assert callable(getattr(models[service], operation))
            assert variants <= set(faults_for(service, operation))
    with pytest.raises(AttributeError):
        _ = world.clients.sqs.change_message_visibility


def test_a_plan_reads_as_it_was_printed() -> None:
    plan = read_plan("17:throttle 3:timeout_after")

    assert {3: "timeout_after", 17: "throttle"} == plan
    assert "3:timeout_after 17:throttle" == plan_line(plan)
    assert {} == read_plan(plan_line({}))
    with pytest.raises(ValueError, match="no such fault"):
        read_plan("3:sunshine")


def test_plans_grow_by_one_later_fault_at_a_time() -> None:
    world = World({0: "timeout_after"})
    for _ in range(2):
        world.invoke(lambda: put(world))
    plans = list(longer_plans({0: "timeout_after"}, world.trace))

    assert [{0: "timeout_after", 1: fault} for fault in faults_for("dynamodb", "put_item")] == plans
    assert 2 * len(plans) == len(list(longer_plans({}, world.trace)))
