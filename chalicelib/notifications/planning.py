"""Who is told of an enquiry: a pure decision, written as outbox rows in the transaction that stores it."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import TO_THE_PERSON, Kind, Notification
from chalicelib.models.response_clock import DANGER
from chalicelib.models.vocabulary import Level, rank
from chalicelib.settings import Settings
from chalicelib.storage.canaries import is_canary

POKE_GRACE = timedelta(seconds=60)
"""How long after an enquiry came in the sweeper takes over, should its poke be lost."""


def plan_notifications(enquiry: Enquiry, settings: Settings, due_at: datetime) -> tuple[Notification, ...]:
    """The rows of one enquiry in the round that it is in, none when it is quarantined; the person gets one
    acknowledgement whatever the round. `due_at` is when the sweeper pokes them."""
    rounds = {kind: 1 if kind in TO_THE_PERSON else enquiry.round for kind in _kinds(enquiry, settings)}
    return tuple(Notification(owner=enquiry.id, kind=kind, round=n, due_at=due_at) for kind, n in rounds.items())


def plan_level_alerts(raised: Enquiry, before: Level, settings: Settings, due_at: datetime) -> tuple[Notification, ...]:
    """The rows of an enquiry that staff have raised to urgent or above: reading a message may show what no rule saw,
    and those who handle the level hear of it as they would have at once."""
    kinds: list[Kind] = ["level_alert"] if rank(raised.level) >= rank("urgent") else []
    if raised.level in DANGER and before not in DANGER and settings.on_call_topic_arn:
        kinds.append("on_call_alert")
    return tuple(Notification(owner=raised.id, kind=kind, round=raised.round, due_at=due_at) for kind in kinds)


def plan_withdrawn_alert(withdrawn: Enquiry, due_at: datetime) -> Notification:
    """The row of an emergency or crisis that was withdrawn before anybody had reached the person: it is written while
    the enquiry is still there to be looked at."""
    return Notification(owner=withdrawn.id, kind="withdrawn_alert", due_at=due_at)


def plan_second_channel(failed: Notification, settings: Settings, due_at: datetime) -> tuple[Notification, ...]:
    """What takes the place of an alert by mail that cannot be sent: the on-call topic, whatever the level. A canary's
    is missed by its own alarm."""
    if failed.kind not in ("staff_alert", "level_alert") or not settings.on_call_topic_arn or is_canary(failed.owner):
        return ()
    return (Notification(owner=failed.owner, kind="on_call_failure", round=failed.round, due_at=due_at),)


def _kinds(enquiry: Enquiry, settings: Settings) -> list[Kind]:
    if enquiry.status == "quarantined":
        return []
    kinds: list[Kind] = ["staff_alert"]
    # Somebody who may be watched at home gets no mail that a second person could read (UR-09).
    if enquiry.submission.contact.mailable and "safeguarding" not in enquiry.flags:
        kinds.append("acknowledgement")
    if enquiry.level in DANGER and settings.on_call_topic_arn and not enquiry.is_test:
        kinds.append("on_call_alert")
    return kinds
