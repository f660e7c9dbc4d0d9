"""The AWS account that the developer's credentials lead to, and what AWS's errors mean in plain words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore import exceptions
from botocore.config import Config

from chalicelib.aws import AWS_ERRORS
from infrastructure.failures import CannotContinue

STOPPED = 130
"""Exit code of a command that somebody has stopped with Ctrl-C."""
SIGN_IN = "Sign in (aws sso login, or aws configure) or choose a profile (AWS_PROFILE=…), and run the command again."
_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
    exceptions.ProfileNotFound,
    exceptions.ConfigParseError,
)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"}
_UNKNOWN_KEY = {
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "AuthFailure",
    "IncompleteSignature",
}
_REFUSED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "AuthorizationError"}
_TOO_FAST = {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}


@dataclass(frozen=True)
class Account:
    """An AWS account in one region; `environment` are the variables that lead there."""

    id: str
    region: str
    environment: Mapping[str, str]

    @cached_property
    def _session(self) -> Any:
        return boto3.session.Session(region_name=self.region)

    def client(self, service: str) -> Any:
        """A new client of an AWS service."""
        return self._session.client(service)

    @property
    def is_local(self) -> bool:
        """Whether AWS is played on this machine (AWS_ENDPOINT_URL)."""
        return bool(self.environment.get("AWS_ENDPOINT_URL"))


def sign_in(environment: Mapping[str, str]) -> Account:
    """Find out which account and region the environment leads to, with one call. Raises CannotContinue, or AWS's own
    errors when it cannot be reached."""
    # Of the two variables botocore reads only the second.
    given = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    session = boto3.session.Session(region_name=given or None)
    region = session.region_name
    if not region:
        raise CannotContinue("No AWS region is chosen. Say which, for example: export AWS_DEFAULT_REGION=us-east-1")
    once = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
    identity = session.client("sts", region_name=region, config=once).get_caller_identity()
    variables = {**environment, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    return Account(id=str(identity["Account"]), region=region, environment=variables)


def in_plain_words(error: Exception) -> str:
    """One line that says what is wrong and what to do."""
    if isinstance(error, exceptions.ClientError):
        return _answer_in_words(error)
    if isinstance(error, _CREDENTIALS):
        return f"No usable AWS credentials: {_first_line(error)} {SIGN_IN}"
    if isinstance(error, (exceptions.NoRegionError, exceptions.InvalidRegionError)):
        return f"{_first_line(error)} Say which region, for example: export AWS_DEFAULT_REGION=us-east-1"
    if isinstance(error, (exceptions.HTTPClientError, exceptions.ConnectionError)):
        return (
            f"AWS cannot be reached: {_first_line(error)} Is there a network, a proxy in the way, such a region?"
            " What AWS has begun goes on there; run the command again."
        )
    return f"{type(error).__name__}: {_first_line(error)}"


def _answer_in_words(error: exceptions.ClientError) -> str:
    told = error.response.get("Error", {})
    code, said = str(told.get("Code", "")), " ".join(str(told.get("Message", "")).split())
    if code in _EXPIRED:
        return f"The AWS credentials have expired ({code}). {SIGN_IN}"
    if code in _UNKNOWN_KEY:
        return f"AWS does not know these credentials ({code}): mistyped, deleted, or the clock here is wrong. {SIGN_IN}"
    if code in _REFUSED:
        return f"These credentials may not do {error.operation_name}: {said}"
    if code == "OptInRequired":
        return f"The account has not activated this service or region: {said}"
    if code in _TOO_FAST:
        return f"AWS asks for patience ({error.operation_name}: {code}). Wait a minute and run the command again."
    return f"AWS refused {error.operation_name}: {code}: {said}"


def _first_line(error: Exception) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return line if line.endswith((".", "!", "?")) else f"{line}."


def run_command(command: Callable[[], int]) -> int:
    """Run a developer's command; what stops it is one line on standard error and an exit code, never a traceback."""
    try:
        return command()
    except CannotContinue as reason:
        sys.stderr.write(f"{reason}\n")
    except AWS_ERRORS as error:
        sys.stderr.write(f"{in_plain_words(error)}\n")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more: not even the end
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. The same command takes up where this one ended.\n")
        return STOPPED
    return 1


def say_aloud(line: str) -> None:
    """Print a line of progress at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def go_there(account: Account) -> None:
    """Make it the account of this process and of those that it starts: boto3's default session, Chalice."""
    os.environ.update(account.environment)
