"""moto as a real server on loopback: one lock round it, faults in front of it, the sandbox's pages beside it.

`python -m sandbox.aws_server PORT` is how `make run` starts it, in a process of its own: it prints one line when the
stage's resources stand, and ends when its standard input does, so that no kill of its parent leaves it behind.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import moto.core.models  # noqa: F401  before botocore makes a client
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

import sandbox.cloudformation_types  # noqa: F401
from chalicelib.aws import Clients
from chalicelib.settings import read_settings
from chalicelib.storage.stage_settings import KEY_BYTES
from sandbox import moto_state
from sandbox.clock import SandboxClock
from sandbox.faults import SLOW_SECONDS, UNREADABLE, AwsError, Faults, answers_error, called_service, error_answer
from sandbox.moto_time import follow
from sandbox.pages import Desk, Tick, sandbox_page
from sandbox.resources import create_resources
from sandbox.ses_publishing import publish_mail_events, publish_validations
from sandbox.staff import add_people
from sandbox.stops import Stop, Stops

HOST = "127.0.0.1"
READY = "ready"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class AwsServer:
    """A WSGI application. moto is not thread-safe, so that one request at a time reaches it."""

    def __init__(self, clock: SandboxClock, region: str, *, has_pump: bool) -> None:
        self._moto: Application = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.RLock()
        self._region = region
        self._clock = clock
        self._seen_at: dict[str, datetime] = {}
        self._pause = threading.Event()
        self._desk = Desk(self._mails, self._alerts, Faults(), Stops(), clock, has_pump=has_pump)

    def allow_tick(self, tick: Tick) -> None:
        """Let `/sandbox/tick` move this process's clock."""
        self._desk = replace(self._desk, tick=tick)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a page of the sandbox, a fault, or what moto answers."""
        if environ.get("PATH_INFO", "").startswith("/sandbox/"):
            return self._page(environ, start_response)
        service = called_service(environ.get("HTTP_AUTHORIZATION", ""))
        stop = self._desk.stops.meets(service, environ.get("HTTP_X_AMZ_TARGET", ""))
        if stop is not None:
            return self._held(environ, service, stop)
        fault = self._desk.faults.of(service)
        if fault is not None and answers_error(service, fault):
            _body(environ)
            return _answer_error(error_answer(service, fault), start_response)
        if fault in ("silent", "garbled"):
            self._do(environ, lambda *_: None, service)
            return _answer_unreadably(start_response) if fault == "garbled" else _hang_up()
        if fault == "lost":
            return _hang_up()
        if fault == "slow":
            self._pause.wait(SLOW_SECONDS)
        return self._do(environ, start_response, service)

    def _held(self, environ: Environ, service: str, stop: Stop) -> Iterable[bytes]:
        if stop.after:
            self._do(environ, lambda *_: None, service)
        stop.hold()
        return _hang_up()

    def _do(self, environ: Environ, start_response: StartResponse, service: str) -> Iterable[bytes]:
        with self._lock:
            body = b"".join(self._moto(environ, start_response))
            if service == "ses":
                publish_mail_events(self._region, self._clock())
            if service in ("ses", "sns"):
                self._note_arrivals()
        return [body]

    def _page(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        method, path, query = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        page = sandbox_page(self._desk, method, path, query, _body(environ))
        headers = [("Content-Type", page.content_type), ("Cache-Control", "no-store")]
        start_response(f"{page.status} sandbox", headers)
        return [] if method == "HEAD" else [page.body]

    def _note_arrivals(self) -> None:
        for arrival in (*moto_state.mails(self._region), *moto_state.alerts(self._region)):
            self._seen_at.setdefault(arrival.id, self._clock())

    def _mails(self) -> list[dict[str, Any]]:
        with self._lock:
            mails = moto_state.mails(self._region)
        return [mail.as_json() | {"at": self._arrival(mail.id)} for mail in reversed(mails)]

    def _alerts(self) -> list[dict[str, Any]]:
        with self._lock:
            alerts = [alert.as_json() | {"at": self._arrival(alert.id)} for alert in moto_state.alerts(self._region)]
        return sorted(reversed(alerts), key=lambda alert: alert["at"], reverse=True)

    def _arrival(self, identity: str) -> str:
        return self._seen_at.get(identity, self._clock()).isoformat(timespec="milliseconds")


def start_aws(port: int, clock: SandboxClock, *, has_pump: bool = False) -> tuple[AwsServer, BaseWSGIServer]:
    """Serve on loopback in a thread, and make the resources of the environment's stage. The environment must name
    this port as endpoint. `has_pump`: this process will have one."""
    clients = Clients(os.environ)
    follow(clock)
    application = AwsServer(clock, clients.region, has_pump=has_pump)
    server = make_server(HOST, port, application, threaded=True, request_handler=_Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = read_settings(os.environ)
    create_resources(clients, settings, secrets.token_bytes(KEY_BYTES))
    add_people(clients, settings)
    publish_validations(clients.region)
    return application, server


class _Handler(MotoRequestHandler):
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_request(self, *_: Any, **__: Any) -> None:
        """One line per AWS call would hide the application's own."""

    def connection_dropped(self, *_: Any, **__: Any) -> None:
        """By the client, or by us: either way nothing more is said on it."""
        self.close_connection = True


def _body(environ: Environ) -> bytes:
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def _answer_error(error: AwsError, start_response: StartResponse) -> Iterable[bytes]:
    headers = [("Content-Type", error.content_type), ("x-amzn-ErrorType", error.code), ("x-amzn-RequestId", "sandbox")]
    start_response(f"{error.status} {error.code}", headers)
    return [error.body]


def _answer_unreadably(start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [UNREADABLE]


def _hang_up() -> Iterable[bytes]:
    raise ConnectionAbortedError("without an answer, as a fault wants it")


def main() -> None:
    """Serve until standard input ends."""
    start_aws(int(sys.argv[1]), SandboxClock())
    print(READY, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
