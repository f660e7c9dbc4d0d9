"""The pages of signing in and out. Cognito says who somebody is; then the desk opens a session of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode

from chalicelib.desk import access, telephone
from chalicelib.desk.account_marks import mark_of
from chalicelib.desk.easy_passwords import is_easy
from chalicelib.desk.known_names import remember_name
from chalicelib.desk.requests import (
    CHALLENGE_COOKIE,
    SENT_HOME,
    TOKEN_FIELD,
    DeskRequest,
    challenge_cookie,
    cookie_header,
    cookie_of,
    is_reached_elsewhere,
    page_of,
    safe_next,
    session_id_of,
)
from chalicelib.desk.shells import shell_of
from chalicelib.errors import SignInRefused
from chalicelib.models.staff import SESSION_LASTS, Challenge, Staff
from chalicelib.observability import log
from chalicelib.pages.desk_page import desk_reply
from chalicelib.pages.desk_telephone import Told
from chalicelib.pages.qr_code import CAPACITY_BYTES, qr_path
from chalicelib.storage.sessions import ID_BYTES, end_session, end_sessions_of, session_hash, start_session
from chalicelib.storage.sign_ins import SIGN_IN_LASTS, drop_challenge, keep_challenge, load_challenge
from chalicelib.web import Reply
from chalicelib.wording.texts import text

Outcome = Staff | Challenge
_STATUS = {"too_many": 429, "too_many_here": 429, "unavailable": 503, "not_staff": 403}
_NOT_TYPED = {TOKEN_FIELD, "version", "seen"}
_SECRET = re.compile(r"[A-Za-z0-9]{1,128}")


def show_sign_in(desk: DeskRequest) -> Reply:
    """The form; `next` is where a link from a mail led."""
    if is_reached_elsewhere(desk.request):
        return _at_home(desk)
    query = desk.request.query
    note = next((key for key in ("signed_out", "password_changed") if key in query), "")
    return _form(desk, then=safe_next(query.get("next", "")), note=note)


def sign_in(desk: DeskRequest) -> Reply:
    """A user name and a password."""
    form = desk.form
    try:
        wants_code_app = form.get("code_app") == "on"
        outcome = access.sign_in(
            desk.context, form.get("user", ""), form.get("password", ""), wants_code_app=wants_code_app
        )
    except SignInRefused as refused:
        return _form(desk, refused.reason)
    return _go_on(desk, outcome)


def sign_in_again(desk: DeskRequest) -> Reply:
    """The form, 401, where something was posted after the session was over. What had been typed stays in it."""
    return _form(desk, "over", then=page_of(desk.path), kept=json.dumps(_typed(desk.form), ensure_ascii=False))


def give_back(desk: DeskRequest, reason: str) -> Reply:
    """A post that was refused without any fault of its writer, or ran into an outage: nothing typed is lost."""
    status = 409 if reason == "form" else 503
    return _given_back(desk, status, reason, page_of(desk.path), _typed(desk.form))


def refuse_guess(desk: DeskRequest) -> Reply:
    """The form, 429, with what it carried: one connection has guessed too often."""
    return _form(desk, "too_many_here")


def answer_challenge(desk: DeskRequest) -> Reply:
    """The next step of a sign-in: a password of one's own, a code, or the first code of a new app."""
    context, form = desk.context, desk.form
    sign_in_id = cookie_of(desk.request, CHALLENGE_COOKIE)
    challenge = load_challenge(context.table, sign_in_id, context.clock())
    if challenge is None:
        return _form(desk, "over")
    try:
        outcome = _ANSWERS[challenge.step](desk, challenge)
    except SignInRefused as refused:
        if refused.reason in ("over", "not_staff"):
            drop_challenge(context.table, sign_in_id)
            return _form(desk, refused.reason)
        secret = form.get("secret", "")
        shown = challenge.model_copy(update={"secret": secret if _SECRET.fullmatch(secret) else ""})
        return _challenge_page(desk, shown, problem=refused.reason)
    drop_challenge(context.table, sign_in_id)
    return _go_on(desk, outcome)


def show_forgot(desk: DeskRequest) -> Reply:
    """Where a forgotten password begins."""
    return _at_home(desk) if is_reached_elsewhere(desk.request) else _page(desk, "forgot")


