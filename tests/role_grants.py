"""What a call asks of IAM, and what the roles of the template grant: enough of IAM for our own policies, and an error
for whatever they use beyond that. Sources: Service Authorization Reference; SES API v2, SendEmail; DynamoDB
transactions, IAM."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.utils import parseaddr
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from sandbox.cloudformation_cognito import pool_id
from simulation.model_resources import ACCOUNT, REGION, TEMPLATES, declared_properties
from tests.aws_calls import Call

NOT_THERE = ("table/not-provisioned", "userpool/")
"""How ARNs end where a test's settings lead to nothing."""
KEYS = "dynamodb:LeadingKeys"
_DATA_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data"
_PART_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@dataclass(frozen=True)
class Need:
    """One action on one resource that a function asks for, with what conditions may look at."""

    function: str
    action: str
    resource: str
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Grant:
    """One statement of a function's role."""

    function: str
    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]

    def allows(self, need: Need) -> bool:
        """Whether this statement alone is enough."""
        return (
            need.function == self.function
            and need.action in self.actions
            and _any_like(need.resource, self.resources)
            and all(
                _holds(operator, need.facts.get(name), values)
                for operator, named in self.conditions.items()
                for name, values in named.items()
            )
        )

    def unused(self, needs: list[Need]) -> Iterator[str]:
        """Actions, resources and beginnings of keys that none of the needs makes use of."""
        met = [need for need in needs if self.allows(need)]
        for action in self.actions:
            if all(need.action != action for need in met):
                yield f"{self.function}: {action} ({self.sid})"
        for resource in self.resources if met else ():
            if not any(_any_like(need.resource, (resource,)) for need in met):
                yield f"{self.function}: {resource} ({self.sid})"
        for beginning in self.conditions.get("ForAllValues:StringLike", {}).get(KEYS, ()) if met else ():
            if not any(_any_like(need.facts[KEYS], (beginning,)) for need in met):
                yield f"{self.function}: {beginning} ({self.sid})"


@cache
def granted(stage: str) -> tuple[Grant, ...]:
    """Every statement of the functions' roles, by the template."""
    pool = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{pool_id(REGION, f'enquiry-desk-{stage}-staff')}"
    roles = declared_properties(
        [template.read_text("utf-8") for template in TEMPLATES],
        "AWS::IAM::Role",
        Stage=stage,
        DataKeyArn=_DATA_KEY,
        UserPoolArn=pool,
        MailIdentity="clinic.example",
    )
    return tuple(
        _grant(function_of(name), statement)
        for name, role in roles.items()
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    )


