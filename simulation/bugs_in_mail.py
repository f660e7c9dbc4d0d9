"""More bugs: who gets mail, when, and what follows from what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.context import AppContext
from chalicelib.desk import acts, rounds
from chalicelib.errors import DeliveryFailed
from chalicelib.intake import receive
from chalicelib.models import response_clock
from chalicelib.models.enquiry import CLOSING, Enquiry
from chalicelib.models.notification import Notification
from chalicelib.notifications import delivery_events, planning, rendering, worker
from chalicelib.schedules import quarantine_check, reconciliation
from chalicelib.settings import Settings
from chalicelib.storage import enquiries, outbox
from chalicelib.storage.table import Table, marshal, notification_key, stamp
from simulation.planting import RIGHT, bug


@bug("no acknowledgement", planning, "_kinds", "routine at_start 0 -")
def _thanks_nobody(enquiry: Enquiry, settings: Settings) -> list[Any]:
    """The person gets no mail."""
    return [kind for kind in RIGHT["no acknowledgement"](enquiry, settings) if kind != "acknowledgement"]


@bug("no clinicians", rendering, "staff_recipients", "emergency at_start 0 -")
def _front_desk_only(kind: str, _enquiry: Enquiry, settings: Settings) -> tuple[str, ...]:
    """An emergency is not told to the clinicians."""
    return settings.backup_emails if kind == "backup_alert" else settings.staff_emails


@bug("codes in the log", receive, "announce", "emergency at_start 0 -")
def _names_the_signs(_context: AppContext, made: Any, _accepted: Any) -> None:
    """A log line names the signs that a person ticked."""
    receive.log.info("enquiry saved", extra={"signs": str(made.enquiry.submission.answers)})


@bug("slow steps", response_clock, "_later", "nobody_acts at_start 0 -")
def _later_than_promised(clock: Any, moment: datetime, span: timedelta, hours: Any, settings: Settings) -> datetime:
    """The steps of the ladder lie twice as far apart."""
    late: datetime = RIGHT["slow steps"](clock, moment, 2 * span, hours, settings)
    return late


@bug("slow retries", outbox, "retry_later", "routine at_start 0 6:throttle")
def _waits_too_long(table: Table, row: Notification, code: str, due_at: datetime, **named: Any) -> None:
    """A throttled mail waits 100 seconds."""
    RIGHT["slow retries"](table, row, code, due_at + timedelta(seconds=100), **named)


@bug("retries unwritten", outbox, "retry_later", "routine at_start 0 6:throttle")
def _writes_no_retry(*_: Any, **__: Any) -> None:
    """Nothing is written when a mail is put off; only the lease brings it back."""


@bug("no last attempt", worker, "_put_off", "refused at_start 0 -")
def _never_gives_up(context: AppContext, row: Notification, failure: DeliveryFailed) -> None:
    """What SES refuses for ever is tried for ever, and nobody hears of it."""
    RIGHT["no last attempt"](context, row.model_copy(update={"attempts": min(row.attempts, 8)}), failure)


@bug("pokes burn attempts", outbox, "claim", "refused at_start 0 - race:20")
def _claims_before_time(table: Table, owner: str, name: str, now: datetime) -> Notification | None:
    """A poke that comes early uses up an attempt."""
    key = marshal(notification_key(owner, name))
    if outbox.load_notification(table, owner, name) is not None:
        values = marshal({":now": stamp(now)})
        table.client.update_item(
            TableName=table.name, Key=key, UpdateExpression="SET due_at = :now", ExpressionAttributeValues=values
        )
    row: Notification | None = RIGHT["pokes burn attempts"](table, owner, name, now)
    return row


@bug("bounces unheard", delivery_events, "_tell_the_others", "one_staff_bounces at_start 0 -")
def _tells_nobody(*_: Any) -> None:
    """Nobody learns that a colleague gets no mail."""


@bug("bounces without a channel", delivery_events, "_try_second_channel", "staff_bounces at_start 0 -")
def _tries_nothing_else(*_: Any) -> None:
    """A staff alert that bounced everywhere goes nowhere else."""


@bug("wrong key", delivery_events, "suppress", "bounced at_start 0 -")
def _suppresses_another(table: Table, key: bytes, address: str, reason: str, now: datetime) -> None:
    """The address is suppressed under a key that is not the stage's."""
    RIGHT["wrong key"](table, key[::-1], address, reason, now)


@bug("no second round", rounds, "start_clock", "acknowledged at_start 0 -")
def _forgets_the_round(*given: Any, **named: Any) -> Any:
    """After an attempt without an answer nothing more happens that day."""
    clock = RIGHT["no second round"](*given, **named)
    return clock.model_copy(update={"target_at": clock.target_at + timedelta(days=1)})


@bug("acknowledging stops nothing", acts, "_acknowledged", "acknowledged at_start 0 -")
def _same_clock(clock: Any) -> Any:
    """The second alert comes although somebody has acknowledged."""
    return clock


@bug("raised in silence", acts, "plan_level_alerts", "raised at_start 0 -")
def _tells_of_no_raise(*_: Any) -> tuple[Notification, ...]:
    """Nobody is told that staff have found an emergency in a message."""
    return ()


@bug("ladder used up", rounds, "raised", "raised at_start 0 -")
def _keeps_the_round(context: AppContext, enquiry: Enquiry, level: Any, clock: Any) -> Any:
    """Whoever took an enquiry before it was raised has acknowledged the emergency."""
    raised, after = RIGHT["ladder used up"](context, enquiry, level, clock)
    return raised, after.model_copy(update={"acknowledged": clock.acknowledged})


@bug("out in the same round", rounds, "is_untold", "out_again at_start 0 -")
def _was_never_out(*_: Any) -> bool:
    """What was let out of quarantine and put back tells nobody when it is let out again."""
    return True


@bug("reconciliation mends nothing", reconciliation, "_mend", "row_lost at_start 0 -")
def _counts_only(*_: Any) -> None:
    """An enquiry in no account is counted and left alone."""


@bug("quarantine forgotten", quarantine_check, "check_quarantine", "quarantined at_start 0 -")
def _looks_at_nothing(*_: Any) -> None:
    """What is held back as spam lies there for ever, and nobody is told."""


@bug("quarantine without backup", quarantine_check, "_is_escalated", "quarantined at_start 0 -")
def _never_escalates(*_: Any) -> bool:
    """Only the first recipients hear of what nobody looks through."""
    return False


@bug("quarantine nags", quarantine_check, "_said_at", "quarantined at_start 0 -")
def _forgets_what_was_said(context: AppContext, kind: str, day: str) -> datetime | None:
    """The backup recipients are told at once, because nobody looks when the others were."""
    said: datetime | None = RIGHT["quarantine nags"](context, kind, day)
    return said - timedelta(days=1) if said else None


@bug("spam is told", planning, "_kinds", "quarantined at_start 0 -")
def _tells_of_spam(enquiry: Enquiry, settings: Settings) -> list[Any]:
    """Whoever fills a honeypot has staff mailed."""
    kinds: list[Any] = RIGHT["spam is told"](enquiry.model_copy(update={"status": "new"}), settings)
    return kinds


@bug("released and listed", enquiries, "queue_of", "released at_start 0 -")
def _lists_it_all_the_same(enquiry: Enquiry) -> Any:
    """What was released still counts as held back."""
    if enquiry.review_by and enquiry.status not in CLOSING:
        return "quarantined", (enquiry.review_by,)
    return RIGHT["released and listed"](enquiry)
