"""How long a session still lasts, for the notice before it ends; and staying on without another page."""

from __future__ import annotations

from chalicelib.desk.requests import DeskRequest
from chalicelib.pages.desk_page import HEADERS
from chalicelib.web import Reply, json_reply


def tell_session(desk: DeskRequest) -> Reply:
    """`seconds_left`, and `can_stay`: whether use would make them more. A post is use, as any other of the desk; a GET
    of this page is none."""
    session, now = desk.current_session, desk.context.clock()
    reply = json_reply(200, {"seconds_left": session.seconds_left(now), "can_stay": session.can_stay})
    return Reply(reply.status, reply.body, reply.content_type, HEADERS)
