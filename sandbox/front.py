"""What stands in front of the gateway in the sandbox: the sandbox's pages, the clinic's demo site, the base path."""

from __future__ import annotations

import http.client
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from sandbox.gateway import Gateway
from sandbox.gateway_answers import HttpAnswer
from sandbox.pages import Page, html_page, json_page
from sandbox.proxy_event import HttpRequest

SITE = Path(__file__).parent / "site"
_AWS_SECONDS = 70
_READ = ("GET", "HEAD")

Ticker = Callable[[str], Page]


@dataclass(frozen=True)
class Front:
    """Sends each request where it belongs. `base_path` is where the API lives (`/api`, or empty); the site and the
    sandbox's pages are there and at the root. `tick` takes the query of `/sandbox/tick`."""

    gateway: Gateway
    base_path: str
    aws_port: int
    tick: Ticker

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer one request."""
        inside = self._inside(request.path)
        path = request.path if inside is None else inside
        if path.startswith("/sandbox/"):
            return _from_page(self._sandbox(replace(request, path=path)))
        if request.method in _READ and (file := _site_file(path)):
            return _file_answer(file)
        if path == "/" and request.method in _READ:
            return _from_page(html_page(200, "welcome.html"))
        if inside is None:
            return self.gateway.refuse(404, request)
        return self.gateway.answer(replace(request, path=inside))

    def _inside(self, path: str) -> str | None:
        """The path below the base path, None when it is not below it."""
        if not path.startswith(self.base_path):
            return None
        rest = path[len(self.base_path) :]
        return rest or "/" if rest[:1] in ("", "/") else None

    def _sandbox(self, request: HttpRequest) -> Page:
        if (request.method, request.path.rstrip("/")) == ("POST", "/sandbox/tick"):
            return self.tick(request.query)
        return ask_aws(self.aws_port, request.method, f"{request.path}?{request.query}", request.body)


def ask_aws(port: int, method: str, target: str, body: bytes = b"") -> Page:
    """Ask the AWS server for one of its sandbox pages."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_AWS_SECONDS)
    try:
        connection.request(method, target, body)
        answer = connection.getresponse()
        return Page(answer.status, answer.getheader("Content-Type", "text/plain"), answer.read())
    except OSError:
        return json_page(502, {"error": f"nothing answers at the AWS port {port}"})
    finally:
        connection.close()


def _site_file(path: str) -> Path | None:
    """A file of the demo site; nothing outside its folder."""
    try:
        file = (SITE / (unquote(path).lstrip("/") or "index.html")).resolve()
        return file if file.is_relative_to(SITE.resolve()) and file.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


def _file_answer(file: Path) -> HttpAnswer:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return HttpAnswer(200, [("Content-Type", kind + charset), ("Cache-Control", "no-store")], file.read_bytes())


def _from_page(page: Page) -> HttpAnswer:
    return HttpAnswer(page.status, [("Content-Type", page.content_type), ("Cache-Control", "no-store")], page.body)
