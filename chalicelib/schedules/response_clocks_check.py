"""Every minute: each response clock whose next step has come takes it."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.models.notification import Notification
from chalicelib.models.response_clock import ResponseClock, Step, kinds_of, next_step
from chalicelib.notifications.planning import POKE_GRACE
from chalicelib.notifications.relay import poke
from chalicelib.observability import log
from chalicelib.storage.outbox import load_notification
from chalicelib.storage.response_clocks import due_clocks, load_clock, take_step

MAX_CLOCKS = 100
"""What one run looks at; those that it leaves are still due in a minute."""


def check_response_clocks(context: AppContext) -> int:
    """Take every step that is due, each once, and return how many were taken. One clock that fails does not stop the
    others: the error is raised in the end. Log lines `escalated` with `enquiry_id`, `step`, `round`, `level`;
    `clock lost` when somebody acted at the same moment; the error `step was there` when a message of the step was."""
    taken, failures = 0, []
    for enquiry_id in due_clocks(context.table, context.clock(), MAX_CLOCKS):
        try:
            taken += _check(context, enquiry_id)
        except Exception as error:  # one enquiry's fault must not silence the others
            failures.append(error)
    if failures:
        raise ExceptionGroup("clocks not checked", failures)
    return taken


def _check(context: AppContext, enquiry_id: str) -> bool:
    """Decide on the item itself: the index lags behind. A clock whose time is another by now (settings have changed)
    is put in its new place; otherwise a hundred of them would hide every other."""
    clock = load_clock(context.table, enquiry_id)
    if clock is None:
        return False
    planned = next_step(clock, context.hours, context.settings)
    if planned is None or planned[1] > context.clock():
        take_step(context.table, clock, clock, planned[1] if planned else None, ())
        return False
    return _take(context, clock, planned[0])


def _take(context: AppContext, clock: ResponseClock, step: Step) -> bool:
    after = clock.model_copy(update={"done": (*clock.done, step)})
    following = next_step(after, context.hours, context.settings)
    due_at = context.clock() + POKE_GRACE
    rows = [
        Notification(owner=clock.enquiry_id, kind=kind, round=clock.round, due_at=due_at)
        for kind in kinds_of(step, context.settings)
    ]
    facts = {"enquiry_id": clock.enquiry_id, "step": step, "round": clock.round, "level": clock.level}
    next_at = following[1] if following else None
    if not take_step(context.table, clock, after, next_at, rows):
        if load_clock(context.table, clock.enquiry_id) != clock:
            log.info("clock lost", extra=facts)
            return False
        # Nobody acted, so a message of the step is there already; it would hold up all later steps for ever.
        log.error("step was there", extra=facts)
        rows = [row for row in rows if load_notification(context.table, row.owner, row.name) is None]
        if not take_step(context.table, clock, after, next_at, rows):
            return False
    log.warning("escalated", extra=facts)
    poke(context, [row.notification_id for row in rows])
    return True
