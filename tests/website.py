"""A website that talks to the application: in this process, through Chalice's own test client or as API Gateway."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from chalice.local import LambdaContext
from chalice.test import Client

from sandbox.proxy_event import HttpRequest, Stage, proxy_event

FORM_TYPE = "application/x-www-form-urlencoded"
BOUNDARY = "website"
DEPLOYED = Stage(
    name="api", address="abc123.execute-api.us-east-1.amazonaws.com", base_path="/api", account="123456789012"
)

Pairs = Mapping[str, Any] | Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """An answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def codes(self) -> list[tuple[str | None, str]]:
        """Field and code of each error."""
        return [(error.get("field"), error["code"]) for error in self.json()["errors"]]


class Website:
    """Posts and gets. Header arguments are written `Sec_Fetch_Mode="cors"`."""

    def __init__(self, app_module: ModuleType) -> None:
        self._client = Client(app_module.app)

    def post_json(self, path: str, data: Any, **headers: str) -> Answer:
        return self.post_raw(path, json.dumps(data).encode(), "application/json", **headers)

    def post_form(self, path: str, pairs: Pairs, **headers: str) -> Answer:
        return self.post_raw(path, urlencode(_pairs(pairs)).encode(), FORM_TYPE, **headers)

    def post_multipart(self, path: str, pairs: Pairs, **headers: str) -> Answer:
        return self.post_raw(path, multipart(pairs), f"multipart/form-data; boundary={BOUNDARY}", **headers)

    def post_raw(self, path: str, body: bytes, content_type: str | None, **headers: str) -> Answer:
        typed = {} if content_type is None else {"Content-Type": content_type}
        return self.send("POST", path, body, **typed, **headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def options(self, path: str, **headers: str) -> Answer:
        return self.send("OPTIONS", path, **headers)

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self._client.http.request(method, path, headers=named, body=body)
        return _answer(response.status_code, response.headers, response.body.decode())


class Gateway:
    """Sends whole events of API Gateway, so that links can be built from its `requestContext`."""

    def __init__(self, app_module: ModuleType, stage: Stage = DEPLOYED, client_address: str = "203.0.113.9") -> None:
        self._app = app_module.app
        self._stage = stage
        self._client_address = client_address

    def at(self, stage: Stage) -> Gateway:
        """The same application at another address."""
        moved = object.__new__(Gateway)
        moved._app, moved._stage, moved._client_address = self._app, stage, self._client_address
        return moved

    def send(
        self,
        method: str,
        url: str,
        resource: str = "",
        values: Mapping[str, str] | None = None,
        body: bytes = b"",
        **headers: str,
    ) -> Answer:
        parts = urlsplit(url)
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        request = HttpRequest(method, parts.path, parts.query, named, body, self._client_address)
        event = proxy_event(request, resource or parts.path, values or {}, stage=self._stage, binary=False)
        response = self._app(event, LambdaContext("api_handler", 1024, 20_000))
        return _answer(response["statusCode"], _flat(response), response["body"] or "")


def multipart(pairs: Pairs) -> bytes:
    """A multipart body without files."""
    heads = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in _pairs(pairs)
    )
    return f"{heads}--{BOUNDARY}--\r\n".encode()


def _pairs(pairs: Pairs) -> list[tuple[str, str]]:
    if isinstance(pairs, Mapping):
        listed = [(name, value) for name, values in pairs.items() for value in _each(values)]
        return cast("list[tuple[str, str]]", listed)
    return list(pairs)


def _each(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _flat(response: Mapping[str, Any]) -> dict[str, str]:
    multi = {name: ", ".join(values) for name, values in (response.get("multiValueHeaders") or {}).items()}
    return {**(response.get("headers") or {}), **multi}


def _answer(status: int, headers: Mapping[str, Any], text: str) -> Answer:
    flat = {
        name.lower(): ", ".join(value) if isinstance(value, list) else str(value) for name, value in headers.items()
    }
    return Answer(status, flat, text)
