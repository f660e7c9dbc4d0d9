"""A request and a reply in our own terms, so that rooms below `app.py` know nothing of Chalice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True)
class WebRequest:
    """One HTTP request. Header names are lower case; `path_values` are the route's; `base_url` is where this service
    is reached (scheme, host and stage path, no trailing slash; empty when nobody can tell, which makes links
    relative); `client_address` is the network address that API Gateway saw, empty when nobody says."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    path_values: Mapping[str, str]
    body: bytes
    base_url: str
    client_address: str = ""

    def header(self, name: str) -> str:
        """A header's value, empty when it is absent."""
        return self.headers.get(name, "")


@dataclass(frozen=True)
class Reply:
    """One HTTP answer: `body` is text of `content_type`."""

    status: int
    body: str = ""
    content_type: str = HTML_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(status: int, body: Mapping[str, Any], **headers: str) -> Reply:
    """JSON for people of every language: no ASCII escapes. Underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(body, ensure_ascii=False), JSON_TYPE, named)


def header_value(text: str) -> str:
    """Text that is safe in a header of ours: no control characters, so nothing can be smuggled behind it."""
    return "".join(char for char in text if char.isprintable())


def origin_of(url: str) -> str:
    """Scheme, host and port in lower case; empty for anything but a plain http or https URL, user names included."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), parts.netloc.lower()
    if scheme not in _DEFAULT_PORTS or not host or "@" in host:
        return ""
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS[scheme])}"
