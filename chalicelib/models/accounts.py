"""In which account an enquiry stands: has a person at the clinic been told of it, and if not, why not? Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, get_args

from chalicelib.models.enquiry import Status
from chalicelib.models.notification import TO_THE_PERSON, Notification, NotificationStatus

Account = Literal["notified", "retrying", "failed", "quarantined", "unaccounted"]
"""Every enquiry is in exactly one. The first four are as it should be, `failed` with an alarm; the last never is."""
ACCOUNTS: tuple[Account, ...] = get_args(Account)

STALLED_AFTER = timedelta(hours=1)
"""A row so long overdue is not being retried, whatever its status says: the sweeper looks every minute."""
_READABLE: frozenset[NotificationStatus] = frozenset({"sent", "delivered", "complained"})
"""Somebody has the message, or nothing speaks against it."""
_LOST: frozenset[NotificationStatus] = frozenset({"failed", "bounced", "rejected"})


def account_of(status: Status, rows: Iterable[Notification], now: datetime) -> Account:
    """The account of an enquiry by its status and all its outbox rows.

    1. `quarantined`: nobody is to be told.
    2. `notified`: a message to staff went out, or staff have acted on the enquiry.
    3. `retrying`: the staff alert exists, and it or what takes its place is still tried, by us or by SES (`delayed`).
    4. `failed`: the staff alert could not be sent or delivered, and nothing else is tried.
    5. `unaccounted`: all else, above all an enquiry without a staff alert.
    """
    if status == "quarantined":
        return "quarantined"
    to_staff = [row for row in rows if row.kind not in TO_THE_PERSON]
    if status != "new" or any(row.status in _READABLE for row in to_staff):
        return "notified"
    alert = next((row for row in to_staff if row.name == "staff_alert"), None)
    if alert is None:
        return "unaccounted"
    if any(_is_tried(row, now) for row in to_staff):
        return "retrying"
    return "failed" if alert.status in _LOST else "unaccounted"


def _is_tried(row: Notification, now: datetime) -> bool:
    return row.status == "delayed" or (row.status == "pending" and row.due_at > now - STALLED_AFTER)
