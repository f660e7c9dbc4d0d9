"""What must hold when several write at once: everybody is told of, in time, and whoever is on call is woken once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.models.alert_groups import LONG, SHORT
from chalicelib.models.response_clock import DANGER
from simulation.ladder_checks import RECOVERY
from simulation.runs import Run
from simulation.scenarios import FRONT_DESK, NURSE

PROMPT = timedelta(seconds=5)
"""From the end of a gathering, or from the post, where nothing fails."""


def _told_in_time(run: Run) -> Iterator[str]:
    """Mail about an emergency waits a minute at most, other mail and pages five, and no longer than the faults make
    it."""
    if not run.scenario.crowd or not run.has_few_faults:
        return
    for enquiry in run.enquiries():
        is_danger = enquiry["level"] in DANGER
        yield from _late(run, enquiry, "mail", run.told(enquiry), SHORT if is_danger else LONG)
        if is_danger:
            yield from _late(run, enquiry, "page", run.paged(enquiry), LONG)


def _late(run: Run, enquiry: Mapping[str, Any], what: str, told: list[datetime], waits: timedelta) -> Iterator[str]:
    received = datetime.fromisoformat(enquiry["received_at"])
    patience = PROMPT if run.last_fault_at is None and run.seed == 0 else RECOVERY
    latest = max(received, run.last_fault_at or received) + waits + patience
    if not told and not run.has_failed(enquiry["id"], "staff_alert" if what == "mail" else "on_call_alert"):
        yield f"no {what} told of one of several"
    elif told and min(told) > latest:
        yield f"a {what} about one of several came {(min(told) - received).total_seconds():.0f} s after it"


def _told_once(run: Run) -> Iterator[str]:
    """At most one mail and one page about each, and one more for each fault."""
    if not run.scenario.crowd:
        return
    most = 1 + len(run.world.struck)
    for enquiry in run.enquiries():
        for what, told in (("mails", run.told(enquiry)), ("pages", run.paged(enquiry))):
            if len(told) > most:
                yield f"{len(told)} {what} about one of several after {most - 1} faults"


def _one_page(run: Run) -> Iterator[str]:
    """No two pages within five minutes but for faults: what cannot be counted is told."""
    if not run.scenario.crowd:
        return
    last, extra = None, 0
    for at in sorted(alert.at for alert in run.alerts):
        if last is not None and at - last < LONG:
            extra += 1
        else:
            last = at
    if extra > len(run.world.struck):
        yield f"{extra} pages came within five minutes of another, after {len(run.world.struck)} faults"


def _gathered_recipients(run: Run) -> Iterator[str]:
    """What tells of several emergencies goes to whoever is told of one."""
    for mail in run.mails:
        is_of_danger = mail.tags["kind"] == "gathered_alert" and "danger" in mail.tags["notification_id"]
        if is_of_danger and set(mail.to) != {FRONT_DESK, NURSE}:
            yield f"a mail about several emergencies went to {', '.join(mail.to)}"


FLOOD_CHECKS = (_told_in_time, _told_once, _one_page, _gathered_recipients)
