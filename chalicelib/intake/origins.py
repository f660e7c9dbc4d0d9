"""Which sites may talk to us by script, and where a visitor may be sent afterwards."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from chalicelib.errors import OriginNotAllowed
from chalicelib.settings import Settings
from chalicelib.web import WebRequest, header_value, origin_of

ALLOWED_HEADERS = "Content-Type, Accept, X-Requested-With, Idempotency-Key, Formspree-Client, Formspree-Session-Data"
_PREFLIGHT_SECONDS = "86400"
_UNSAFE_IN_URL = re.compile(r"[\x00-\x20\x7f\\]")


def is_foreign(request: WebRequest, settings: Settings) -> bool:
    """Whether the request comes from a site that is not on the allow-list. No Origin, or `null`, is nobody's: pages
    with `Referrer-Policy: no-referrer` post that way."""
    origin = request.header("origin").strip().lower()
    if origin in ("", "null") or not settings.allowed_origins:
        return False
    if request.header("sec-fetch-site") == "same-origin":
        return False
    return origin not in settings.allowed_origins and origin != origin_of(request.base_url)


def check_origin(request: WebRequest, settings: Settings, *, by_script: bool) -> None:
    """Refuse a script on a foreign site. A plain form from there is accepted and scored: a clinic's forgotten second
    domain must not lose patients. Raises OriginNotAllowed."""
    if by_script and is_foreign(request, settings):
        raise OriginNotAllowed


def cors_headers(request: WebRequest, settings: Settings) -> dict[str, str]:
    """The CORS headers of every answer of ours. No credentials: nothing that may be read across
    origins depends on a cookie."""
    headers = {"Vary": "Origin"}
    origin = header_value(request.header("origin").strip())
    if origin and not is_foreign(request, settings):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "Retry-After"
    return headers


def preflight_headers(methods: str) -> dict[str, str]:
    """What an OPTIONS request is told beside the CORS headers."""
    return {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }


def safe_destination(url: str, request: WebRequest, settings: Settings) -> str:
    """`url` when a visitor may be sent there: exactly an allowed origin, or ours; else empty. A relative one is
    resolved against the page that the form stood on, as Formspree does."""
    if not url or not url.isascii() or _UNSAFE_IN_URL.search(url) or len(url) > 2_000:
        return ""
    try:
        absolute = url if urlsplit(url).scheme else _resolved(url, request)
        origin = origin_of(absolute)
    except ValueError:
        return ""
    own = origin_of(request.base_url)
    return absolute if origin and (origin in settings.allowed_origins or origin == own) else ""


def _resolved(url: str, request: WebRequest) -> str:
    referer = request.header("referer")
    return urljoin(referer, url) if referer and not url.startswith("//") else ""
