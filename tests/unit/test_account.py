"""What a developer reads when AWS cannot be used."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore import exceptions

from infrastructure.account import in_plain_words, run_command
from infrastructure.failures import CannotContinue
from tests.fake_api import client_error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (client_error("ExpiredToken"), "credentials have expired"),
        (client_error("ExpiredTokenException"), "aws sso login"),
        (client_error("UnrecognizedClientException"), "does not know these credentials"),
        (client_error("SignatureDoesNotMatch"), "the clock here is wrong"),
        (client_error("AccessDenied", "not authorized", "CreateStack"), "may not do CreateStack: not authorized"),
        (client_error("Throttling", "", "DescribeStacks"), "Wait a minute"),
        (client_error("ValidationError", "no such thing", "CreateStack"), "refused CreateStack: ValidationError"),
        (exceptions.NoCredentialsError(), "Unable to locate credentials. Sign in"),
        (exceptions.ProfileNotFound(profile="work"), "(work) could not be found. Sign in"),
        (exceptions.NoRegionError(), "export AWS_DEFAULT_REGION=us-east-1"),
        (exceptions.EndpointConnectionError(endpoint_url="https://sts.us-esat-1.amazonaws.com"), "Is there a network"),
        (exceptions.ReadTimeoutError(endpoint_url="https://sts.amazonaws.com"), "cannot be reached"),
        (exceptions.SSLError(endpoint_url="https://sts.amazonaws.com", error="certificate"), "a proxy in the way"),
    ],
)
def test_each_failure_says_in_one_line_what_to_do(error: Exception, told: str) -> None:
    line = in_plain_words(error)

    assert told in line
    assert "\n" not in line


def stopped_by(error: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (CannotContinue("say which stage"), 1, "say which stage\n"),
        (exceptions.NoCredentialsError(), 1, "No usable AWS credentials"),
        (KeyboardInterrupt(), 130, "takes up where this one ended"),
    ],
)
def test_what_stops_a_command_is_no_traceback(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run_command(stopped_by(error))
    said = capsys.readouterr().err

    assert code == ended
    assert told in said
    assert "Traceback" not in said
