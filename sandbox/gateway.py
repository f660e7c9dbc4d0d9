"""An API Gateway (REST, Lambda proxy integration) in front of the application, fed by the Swagger that Chalice would
upload. More faithful than `chalice local`: whole events, limits, and the gateway's own answers."""

from __future__ import annotations

import base64
import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalice import Chalice
from chalice.deploy.swagger import SwaggerGenerator
from chalice.local import CustomLocalChalice, LambdaContext, LocalChalice

from sandbox.gateway_answers import HttpAnswer, gateway_error
from sandbox.proxy_event import Event, HttpRequest, Stage, proxy_event

MAX_REQUEST_BYTES = 10 * 1024 * 1024
MAX_EVENT_BYTES = 6 * 1024 * 1024
_LAMBDA_TIMEOUT_MS = 20_000

Invoke = Callable[[Event], Mapping[str, Any]]


class NoFunctionAnswer(Exception):
    """No function has answered; `status` is what the gateway then does."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


@dataclass(frozen=True)
class _Route:
    resource: str
    parts: tuple[str, ...]
    methods: frozenset[str]

    def match(self, parts: tuple[str, ...]) -> dict[str, str] | None:
        if len(parts) != len(self.parts):
            return None
        pairs = list(zip(self.parts, parts, strict=True))
        if any(wanted != part for wanted, part in pairs if not wanted.startswith("{")):
            return None
        return {wanted[1:-1]: part for wanted, part in pairs if wanted.startswith("{")}


class Gateway:
    """Routes requests to one Lambda function. `invoke` takes an event and returns the proxy answer, or raises."""

    def __init__(self, swagger: Mapping[str, Any], invoke: Invoke, stage: Stage, phone: str) -> None:
        self._invoke = invoke
        self._stage = stage
        self._phone = phone
        self._binary_types = [kind.lower() for kind in swagger.get("x-amazon-apigateway-binary-media-types", [])]
        routes = [_route(path, methods) for path, methods in swagger["paths"].items()]
        # A fixed segment wins over a value.
        self._routes = sorted(routes, key=lambda route: [part.startswith("{") for part in route.parts])

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer one request; the body of an answer to HEAD is left to the caller to drop."""
        if len(request.body) > MAX_REQUEST_BYTES:
            return self.error_answer(413, request)
        found = self._find(request.path)
        if found is None:
            return self.error_answer(404, request)
        route, values = found
        if request.method not in route.methods:
            return self.error_answer(405, request, allow=tuple(sorted(route.methods)))
        binary = self._is_binary(request.header("Content-Type"))
        event = proxy_event(request, route.resource, values, stage=self._stage, binary=binary)
        if len(json.dumps(event)) > MAX_EVENT_BYTES:
            return self.error_answer(413, request)
        return self._invoked(event, request)

    def refuse(self, status: int, request: HttpRequest) -> HttpAnswer:
        """The gateway's answer to a request that it cannot take."""
        return self.error_answer(status, request)

    def _invoked(self, event: Event, request: HttpRequest) -> HttpAnswer:
        try:
            proxied = json.loads(json.dumps(self._invoke(json.loads(json.dumps(event)))))
            return self._from_proxy(proxied, request.header("Accept"))
        except NoFunctionAnswer as failure:
            return self.error_answer(failure.status, request)
        except Exception as error:  # as API Gateway does with whatever a function raises or returns
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(f"sandbox: 502, {type(error).__name__} at {place.filename}:{place.lineno}", flush=True)
            return self.error_answer(502, request)

    def _from_proxy(self, proxied: Mapping[str, Any], accept: str) -> HttpAnswer:
        headers = {name: [value] for name, value in (proxied.get("headers") or {}).items()}
        headers |= proxied.get("multiValueHeaders") or {}
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = ["application/json"]
        text = proxied.get("body") or ""
        # API Gateway decodes only if the first type of Accept is a binary one.
        decodes = proxied.get("isBase64Encoded") and self._is_binary(accept.partition(",")[0])
        body = base64.b64decode(text) if decodes else text.encode()
        if len(body) > MAX_EVENT_BYTES:
            raise ValueError("answer too large")
        pairs = [(name, str(value)) for name, values in headers.items() for value in values]
        return HttpAnswer(int(proxied["statusCode"]), pairs, body)

    def _find(self, path: str) -> tuple[_Route, dict[str, str]] | None:
        parts = _parts(path)
        for route in self._routes:
            values = route.match(parts)
            if values is not None:
                return route, values
        return None

    def _is_binary(self, content_type: str) -> bool:
        kind = content_type.partition(";")[0].strip().lower()
        return any(known in (kind, "*/*") or known == kind.partition("/")[0] + "/*" for known in self._binary_types)

    def error_answer(self, status: int, request: HttpRequest, allow: tuple[str, ...] = ()) -> HttpAnswer:
        """What the gateway says by itself; `allow` are the methods of a path that has not the one asked for."""
        return gateway_error(status, phone=self._phone, accept=request.header("Accept"), allow=allow)


def swagger_of(app: Chalice, region: str, account: str) -> Mapping[str, Any]:
    """The document that Chalice would upload for this application."""
    name = f"{app.app_name}-sandbox"
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
    deployed = {"api_handler_arn": arn, "api_handler_name": name, "lambda_functions": {}}
    document: Mapping[str, Any] = SwaggerGenerator(region, deployed).generate_swagger(app)
    return document


def invoker(app: Chalice) -> Invoke:
    """Call the application in this process, each request in its own thread. Chalice keeps the current request on the
    application; its own local server makes it thread-local in the same way."""
    if not isinstance(app, LocalChalice):
        CustomLocalChalice.__bases__ = (LocalChalice, app.__class__)
        app.__class__ = CustomLocalChalice

    def invoke(event: Event) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = app(event, LambdaContext("api_handler", 1024, _LAMBDA_TIMEOUT_MS))
        return answer

    return invoke


def _route(path: str, methods: Mapping[str, Any]) -> _Route:
    return _Route(path, _parts(path), frozenset(method.upper() for method in methods))


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)
