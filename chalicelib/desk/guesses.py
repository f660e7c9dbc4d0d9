"""How often one connection may guess at sign-in, before Cognito is asked. Cognito counts by user: without this, anybody
could lock out the whole staff from outside, or try one password on every name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from chalicelib.desk.account_marks import mark_of
from chalicelib.desk.guard import View
from chalicelib.desk.known_names import is_known, soon
from chalicelib.desk.requests import CHALLENGE_COOKIE, DeskRequest, cookie_of
from chalicelib.desk.sign_in import refuse_guess
from chalicelib.observability import log
from chalicelib.storage.rate_counters import Counted, RateLimit, count_request, network_of, take_back
from chalicelib.storage.sign_ins import load_challenge
from chalicelib.web import Reply

SPAN = timedelta(minutes=10)
GUESSES = RateLimit("sign-in", most=20, span=SPAN)
OF_KNOWN = RateLimit("known name", most=5, span=SPAN)
"""What a name that has signed in from the same network may guess beside that: a patient on the clinic's wireless
network must not keep everybody there from signing in."""
MAILS = RateLimit("mailed code", most=20, span=SPAN)
_WRONG = (401, 403, 422, 429)


def limited(view: View) -> View:
    """The same view, refused with 429 after 20 wrong guesses of one client in ten minutes, and 5 more for a name that
    is known there. What was right counts no longer: a whole clinic may sign in from one address. When it cannot be
    counted in time, the view answers: the desk must open."""

    def answer(desk: DeskRequest) -> Reply:
        counted = _counted(lambda: _count_guess(desk), desk)
        if counted and counted.is_over:
            return _refused(desk, counted)
        user = _user_of(desk)
        reply = view(desk)
        if reply.status in _WRONG:
            log.warning("sign-in failed", extra=_whose(desk, user))
        elif counted:
            soon(desk.context, lambda: take_back(desk.context.table, counted))
        return reply

    return answer


def limited_mails(view: View) -> View:
    """The same view, refused with 429 after 20 posts of one client in ten minutes, right or wrong: each may be a mail.
    They close nobody's sign-in."""

    def answer(desk: DeskRequest) -> Reply:
        counted = _counted(lambda: _count(desk, MAILS, desk.request.client_address), desk)
        return _refused(desk, counted) if counted and counted.is_over else view(desk)

    return answer


def _counted(count: Callable[[], Counted], desk: DeskRequest) -> Counted | None:
    found = list[Counted]()
    if desk.request.client_address:
        soon(desk.context, lambda: found.append(count()))
    return found[0] if found else None


def _count_guess(desk: DeskRequest) -> Counted:
    client = desk.request.client_address
    counted = _count(desk, GUESSES, client)
    user = _user_of(desk) if counted.is_over else ""
    if user and is_known(desk, user):
        return _count(desk, OF_KNOWN, f"{user} {network_of(client)}")
    return counted


def _count(desk: DeskRequest, limit: RateLimit, client: str) -> Counted:
    context = desk.context
    return count_request(context.table, context.stage_settings.current().key, limit, client, context.clock())


def _user_of(desk: DeskRequest) -> str:
    """The name that was typed; in a later step of a sign-in, the one that it began with."""
    if not desk.path.endswith("/challenge"):
        return desk.form.get("user", "").strip().lower()
    challenge = load_challenge(desk.context.table, cookie_of(desk.request, CHALLENGE_COOKIE), desk.context.clock())
    return challenge.user if challenge else ""


def _whose(desk: DeskRequest, user: str) -> dict[str, str]:
    return {"route": desk.path, "account": mark_of(desk.context, user)}


def _refused(desk: DeskRequest, counted: Counted) -> Reply:
    log.warning("sign-in limited", extra=_whose(desk, desk.form.get("user", "")))
    reply = refuse_guess(desk)
    return replace(reply, headers={**reply.headers, "Retry-After": str(counted.seconds_left)})
