"""Faults that the sandbox injects into AWS, answered in each service's own error shape, unreadably, or not at all.

| fault | of | what happens |
|---|---|---|
| `down` | all | an error of the server; nothing is done |
| `throttled` | all | the service's own error for too many requests; nothing is done |
| `slow` | all | done after five seconds |
| `lost` | all | the connection ends without an answer; nothing is done |
| `silent` | all | the connection ends without an answer; it is done all the same |
| `garbled` | all | done, and answered with what no client can read |
| `paused` | SES | sending is stopped for the whole account |
| `quota` | SES | the day's quota is used up |
| `rejected` | SES | this mail is refused for good |
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass

SLOW_SECONDS = 5.0
"""Longer than the app may wait for DynamoDB or SQS, shorter than it waits for SES."""

UNREADABLE = b"<html>garbled"
_WITHOUT_ERROR = ("slow", "lost", "silent", "garbled")
_ANY = {"down": (503, "ServiceUnavailable")} | dict.fromkeys(_WITHOUT_ERROR, (0, ""))
_TEXTS = {"quota": "Daily message quota exceeded."}
FAULTS: dict[str, dict[str, tuple[int, str]]] = {
    "ses": _ANY
    | {
        "throttled": (429, "TooManyRequestsException"),
        "paused": (400, "SendingPausedException"),
        "quota": (429, "TooManyRequestsException"),
        "rejected": (400, "MessageRejected"),
    },
    "dynamodb": _ANY | {"throttled": (400, "ThrottlingException")},
    "sqs": _ANY | {"throttled": (400, "RequestThrottled")},
    "sns": _ANY | {"throttled": (429, "Throttled")},
    "cognito-idp": _ANY | {"throttled": (400, "TooManyRequestsException")},
}
"""Status and error code by service and fault; no status where no error is answered."""

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/(?P<service>[a-z0-9-]+)/aws4_request")


class UnknownFault(ValueError):
    """No such service or fault; the text says which there are."""


@dataclass(frozen=True)
class AwsError:
    """An answer of AWS that is an error."""

    status: int
    content_type: str
    code: str
    body: bytes


class Faults:
    """What is broken at the moment; safe under threads."""

    def __init__(self) -> None:
        self._broken: dict[str, str] = {}
        self._lock = threading.Lock()

    def set(self, service: object, fault: object) -> None:
        """Break a service, or mend it with None. Raises UnknownFault."""
        if not isinstance(service, str) or service not in FAULTS:
            raise UnknownFault(f"unknown service; there are: {', '.join(FAULTS)}")
        if fault is not None and (not isinstance(fault, str) or fault not in FAULTS[service]):
            raise UnknownFault(f"unknown fault of {service}; there are: {', '.join(FAULTS[service])}, and null to mend")
        with self._lock:
            self._broken.pop(service, None)
            if isinstance(fault, str):
                self._broken[service] = fault

    def of(self, service: str) -> str | None:
        """The fault of a service, None while it is well."""
        with self._lock:
            return self._broken.get(service)

    def all(self) -> dict[str, str | None]:
        """Every service and its fault."""
        return {service: self.of(service) for service in FAULTS}


def called_service(authorization: str) -> str:
    """The service that a signed request is for, empty when it is not signed (`ses` also for SES's second API)."""
    match = _SCOPE.search(authorization)
    return match["service"] if match else ""


def answers_error(service: str, fault: str | None) -> bool:
    """Whether the service answers a fault with an error of its own."""
    return fault is not None and FAULTS[service][fault][0] > 0


def error_answer(service: str, fault: str) -> AwsError:
    """What AWS would answer. Source: each service's "Common errors" page and its wire protocol in botocore."""
    status, code = FAULTS[service][fault]
    message = _TEXTS.get(fault, f"sandbox: {service} is {fault}")
    if service == "sns":
        kind = "Receiver" if status >= 500 else "Sender"
        text = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            "<RequestId>sandbox</RequestId></ErrorResponse>"
        )
        return AwsError(status, "text/xml", code, text.encode())
    body = json.dumps({"__type": code, "message": message}).encode()
    version = {"ses": "json", "cognito-idp": "x-amz-json-1.1"}.get(service, "x-amz-json-1.0")
    return AwsError(status, f"application/{version}", code, body)
