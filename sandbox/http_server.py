"""HTTP on loopback in front of a function from request to answer: threads, keep-alive, no Nagle, a deep backlog."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from sandbox.gateway_answers import HttpAnswer
from sandbox.proxy_event import HttpRequest

HOST = "127.0.0.1"
MAX_READ_BYTES = 11 * 1024 * 1024
"""A little more than the gateway takes, so that it can refuse by itself."""
_MAX_DISCARD_BYTES = 256 * 1024 * 1024
_CHUNK = 64 * 1024

Answerer = Callable[[HttpRequest], HttpAnswer]
Refuser = Callable[[int, HttpRequest], HttpAnswer]


class HttpServer(ThreadingHTTPServer):
    """Binds at once, so that a busy port is known before anything else starts; serves with `serve_forever`."""

    request_queue_size = 512
    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.answer: Answerer = lambda _: HttpAnswer(503)
        self.refuse: Refuser = lambda status, _: HttpAnswer(status)

    def server_bind(self) -> None:
        """Bind without looking up this machine's name, which may take seconds."""
        # Without this a port stays busy for a minute after its last connection.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        socket.socket.bind(self.socket, self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, *_: Any) -> None:
        """A visitor who hangs up is no error of ours."""


class _BadBody(ValueError):
    """The framing of a body cannot be read; `status` says how."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Head and body in one write: two, with delayed acknowledgements, cost 40 ms each time.
    wbufsize = -1
    timeout = 75
    server: HttpServer

    def __getattr__(self, name: str) -> Any:
        # The standard library looks for `do_GET` and so on; every method, known or not, is the gateway's to answer.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        refused = 0
        try:
            body = self._read_body()
        except _BadBody as error:
            body, refused, self.close_connection = b"", error.status, True
        request = self._request(body)
        answer = self.server.refuse(refused, request) if refused else self.server.answer(request)
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _request(self, body: bytes) -> HttpRequest:
        target = self.path if self.path.startswith("/") else urlsplit(self.path).path or "/"
        path, _, query = target.partition("#")[0].partition("?")
        return HttpRequest(self.command, path, query, list(self.headers.items()), body, self.client_address[0])

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        given = self.headers.get("Content-Length", "0").strip()
        if not given.isascii() or not given.isdigit():
            raise _BadBody(400)
        return self._read(int(given))

    def _read(self, size: int) -> bytes:
        if size > MAX_READ_BYTES:
            self._discard(size)
            raise _BadBody(413)
        return self.rfile.read(size) if size else b""

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            head = self.rfile.readline(256).partition(b";")[0].strip()
            try:
                size = int(head, 16)
            except ValueError:
                raise _BadBody(400) from None
            if len(body) + size > MAX_READ_BYTES:
                raise _BadBody(413)
            body += self._read(size)
            self.rfile.readline(256)
            if size == 0:
                return bytes(body)

    def _discard(self, size: int) -> None:
        # A sender that is cut off while it sends sees a reset instead of the answer.
        left = min(size, _MAX_DISCARD_BYTES)
        while left > 0 and (chunk := self.rfile.read(min(left, _CHUNK))):
            left -= len(chunk)

    def version_string(self) -> str:
        """No version numbers in the Server header."""
        return "sandbox"

    def log_message(self, *_: Any) -> None:
        """The application logs what matters."""
