"""Reliability bugs put in on purpose, each with the case that finds it: what proves that the checks can fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from chalicelib.context import AppContext
from chalicelib.errors import DeliveryFailed, NotStored
from chalicelib.intake import acceptance, receive
from chalicelib.models.notification import Notification
from chalicelib.models.response_clock import ResponseClock
from chalicelib.notifications import delivery_events, sending, ses, worker
from chalicelib.schedules import outbox_sweeper, response_clocks_check
from chalicelib.storage import enquiries, outbox, response_clocks
from chalicelib.storage.receipts import receipt_token
from chalicelib.storage.table import Table, marshal, notification_key, stamp
from simulation import bugs_in_floods, bugs_in_mail  # noqa: F401 - their bugs are among BUGS
from simulation.campaign import Case, at_random, problems_of, races, read_case, singles
from simulation.planting import BUGS, RIGHT, Bug, bug, planted

SAMPLE = 2_000
"""How many plans at random are tried on a bug that no single fault finds."""


def found_by(which: Bug, case: Case) -> list[str]:
    """What is violated when a case is run on the application with a bug in it."""
    with planted(which):
        return problems_of(case)


def find_killer(which: Bug) -> Case | None:
    """The first of all single faults and a sample of plans that finds a bug. The cases are made with the right code."""
    return next((case for case in chain(singles(), races(), at_random(SAMPLE, seed=7)) if found_by(which, case)), None)


def survivors(*, search: bool) -> Mapping[str, str]:
    """What each bug is that its case does not find and, with `search`, nothing else either."""
    alive = [each for each in BUGS if not (each.killer and found_by(each, read_case(each.killer)))]
    return {each.name: each.what for each in alive if not (search and find_killer(each))}


def table() -> str:
    """The bugs with the case that finds each, for docs/reliability.md."""
    rows = [f"| {each.name} | {each.what} | `{each.killer}` |" for each in BUGS]
    return "\n".join(["| bug | what is wrong | found by |", "|---|---|---|", *rows])


@bug("no outbox", acceptance, "plan_notifications", "emergency at_start 0 -")
def _plans_nothing(*_: Any) -> tuple[Notification, ...]:
    """Accepting an enquiry plans no message."""
    return ()


@bug("no sweeper", outbox_sweeper, "sweep_outbox", "emergency at_start 0 1:error_before")
def _sweeps_nothing(*_: Any) -> int:
    """Nothing is poked a second time."""
    return 0


@bug("rows not indexed", enquiries, "notification_item", "emergency at_start 0 1:error_before")
def _unindexed(row: Notification) -> dict[str, Any]:
    """The sweeper cannot see the rows."""
    item: dict[str, Any] = RIGHT["rows not indexed"](row)
    return {name: value for name, value in item.items() if name != "due_shard"}


@bug("two writes", acceptance, "save_enquiry", "emergency at_start 0 2:garbled")
def _two_writes(table: Table, made: Any) -> Any:
    """The enquiry is stored first, its outbox rows afterwards."""
    earlier = RIGHT["two writes"](table, replace(made, notifications=()))
    for row in () if earlier else made.notifications:
        table.client.put_item(TableName=table.name, Item=marshal(outbox.notification_item(row)))
    return earlier


@bug("success without storing", receive, "store", "emergency at_start 0 2:error_before")
def _thanks_for_nothing(context: AppContext, made: Any, *, key: bytes) -> Any:
    """The visitor is thanked although the write failed."""
    try:
        return RIGHT["success without storing"](context, made, key=key)
    except NotStored:
        return acceptance.Accepted(made.enquiry.id, made.receipt, receipt_token(key, made.enquiry.id))


@bug("repeats get news", acceptance, "_told", "emergency at_start 0 2:garbled")
def _forgets_the_first_answer(made: Any, _earlier: Any, key: bytes) -> Any:
    """A repeat is told a reference that is stored nowhere."""
    return acceptance.Accepted(made.enquiry.id, made.receipt, receipt_token(key, made.enquiry.id))


@bug("no idempotency", receive, "new_acceptance", "emergency at_start 0 2:garbled")
def _a_key_for_each_attempt(*given: Any, **named: Any) -> Any:
    """Each attempt of the visitor has a key of its own."""
    made = RIGHT["no idempotency"](*given, **named)
    return replace(made, claim=replace(made.claim, key_hash=made.enquiry.id))


@bug("talkative log", receive, "announce", "emergency at_start 0 -")
def _gossip(_context: AppContext, made: Any, _accepted: Any) -> None:
    """A log line holds what a person typed."""
    receive.log.info("enquiry saved", extra={"typed": made.enquiry.submission.answers.message})


@bug("lease ignored", outbox, "claim", "emergency at_start 0 - race:4")
def _any_pending_row(table: Table, owner: str, name: str, now: datetime) -> Notification | None:
    """A worker takes a row that another one holds, or whose time has not come."""
    row = outbox.load_notification(table, owner, name)
    if row is None or row.status != "pending":
        return None
    until = now + outbox.LEASE
    table.client.update_item(
        TableName=table.name,
        Key=marshal(notification_key(owner, name)),
        UpdateExpression="SET lease_until = :until, due_at = :until, attempts = attempts + :one",
        ExpressionAttributeValues=marshal({":until": stamp(until), ":one": 1}),
    )
    return row.model_copy(update={"lease_until": until, "attempts": row.attempts + 1})


@bug("claim leaves the index", outbox, "claim", "emergency at_start 0 24:error_before")
def _claim_that_hides(table: Table, owner: str, name: str, now: datetime) -> Notification | None:
    """A row whose worker dies is never found again."""
    row: Notification | None = RIGHT["claim leaves the index"](table, owner, name, now)
    if row is not None:
        key = marshal(notification_key(owner, name))
        table.client.update_item(TableName=table.name, Key=key, UpdateExpression="REMOVE due_shard, due_at")
    return row


@bug("marked before sent", worker, "send", "emergency at_start 0 4:garbled")
def _marks_first(context: AppContext, row: Notification) -> str:
    """A row is marked as sent, then sent."""
    outbox.mark_sent(context.table, row, "", context.clock())
    return sending.send(context, row)


@bug("timeouts count as sent", worker, "send", "emergency at_start 0 6:error_before")
def _believes_in_timeouts(context: AppContext, row: Notification) -> str:
    """What nobody confirmed is not sent again."""
    try:
        return sending.send(context, row)
    except DeliveryFailed as failure:
        if failure.ambiguous or failure.code.endswith("TimeoutError"):
            return "who knows"
        raise


@bug("never marked", outbox, "mark_sent", "silent_events at_start 0 18:error_before")
def _forgets_to_mark(*_: Any) -> None:
    """A mail that went out is not marked; events alone settle it."""


@bug("every error permanent", ses, "delivery_failure", "emergency at_start 0 6:error_before")
def _everything_is_permanent(error: Exception, meanings: Any) -> DeliveryFailed:
    """One throttled call fails the row."""
    return DeliveryFailed(RIGHT["every error permanent"](error, meanings).code, permanent=True)


@bug("account stop burns attempts", ses, "delivery_failure", "emergency at_start 0 6:account_stop")
def _no_stop_is_account_wide(error: Exception, meanings: Any) -> DeliveryFailed:
    """A paused account uses up the attempts of its rows."""
    failure = RIGHT["account stop burns attempts"](error, meanings)
    return DeliveryFailed(failure.code, permanent=failure.permanent, ambiguous=failure.ambiguous)


@bug("failed and forgotten", outbox, "mark_failed", "emergency at_start 0 6:reject")
def _failed_and_forgotten(table: Table, row: Notification, code: str, now: datetime, _instead: Any = ()) -> None:
    """A failed row is in no list."""
    outbox._finish(table, row, "failed", now, {"last_error": code})


@bug("no second channel", worker, "plan_second_channel", "routine at_start 0 6:reject")
def _no_second_channel(*_: Any) -> tuple[Notification, ...]:
    """A staff mail that fails for good tells nobody."""
    return ()


@bug("no suppression check", sending, "_check_suppression", "suppressed at_start 0 -")
def _no_suppression(*_: Any) -> None:
    """A suppressed address gets mail."""


@bug("suppression by any key", sending, "_known_key", "suppressed at_start 0 10:error_before")
def _any_key(context: AppContext) -> bytes:
    """An instance that cannot read the stage's key looks with one of its own."""
    return context.stage_settings.current().key


