"""Where Chalice's terms become ours and back: every answer leaves through here, so none lacks its headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from chalice.app import Request, Response

from chalicelib.context import AppContext
from chalicelib.errors import Refusal, UnsupportedBody
from chalicelib.intake.origins import cors_headers
from chalicelib.intake.outages import answer_outage
from chalicelib.intake.refusals import refuse
from chalicelib.intake.visits import explain_posting, nothing_here
from chalicelib.observability import failure_fields, log
from chalicelib.web import Reply, WebRequest, header_value
from chalicelib.wording.language_choice import choose_language

View = Callable[[AppContext, WebRequest], Reply]
_EVERY_ANSWER = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    # What is no page loads nothing and stands in no frame. Pages say what they need.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_FOR_OTHER_SITES = ("/enquiries", "/f/")
"""A script there that posts without CORS must not take an enquiry that was stored for a failure."""


def answer(view: View, context: AppContext, request: Request, outage: View = answer_outage) -> Response:
    """Run a view. An unexpected error is logged without values and answered by `outage`, never as a stack trace."""
    web_request = web_request_of(request, context.settings.public_url)
    try:
        reply = view(context, web_request)
    except Exception as error:  # the last resort: whatever it is, the visitor gets a phone number
        log.error("request failed", extra={"route": request.path, **failure_fields(error)})
        reply = _tell_outage(outage, context, web_request)
    return _response(reply)


def _tell_outage(outage: View, context: AppContext, request: WebRequest) -> Reply:
    try:
        return outage(context, request)
    except Exception as error:  # the visitors' page never raises; any page is better than none
        log.error("outage page failed", extra=failure_fields(error))
        return answer_outage(context, request)


def run_job(name: str, job: Callable[[], object]) -> None:
    """Run what a queue or a schedule started. An error is logged without values and raised again without them:
    Lambda logs what it is given, tracebacks included, and a queue delivers again. Raises RuntimeError."""
    try:
        job()
    except Exception as error:  # the edge of one delivered message
        log.error("job failed", extra={"job": name, **failure_fields(error)})
        raise RuntimeError(f"{name} failed: {type(error).__name__}") from None


def finish(request: Request, response: Response, context: AppContext) -> Response:
    """Give every answer its headers, and the framework's own errors our shape. Chalice's 405 and 415 never reach a
    view."""
    web_request = web_request_of(request, context.settings.public_url)
    is_desk = request.path.startswith("/desk")
    if isinstance(response.body, Mapping) and "Code" in response.body:
        shape = _in_shape_of_desk if is_desk else _in_our_shape
        response = _response(shape(context, web_request, response))
    # The desk works with cookies: no other site is told that it may read anything there.
    own = _desk_headers() if is_desk else _public_headers(request.path, web_request, context)
    for name, value in {**_EVERY_ANSWER, **own}.items():
        response.headers.setdefault(name, value)
    return response


def web_request_of(request: Request, public_url: str) -> WebRequest:
    """A Chalice request as values. Path parameters come URL-encoded from API Gateway."""
    headers = {str(name).lower(): str(value) for name, value in (request.headers or {}).items()}
    body = request.raw_body
    path_values = {name: unquote(value) for name, value in (request.uri_params or {}).items()}
    return WebRequest(
        method=request.method,
        headers=headers,
        query=_query(request),
        path_values=path_values,
        body=body if isinstance(body, bytes) else body.encode(),
        base_url=public_url or base_url_of(request.context),
        client_address=str((request.context.get("identity") or {}).get("sourceIp") or ""),
    )


def base_url_of(gateway: Mapping[str, Any]) -> str:
    """Where this service is reached, as API Gateway says it: domain, and the stage or base path before the route.
    Never the Host header, which anybody can write. Empty when the gateway does not say (`chalice local`)."""
    domain = gateway.get("domainName")
    if not domain:
        return ""
    in_route = len([part for part in str(gateway.get("resourcePath", "/")).split("/") if part])
    parts = [part for part in str(gateway.get("path", "/")).split("/") if part]
    return "/".join((f"https://{domain}", *parts[: max(0, len(parts) - in_route)]))


def _query(request: Request) -> dict[str, str]:
    return {name: request.query_params[name] for name in request.query_params} if request.query_params else {}


def _in_our_shape(context: AppContext, request: WebRequest, response: Response) -> Reply:
    if response.status_code == 415:
        refusal: Refusal = UnsupportedBody()
        return refuse(context, request, refusal, choose_language(request))
    if response.status_code == 405:
        reply = explain_posting(context, request)
        return replace(reply, headers={**reply.headers, **_allowed_methods(response)})
    if response.status_code in (400, 403, 404):
        return nothing_here(context, request)
    return answer_outage(context, request)


def _in_shape_of_desk(context: AppContext, request: WebRequest, response: Response) -> Reply:
    from chalicelib.desk.denials import refuse_unread

    reply = refuse_unread(context, request, response.status_code)
    return replace(reply, headers={**reply.headers, **_allowed_methods(response)})


def _public_headers(path: str, request: WebRequest, context: AppContext) -> Mapping[str, str]:
    shared = {"Cross-Origin-Resource-Policy": "cross-origin"} if path.startswith(_FOR_OTHER_SITES) else {}
    return {**cors_headers(request, context.settings), **shared}


def _desk_headers() -> Mapping[str, str]:
    from chalicelib.pages.desk_page import HEADERS

    return HEADERS


def _allowed_methods(response: Response) -> dict[str, str]:
    return {name: str(value) for name, value in response.headers.items() if name == "Allow"}


def _response(reply: Reply) -> Response:
    headers = {name: header_value(value) for name, value in reply.headers.items()}
    return Response(body=reply.body, status_code=reply.status, headers={"Content-Type": reply.content_type, **headers})
