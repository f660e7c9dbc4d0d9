"""What an AWS error means for a message. Each provider's codes stand in its own module, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from chalicelib.errors import DeliveryFailed

Verdict = Literal["permanent", "account_wide", "retryable"]


@dataclass(frozen=True)
class Meaning:
    """`verdict` on an error of `code` whose text contains `phrase` (lower case; empty: any text)."""

    code: str
    verdict: Verdict
    phrase: str = ""


NO_ACCESS = tuple(
    Meaning(code, "account_wide")
    for code in (
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    )
)
"""Credentials or permissions: no fault of any message. Source: AWS, "Common error types"."""


NO_ANSWER = (ReadTimeoutError, ConnectionClosedError, ResponseParserError)
"""The request may have been carried out: nobody answered, or not in a way that can be read."""


def delivery_failure(error: Exception, meanings: Iterable[Meaning]) -> DeliveryFailed:
    """The first meaning that fits decides; what fits none is retryable, so that an error nobody knew of drops
    nothing. Only the code is kept: a provider's text quotes addresses."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return DeliveryFailed(type(error).__name__, account_wide=True)
    if not isinstance(error, ClientError):
        return DeliveryFailed(type(error).__name__, ambiguous=isinstance(error, NO_ANSWER))
    code, message = str(error.response["Error"].get("Code", "")), str(error.response["Error"].get("Message", ""))
    verdict = next(
        (known.verdict for known in meanings if known.code == code and known.phrase in message.lower()), "retryable"
    )
    return DeliveryFailed(code, permanent=verdict == "permanent", account_wide=verdict == "account_wide")