def forgot(desk: DeskRequest) -> Reply:
    """Let a code be mailed; the answer is the same whether or not there is such a user."""
    try:
        access.send_reset_code(desk.context, desk.form.get("user", ""))
    except SignInRefused as refused:
        return _page(desk, "forgot", refused.reason)
    log.info("code asked for", extra={"account": mark_of(desk.context, desk.form.get("user", ""))})
    return _page(desk, "reset")


def reset(desk: DeskRequest) -> Reply:
    """The code from the mail and a new password; then sign in with it. Whoever resets it because somebody else knew
    the old one is rid of them: every session of the user ends."""
    form = desk.form
    try:
        password = _new_password(desk, form.get("user", ""))
        user = access.reset_password(desk.context, form.get("user", ""), form.get("code", ""), password)
    except SignInRefused as refused:
        return _page(desk, "reset", refused.reason)
    ended = end_sessions_of(desk.context.table, user)
    account = mark_of(desk.context, user)
    log.info("password changed", extra={"account": account, "by": "mailed code", "sessions_ended": ended})
    return _redirect(desk.link("/desk/sign-in?password_changed=1"))


def sign_out(desk: DeskRequest) -> Reply:
    """The row goes, so that the id is worth nothing, and the cookie with it."""
    end_session(desk.context.table, session_hash(session_id_of(desk.request)))
    log.info("signed out", extra={"account": mark_of(desk.context, desk.staff.user)})
    return _redirect(desk.link("/desk/sign-in?signed_out=1"), cookie_header("", 0))


def _choose_password(desk: DeskRequest, challenge: Challenge) -> Outcome:
    return access.choose_password(desk.context, challenge, _new_password(desk, challenge.user))


def _give_code(desk: DeskRequest, challenge: Challenge) -> Outcome:
    return access.give_code(desk.context, challenge, desk.form.get("code", ""))


def _set_up(desk: DeskRequest, challenge: Challenge) -> Outcome:
    """Whoever secures an account may do so because somebody else is in it: every session of the user ends."""
    code, password = desk.form.get("code", ""), desk.form.get("password", "")
    outcome = access.set_up_code_app(desk.context, challenge, code, password)
    ended = end_sessions_of(desk.context.table, challenge.user)
    account = mark_of(desk.context, challenge.user)
    log.info("code app set up", extra={"account": account, "sessions_ended": ended})
    return outcome


_ANSWERS: Mapping[str, Callable[[DeskRequest, Challenge], Outcome]] = {
    "new_password": _choose_password,
    "code": _give_code,
    "set_up": _set_up,
}


def _new_password(desk: DeskRequest, user: str) -> str:
    password = desk.form.get("new_password", "")
    if password != desk.form.get("again", ""):
        raise SignInRefused("not_the_same")
    if len(password) >= access.SHORTEST_PASSWORD and is_easy(password, (user, desk.context.settings.clinic_name)):
        raise SignInRefused("easy_password")
    return password


def _go_on(desk: DeskRequest, outcome: Outcome) -> Reply:
    """Open a session, or ask what comes next under a new random id."""
    if isinstance(outcome, Staff):
        return _open_session(desk, outcome)
    context = desk.context
    sign_in_id = context.ids.random_bytes(ID_BYTES).hex()
    keep_challenge(context.table, sign_in_id, outcome, context.clock())
    return _challenge_page(desk, outcome, cookie=challenge_cookie(sign_in_id, int(SIGN_IN_LASTS.total_seconds())))


def _open_session(desk: DeskRequest, staff: Staff) -> Reply:
    """A new id each time: one that somebody planted before is worth nothing."""
    context = desk.context
    earlier = session_id_of(desk.request)
    if earlier:
        end_session(context.table, session_hash(earlier))
    session_id = context.ids.random_bytes(ID_BYTES).hex()
    session = start_session(context.table, session_id, staff, context.clock())
    remember_name(desk, staff.user)
    account, gave_code = mark_of(context, staff.user), "code" in desk.form
    log.info("signed in", extra={"account": account, "groups": list(staff.groups), "code_app": gave_code})
    cookie = cookie_header(session_id, int(SESSION_LASTS.total_seconds()))
    then, kept = safe_next(desk.form.get("then", "")), _kept(desk.form.get("kept", ""))
    if not kept:
        return _redirect(desk.link(then), cookie)
    return _given_back(desk.with_session(session), 200, "signed_in_again", then, kept, cookie)


