"""Somebody at a browser, out on the network: HTTPS to the API's own name, cookies kept."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from rehearsal.steps import promise

JSON = {"Content-Type": "application/json", "Accept": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
_SECONDS = 40


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON object in the body."""
        return dict(json.loads(self.body))


@dataclass(frozen=True)
class Visitor:
    """`url` is the API's, with its stage; `trusted` the file of certificates that hold."""

    url: str
    trusted: Path
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send one request; underscores in the names of headers stand for hyphens."""
        at = urlsplit(self.url)
        context = ssl.create_default_context(cafile=str(self.trusted))
        connection = http.client.HTTPSConnection(at.netloc, timeout=_SECONDS, context=context)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, f"{at.path.rstrip('/')}{path}", body or None, given)
            answer = connection.getresponse()
            told = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
            self._keep(answer.headers.get_all("Set-Cookie", []))
            return told
        finally:
            connection.close()

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form as a page of the service does."""
        at = urlsplit(self.url)
        own = {"Origin": f"{at.scheme}://{at.netloc}", "Sec-Fetch-Mode": "navigate"}
        return self.ask("POST", path, urlencode(fields).encode(), **FORM, **own)

    def _keep(self, cookies: list[str]) -> None:
        for text in cookies:
            for name, morsel in SimpleCookie(text).items():
                self.cookies[name] = morsel.value


def signed_in(visitor: Visitor, user: str, password: str) -> Visitor:
    """The same visitor, signed in at the desk. Raises BrokenPromise when the desk refuses."""
    answer = visitor.post("/desk/sign-in", {"user": user, "password": password})
    queue = visitor.ask("GET", "/desk", Accept="text/html")
    promise((answer.status, queue.status) == (303, 200), f"the desk refuses to sign in: {answer.status} {queue.status}")
    return visitor
