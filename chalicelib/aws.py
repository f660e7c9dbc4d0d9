"""AWS clients: made on first use, kept for the life of the instance, each with timeouts that fit its caller.

Worst call chain < Lambda timeout (20 s) < lease (30 s) < visibility (120 s). SES has no idempotency token, so its
client never sends twice by itself; DynamoDB's may, because every write of ours is conditional.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
"""All that a client raises when AWS is to blame. An answer that cannot be read is no BotoCoreError."""


def _config(*, connect_seconds: float, read_seconds: float, attempts: int) -> Config:
    return Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )


def condition_failed(error: ClientError) -> bool:
    """Whether DynamoDB refused a single write because its condition does not hold."""
    return bool(error.response["Error"]["Code"] == "ConditionalCheckFailedException")


class Clients:
    """One session, one client for each service. Endpoint, region and credentials are read from the environment by
    botocore."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._session = boto3.session.Session(region_name=self._region)

    @property
    def region(self) -> str:
        """The region that every client talks to."""
        return self._region

    @cached_property
    def dynamodb(self) -> Any:
        """Three attempts: our writes are conditional or carry a token."""
        return self._session.client("dynamodb", config=_config(connect_seconds=1, read_seconds=2, attempts=3))

    @cached_property
    def sqs(self) -> Any:
        """One short attempt: a lost poke is found by the sweeper."""
        return self._session.client("sqs", config=_config(connect_seconds=0.5, read_seconds=1, attempts=1))

    @cached_property
    def ses(self) -> Any:
        """One attempt: botocore's default would send a mail twice when only the answer was lost."""
        return self._session.client("sesv2", config=_config(connect_seconds=2, read_seconds=8, attempts=1))

    @cached_property
    def cognito(self) -> Any:
        """Two attempts: a sign-in that is tried twice does no harm."""
        return self._session.client("cognito-idp", config=_config(connect_seconds=2, read_seconds=5, attempts=2))

    @cached_property
    def cognito_quick(self) -> Any:
        """One short attempt, while a page waits to know whether its user is still enabled: two calls in a row end
        long before the Lambda does."""
        return self._session.client("cognito-idp", config=_config(connect_seconds=1, read_seconds=2, attempts=1))

    @cached_property
    def sns(self) -> Any:
        """One attempt; the outbox row is retried by us."""
        return self._session.client("sns", config=_config(connect_seconds=2, read_seconds=5, attempts=1))
