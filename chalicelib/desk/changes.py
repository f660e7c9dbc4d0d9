"""How an act of staff is written: enquiry, clock, event and messages in one transaction, or a conflict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.context import AppContext
from chalicelib.desk.duplicates import news_of
from chalicelib.errors import StatusConflict
from chalicelib.models.enquiry import Enquiry, Undo
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.models.notification import Notification
from chalicelib.models.response_clock import ResponseClock, next_step
from chalicelib.notifications.relay import poke
from chalicelib.observability import log
from chalicelib.storage.enquiries import change_enquiry, load_enquiry
from chalicelib.storage.history import add_link, load_head
from chalicelib.storage.outbox import load_notification, put_new_row
from chalicelib.storage.response_clocks import load_clock, put_clock, stop_clock

SALT_BYTES = 16
RESTORED = {"status", "level", "contact_by", "owner", "duplicate_of", "next_try_at", "closed_at"}
"""What undoing an act gives back to an enquiry, besides its clock."""
TYPED = {"reason", "text"}
"""Facts in somebody's own words."""


class ActRefused(ValueError):
    """An act that cannot be done as it was asked for; the code names a text of the desk, `refused_<code>`."""


@dataclass(frozen=True)
class Change:
    """What an act makes of an enquiry: its new state, its clock (None stops it), what the history says, and whom it
    tells."""

    enquiry: Enquiry
    clock: ResponseClock | None
    facts: dict[str, str] = field(default_factory=dict)
    messages: tuple[Notification, ...] = ()


@dataclass(frozen=True)
class Act:
    """What somebody does with the enquiry that they saw in this version. Whether it can be undone is a property of
    the act: a call that was made or a mail that was sent cannot."""

    kind: str
    by: str
    version: int
    undoable: bool = False


Decide = Callable[[Enquiry, ResponseClock | None], Change]


def perform(context: AppContext, enquiry_id: str, act: Act, decide: Decide) -> Enquiry:
    """Decide on what is stored now and write it, all or nothing. When only the clock has moved meanwhile, decide
    again: a reminder must not cost a member of staff a conflict. Raises NotFound, StatusConflict, ActRefused."""
    for last in (False, False, True):
        enquiry = load_enquiry(context.table, enquiry_id)
        if enquiry.version != act.version:
            break
        clock = load_clock(context.table, enquiry_id)
        change = decide(enquiry, clock)
        try:
            return _write(context, act, enquiry, clock, change)
        except StatusConflict:
            if last:
                raise
    raise StatusConflict("changed since it was read")


def event_of(context: AppContext, kind: str, by: str, facts: dict[str, str]) -> HistoryEvent:
    """An event of now; what somebody typed gets its salt."""
    salt = context.ids.random_bytes(SALT_BYTES).hex() if facts else ""
    return HistoryEvent(kind=kind, by=by, at=context.clock(), facts=facts, salt=salt)


def _write(context: AppContext, act: Act, before: Enquiry, clock: ResponseClock | None, change: Change) -> Enquiry:
    undo = _undo_of(context, act, before, clock, change.facts) if act.undoable else None
    messages = [row for row in change.messages if load_notification(context.table, row.owner, row.name) is None]
    more = [
        *_clock_actions(context, before.id, clock, change.clock),
        *(put_new_row(context.table, m) for m in messages),
        *_said_elsewhere(context, act, before, change.enquiry),
    ]
    event = event_of(context, act.kind, act.by, change.facts)
    after = change_enquiry(context.table, change.enquiry.model_copy(update={"undo": undo}), event, more)
    log.info("enquiry changed", extra={"enquiry_id": after.id, "act": act.kind, "status": after.status})
    poke(context, [row.notification_id for row in messages])
    return after


def _said_elsewhere(context: AppContext, act: Act, before: Enquiry, after: Enquiry) -> list[dict[str, Any]]:
    """What the history of another enquiry says of this one; nothing where that has been erased, or where its
    history is gone."""
    actions: list[dict[str, Any]] = []
    for other, kind, facts in news_of(context.table, before, after):
        head = load_head(context.table, other)
        if head.links and not head.closed:
            actions += add_link(context.table.name, other, head, event_of(context, kind, act.by, facts))
    return actions


def _clock_actions(
    context: AppContext, enquiry_id: str, before: ResponseClock | None, after: ResponseClock | None
) -> list[dict[str, Any]]:
    if after is None:
        return [stop_clock(context.table, enquiry_id)]
    if after == before:
        return []
    return [put_clock(context.table, before, after, _due_at(context, after))]


def _due_at(context: AppContext, clock: ResponseClock) -> datetime | None:
    planned = next_step(clock, context.hours, context.settings)
    return planned[1] if planned else None


def _undo_of(
    context: AppContext, act: Act, before: Enquiry, clock: ResponseClock | None, facts: dict[str, str]
) -> Undo:
    kept = before.model_dump(include=RESTORED)
    plain = {name: value for name, value in facts.items() if name not in TYPED}
    return Undo(act=act.kind, by=act.by, at=context.clock(), clock=clock, facts=plain, **kept)
