"""How often one connection may guess at sign-in, before Cognito is asked. Cognito counts by user: without this, anybody
could lock out the whole staff from outside, or try one password on every name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.desk.guard import View
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.sign_in import refuse_guess
from chalicelib.observability import failure_fields, log
from chalicelib.storage.rate_counters import Counted, RateLimit, count_request, take_back
from chalicelib.web import Reply

GUESSES = RateLimit("sign-in", most=20, span=timedelta(minutes=10))
WAIT_SECONDS = 1.0
"""How long a sign-in waits for its counter."""
_WRONG = (401, 403, 422, 429)


def limited(view: View, *, counts_always: bool = False) -> View:
    """The same view, refused with 429 after 20 wrong guesses of one client in ten minutes. What was right counts no
    longer: a whole clinic may sign in from one address; `counts_always` where every post has a cost, such as a mail.
    When it cannot be counted in time, the view answers: the desk must open."""

    def answer(desk: DeskRequest) -> Reply:
        counted = _count(desk)
        if counted is None:
            return view(desk)
        if counted.is_over:
            log.warning("sign-in limited", extra={"route": desk.path})
            reply = refuse_guess(desk)
            return replace(reply, headers={**reply.headers, "Retry-After": str(counted.seconds_left)})
        reply = view(desk)
        if reply.status not in _WRONG and not counts_always:
            _soon(desk.context, lambda: take_back(desk.context.table, counted))
        return reply

    return answer


def _count(desk: DeskRequest) -> Counted | None:
    context, client, found = desk.context, desk.request.client_address, list[Counted]()
    if client:
        key = context.stage_settings.current().key
        _soon(context, lambda: found.append(count_request(context.table, key, GUESSES, client, context.clock())))
    return found[0] if found else None


def _soon(context: AppContext, work: Callable[[], object]) -> None:
    def run() -> None:
        try:
            work()
        except AWS_ERRORS as error:
            log.warning("guess not counted", extra=failure_fields(error))

    context.spawn(run, "guesses").join(WAIT_SECONDS)
