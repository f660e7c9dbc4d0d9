"""Requests as the intake sees them, without a server."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from chalicelib.intake.form_body import FormBody, decode_form
from chalicelib.intake.parsing import Draft, parse_submission
from chalicelib.settings import Settings
from chalicelib.web import WebRequest

OWN = "https://desk.clinic.example/api"
SETTINGS = Settings(public_url=OWN, allowed_origins=("https://clinic.example", "https://www.clinic.example"))


def a_request(
    body: bytes = b"",
    *,
    method: str = "POST",
    base_url: str = OWN,
    form: str = "",
    query: dict[str, str] | None = None,
    **headers: str,
) -> WebRequest:
    """A request; `Sec_Fetch_Mode="cors"` is the header `sec-fetch-mode`."""
    named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    path_values = {"form": form} if form else {}
    return WebRequest(method, named, query or {}, path_values, body, base_url)


def a_json_body(data: Any) -> FormBody:
    return decode_form("application/json", json.dumps(data).encode())


def a_draft(
    *pairs: tuple[str, str], settings: Settings = SETTINGS, request: WebRequest | None = None, **fields: str
) -> Draft:
    """What a form of these names and values is understood as; somebody reachable unless `fields` say otherwise."""
    given = {"name": "Ann Example", "email": "ann@mail.example", **fields}
    body = urlencode([*pairs, *((name, value) for name, value in given.items() if value)]).encode()
    form = decode_form("application/x-www-form-urlencoded", body)
    return parse_submission(form, request or a_request(body), settings)
