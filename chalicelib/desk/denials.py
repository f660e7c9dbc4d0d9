"""What the desk says to a request that it does not answer."""

from __future__ import annotations

from chalicelib.desk.guard import sign_in_address
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.desk.sign_in import give_back, sign_in_again
from chalicelib.errors import AccessDenied
from chalicelib.pages.desk_page import desk_reply
from chalicelib.web import Reply
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


def _say(desk: DeskRequest, status: int, key: str) -> Reply:
    title, body = text("en", f"desk.{key}_title"), text("en", f"desk.{key}_text")
    return desk_reply(shell_of(desk), "desk/message.html", title, status=status, body=body)
