"""A local AWS that functions are deployed to: moto behind one lock, functions that run, an API Gateway under its own
names, queues that feed functions. `python -m rehearsal.local_aws FOLDER` prints where it is as one line of JSON, and
ends when its standard input does."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import moto.core.models  # noqa: F401  before botocore makes a client
from moto.awslambda.models import lambda_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sns.models import sns_backends
from werkzeug.serving import make_server

import rehearsal.moto_details  # noqa: F401
import sandbox.cloudformation_types  # noqa: F401
from rehearsal.certificate import write_certificate, write_trusted
from rehearsal.functions import Functions
from rehearsal.gateway_front import GatewayFront
from rehearsal.guard import Guard, read_call, role_that_signed
from rehearsal.managed_runtime import build_runtime, build_site
from rehearsal.place import HOST, NO_OTHER_AWS, REGION, STATE_PAGE
from rehearsal.pollers import Mapping, Pollers
from sandbox import moto_state
from sandbox.faults import called_service
from sandbox.ses_publishing import VALIDATION, event_topics, publish_mail_events

_INVOCATION = re.compile(r"^/2015-03-31/functions/(?P<name>[^/]+)/invocations$")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class LocalAws:
    """A WSGI application. Functions run outside the lock, because they call moto themselves."""

    functions: Functions

    def __init__(self, lock: AbstractContextManager[Any]) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = lock
        self._guard = Guard(REGION)
        self._validated: set[str] = set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        path = environ.get("PATH_INFO", "")
        invocation = _INVOCATION.match(path)
        if invocation and environ["REQUEST_METHOD"] == "POST":
            return self._invoke(unquote(invocation["name"]), environ, start_response)
        if path == STATE_PAGE:
            return _answer_json(self._state(), start_response)
        service = called_service(environ.get("HTTP_AUTHORIZATION", ""))
        with self._lock:
            if not self._lets(service, environ):
                return _refuse(service, start_response)
            body = b"".join(self._moto(environ, start_response))
            if service == "ses":
                publish_mail_events(REGION, datetime.now(UTC))
            if service == "cloudformation":
                self._validate_event_topics()
        return [body]

    def _lets(self, service: str, environ: Environ) -> bool:
        role = role_that_signed(environ.get("HTTP_AUTHORIZATION", ""))
        if role is None:
            return True
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        call = read_call(service, environ.get("HTTP_X_AMZ_TARGET", ""), environ.get("PATH_INFO", ""), body)
        return self._guard.lets(role, call)

    def mappings(self) -> list[Mapping]:
        """The enabled event source mappings."""
        with self._lock:
            backend = lambda_backends[DEFAULT_ACCOUNT_ID][REGION]
            enabled = [each for each in backend.list_event_source_mappings("", "") if each.enabled]
            return [
                Mapping(each.event_source_arn, each.function_arn, backend.get_function(each.function_arn).role)
                for each in enabled
            ]

    def deliver(self, function: str, event: bytes) -> bool:
        """Run a function on what came from a queue."""
        return not self.functions.invoke(function, event, REGION).error

    def _invoke(self, name: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        event = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}"
        outcome = self.functions.invoke(name, event, REGION)
        tail = "\n".join(outcome.logged).encode()[-4096:]
        headers = [("Content-Type", "application/json"), ("X-Amz-Log-Result", base64.b64encode(tail).decode())]
        if outcome.error:
            headers.append(("X-Amz-Function-Error", outcome.error))
        start_response("200 OK", headers)
        return [outcome.payload]

    def _validate_event_topics(self) -> None:
        # As SES does when an event destination is made: a text that is no event.
        for topic in event_topics(REGION) - self._validated:
            sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[topic].publish(VALIDATION)
        self._validated = event_topics(REGION)

    def _state(self) -> dict[str, Any]:
        with self._lock:
            mails = [mail.as_json() for mail in moto_state.mails(REGION)]
            alerts = [alert.as_json() for alert in moto_state.alerts(REGION)]
        return {"mails": mails, "alerts": alerts, "written": self.functions.written(), "refused": self._guard.refused}


class _Handler(MotoRequestHandler):
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_request(self, *_: Any, **__: Any) -> None:
        """A rehearsal prints its steps only."""


def _refuse(service: str, start_response: StartResponse) -> Iterable[bytes]:
    code, words = "AccessDeniedException", "the role does not grant this"
    if service == "sns":
        start_response("403 Forbidden", [("Content-Type", "text/xml")])
        text = (
            f"<ErrorResponse><Error><Code>AuthorizationError</Code><Message>{words}</Message></Error></ErrorResponse>"
        )
        return [text.encode()]
    start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-ErrorType", code)])
    return [json.dumps({"__type": code, "message": words}).encode()]


def _answer_json(value: Any, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(value).encode()]


def serve(folder: Path) -> None:
    """Serve until standard input ends. What commands need of it is written into the folder: `site/` for PYTHONPATH,
    `trusted.pem` for SSL_CERT_FILE."""
    # Ctrl-C is for the one who started this; when that one ends, so does this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lock = threading.RLock()
    application, front = LocalAws(lock), GatewayFront(REGION, lock)
    server = make_server(HOST, 0, application, threaded=True, request_handler=_Handler)
    certificate = write_certificate(folder, REGION)
    build_site(folder / "site", front.port)
    endpoint = f"http://{HOST}:{server.server_port}"
    surroundings = {
        **NO_OTHER_AWS,
        "AWS_ENDPOINT_URL": endpoint,
        "SSL_CERT_FILE": str(write_trusted(folder, certificate)),
    }
    os.environ.update(surroundings)
    command = build_runtime(folder / "runtime", front.port)
    application.functions = Functions(folder / "packages", command, surroundings, lock)
    pollers = Pollers(application.mappings, application.deliver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    front.start(certificate, application.functions)
    pollers.start()
    print(json.dumps({"endpoint": endpoint, "gateway_port": front.port}), flush=True)
    sys.stdin.read()
    pollers.stop()
    application.functions.stop()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
