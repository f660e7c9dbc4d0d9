"""Cognito in CloudFormation: a user pool, its client, its groups. Pool and client get ids made of their names, so that
the environment can name them before they exist."""

from __future__ import annotations

import re
from functools import cache
from types import SimpleNamespace
from typing import Any

from joserfc import jwk
from moto.cognitoidp import models
from moto.cognitoidp.models import cognitoidp_backends
from moto.core.common_models import CloudFormationModel

from sandbox.cloudformation_named import Unnamed, WithArn


@cache
def _signing_key(_members: frozenset[tuple[str, str]]) -> jwk.RSAKey:
    return jwk.RSAKey.import_key(dict(_members))


# moto reads the same key for every pool, which costs a test 75 ms.
models.jwk = SimpleNamespace(  # type: ignore[assignment]
    RSAKey=SimpleNamespace(import_key=lambda members: _signing_key(frozenset(members.items())))
)
models.load_resource = cache(models.load_resource)


def pool_id(region: str, name: str) -> str:
    """The id of the pool of this name, in the shape of Cognito's."""
    return f"{region}_{_squeezed(name)}"


def client_id(name: str) -> str:
    """The id of the client of this name, in the shape of Cognito's."""
    return _squeezed(name)


def _squeezed(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name)


class CognitoUserPool(WithArn, Unnamed, CloudFormationModel):
    """`AWS::Cognito::UserPool`."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Cognito::UserPool"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> CognitoUserPool:
        properties = dict(cloudformation_json["Properties"])
        name = properties.pop("UserPoolName")
        backend = cognitoidp_backends[account_id][region_name]
        pool = backend.create_user_pool(name, properties)
        del backend.user_pools[pool.id]
        pool.arn = pool.arn.replace(pool.id, pool_id(region_name, name))
        pool.id = pool_id(region_name, name)
        backend.user_pools[pool.id] = pool
        pool.token_mfa_config = {"Enabled": "SOFTWARE_TOKEN_MFA" in properties.get("EnabledMfas", [])}
        return cls(pool.id, str(pool.arn))


class CognitoUserPoolClient(Unnamed, CloudFormationModel):
    """`AWS::Cognito::UserPoolClient`."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Cognito::UserPoolClient"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> CognitoUserPoolClient:
        properties = dict(cloudformation_json["Properties"])
        pool = cognitoidp_backends[account_id][region_name].user_pools[properties.pop("UserPoolId")]
        client = models.CognitoIdpUserPoolClient(pool.id, False, properties)
        client.id = client_id(properties["ClientName"])
        pool.clients[client.id] = client
        return cls(client.id)


class CognitoUserPoolGroup(Unnamed, CloudFormationModel):
    """`AWS::Cognito::UserPoolGroup`."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Cognito::UserPoolGroup"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> CognitoUserPoolGroup:
        properties = cloudformation_json["Properties"]
        backend = cognitoidp_backends[account_id][region_name]
        name, description = properties["GroupName"], properties.get("Description", "")
        backend.create_group(properties["UserPoolId"], name, description, "", properties.get("Precedence", 0))
        return cls(name)
