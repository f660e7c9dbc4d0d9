"""Events of API Gateway's Lambda proxy integration (REST, payload 1.0), with every documented key.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

Event = dict[str, Any]
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class HttpRequest:
    """A request as it came over the wire. `path` is percent-encoded as sent, `query` without its question mark."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str

    def header(self, name: str) -> str:
        """The last value of a header, empty when it is absent."""
        return next((value for given, value in reversed(self.headers) if given.lower() == name.lower()), "")


@dataclass(frozen=True)
class Stage:
    """Where an API is reached: `address` is host and port, `base_path` the stage's part of the path (`/api`, or
    empty as under a custom domain)."""

    name: str
    address: str
    base_path: str
    account: str
    api_id: str = "sandbox"
    scheme: str = "http"


def proxy_event(
    request: HttpRequest, resource: str, path_values: Mapping[str, str], *, stage: Stage, binary: bool
) -> Event:
    """The event of one request. Path values arrive as they were sent: REST APIs do not decode them."""
    added = _added_headers(request, stage)
    headers = [*(pair for pair in request.headers if pair[0].lower() not in _REPLACED), *added]
    query = parse_qsl(request.query, keep_blank_values=True, errors="replace")
    return {
        "resource": resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(headers) or None,
        "multiValueHeaders": _grouped(headers) or None,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _grouped(query) or None,
        "pathParameters": dict(path_values) or None,
        "stageVariables": None,
        "requestContext": _request_context(request, resource, stage),
        "body": _body_text(request.body, binary=binary),
        "isBase64Encoded": bool(request.body) and binary,
    }


_REPLACED = frozenset({"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"})


def _added_headers(request: HttpRequest, stage: Stage) -> list[tuple[str, str]]:
    # Whatever a client claims stays in front of the address that the connection came from.
    claimed = request.header("X-Forwarded-For")
    return [
        ("X-Forwarded-For", f"{claimed}, {request.source_ip}" if claimed else request.source_ip),
        ("X-Forwarded-Port", stage.address.partition(":")[2] or "443"),
        ("X-Forwarded-Proto", stage.scheme),
        ("X-Amzn-Trace-Id", f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"),
    ]


def _request_context(request: HttpRequest, resource: str, stage: Stage) -> Event:
    return {
        "accountId": stage.account,
        "apiId": stage.api_id,
        "domainName": stage.address,
        "domainPrefix": stage.api_id,
        "extendedRequestId": "c2FuZGJveA=",
        "httpMethod": request.method,
        "identity": _identity(request),
        "path": stage.base_path + request.path,
        "protocol": "HTTP/1.1",
        "requestId": str(uuid.uuid4()),
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
        "requestTimeEpoch": int(time.time() * 1000),
        "resourceId": "sandbox",
        "resourcePath": resource,
        "stage": stage.name,
    }


def _identity(request: HttpRequest) -> Event:
    unknown = (
        *("accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType"),
        *("cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn"),
    )
    return dict.fromkeys(unknown) | {
        "sourceIp": request.source_ip,
        "userAgent": request.header("User-Agent") or None,
    }


def _body_text(body: bytes, *, binary: bool) -> str | None:
    if not body:
        return None
    # What is not a binary type is handed over as text, and bytes that are none are lost, as in AWS.
    return base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped
