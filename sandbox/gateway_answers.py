"""What the gateway itself answers, in the service's error shape: a page for people who navigate, JSON otherwise."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field

from infrastructure.gateway import HEADERS


@dataclass(frozen=True)
class HttpAnswer:
    """An answer as it goes over the wire."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


_ERRORS = {
    400: ("MALFORMED_BODY", "We could not read this request."),
    404: ("FORM_NOT_FOUND", "There is no page at this address."),
    405: ("MALFORMED_BODY", "This address cannot be used in this way."),
    413: ("MALFORMED_BODY", "This is more than we can take at once. Please shorten your message."),
    502: ("NOT_STORED", "Something went wrong on our side. Please try again, or call us."),
}


def gateway_error(status: int, *, phone: str, accept: str, allow: tuple[str, ...] = ()) -> HttpAnswer:
    """An error that never reached the application."""
    code, message = _ERRORS[status]
    wants_page = accept.find("text/html") >= 0 and "json" not in accept.partition("text/html")[0]
    body = _page(status, message, phone) if wants_page else _json(code, message, phone)
    kind = "text/html; charset=utf-8" if wants_page else "application/json; charset=utf-8"
    headers = [("Content-Type", kind), *HEADERS.items()]
    if allow:
        headers.append(("Allow", ", ".join(allow)))
    return HttpAnswer(status, headers, body.encode())


def _json(code: str, message: str, phone: str) -> str:
    errors = [{"code": code, "message": message}]
    return json.dumps({"ok": False, "success": False, "error": message, "errors": errors, "phone": phone})


def _page(status: int, message: str, phone: str) -> str:
    number = html.escape(phone)
    dial = "".join(char for char in phone if char.isdigit() or char == "+")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{status}</title></head><body>"
        f'<h1>{html.escape(message)}</h1><p>You can call us: <a href="tel:{dial}">{number}</a>.</p>'
        '<p>In an emergency call <a href="tel:911">911</a>. If you are thinking about suicide or are in crisis, call or'
        ' text <a href="tel:988">988</a>.</p></body></html>'
    )
