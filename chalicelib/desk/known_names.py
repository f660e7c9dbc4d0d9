"""Who has signed in from where: whoever guesses from a clinic's network must not lock out those who work in it."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.desk.requests import DeskRequest
from chalicelib.observability import failure_fields, log
from chalicelib.storage.rate_counters import is_remembered, remember

WAIT_SECONDS = 1.0
"""How long a sign-in waits for its counters."""


def remember_name(desk: DeskRequest, user: str) -> None:
    """This user has signed in, from this address."""
    context, client = desk.context, desk.request.client_address
    if client:
        key = context.stage_settings.current().key
        soon(context, lambda: remember(context.table, key, user, client, context.clock()))


def is_known(desk: DeskRequest, user: str) -> bool:
    """Whether this user has signed in from this address within a month. Raises AWS_ERRORS."""
    context, client = desk.context, desk.request.client_address
    return is_remembered(context.table, context.stage_settings.current().key, user, client, context.clock())


def soon(context: AppContext, work: Callable[[], object]) -> None:
    """Let it be done beside the request, which waits a second at most. An outage is logged, and keeps nobody out."""

    def run() -> None:
        try:
            work()
        except AWS_ERRORS as error:
            log.warning("guess not counted", extra=failure_fields(error))

    context.spawn(run, "guesses").join(WAIT_SECONDS)
