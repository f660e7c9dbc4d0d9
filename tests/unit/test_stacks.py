"""Stacks in every state that a run may meet them in, on a CloudFormation that fails as AWS's does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infrastructure.failures import CannotContinue
from infrastructure.stacks import KEEP_DATA, Stack, Stacks
from tests.fake_api import client_error

NAME = "enquiry-desk-dev"
STACK = Stack(NAME, "Resources: {}", {"Stage": "dev"}, {"stage": "dev"})
MISSING = client_error("ValidationError", f"Stack with id {NAME} does not exist", "DescribeStacks")
NO_UPDATES = client_error("ValidationError", "No updates are to be performed.", "UpdateStack")


class FakeCloudFormation:
    """One stack. `statuses` are what one look after another finds, the last one stays; empty is none. `after` is what
    is found after a call, or the error that it meets."""

    def __init__(
        self, *statuses: str, after: Mapping[str, Any] | None = None, events: Sequence[dict[str, Any]] = ()
    ) -> None:
        self.statuses = list(statuses)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.protected = False
        self._after = dict(after or {})
        self._events = list(events)

    @property
    def done(self) -> list[str]:
        return [name for name, _ in self.calls]

    def describe_stacks(self, StackName: str) -> Any:  # noqa: ARG002
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if not status:
            raise MISSING
        outputs = [{"OutputKey": "TableName", "OutputValue": "t"}]
        described = {"StackId": "id", "StackStatus": status, "Outputs": outputs}
        return {"Stacks": [{**described, "EnableTerminationProtection": self.protected}]}

    def describe_change_set(self, **_: Any) -> Any:
        return self._after["describe_change_set"]

    def describe_stack_events(self, StackName: str) -> Any:  # noqa: ARG002
        return {"StackEvents": self._events}

    def get_paginator(self, operation: str) -> Any:
        fake = self

        class Pages:
            def paginate(self, **parameters: Any) -> list[Any]:
                return [getattr(fake, operation)(**parameters)]

        return Pages()

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> dict[str, Any]:
            self.calls.append((operation, parameters))
            found = self._after.get(operation, [])
            if isinstance(found, Exception):
                raise found
            self.statuses = list(found) or self.statuses
            return {"StackId": "id"}

        return call


def an_event(number: int, resource: str, status: str, reason: str = "") -> dict[str, Any]:
    """The newest first, as AWS lists them."""
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=number)
    what = {"StackName": NAME, "LogicalResourceId": resource, "ResourceType": "AWS::SQS::Queue", "Timestamp": at}
    return {**what, "ResourceStatus": status, "ResourceStatusReason": reason}


def bring_up(cloudformation: FakeCloudFormation, stack: Stack = STACK) -> tuple[dict[str, str], list[str]]:
    """Outputs, and what was said."""
    said: list[str] = []
    outputs = Stacks(cloudformation, said.append, lambda _: None).bring_up(stack)
    return outputs, said


CREATES = {"create_stack": ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]}
UPDATES = {"update_stack": ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"]}
DELETES = {"delete_stack": ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]}


def test_a_stack_that_is_missing_is_created_and_waited_for() -> None:
    cloudformation = FakeCloudFormation("", after=CREATES)
    outputs, _ = bring_up(cloudformation)
    (call,) = cloudformation.calls

    assert {"TableName": "t"} == outputs
    assert "create_stack" == call[0]
    assert [{"ParameterKey": "Stage", "ParameterValue": "dev"}] == call[1]["Parameters"]


def test_a_stack_that_stands_is_updated() -> None:
    cloudformation = FakeCloudFormation("CREATE_COMPLETE", after=UPDATES)
    bring_up(cloudformation)

    assert ["update_stack"] == cloudformation.done


def test_a_stack_without_changes_is_left_alone() -> None:
    outputs, said = bring_up(FakeCloudFormation("UPDATE_COMPLETE", after={"update_stack": NO_UPDATES}))

    assert {"TableName": "t"} == outputs
    assert [f"{NAME}: nothing to change"] == said


@pytest.mark.parametrize(
    "status",
    ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS", "DELETE_FAILED"],
)
def test_what_an_earlier_run_left_half_finished_is_removed_and_made_anew(status: str) -> None:
    gone = {"delete_stack": ["DELETE_IN_PROGRESS", "DELETE_COMPLETE", ""]}
    cloudformation = FakeCloudFormation(status, after={**gone, **CREATES})
    _, said = bring_up(cloudformation)

    assert ["delete_stack", "create_stack"] == cloudformation.done
    assert status in said[0]


def test_a_guarded_stack_that_never_stood_is_removed_all_the_same() -> None:
    gone = {"delete_stack": ["DELETE_IN_PROGRESS", "DELETE_COMPLETE", ""]}
    cloudformation = FakeCloudFormation("ROLLBACK_COMPLETE", after={**gone, **CREATES})
    cloudformation.protected = True
    bring_up(cloudformation, Stack(NAME, "", holds_data=True))

    assert ["update_termination_protection", "delete_stack", "create_stack"] == cloudformation.done[:3]
    assert cloudformation.calls[0][1]["EnableTerminationProtection"] is False


def test_a_guarded_stack_that_has_stood_is_never_unguarded() -> None:
    cloudformation = FakeCloudFormation("DELETE_FAILED", after={**DELETES, **CREATES})
    cloudformation.protected = True
    bring_up(cloudformation, Stack(NAME, "", holds_data=True))

    assert "delete_stack" == cloudformation.done[0]


def test_somebody_elses_change_is_waited_for() -> None:
    statuses = ["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    cloudformation = FakeCloudFormation(*statuses, after=UPDATES)
    _, said = bring_up(cloudformation)

    assert ["update_stack"] == cloudformation.done
    assert "another change is under way" in said[0]


def test_a_stack_whose_way_back_failed_says_how_to_free_it() -> None:
    events = [an_event(2, "Mail", "UPDATE_FAILED", "not authorized"), an_event(1, NAME, "UPDATE_IN_PROGRESS")]
    with pytest.raises(CannotContinue) as raised:
        bring_up(FakeCloudFormation("UPDATE_ROLLBACK_FAILED", events=events))

    assert "not authorized" in str(raised.value)
    assert f"aws cloudformation continue-update-rollback --stack-name {NAME}" in str(raised.value)


def test_a_creation_that_fails_gives_the_first_reasons_of_its_own() -> None:
    events = [
        an_event(9, NAME, "ROLLBACK_COMPLETE"),
        an_event(8, "Late", "CREATE_FAILED", "Resource creation cancelled"),
        an_event(7, "OnCall", "CREATE_FAILED", "enquiry-desk-dev-on-call already exists"),
        an_event(6, "Notifications", "CREATE_FAILED", "quota"),
        an_event(5, NAME, "CREATE_IN_PROGRESS"),
        an_event(4, "Mail", "CREATE_FAILED", "of an earlier run"),
    ]
    failing = {"create_stack": ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"]}
    with pytest.raises(CannotContinue) as raised:
        bring_up(FakeCloudFormation("", after=failing, events=events))
    lines = str(raised.value).splitlines()

    assert ["  Notifications (AWS::SQS::Queue): quota", *lines[2:3]] == lines[1:3]
    assert "stands outside the stack" in lines[2]
    assert "earlier run" not in str(raised.value)
    assert "cancelled" not in str(raised.value)


def test_a_deletion_that_fails_gives_its_reason() -> None:
    events = [an_event(2, "Mail", "DELETE_FAILED", "in use"), an_event(1, NAME, "DELETE_IN_PROGRESS")]
    failing = {"delete_stack": ["DELETE_IN_PROGRESS", "DELETE_FAILED"]}
    stacks = Stacks(FakeCloudFormation("CREATE_COMPLETE", after=failing, events=events), lambda _: None, lambda _: None)
    with pytest.raises(CannotContinue, match="in use"):
        stacks.take_down(NAME)


def test_a_stack_that_is_gone_is_taken_down_already() -> None:
    cloudformation = FakeCloudFormation("")
    Stacks(cloudformation, lambda _: None, lambda _: None).take_down(NAME)

    assert [] == cloudformation.calls


def test_a_stack_with_data_is_guarded_from_its_creation_on() -> None:
    cloudformation = FakeCloudFormation("", after=CREATES)
    bring_up(cloudformation, Stack(NAME, "", holds_data=True))

    assert KEEP_DATA == cloudformation.calls[0][1]["StackPolicyBody"]
    assert cloudformation.calls[0][1]["EnableTerminationProtection"]


def test_a_guard_that_was_taken_away_is_put_back() -> None:
    cloudformation = FakeCloudFormation("UPDATE_COMPLETE", after={"update_stack": NO_UPDATES})
    bring_up(cloudformation, Stack(NAME, "", holds_data=True))

    assert ["update_stack", "update_termination_protection", "set_stack_policy"] == cloudformation.done


def test_what_stands_is_imported_and_nothing_else_is_done() -> None:
    prepared = {"Status": "CREATE_COMPLETE"}
    imported = {"execute_change_set": ["REVIEW_IN_PROGRESS", "IMPORT_IN_PROGRESS", "IMPORT_COMPLETE"]}
    cloudformation = FakeCloudFormation("", after={"describe_change_set": prepared, **imported})
    resources = [{"ResourceType": "AWS::KMS::Key", "LogicalResourceId": "K", "ResourceIdentifier": {"KeyId": "k"}}]
    Stacks(cloudformation, lambda _: None, lambda _: None).bring_in(STACK, resources)

    assert ["create_change_set", "execute_change_set"] == cloudformation.done
    assert "IMPORT" == cloudformation.calls[0][1]["ChangeSetType"]
    assert resources == cloudformation.calls[0][1]["ResourcesToImport"]


def test_an_import_that_aws_refuses_leaves_no_half_stack() -> None:
    prepared = {"Status": "FAILED", "StatusReason": "no DeletionPolicy"}
    cloudformation = FakeCloudFormation("", after={"describe_change_set": prepared})
    with pytest.raises(CannotContinue, match="no DeletionPolicy"):
        Stacks(cloudformation, lambda _: None, lambda _: None).bring_in(STACK, [])

    assert ["create_change_set", "delete_stack"] == cloudformation.done


def test_a_long_wait_says_what_goes_on() -> None:
    slowly = {"create_stack": [*["CREATE_IN_PROGRESS"] * 8, "CREATE_COMPLETE"]}
    events = [an_event(1, "StaffPool", "CREATE_IN_PROGRESS")]
    _, said = bring_up(FakeCloudFormation("", after=slowly, events=events))

    assert "  … 30 s, StaffPool CREATE_IN_PROGRESS" in said


def test_a_wait_without_end_is_given_up() -> None:
    with pytest.raises(CannotContinue, match="not done after 45 minutes"):
        bring_up(FakeCloudFormation("UPDATE_IN_PROGRESS"))
