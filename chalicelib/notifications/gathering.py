"""Whether an alert to staff goes out by itself, or waits to be told together with others: a flood must neither drop an
alert nor bury one under a thousand messages."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import Gathered, NotFound
from chalicelib.models.alert_groups import GATHERING, AlertGroup, found_at, gathered_until, group_of
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import Kind, Notification
from chalicelib.notifications.relay import poke
from chalicelib.observability import failure_fields, log
from chalicelib.storage import outbox
from chalicelib.storage.alert_windows import Gathering, join_or_pass
from chalicelib.storage.gathered_rows import leave_gathering
from chalicelib.storage.notices import load_notice

ASKS_AGAIN_AFTER = timedelta(seconds=90)
"""While the message that tells of it is tried again itself."""
_SLACK_SECONDS = 1
_NEVER_TOLD = ("failed", "suppressed")


def told_with_others(context: AppContext, row: Notification, enquiry: Enquiry) -> str:
    """The provider's id of the message that has told of this alert and of others; empty when it goes out by itself.
    Raises Gathered when it waits. An attempt after the first was counted before; tests are not counted. What cannot be
    counted goes out: log line `alert not counted`."""
    gatherer_failed = False
    if row.gathered_in:
        gatherer = outbox.load_notification(context.table, row.gathered_in, _kind_of_gatherer(row))
        if gatherer is not None and row.notification_id in members_of(context, row.gathered_in):
            if gatherer.status == "pending":
                raise Gathered(row.gathered_in, context.clock() + ASKS_AGAIN_AFTER)
            if gatherer.status not in _NEVER_TOLD:
                return gatherer.message_id
            gatherer_failed = True
        leave_gathering(context.table, row)
    is_first = row.attempts == 1 and row.last_error in ("", GATHERING)
    if is_first and not enquiry.is_test and not gatherer_failed:
        _join_or_pass(context, group_of(row.kind, enquiry.level, context.settings), context.ids.random_bytes(8).hex())
    return ""


def members_of(context: AppContext, gatherer: str) -> frozenset[str]:
    """The notification ids that a gatherer has told of, or is about to: written down before its message goes out."""
    try:
        return frozenset(load_notice(context.table, gatherer).values["members"].split())
    except NotFound:
        return frozenset()


def _join_or_pass(context: AppContext, group: AlertGroup, draw: str) -> None:
    now = context.clock()
    try:
        gathering = join_or_pass(context.table, group, draw, now)
    except AWS_ERRORS as error:
        log.warning("alert not counted", extra=failure_fields(error))
        return
    if gathering is None:
        return
    if gathering.is_new:
        _poke_at_its_end(context, gathering, now)
    raise Gathered(gathering.gatherer.owner, found_at(gathering.gatherer.owner))


def _poke_at_its_end(context: AppContext, gathering: Gathering, now: datetime) -> None:
    seconds = (gathered_until(gathering.gatherer.owner) - now).total_seconds()
    poke(context, [gathering.gatherer.notification_id], math.ceil(seconds) + _SLACK_SECONDS)


def _kind_of_gatherer(row: Notification) -> Kind:
    return "on_call_gathered" if row.kind.startswith("on_call") else "gathered_alert"