@bug("event before its effects", delivery_events, "_follow_up", "bounced at_start 0 21:garbled")
def _effects_of_news_only(context: AppContext, row: Notification, event: Any) -> None:
    """The row is written first, and what follows from an event only when it is news."""
    if delivery_events.row_after(row, event) is row:
        return
    delivery_events._record(context, row, event)
    RIGHT["event before its effects"](context, row, event)


@bug("latest event wins", delivery_events, "row_after", "bounced at_start 0 20:error_before")
def _latest_event_wins(row: Notification, event: Any) -> Notification:
    """The row says what the event said that came last, whatever came before."""
    status = event.fate or "sent"
    return row.model_copy(update={"status": status, "revision": row.revision + 1})


@bug("step before its messages", response_clocks_check, "take_step", "nobody_acts at_start 0 56:garbled")
def _step_first(
    table: Table, before: ResponseClock, after: ResponseClock, due_at: datetime | None, rows: Sequence[Notification]
) -> bool:
    """The clock moves, then its messages are written: a crash between loses a rung."""
    if not response_clocks.take_step(table, before, after, due_at, ()):
        return False
    for row in rows:
        table.client.put_item(TableName=table.name, Item=marshal(outbox.notification_item(row)))
    return True


@bug(
    "messages before their step",
    response_clocks_check,
    "take_step",
    "nobody_acts at_start 0 57:error_before 62:error_before",
)
def _messages_first(
    table: Table, before: ResponseClock, after: ResponseClock, due_at: datetime | None, rows: Sequence[Notification]
) -> bool:
    """The messages are written whenever the clock is seen, then the clock moves: a rung is climbed twice."""
    for row in rows:
        table.client.put_item(TableName=table.name, Item=marshal(outbox.notification_item(row)))
    return response_clocks.take_step(table, before, after, due_at, ())


@bug("one step only", response_clocks_check, "take_step", "nobody_acts at_start 0 -")
def _forgets_the_next_step(
    table: Table, before: ResponseClock, after: ResponseClock, _due_at: datetime | None, rows: Sequence[Notification]
) -> bool:
    """The clock leaves the index with its first step."""
    return response_clocks.take_step(table, before, after, None, rows)


@bug("no clock", acceptance, "_first_clock", "nobody_acts at_start 0 -")
def _no_clock(*_: Any) -> tuple[None, None]:
    """No clock is started."""
    return None, None
