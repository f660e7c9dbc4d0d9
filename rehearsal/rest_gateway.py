"""API Gateway in front of what was deployed: the API as it was at its last deployment, reached by its own name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.moto_gateway import DeployedApi
from sandbox.gateway import Gateway
from sandbox.gateway_answers import HttpAnswer
from sandbox.proxy_event import Event, HttpRequest, Stage

Run = Callable[[str, str, Event], Mapping[str, Any]]
"""Runs the function of an integration's URI for a method, named as `<METHOD><resource>`, and returns the proxy answer.
Raises NoFunctionAnswer, or anything else that stands for a function that failed."""
FORBIDDEN = HttpAnswer(403, [("Content-Type", "application/json")], b'{"message":"Forbidden"}')
_OWN = {
    400: ("BAD_REQUEST_BODY", 400, "Bad Request"),
    404: ("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token"),
    405: ("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token"),
    413: ("REQUEST_TOO_LARGE", 413, "Request Too Long"),
    500: ("API_CONFIGURATION_ERROR", 500, "Internal server error"),
    502: ("DEFAULT_5XX", 502, "Internal server error"),
    504: ("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out"),
}
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
_HEADER = "gatewayresponse.header."


class RestGateway(Gateway):
    """One stage of one deployed API, with its own answers. Takes requests whose path no longer names the stage."""

    def __init__(self, api: DeployedApi, run: Run, stage: Stage) -> None:
        document = {"paths": api.paths, "x-amazon-apigateway-binary-media-types": api.binary_types}
        super().__init__(document, self._run_function, stage, phone="")
        self._api = api
        self._run = run

    def error_answer(self, status: int, request: HttpRequest, allow: tuple[str, ...] = ()) -> HttpAnswer:  # noqa: ARG002
        """The API's gateway response of that kind, or API Gateway's own."""
        kind, code, message = _OWN[status]
        usual: Mapping[str, Any] = self._api.answers.get(f"DEFAULT_{status // 100}XX", {})
        chosen = self._api.answers.get(kind, usual)
        parameters = chosen.get("responseParameters") or {}
        headers = {name.removeprefix(_HEADER): value[1:-1] for name, value in parameters.items()}
        template = (chosen.get("responseTemplates") or {}).get("application/json", "")
        body = template.replace("$context.error.messageString", json.dumps(message))
        pairs = [("Content-Type", "application/json"), *headers.items()]
        return HttpAnswer(
            int(chosen.get("statusCode") or code), pairs, (body or json.dumps({"message": message})).encode()
        )

    def _run_function(self, event: Event) -> Mapping[str, Any]:
        method, resource = event["httpMethod"], event["resource"]
        return self._run(self._api.paths[resource][method].uri, f"{method}{resource}", event)
