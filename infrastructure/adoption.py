"""What a data stack left behind, found again: everything in it is retained, so that a stack that was deleted or never
finished leaves table, key and pool standing, and the next provisioning takes them over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.settings import APP_NAME
from infrastructure.account import Account
from infrastructure.failures import CannotContinue
from infrastructure.stacks import Stack
from infrastructure.templates import read_template

Identifier = dict[str, str]
"""What CloudFormation knows a resource by when it imports it."""
Resource = Mapping[str, Any]


class Standing:
    """What stands of a stage's data, looked up by its name."""

    def __init__(self, account: Account, stage: str) -> None:
        self._stage_name = f"{APP_NAME}-{stage}"
        self._dynamodb = account.client("dynamodb")
        self._kms = account.client("kms")
        self._cognito = account.client("cognito-idp")

    def find(self, resource: Resource) -> Identifier | None:
        """The identifier of a resource of the template when it stands. Raises CannotContinue for a key that is about
        to be deleted."""
        finders: dict[str, Callable[[Resource], Identifier | None]] = {
            "AWS::KMS::Key": lambda _: self._key(),
            "AWS::KMS::Alias": lambda _: self._alias(),
            "AWS::DynamoDB::Table": lambda _: {"TableName": self._table_name} if self._table() else None,
            "AWS::Cognito::UserPool": lambda _: self._with_pool({}),
            "AWS::Cognito::UserPoolClient": lambda _: self._client(),
            "AWS::Cognito::UserPoolGroup": self._group,
        }
        finder = finders.get(resource["Type"])
        return finder(resource) if finder else None

    @property
    def _table_name(self) -> str:
        return f"{self._stage_name}-enquiries"

    def _table(self) -> dict[str, Any]:
        found = _unless("ResourceNotFoundException", lambda: self._dynamodb.describe_table(TableName=self._table_name))
        return dict(found["Table"]) if found else {}

    def _alias(self) -> Identifier | None:
        alias = f"alias/{self._stage_name}"
        return {"AliasName": alias} if self._described_key(alias) else None

    def _key(self) -> Identifier | None:
        """By its alias; where that is gone, by the table that it encrypts."""
        used = self._table().get("SSEDescription", {}).get("KMSMasterKeyArn", "")
        key = self._described_key(f"alias/{self._stage_name}") or (self._described_key(used) if used else {})
        if key.get("KeyState") == "PendingDeletion":
            raise CannotContinue(
                f"The key of the data is about to be deleted, and the data with it: "
                f"aws kms cancel-key-deletion --key-id {key['KeyId']} && aws kms enable-key --key-id {key['KeyId']}"
            )
        return {"KeyId": key["KeyId"]} if key else None

    def _described_key(self, key: str) -> dict[str, Any]:
        found = _unless("NotFoundException", lambda: self._kms.describe_key(KeyId=key))
        return dict(found["KeyMetadata"]) if found else {}

    def _pool(self) -> str:
        pages = self._cognito.get_paginator("list_user_pools").paginate(MaxResults=60)
        named = {pool["Name"]: pool["Id"] for page in pages for pool in page["UserPools"]}
        return str(named.get(f"{self._stage_name}-staff", ""))

    def _with_pool(self, more: Identifier) -> Identifier | None:
        pool = self._pool()
        return {"UserPoolId": pool, **more} if pool else None

    def _client(self) -> Identifier | None:
        pool = self._pool()
        if not pool:
            return None
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool, MaxResults=60)
        named = {each["ClientName"]: each["ClientId"] for page in pages for each in page["UserPoolClients"]}
        found = named.get(f"{self._stage_name}-desk")
        return {"UserPoolId": pool, "ClientId": found} if found else None

    def _group(self, resource: Resource) -> Identifier | None:
        found = self._with_pool({"GroupName": resource["Properties"]["GroupName"]})
        known = found and _unless("ResourceNotFoundException", lambda: self._cognito.get_group(**found))
        return found if known else None


def _unless(code: str, look: Callable[[], Any]) -> Any:
    try:
        return look()
    except ClientError as error:
        if error.response["Error"]["Code"] == code:
            return None
        raise


def standing_resources(template: Mapping[str, Any], standing: Standing) -> dict[str, Identifier]:
    """Identifiers of the template's resources that stand, by their names in it."""
    found = {name: standing.find(resource) for name, resource in template["Resources"].items()}
    return {name: identifier for name, identifier in found.items() if identifier}


def import_of(stack: Stack, found: Mapping[str, Identifier]) -> tuple[Stack, list[dict[str, Any]]]:
    """The stack with nothing but what stands, and what to import: CloudFormation makes nothing new and takes no
    outputs in the same step."""
    template = read_template(stack.body)
    kept = {name: _without_order(template["Resources"][name], found) for name in found}
    unsaid = [name for name, resource in kept.items() if "DeletionPolicy" not in resource]
    if unsaid:
        raise CannotContinue(f"{', '.join(unsaid)} can only be taken over with a DeletionPolicy in the template.")
    body = {name: part for name, part in template.items() if name not in ("Resources", "Outputs")}
    imports = [
        {"ResourceType": kept[name]["Type"], "LogicalResourceId": name, "ResourceIdentifier": identifier}
        for name, identifier in found.items()
    ]
    text = json.dumps({**body, "Resources": kept})
    return Stack(stack.name, text, stack.parameters, stack.tags, holds_data=stack.holds_data), imports


def _without_order(resource: Resource, found: Iterable[str]) -> dict[str, Any]:
    waits = resource.get("DependsOn", [])
    kept = [name for name in ([waits] if isinstance(waits, str) else waits) if name in set(found)]
    rest = {name: part for name, part in resource.items() if name != "DependsOn"}
    return {**rest, "DependsOn": kept} if kept else rest
