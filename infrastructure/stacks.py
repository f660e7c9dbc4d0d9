"""CloudFormation stacks brought up and taken down: waited for, taken out of the states that a half-finished run leaves,
and with the reasons of what failed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from infrastructure.failures import CannotContinue

Say = Callable[[str], None]
"""Prints one line of progress."""
POLL_SECONDS = 5.0
WAIT_SECONDS = 45 * 60
"""Nothing of ours takes longer than a few minutes."""
POLLS_PER_LINE = 6
NEVER_STOOD = frozenset({"REVIEW_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
"""A first creation that came to nothing. CloudFormation changes no such stack: it must be deleted first."""
IN_THE_WAY = NEVER_STOOD | {"DELETE_FAILED", "IMPORT_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_FAILED"}
STUCK = frozenset({"UPDATE_ROLLBACK_FAILED"})
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
_GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})
_BEGINNINGS = frozenset(f"{kind}_IN_PROGRESS" for kind in ("CREATE", "UPDATE", "DELETE", "IMPORT"))
KEEP_DATA = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["Update:Replace", "Update:Delete"],
                "Resource": "*",
                "Condition": {
                    "StringEquals": {
                        "ResourceType": ["AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Cognito::UserPool"]
                    }
                },
            },
        ]
    }
)
"""No change of the template may put an empty table, another key or another pool in the place of those in use."""


@dataclass(frozen=True)
class Stack:
    """What a stack is to be. `holds_data`: it can neither be deleted nor lose its table, key or pool by mistake."""

    name: str
    body: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    holds_data: bool = False

    def as_call(self) -> dict[str, Any]:
        """The parameters of `create_stack`, `update_stack` and `create_change_set` that say so."""
        return {
            "StackName": self.name,
            "TemplateBody": self.body,
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value} for name, value in sorted(self.parameters.items())
            ],
            "Tags": [{"Key": name, "Value": value} for name, value in sorted(self.tags.items())],
            "Capabilities": CAPABILITIES,
        }


class Stacks:
    """The stacks of one account and region. Every wait says what goes on, at most twice a minute."""

    def __init__(self, cloudformation: Any, say: Say, pause: Callable[[float], None] = time.sleep) -> None:
        self._cloudformation = cloudformation
        self._say = say
        self._pause = pause

    def status(self, name: str) -> str:
        """The status of a stack by name or id; empty when there is none."""
        return str(self._described(name).get("StackStatus", ""))

    def outputs(self, name: str) -> dict[str, str]:
        """The outputs of a stack; none when there is no stack."""
        return {each["OutputKey"]: each["OutputValue"] for each in self._described(name).get("Outputs", [])}

    def resources(self, name: str) -> list[dict[str, Any]]:
        """What a stack consists of, as `list_stack_resources` tells it, without what it has deleted."""
        if not self.status(name):
            return []
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        listed = [resource for page in pages for resource in page["StackResourceSummaries"]]
        return [resource for resource in listed if resource["ResourceStatus"] not in _GONE]

    def clear_way(self, name: str) -> str:
        """Wait for whoever changes the stack, and remove one that never stood. Returns its status then; empty when
        there is none. Raises CannotContinue for one that only a person can free."""
        status = self.status(name)
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            self._say(f"{name}: another change is under way ({status}); waiting for its end")
            status = self._wait(name)
        if status in IN_THE_WAY:
            self._say(f"{name}: removing what an earlier run left half-finished ({status})")
            if status in NEVER_STOOD:
                self._unprotect(name)
            self.take_down(name)
            status = ""
        if status in STUCK:
            raise CannotContinue(self._how_to_free(name))
        return status

    def bring_up(self, stack: Stack) -> dict[str, str]:
        """Create the stack or make it what it is to be, wait, and return its outputs. Raises CannotContinue with the
        reasons when that fails; a second run begins again from wherever it stopped."""
        if self.clear_way(stack.name):
            self._update(stack)
        else:
            self._create(stack)
        if stack.holds_data:
            self.protect(stack.name)
        return self.outputs(stack.name)

    def take_down(self, name: str) -> None:
        """Delete a stack and wait until it is gone. Raises CannotContinue with the reasons when something stays."""
        stack_id = self._described(name).get("StackId")
        if not stack_id:
            return
        self._say(f"{name}: deleting")
        self._cloudformation.delete_stack(StackName=name)
        if self._wait(stack_id) not in ("DELETE_COMPLETE", ""):
            raise self._failed(name, stack_id)

    def protect(self, name: str) -> None:
        """Let nobody delete the stack, or replace what it keeps, by mistake."""
        if not self._is_protected(name):
            self._cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=True)
        self._cloudformation.set_stack_policy(StackName=name, StackPolicyBody=KEEP_DATA)

    def _unprotect(self, name: str) -> None:
        if self._is_protected(name):
            self._cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)

    def _is_protected(self, name: str) -> bool:
        return str(self._described(name).get("EnableTerminationProtection")).lower() == "true"

    def bring_in(self, stack: Stack, imports: Sequence[Mapping[str, Any]]) -> None:
        """Make a new stack of resources that stand already, without touching them; `stack.body` holds nothing else.
        Raises CannotContinue."""
        self._say(f"{stack.name}: taking over {len(imports)} resources that stand already")
        change = {"StackName": stack.name, "ChangeSetName": "take-over"}
        self._cloudformation.create_change_set(
            **{**stack.as_call(), **change}, ChangeSetType="IMPORT", ResourcesToImport=list(imports)
        )
        prepared = self._prepared(change)
        if prepared["Status"] != "CREATE_COMPLETE":
            self._cloudformation.delete_stack(StackName=stack.name)
            raise CannotContinue(f"{stack.name}: what stands cannot be taken over: {prepared.get('StatusReason', '')}")
        self._cloudformation.execute_change_set(**change)
        if self._wait(stack.name) != "IMPORT_COMPLETE":
            raise self._failed(stack.name, stack.name)

    def _prepared(self, change: Mapping[str, str]) -> Mapping[str, Any]:
        for _ in range(int(WAIT_SECONDS / POLL_SECONDS)):
            described = self._cloudformation.describe_change_set(**change)
            if described["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                return dict(described)
            self._pause(POLL_SECONDS)
        raise CannotContinue(f"{change['StackName']}: AWS prepares the change without end. Run the command again.")

    def _create(self, stack: Stack) -> None:
        self._say(f"{stack.name}: creating (takes a few minutes)")
        guards = {"EnableTerminationProtection": True, "StackPolicyBody": KEEP_DATA} if stack.holds_data else {}
        created = self._cloudformation.create_stack(**stack.as_call(), **guards)
        if self._wait(created["StackId"]) != "CREATE_COMPLETE":
            raise self._failed(stack.name, created["StackId"])

    def _update(self, stack: Stack) -> None:
        try:
            updated = self._cloudformation.update_stack(**stack.as_call())
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
            self._say(f"{stack.name}: nothing to change")
            return
        self._say(f"{stack.name}: updating")
        if self._wait(updated["StackId"]) != "UPDATE_COMPLETE":
            raise self._failed(stack.name, updated["StackId"])

    def _wait(self, stack: str) -> str:
        """The status that a change ends with."""
        for poll in range(int(WAIT_SECONDS / POLL_SECONDS)):
            status = self.status(stack)
            if not status.endswith("_IN_PROGRESS"):
                return status
            if poll and not poll % POLLS_PER_LINE:
                self._say(f"  … {int(poll * POLL_SECONDS)} s, {self._newest(stack)}")
            self._pause(POLL_SECONDS)
        raise CannotContinue(f"{stack}: not done after {WAIT_SECONDS // 60} minutes. Look at it in the AWS console.")

    def _newest(self, stack: str) -> str:
        newest = self._cloudformation.describe_stack_events(StackName=stack)["StackEvents"][:1]
        return " ".join(f"{event['LogicalResourceId']} {event['ResourceStatus']}" for event in newest)

    def _described(self, name: str) -> dict[str, Any]:
        try:
            return dict(self._cloudformation.describe_stacks(StackName=name)["Stacks"][0])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error):
                return {}
            raise

    def _failed(self, name: str, stack_id: str) -> CannotContinue:
        status = self.status(stack_id)
        reasons = "\n".join(f"  {reason}" for reason in self.reasons(stack_id))
        return CannotContinue(
            f"{name}: AWS could not do it ({status or 'deleted'}).\n{reasons}\n"
            "Mend that and run the same command again; what stands half-finished is cleared away then."
        )

    def reasons(self, stack: str) -> list[str]:
        """Why the last change of a stack failed: the first three resources that did, each with AWS's words."""
        failed = [
            event
            for event in self._events_of_last_change(stack)
            if event["ResourceStatus"].endswith("_FAILED")
            and event["LogicalResourceId"] != event["StackName"]
            and "cancelled" not in event.get("ResourceStatusReason", "")
        ]
        return [_reason(event) for event in sorted(failed, key=_at)[:3]] or ["AWS gives no reason."]

    def _events_of_last_change(self, stack: str) -> Iterator[dict[str, Any]]:
        for page in self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
            for event in page["StackEvents"]:
                if event["LogicalResourceId"] == event["StackName"] and event["ResourceStatus"] in _BEGINNINGS:
                    return
                yield event

    def _how_to_free(self, name: str) -> str:
        reasons = "\n".join(f"  {reason}" for reason in self.reasons(name))
        return (
            f"{name}: an update failed, and so did its way back (UPDATE_ROLLBACK_FAILED). It still serves.\n{reasons}\n"
            f"Mend that, then: aws cloudformation continue-update-rollback --stack-name {name}\n"
            "When that has ended, run the same command again."
        )


def _at(event: Mapping[str, Any]) -> datetime:
    return event["Timestamp"]  # type: ignore[no-any-return]


def _reason(event: Mapping[str, Any]) -> str:
    said = " ".join(str(event.get("ResourceStatusReason", "")).split())
    told = f"{event['LogicalResourceId']} ({event['ResourceType']}): {said}"
    if "already exists" in said:
        told += " It stands outside the stack: delete or rename it there."
    return told