def function_of(role: str) -> str:
    """`SweepOutboxRole` → `sweep_outbox`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", role.removesuffix("Role")).lower()


def refused(needs: list[Need]) -> list[str]:
    """What is not granted, each once."""
    asked = {need for need in needs if not need.resource.endswith(NOT_THERE)}
    missing = [need for need in asked if not any(grant.allows(need) for grant in granted(_stage_of(need.resource)))]
    return sorted(f"{need.function}: {need.action} on {need.resource} {dict(need.facts)}" for need in missing)


def needs_of(call: Call) -> list[Need]:
    """What IAM is asked for one call. Raises KeyError for a service that we do not know."""
    if not call.is_signed:
        return []
    return [Need(call.function, action, resource, facts) for action, resource, facts in _ASKED[call.service](call)]


_Asked = Iterator[tuple[str, str, Mapping[str, str]]]


def _asked_of_dynamodb(call: Call) -> _Asked:
    table = next(_tables(call.parameters))
    for action, key, index in _dynamodb_parts(call):
        arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
        yield f"dynamodb:{action}", f"{arn}/index/{index}" if index else arn, {KEYS: key} if key else {}
    yield "kms:Decrypt", _DATA_KEY, {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}


def _tables(parameters: Mapping[str, Any]) -> Iterator[str]:
    """Names of the tables of a call; ours has one."""
    if "TableName" in parameters:
        yield parameters["TableName"]
    yield from parameters.get("RequestItems", ())
    yield from (part["TableName"] for each in parameters.get("TransactItems", ()) for part in each.values())


def _dynamodb_parts(call: Call) -> Iterator[tuple[str, str, str]]:
    """Action, partition key, and index of each part of a call."""
    parameters = call.parameters
    if call.operation == "TransactWriteItems":
        for each in parameters["TransactItems"]:
            ((kind, part),) = each.items()
            yield _PART_ACTIONS[kind], _partition(part.get("Item") or part["Key"]), ""
    elif call.operation == "BatchGetItem":
        for asked in parameters["RequestItems"].values():
            yield from (("BatchGetItem", _partition(key), "") for key in asked["Keys"])
    elif call.operation == "Query":
        index = parameters.get("IndexName", "")
        yield "Query", "" if index else _queried(parameters), index
    else:
        key = parameters.get("Item") or parameters.get("Key")
        yield call.operation, _partition(key) if key else "", ""


def _queried(parameters: Mapping[str, Any]) -> str:
    """The partition that a query of the table itself asks for."""
    name = re.match(r"pk = (:\w+)", parameters["KeyConditionExpression"])
    return str(parameters["ExpressionAttributeValues"][name[1]]["S"]) if name else ""


def _partition(key: Mapping[str, Any]) -> str:
    return str(key["pk"]["S"])


def _asked_of_sqs(call: Call) -> _Asked:
    name = call.parameters.get("QueueName") or call.parameters["QueueUrl"].rpartition("/")[2]
    yield f"sqs:{call.operation.removesuffix('Batch')}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", {}


def _asked_of_sns(call: Call) -> _Asked:
    yield f"sns:{call.operation}", call.parameters["TopicArn"], {}


def _asked_of_ses(call: Call) -> _Asked:
    """As an account in SES's sandbox is asked: for sender, recipients and configuration set, and a raw mail as both
    actions."""
    sender = parseaddr(message_from_bytes(call.parameters["Content"]["Raw"]["Data"])["From"])[1]
    arn = f"arn:aws:ses:{REGION}:{ACCOUNT}"
    identities = [sender.rpartition("@")[2], *call.parameters["Destination"]["ToAddresses"]]
    resources = [f"{arn}:identity/{each}" for each in identities]
    resources.append(f"{arn}:configuration-set/{call.parameters['ConfigurationSetName']}")
    for action in ("ses:SendEmail", "ses:SendRawEmail"):
        yield from ((action, resource, {"ses:FromAddress": sender}) for resource in resources)


def _asked_of_cognito(call: Call) -> _Asked:
    pool = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{call.parameters['UserPoolId']}"
    yield f"cognito-idp:{call.operation}", pool, {}


_ASKED: Mapping[str, Callable[[Call], _Asked]] = {
    "dynamodb": _asked_of_dynamodb,
    "sqs": _asked_of_sqs,
    "sns": _asked_of_sns,
    "sesv2": _asked_of_ses,
    "cognito-idp": _asked_of_cognito,
}


def _stage_of(resource: str) -> str:
    """Some tests have a second stage, the simulation's; what names none is asked of `test`."""
    return "simulation" if "enquiry-desk-simulation" in resource else "test"


def _grant(function: str, statement: Mapping[str, Any]) -> Grant:
    unknown = set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition"}
    if unknown or statement["Effect"] != "Allow":
        raise ValueError(f"{function}: cannot judge {sorted(unknown)} of {statement['Sid']}")
    conditions = {
        operator: {name: _listed(values) for name, values in named.items()}
        for operator, named in statement.get("Condition", {}).items()
    }
    return Grant(function, statement["Sid"], _listed(statement["Action"]), _listed(statement["Resource"]), conditions)


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _any_like(value: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def _holds(operator: str, value: str | None, wanted: tuple[str, ...]) -> bool:
    if operator == "ForAllValues:StringLike":
        return value is None or _any_like(value, wanted)
    if operator == "StringLike":
        return value is not None and _any_like(value, wanted)
    if operator == "StringEquals":
        return value in wanted
    raise ValueError(f"cannot judge {operator}")
