"""Who may do what: every request to the desk passes here, in every mode."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from chalicelib.desk.access import confirm
from chalicelib.desk.account_marks import mark_of
from chalicelib.desk.requests import TOKEN_FIELD, DeskRequest, is_from_ourselves, session_id_of
from chalicelib.errors import AccessDenied, SignInRefused
from chalicelib.models.staff import ASK_AGAIN_AFTER, CONFIRM_EVERY, UNCONFIRMED_AT_MOST, Session
from chalicelib.observability import log
from chalicelib.storage.sessions import TOUCH_EVERY, end_session, end_sessions_of, load_session, touch_session
from chalicelib.web import Reply

Who = Literal["public", "staff", "manager"]
View = Callable[[DeskRequest], Reply]
_ID = re.compile(r"[0-9a-f]{64}")


def admit(desk: DeskRequest, who: Who, *, is_use: bool = True) -> DeskRequest:
    """The request with its session. What a page asks by itself is no use (`is_use`): a desk that nobody sits at signs
    out although it is open. Raises AccessDenied with what is to be done about it:

    1. `origin`: a post that none of our pages sent.
    2. `sign_in`: nobody has signed in, or the session is over, or its user is no longer enabled.
    3. `unconfirmed`: nobody can say whether the user is still enabled.
    4. `form`: a post from a page of another session.
    5. `role`: it takes a manager.
    """
    is_post = desk.request.method == "POST"
    if is_post and not is_from_ourselves(desk.request):
        raise _denied(desk, "origin")
    if who == "public":
        return desk
    session = _current_session(desk, is_use=is_use)
    if session is None:
        raise AccessDenied("sign_in")
    admitted = desk.with_session(session)
    if is_post and not hmac.compare_digest(desk.form.get(TOKEN_FIELD, "").encode(), admitted.form_token.encode()):
        raise _denied(admitted, "form")
    if who == "manager" and not session.staff.is_manager:
        raise _denied(admitted, "role")
    return admitted


def _denied(desk: DeskRequest, reason: str) -> AccessDenied:
    """The refusal, which is logged: page and act without the key between them, which anybody can write."""
    values, user = desk.request.path_values, desk.session.staff.user if desk.session else ""
    asked = {name: values[name] for name in ("page", "act") if values.get(name)}
    log.warning("access denied", extra={"reason": reason, "account": mark_of(desk.context, user), **asked})
    return AccessDenied(reason)


def sign_in_address(desk: DeskRequest) -> str:
    """Where to sign in and then go on to what was asked for."""
    return desk.link(f"/desk/sign-in?next={quote(desk.path_and_query, safe='')}")


def _current_session(desk: DeskRequest, *, is_use: bool) -> Session | None:
    session_id = session_id_of(desk.request)
    if not _ID.fullmatch(session_id):
        return None
    table, now = desk.context.table, desk.context.clock()
    session = load_session(table, session_id, now)
    if session is None:
        return None
    known = _confirmed(desk, session, now) if now >= session.confirmed_at + CONFIRM_EVERY else session
    if known is None:
        end_session(table, session.hash)
        end_sessions_of(table, session.staff.user)
        log.warning(
            "session ended", extra={"code": "user_not_enabled", "account": mark_of(desk.context, session.staff.user)}
        )
        return None
    if is_use and now >= session.used_at + TOUCH_EVERY:
        known = known.model_copy(update={"used_at": now})
    if known != session:
        touch_session(table, known)
    return known


def _confirmed(desk: DeskRequest, session: Session, now: datetime) -> Session | None:
    """The session with its user as Cognito knows it now, None when the user may no longer work. An outage of Cognito
    must not take the desk away from people who work an emergency: for an hour it goes on with what was known. That
    somebody asks is written first, so that requests beside this one, or after one that was cut off, do not wait too."""
    has_time = now < session.confirmed_at + UNCONFIRMED_AT_MOST
    if session.asked_at is None or now >= session.asked_at + ASK_AGAIN_AFTER:
        session = session.model_copy(update={"asked_at": now})
        touch_session(desk.context.table, session)
        try:
            staff = confirm(desk.context, session.staff.user)
            return session.model_copy(update={"staff": staff, "confirmed_at": now}) if staff else None
        except SignInRefused:
            log.warning("session not confirmed", extra={"goes_on": has_time})
    if not has_time:
        raise _denied(desk.with_session(session), "unconfirmed")
    return session
