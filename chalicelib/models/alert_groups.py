"""Which alerts to staff are told together when many come at once, and how long one waits for the others. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.models.notice import notice_id
from chalicelib.models.notification import Kind, Notification
from chalicelib.models.response_clock import DANGER
from chalicelib.models.vocabulary import Level, rank
from chalicelib.settings import Settings

LONG, SHORT = timedelta(minutes=5), timedelta(minutes=1)
"""How long alerts are counted and gathered: mail about an emergency or a crisis waits a minute at most. A page wakes
somebody, so that pages are gathered for longer; the mail about each has gone out by then."""
LATE_AFTER = timedelta(seconds=60)
"""What has not been told by then, after its gathering ended, goes out by itself or is gathered again."""
GATHERING = "gathering"
_TURNS = {"re_alert": "second", "backup_alert": "backup"}


@dataclass(frozen=True)
class AlertGroup:
    """Alerts to the same recipients that are equally urgent: at most `most` of them go out one by one in a `span`,
    which begins with the first; then one message for each `span`, until five minutes after the last of those."""

    name: str
    most: int
    span: timedelta


def group_of(kind: Kind, level: Level, settings: Settings) -> AlertGroup:
    """The group of an alert about an enquiry. Pages about emergencies and crises wait for none of the others."""
    is_danger = level in DANGER
    if kind.startswith("on_call"):
        return AlertGroup("page-danger" if is_danger else "page-other", settings.pages_at_once, LONG)
    band = "danger" if is_danger else "urgent" if rank(level) >= rank("urgent") else "other"
    return AlertGroup(f"{_TURNS.get(kind, 'first')}-{band}", settings.alerts_at_once, SHORT if is_danger else LONG)


def gatherer_of(group: str, ends_at: int) -> Notification:
    """The outbox row that tells of all alerts of a group that were gathered until `ends_at`, in seconds since 1970. It
    has a `last_error`, so that no poke takes it before its time."""
    kind: Kind = "on_call_gathered" if group.startswith("page") else "gathered_alert"
    owner = notice_id("gathered", group, str(ends_at))
    return Notification(owner=owner, kind=kind, due_at=moment_of(ends_at), last_error=GATHERING)


def gathered_until(owner: str) -> datetime:
    """When the gathering of a gatherer ended, or will end."""
    return moment_of(int(owner.rpartition("-")[2]))


def found_at(owner: str) -> datetime:
    """The `due_at` of every row that waits for a gatherer: it finds them by that, and the sweeper what it has left."""
    return gathered_until(owner) + LATE_AFTER


def moment_of(seconds: int) -> datetime:
    """Whole seconds since 1970 as a moment."""
    return datetime.fromtimestamp(seconds, UTC)
