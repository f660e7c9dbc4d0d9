"""The model and moto leave the same behind, fault by fault; where they would not, it is told."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from moto.sqs import models as moto_sqs

from simulation.agreement import differences, sample
from simulation.campaign import Case, read_case
from simulation.fault_plans import Fault
from simulation.model_resources import Resources, declared_resources
from simulation.on_moto import MotoWorld, moto_account
from simulation.scenario import SCENARIOS, play
from simulation.world import STAGE, World


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    with moto_account():
        yield


def a_case(operation: str, fault: Fault) -> Case:
    """An emergency in which a fault falls on the first call that it makes sense for."""
    trace = play(SCENARIOS["emergency"]).world.trace
    number = next(
        each.number for each in trace if each.operation == operation and (each.may_lag or fault != "stale_index")
    )
    return Case("emergency", "at_start", 0, {number: fault})


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("transact_write_items", "timeout_after"),
        ("send_message_batch", "duplicate"),
        ("send_message_batch", "reorder"),
        ("send_message_batch", "partial"),
        ("update_item", "retried"),
        ("update_item", "crash_after"),
        ("query", "stale_index"),
        ("send_email", "account_stop"),
        ("publish", "closed_after"),
    ],
)
def test_the_model_and_moto_agree_after_a_fault(operation: str, fault: Fault) -> None:
    case = a_case(operation, fault)

    assert [fault] == [strike.fault for strike in case.play().world.struck]
    assert [] == differences(case)


@pytest.mark.parametrize("line", ["bounced at_join 0 -", "suppressed at_start 0 -", "routine at_start 3 -"])
def test_the_model_and_moto_agree_on_bounces_suppressions_and_repeated_messages(line: str) -> None:

    assert [] == differences(read_case(line))


def test_a_mail_on_moto_is_the_one_that_moto_holds() -> None:
    run = read_case("routine at_start 0 -").play(MotoWorld)

    assert [("frontdesk@clinic.example",), ("visitor@mail.example",)] == [mail.to for mail in run.world.mails]
    assert all(b"MIME-Version: 1.0" in mail.raw for mail in run.world.mails)


@pytest.mark.parametrize("made_of", [World, MotoWorld])
def test_a_read_that_lags_sees_what_was_true_five_seconds_ago(made_of: type[World]) -> None:
    """By itself: after a single stale read no run ends otherwise."""
    world = made_of()
    table, key = declared_resources(STAGE).tables[0].name, {"pk": {"S": "1"}, "sk": {"S": "1"}}
    read = {"TableName": table, "Key": key}
    world.dynamodb.put_item(TableName=table, Item={**key, "state": {"S": "old"}})
    world.clock.move(10)
    world.dynamodb.put_item(TableName=table, Item={**key, "state": {"S": "new"}})

    assert {"S": "new"} == world.dynamodb.get_item(**read)["Item"]["state"]
    assert {"S": "old"} == world.dynamodb.stale_get_item(**read)["Item"]["state"]
    assert {"S": "new"} == world.dynamodb.stale_get_item(**read, ConsistentRead=True)["Item"]["state"]

    world.clock.move(10)

    assert {"S": "new"} == world.dynamodb.stale_get_item(**read)["Item"]["state"]


class SlowMailWorld(World):
    """SES tells of a delivery later than the model says."""

    def found(self, resources: Resources) -> None:
        super().found(resources)
        self.ses.event_seconds = 7


def test_a_disagreement_is_told() -> None:
    told, *_ = differences(Case("routine", "at_start", 0), SlowMailWorld)

    assert told.startswith("calls: model (datetime")
    assert ", SlowMailWorld (datetime" in told


def test_a_sample_is_the_same_again_and_holds_every_scenario() -> None:
    drawn = sample(len(SCENARIOS), seed=4)

    assert set(SCENARIOS) == {case.scenario for case in drawn}
    assert drawn == sample(len(SCENARIOS), seed=4)


def test_moto_tells_the_real_time_again_afterwards() -> None:
    virtual = moto_sqs.unix_time
    with moto_account():
        MotoWorld()

        assert moto_sqs.unix_time() < time.time() - 3600

    assert virtual is moto_sqs.unix_time
