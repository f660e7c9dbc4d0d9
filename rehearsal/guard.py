"""IAM in front of moto, for what the deployed functions ask: a call is signed by the key of a function's role, and what
that role does not grant is refused. The owner of the account may do everything."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_string
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.iam.models import Role, iam_backends

from rehearsal.place import access_key
from rehearsal.policies import Need, allows, statements_of

_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_KEY = re.compile(r"Credential=(?P<key>[^/]+)/")
KEYS, SENDER, VIA = "dynamodb:LeadingKeys", "ses:FromAddress", "kms:ViaService"


@dataclass(frozen=True)
class Call:
    """One signed call: the operation by its name, and its parameters as they came over the wire."""

    service: str
    operation: str
    parameters: Mapping[str, Any]


@dataclass
class Guard:
    """Judges by the roles as they are at the moment. `refused` tells every call that was not granted, once."""

    region: str
    refused: list[str] = field(default_factory=list)

    def lets(self, role: Role, call: Call) -> bool:
        """Whether the role grants all that the call needs."""
        statements = [each for document in role.policies.values() for each in statements_of(document)]
        missing = [need for need in self.needs(call) if not allows(statements, need.action, need.resource, need.facts)]
        for need in missing:
            told = f"{role.name}: {need.action} on {need.resource} {dict(need.facts)}"
            if told not in self.refused:
                self.refused.append(told)
        return not missing

    def needs(self, call: Call) -> Iterator[Need]:
        """What IAM asks for: the parts of a transaction, the key of a table, sender and configuration set of a mail."""
        return _NEEDS[call.service](call, self.region)


def role_that_signed(authorization: str) -> Role | None:
    """The role whose key has signed a request; None for the owner's, and for what is not signed."""
    signed = _KEY.search(authorization)
    roles = iam_backends[DEFAULT_ACCOUNT_ID]["aws"].roles.values()
    return next((role for role in roles if signed and access_key(role.arn) == signed["key"]), None)


def read_call(service: str, target: str, path: str, body: bytes) -> Call:
    """A call out of a request: JSON with its operation in a header, a form (SNS), or a path (SES)."""
    if target:
        return Call(service, target.rpartition(".")[2], json.loads(body or b"{}"))
    if service == "sns":
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        return Call(service, fields.get("Action", ""), fields)
    return Call(service, "SendEmail" if path.endswith("/outbound-emails") else path, json.loads(body or b"{}"))


def _dynamodb(call: Call, region: str) -> Iterator[Need]:
    for table, action, key, index in _parts(call):
        arn = f"arn:aws:dynamodb:{region}:{DEFAULT_ACCOUNT_ID}:table/{table}"
        facts = {KEYS: key} if key else {}
        yield Need(f"dynamodb:{action}", f"{arn}/index/{index}" if index else arn, facts)
        data_key = _data_key(table, region)
        if data_key:
            yield Need("kms:Decrypt", data_key, {VIA: f"dynamodb.{region}.amazonaws.com"})


def _parts(call: Call) -> Iterator[tuple[str, str, str, str]]:
    """Table, action, partition key and index of each part."""
    given = call.parameters
    if call.operation == "TransactWriteItems":
        for each in given["TransactItems"]:
            ((kind, part),) = each.items()
            yield part["TableName"], _PARTS[kind], _partition(part.get("Item") or part["Key"]), ""
    elif call.operation == "BatchGetItem":
        for table, asked in given["RequestItems"].items():
            yield from ((table, "BatchGetItem", _partition(key), "") for key in asked["Keys"])
    elif call.operation == "Query" and "IndexName" in given:
        yield given["TableName"], "Query", "", given["IndexName"]
    elif call.operation == "Query":
        yield given["TableName"], "Query", given["ExpressionAttributeValues"][":pk"]["S"], ""
    else:
        item = given.get("Item") or given.get("Key")
        yield given.get("TableName", "*"), call.operation, _partition(item) if item else "", ""


def _partition(item: Mapping[str, Any]) -> str:
    return str(item["pk"]["S"])


def _data_key(table: str, region: str) -> str:
    found = dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables.get(table)
    return str((found.sse_specification or {}).get("KMSMasterKeyId", "")) if found else ""


def _sqs(call: Call, region: str) -> Iterator[Need]:
    name = call.parameters.get("QueueName") or call.parameters["QueueUrl"].rpartition("/")[2]
    yield Need(f"sqs:{call.operation.removesuffix('Batch')}", f"arn:aws:sqs:{region}:{DEFAULT_ACCOUNT_ID}:{name}")


def _sns(call: Call, _region: str) -> Iterator[Need]:
    yield Need(f"sns:{call.operation}", call.parameters.get("TopicArn", "*"))


def _ses(call: Call, region: str) -> Iterator[Need]:
    """As SES asks of an account outside its sandbox; of a raw mail it may ask for either action."""
    raw = base64.b64decode(call.parameters["Content"]["Raw"]["Data"]).decode("utf-8", "replace")
    sender = parseaddr(message_from_string(raw)["From"])[1]
    place = f"arn:aws:ses:{region}:{DEFAULT_ACCOUNT_ID}"
    named = (f"identity/{sender.rpartition('@')[2]}", f"configuration-set/{call.parameters['ConfigurationSetName']}")
    for action in ("ses:SendEmail", "ses:SendRawEmail"):
        yield from (Need(action, f"{place}:{resource}", {SENDER: sender}) for resource in named)


def _cognito(call: Call, region: str) -> Iterator[Need]:
    pool = call.parameters.get("UserPoolId", "*")
    yield Need(f"cognito-idp:{call.operation}", f"arn:aws:cognito-idp:{region}:{DEFAULT_ACCOUNT_ID}:userpool/{pool}")


_NEEDS: Mapping[str, Callable[[Call, str], Iterator[Need]]] = {
    "dynamodb": _dynamodb,
    "sqs": _sqs,
    "sns": _sns,
    "ses": _ses,
    "cognito-idp": _cognito,
}
