"""What the desk says to a request that it does not answer."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.context import AppContext
from chalicelib.desk.guard import sign_in_address
from chalicelib.desk.requests import DeskRequest, is_from_ourselves, is_sign_in, read_form
from chalicelib.desk.shells import shell_of
from chalicelib.desk.sign_in import give_back, sign_in_again
from chalicelib.errors import AccessDenied
from chalicelib.pages.desk_page import desk_reply
from chalicelib.web import Reply, WebRequest
from chalicelib.wording.texts import text


def refuse_access(desk: DeskRequest, denied: AccessDenied) -> Reply:
    """Sign in first, and go on from there; what somebody had typed is kept. Otherwise say why not."""
    if denied.reason == "sign_in":
        if desk.request.method == "POST":
            return sign_in_again(desk)
        return Reply(303, headers={"Location": sign_in_address(desk), "Cache-Control": "no-store"})
    if desk.request.method == "POST" and denied.reason in ("form", "unconfirmed"):
        return give_back(desk, denied.reason)
    return _say(desk, 503 if denied.reason == "unconfirmed" else 403, denied.reason)


def nothing_here(desk: DeskRequest) -> Reply:
    """No such page or enquiry."""
    return _say(desk, 404, "not_found")


def tell_outage(context: AppContext, request: WebRequest) -> Reply:
    """503: something of ours is broken, most likely the database. What was posted comes back to be copied, with the
    truth about it: nobody knows whether it was stored. Passwords never come back."""
    desk = DeskRequest(context, request, form=read_form(request) if request.method == "POST" else {})
    was_typed = request.method == "POST" and not is_sign_in(request) and is_from_ourselves(request)
    reply = give_back(desk, "outage_post") if was_typed else _say(desk, 503, "outage")
    return replace(reply, headers={**reply.headers, "Retry-After": "30"})


def refuse_unread(context: AppContext, request: WebRequest, status: int) -> Reply:
    """What Chalice refuses before a view is asked: another method (405), a body of another type (415)."""
    desk = DeskRequest(context, request)
    if status in (400, 403, 404):
        return nothing_here(desk)
    return _say(desk, status, "origin") if status < 500 else tell_outage(context, request)


def _say(desk: DeskRequest, status: int, key: str) -> Reply:
    title, body = text("en", f"desk.{key}_title"), text("en", f"desk.{key}_text")
    return desk_reply(shell_of(desk), "desk/message.html", title, status=status, body=body)
