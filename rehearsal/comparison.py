"""Holds what exists after a deployment against what the code declares, and against what AWS asks for and moto does
not: roles that Lambda may take, permissions to invoke, queues that outlast a function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.declared import API_HANDLER, Declared, configuration_of
from rehearsal.empty_account import EmptyAccount
from rehearsal.policies import allows, lets_service, statements_of
from rehearsal.steps import BrokenPromise, promise, same
from rehearsal.working_copy import STAGE, WorkingCopy

INVOKE = "lambda:InvokeFunction"
QUEUE_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What Lambda does under a function's role to feed it from a queue."""
LOG_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")
PROBED, PROBE = "sweep_outbox", "SESSION#rehearsal"
"""A function, and the key of an item that it has no business with."""
RESERVED = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
SERVICE_STACK = f"enquiry-desk-{STAGE}"


@dataclass(frozen=True)
class Comparison:
    """One deployed stage. Every method raises BrokenPromise at the first difference."""

    copy: WorkingCopy
    declared: Declared

    @property
    def account(self) -> EmptyAccount:
        """The account that holds the stage."""
        return self.copy.account

    def compare(self) -> int:
        """Compare everything; returns the number of functions."""
        self.functions()
        self.routes()
        self.queues()
        self.schedules()
        self.refusal()
        return len(self.declared.functions)

    def functions(self) -> None:
        """Each function with its configuration, its role and its log group."""
        found = {each["FunctionName"]: each for each in self._all("lambda", "list_functions", "Functions")}
        names = {self.declared.deployed_name(name) for name in self.declared.functions}
        same(names, set(found), "functions")
        outputs = self.outputs()
        for name in sorted(self.declared.functions):
            wanted = configuration_of(self.copy, self.declared, name)
            same(wanted, _configuration(found[wanted["FunctionName"]]), f"function {name}")
            same(set(), RESERVED & set(wanted["Environment"]), f"variables of {name} that Lambda keeps for itself")
            output = role_output(name)
            same(outputs.get(output), wanted["Role"], f"role of {name}, output {output}")
            self._role(name, wanted)

    def _role(self, name: str, wanted: Mapping[str, Any]) -> None:
        role = self.account.client("iam").get_role(RoleName=wanted["Role"].rpartition("/")[2])["Role"]
        trusted = [
            statement["Principal"].get("Service")
            for statement in statements_of(role["AssumeRolePolicyDocument"])
            if "sts:AssumeRole" in statement["Action"]
        ]
        promise("lambda.amazonaws.com" in trusted, f"Lambda may not take the role of {name}")
        group = f"/aws/lambda/{wanted['FunctionName']}"
        found = self._all("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=group)
        kept = {each["logGroupName"]: each for each in found}
        promise(group in kept, f"no log group {group}")
        promise(kept[group].get("retentionInDays"), f"log group {group} is kept for ever")
        promise(kept[group].get("kmsKeyId"), f"log group {group} is not encrypted with the key of the stage")
        for action in LOG_ACTIONS:
            stream = f"{kept[group]['arn'].removesuffix(':*')}:log-stream:any"
            promise(allows(self.statements(wanted["Role"]), action, stream), f"the role of {name} lacks {action}")

    def refusal(self) -> None:
        """That roles count here: one that asks for more than it is granted is refused."""
        role = configuration_of(self.copy, self.declared, PROBED)["Role"]
        try:
            self.account.client_of(role, "dynamodb").get_item(
                TableName=self.copy.table, Key={"pk": {"S": PROBE}, "sk": {"S": PROBE}}
            )
        except ClientError as error:
            same("AccessDeniedException", error.response["Error"]["Code"], f"a call beyond the role of {PROBED}")
        else:
            raise BrokenPromise(f"{PROBED} may read sessions of staff")

    def routes(self) -> None:
        """Each route and method, in a regional API with a stage, which may invoke its function."""
        gateway, api = self.account.client("apigateway"), self.copy.api["rest_api_id"]
        same(["REGIONAL"], gateway.get_rest_api(restApiId=api)["endpointConfiguration"]["types"], "endpoint")
        same({STAGE}, {each["stageName"] for each in gateway.get_stages(restApiId=api)["item"]}, "stages of the API")
        function = self._arn(API_HANDLER)
        found = set()
        resources = self._all("apigateway", "get_resources", "items", restApiId=api, embed=["methods"])
        for resource in resources:
            for method, told in resource.get("resourceMethods", {}).items():
                found.add(f"{method} {resource['path']}")
                self._integration(f"{method} {resource['path']}", told, function)
        same(self.declared.routes, frozenset(found), "routes")
        source = f"arn:aws:execute-api:{function.split(':')[3]}:{function.split(':')[4]}:{api}/{STAGE}/POST/enquiries"
        self._may_invoke(API_HANDLER, "apigateway.amazonaws.com", source)

    def _integration(self, route: str, told: Mapping[str, Any], function: str) -> None:
        same("NONE", told["authorizationType"], f"authorization of {route}")
        integration = told["methodIntegration"]
        same(("AWS_PROXY", "POST"), (integration["type"], integration["httpMethod"]), f"integration of {route}")
        promise(f"/functions/{function}/invocations" in integration["uri"], f"{route} leads to {integration['uri']}")

    def queues(self) -> None:
        """Each event source mapping, whose function may read the queue and ends before the message comes again."""
        sqs = self.account.client("sqs")
        found = self._all("lambda", "list_event_source_mappings", "EventSourceMappings")
        wanted = {
            (self._arn(name), self._queue_arn(queue), size) for name, (queue, size) in self.declared.queues.items()
        }
        same(wanted, {(each["FunctionArn"], each["EventSourceArn"], each["BatchSize"]) for each in found}, "mappings")
        same(len(wanted), len(found), "number of event source mappings")
        same({"Enabled"}, {each["State"] for each in found}, "state of the mappings")
        for name, (queue, _) in self.declared.queues.items():
            function = configuration_of(self.copy, self.declared, name)
            for action in QUEUE_ACTIONS:
                granted = allows(self.statements(function["Role"]), action, self._queue_arn(queue))
                promise(granted, f"the role of {name} lacks {action} on {queue}")
            url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            promise(
                int(told["VisibilityTimeout"]) >= 6 * function["Timeout"],
                f"messages of {queue} come again before {name} has ended: less than six times its timeout",
            )
            promise("RedrivePolicy" in told, f"{queue} has no dead-letter queue")

    def schedules(self) -> None:
        """Each rule with its one target, which lets it in."""
        events = self.account.client("events")
        found = {each["Name"]: each for each in self._all("events", "list_rules", "Rules")}
        wanted = {f"{self.declared.deployed_name(name)}-event": name for name in self.declared.schedules}
        same(set(wanted), set(found), "rules")
        for rule, name in wanted.items():
            told = found[rule]
            expected = ("ENABLED", self.declared.schedules[name])
            same(expected, (told["State"], told["ScheduleExpression"]), f"rule {rule}")
            targets = [each["Arn"] for each in events.list_targets_by_rule(Rule=rule)["Targets"]]
            same([self._arn(name)], targets, f"targets of {rule}")
            self._may_invoke(name, "events.amazonaws.com", told["Arn"])

    def outputs(self) -> dict[str, str]:
        """The outputs of the service stack."""
        (stack,) = self.account.client("cloudformation").describe_stacks(StackName=SERVICE_STACK)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def statements(self, role_arn: str) -> list[Mapping[str, Any]]:
        """All that a role is granted."""
        iam, name = self.account.client("iam"), role_arn.rpartition("/")[2]
        names = iam.list_role_policies(RoleName=name)["PolicyNames"]
        documents = [iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in names]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        promise(not attached, f"role {name} has policies besides its own: {attached}")
        return [statement for document in documents for statement in statements_of(document)]

    def _may_invoke(self, function: str, service: str, source: str) -> None:
        name = self.declared.deployed_name(function)
        policy = json.loads(self.account.client("lambda").get_policy(FunctionName=name)["Policy"])
        granted = lets_service(statements_of(policy), service, INVOKE, source)
        promise(granted, f"{service} may not invoke {function} for {source}")

    def _arn(self, function: str) -> str:
        name = self.declared.deployed_name(function)
        found = self.account.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
        return str(found)

    def _queue_arn(self, queue: str) -> str:
        sqs = self.account.client("sqs")
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        return str(attributes["QueueArn"])

    def _all(self, service: str, operation: str, listed: str, **parameters: Any) -> list[dict[str, Any]]:
        pages = self.account.client(service).get_paginator(operation).paginate(**parameters)
        return [each for page in pages for each in page[listed]]


def role_output(function: str) -> str:
    """The output of the service stack that names a function's role: `sweep_outbox` → `SweepOutboxRole`."""
    return "".join(word.title() for word in function.split("_")) + "Role"


def _configuration(told: Mapping[str, Any]) -> dict[str, Any]:
    names = ("FunctionName", "Handler", "Runtime", "MemorySize", "Timeout", "Architectures", "Role")
    return {**{name: told[name] for name in names}, "Environment": told.get("Environment", {}).get("Variables", {})}
