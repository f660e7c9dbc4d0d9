"""Who may do what: every request to the desk passes here, in every mode."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal
from urllib.parse import quote

from chalicelib.desk.access import confirm
from chalicelib.desk.requests import TOKEN_FIELD, DeskRequest, is_from_ourselves, read_form, session_id_of
from chalicelib.errors import AccessDenied
from chalicelib.models.staff import CONFIRM_EVERY, Session
from chalicelib.observability import log
from chalicelib.storage.sessions import TOUCH_EVERY, end_session, load_session, touch_session
from chalicelib.web import Reply

Who = Literal["public", "staff", "manager"]
View = Callable[[DeskRequest], Reply]
_ID = re.compile(r"[0-9a-f]{64}")


def admit(desk: DeskRequest, who: Who) -> DeskRequest:
    """The request with its session and form. Raises AccessDenied with what is to be done about it:

    1. `origin`: a post that none of our pages sent, or without our form's token (where somebody has signed in).
    2. `sign_in`: nobody has signed in, or the session is over, or its user is no longer enabled.
    3. `role`: it takes a manager.
    """
    is_post = desk.request.method == "POST"
    if is_post:
        if not is_from_ourselves(desk.request):
            raise AccessDenied("origin")
        desk = replace(desk, form=read_form(desk.request))
    if who == "public":
        return desk
    session = _current_session(desk)
    if session is None:
        raise AccessDenied("sign_in")
    admitted = replace(desk, session=session)
    if is_post and not hmac.compare_digest(desk.form.get(TOKEN_FIELD, "").encode(), admitted.form_token.encode()):
        raise AccessDenied("origin")
    if who == "manager" and not session.staff.is_manager:
        raise AccessDenied("role")
    return admitted


def sign_in_address(desk: DeskRequest) -> str:
    """Where to sign in and then go on to what was asked for."""
    return desk.link(f"/desk/sign-in?next={quote(desk.path, safe='')}")


def safe_next(path: str) -> str:
    """Where to go after sign-in: a page of the desk, never anywhere else."""
    return path if re.fullmatch(r"/desk(/[A-Za-z0-9._~%-]+)*", path) and "/sign-" not in path else "/desk"


def _current_session(desk: DeskRequest) -> Session | None:
    session_id = session_id_of(desk.request)
    if not _ID.fullmatch(session_id):
        return None
    table, now = desk.context.table, desk.context.clock()
    session = load_session(table, session_id, now)
    if session is None:
        return None
    if now >= session.confirmed_at + CONFIRM_EVERY:
        staff = confirm(desk.context, session.staff.user)
        if staff is None:
            end_session(table, session.hash)
            log.warning("session ended", extra={"code": "user_not_enabled"})
            return None
        session = session.model_copy(update={"staff": staff, "confirmed_at": now})
    if now >= session.used_at + TOUCH_EVERY or session.confirmed_at == now:
        touch_session(table, session, now)
    return session.model_copy(update={"used_at": now})