def _at_home(desk: DeskRequest) -> Reply:
    """The same page at PUBLIC_URL: nobody can sign in at another address, whose posts are not from ourselves."""
    return _redirect(desk.link(f"{desk.path}?{urlencode({**desk.request.query, SENT_HOME: '1'})}"))


def _redirect(address: str, cookie: str = "") -> Reply:
    return Reply(
        303, headers={"Location": address, "Cache-Control": "no-store", **({"Set-Cookie": cookie} if cookie else {})}
    )


def _form(desk: DeskRequest, problem: str = "", *, then: str = "", kept: str = "", note: str = "") -> Reply:
    carried = {"then": then or desk.form.get("then", ""), "kept": kept or desk.form.get("kept", "")}
    values = {**carried, "user": desk.form.get("user", ""), "note": note, "has_kept": bool(_kept(carried["kept"]))}
    return _render(desk, "sign_in", _STATUS.get(problem, 401) if problem else 200, problem, values)


def _page(desk: DeskRequest, name: str, problem: str = "") -> Reply:
    return _render(
        desk, name, _STATUS.get(problem, 422) if problem else 200, problem, {"user": desk.form.get("user", "")}
    )


def _challenge_page(desk: DeskRequest, challenge: Challenge, *, problem: str = "", cookie: str = "") -> Reply:
    values = {
        "then": desk.form.get("then", ""),
        "kept": desk.form.get("kept", ""),
        "asks_password": not challenge.session,
        "secret": challenge.secret,
        **_code_app(desk, challenge),
        "user": challenge.user,
    }
    return _render(desk, challenge.step, _STATUS.get(problem, 422) if problem else 200, problem, values, cookie)


def _code_app(desk: DeskRequest, challenge: Challenge) -> dict[str, str]:
    """What an app reads: an address, and the same as a QR code unless the clinic's name is too long for one."""
    if not challenge.secret:
        return {"address": "", "qr": ""}
    clinic, user = (quote(name, safe="") for name in (desk.context.settings.clinic_name, challenge.user))
    address = f"otpauth://totp/{clinic}:{user}?secret={challenge.secret}&issuer={clinic}"
    return {"address": address, "qr": qr_path(address) if len(address) <= CAPACITY_BYTES else ""}


def _given_back(
    desk: DeskRequest, status: int, key: str, page: str, typed: Mapping[str, str], cookie: str = ""
) -> Reply:
    headers = {"Set-Cookie": cookie} if cookie else {}
    if page == telephone.PATH:
        reply = telephone.give_back(desk, typed, key, status)
        return replace(reply, headers={**reply.headers, **headers})
    values = {"typed": typed, "page": page, "why": text("en", f"desk.{key}_text")}
    title = text("en", f"desk.{key}_title")
    return desk_reply(shell_of(desk), "desk/sign_in_given_back.html", title, status=status, headers=headers, **values)


def _render(
    desk: DeskRequest, name: str, status: int, problem: str, values: Mapping[str, object], cookie: str = ""
) -> Reply:
    template = "desk/sign_in.html" if name == "sign_in" else f"desk/sign_in_{name}.html"
    length = str(access.SHORTEST_PASSWORD)
    why = text("en", f"desk.refused_{problem}", length=length) if problem else ""
    headers = {"Set-Cookie": cookie} if cookie else {}
    title = text("en", f"desk.{name}_title")
    return desk_reply(
        shell_of(desk),
        template,
        title,
        status=status,
        headers=headers,
        problem=why,
        length=length,
        told=_told(desk, values),
        **values,
    )


def _told(desk: DeskRequest, values: Mapping[str, object]) -> Told | None:
    """The advice that a caller waits for while whoever took it down signs in again."""
    kept = _kept(str(values.get("kept", "")))
    return telephone.told_before_storing(desk, kept) if kept and values.get("then") == telephone.PATH else None


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    """What somebody wrote or chose, without what our own page put there."""
    return {name: value for name, value in form.items() if value.strip() and name not in _NOT_TYPED}


def _kept(carried: str) -> dict[str, str]:
    """What `sign_in_again` carried along; nothing when it cannot be read."""
    try:
        kept = json.loads(carried) if carried else {}
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}
