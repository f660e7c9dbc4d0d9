"""More bugs: what may go wrong when alerts are told together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.context import AppContext
from chalicelib.errors import NotWanted
from chalicelib.models.alert_groups import LONG, AlertGroup
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.notification import Kind, Notification
from chalicelib.models.vocabulary import Level
from chalicelib.notifications import gathered_alerts, gathering, worker
from chalicelib.settings import Settings
from chalicelib.storage import alert_windows
from chalicelib.storage.table import Table, marshal, notification_key
from simulation.planting import RIGHT, bug


@bug("page for each", gathering, "_join_or_pass", "crowd at_start 0 -")
def _counts_nothing(*_: Any) -> None:
    """Whoever is on call is woken for each of several emergencies."""


@bug("flood is dropped", gathering, "_join_or_pass", "crowd at_start 0 -")
def _drops_the_rest(context: AppContext, group: AlertGroup, alert: str) -> None:
    """An alert that is one too many is not sent."""
    if alert_windows.join_or_pass(context.table, group, alert, context.clock()) is not None:
        raise NotWanted("too many alerts")


@bug("emergencies wait long", gathering, "group_of", "crowd at_start 0 -")
def _as_long_as_any(kind: Kind, level: Level, settings: Settings) -> AlertGroup:
    """Mail about an emergency waits as long as any other."""
    right: AlertGroup = RIGHT["emergencies wait long"](kind, level, settings)
    return AlertGroup(right.name, right.most, LONG)


@bug("gathered and hidden", worker.gathered_rows, "gather", "crowd at_start 0 -")
def _hides_what_waits(table: Table, row: Notification, into: str, due_at: datetime) -> None:
    """What waits leaves the index, where its gatherer looks for it."""
    RIGHT["gathered and hidden"](table, row, into, due_at)
    key = marshal(notification_key(row.owner, row.name))
    table.client.update_item(TableName=table.name, Key=key, UpdateExpression="REMOVE due_shard")


@bug("gatherer is believed", gathering, "members_of", "crowd at_start 0 69:stale_index")
def _believes_the_gatherer(context: AppContext, gatherer: str) -> frozenset[str]:
    """Whatever waited for a gatherer counts as told, whether its message named it or not."""

    class Everything(frozenset[str]):
        def __contains__(self, _: object) -> bool:
            return True

    return Everything(RIGHT["gatherer is believed"](context, gatherer))


@bug("one enquiry silences all", gathered_alerts, "_is_true", "crowd at_start 0 -")
def _nothing_is_true(_context: AppContext, _alert: Any) -> bool:
    """A gathered alert that is still true is taken for one that is not."""
    return False


@bug("gathered to the front desk", gathered_alerts, "staff_recipients", "crowd at_start 0 -")
def _front_desk_only(_kind: str, _enquiry: Enquiry, settings: Settings) -> Sequence[str]:
    """The mail about several emergencies goes to the front desk alone."""
    return settings.staff_emails
