"""Where the names of deployed APIs lead: HTTPS on loopback, and for each request the API and stage that it names."""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from moto.apigateway.models import apigateway_backends
from moto.awslambda.models import lambda_backends
from moto.core import DEFAULT_ACCOUNT_ID

from rehearsal.functions import Functions
from rehearsal.moto_gateway import DeployedApi, deployed_api
from rehearsal.policies import lets_service
from rehearsal.rest_gateway import FORBIDDEN, RestGateway
from sandbox.gateway import NoFunctionAnswer
from sandbox.gateway_answers import HttpAnswer
from sandbox.http_server import HttpServer
from sandbox.proxy_event import Event, HttpRequest, Stage

_FUNCTION = re.compile(r":function:(?P<name>[^:/]+)/invocations$")


class GatewayFront:
    """Every API of one region."""

    def __init__(self, region: str, lock: AbstractContextManager[Any]) -> None:
        self._region = region
        self._moto = lock
        self._functions: Functions
        self._server = HttpServer(0)
        self._server.answer = self._answer
        self._server.refuse = lambda status, _: HttpAnswer(status)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    def start(self, certificate: Path, functions: Functions) -> None:
        """Serve in threads."""
        self._functions = functions
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # The handshake is left to the thread of each connection.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        host = request.header("Host").partition(":")[0]
        api_id = host.partition(".")[0]
        name, _, path = request.path.removeprefix("/").partition("/")
        api = self._deployed(api_id, name)
        if api is None:
            return FORBIDDEN
        stage = Stage(name, host, f"/{name}", DEFAULT_ACCOUNT_ID, api_id=api_id, scheme="https")
        return RestGateway(api, self._runner(api_id, name), stage).answer(replace(request, path=f"/{path}"))

    def _deployed(self, api_id: str, stage: str) -> DeployedApi | None:
        with self._moto:
            api = apigateway_backends[DEFAULT_ACCOUNT_ID][self._region].apis.get(api_id)
            return deployed_api(api, stage) if api else None

    def _runner(self, api_id: str, stage: str) -> Any:
        source = f"arn:aws:execute-api:{self._region}:{DEFAULT_ACCOUNT_ID}:{api_id}/{stage}/"

        def run(uri: str, method: str, event: Event) -> Mapping[str, Any]:
            found = _FUNCTION.search(uri)
            name = found["name"] if found else ""
            if not self._permitted(name, source + method):
                raise NoFunctionAnswer(500)
            outcome = self._functions.invoke(name, json.dumps(event).encode(), self._region)
            answer: Mapping[str, Any] = json.loads(outcome.payload)
            if outcome.error:
                raise NoFunctionAnswer(504 if answer.get("errorType") == "Sandbox.Timedout" else 502)
            return answer

        return run

    def _permitted(self, function: str, source: str) -> bool:
        with self._moto:
            known = lambda_backends[DEFAULT_ACCOUNT_ID][self._region]
            try:
                statements = known.get_function(function).policy.statements
            except Exception:  # moto has an error of its own for each way in which there is none
                return False
            return lets_service(statements, "apigateway.amazonaws.com", "lambda:InvokeFunction", source)
