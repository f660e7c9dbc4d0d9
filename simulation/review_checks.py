"""What must hold of an enquiry in quarantine: nobody hears of it at once, and somebody does in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chalicelib.models.notification import REVIEW_KINDS
from simulation.ladder_checks import RECOVERY
from simulation.runs import Run
from simulation.virtual_clock import MONDAY_MORNING


def _held_back(run: Run) -> Iterator[str]:
    """Nobody is told of an enquiry while it lies in quarantine."""
    if not run.scenario.looks:
        return
    for enquiry in run.enquiries():
        until = run.acted.get("release")
        mails = [mail for mail in run.mails if mail.tags["notification_id"].startswith(enquiry["id"])]
        if any(until is None or mail.at < until for mail in mails):
            yield "somebody was told of an enquiry in quarantine"
        if any(until is None or alert.at < until for alert in run.alerts_about(enquiry["reference"])):
            yield "whoever is on call was told of an enquiry in quarantine"


def _reviewed(run: Run) -> Iterator[str]:
    """What nobody looks through is mailed to staff and then to the backup, each once and in time; what is released
    goes no further."""
    due = {kind: MONDAY_MORNING + after for kind, after in run.scenario.reviews} if run.stored_ids else {}
    rows = [row for row in run.rows if row.get("kind") in REVIEW_KINDS]
    for row in rows:
        if row["kind"] not in due:
            yield f"{row['kind']} was not to be sent"
    for kind, at in due.items():
        statuses = [row["status"] for row in rows if row["kind"] == kind]
        if len(statuses) > 1 or (not statuses and run.has_few_faults):
            yield f"{kind} was planned {len(statuses)} times"
        elif statuses:
            yield from _in_time(run, kind, at, statuses[0])


def _in_time(run: Run, kind: str, at: datetime, status: str) -> Iterator[str]:
    first = min((mail.at for mail in run.mails if mail.tags["kind"] == kind), default=None)
    latest = max(at, run.last_fault_at or at) + RECOVERY
    was_late = not run.has_few_faults or run.acted.get("release", latest) < latest
    if first is None and status != "failed" and not (status == "suppressed" and was_late):
        yield f"{kind} was not sent, and its row is {status}"
    elif first is not None and first < at:
        yield f"{kind} was sent {(at - first).total_seconds():.0f} s before its time"
    elif first is not None and run.has_few_faults and first > latest:
        yield f"{kind} was sent {(first - at).total_seconds():.0f} s after its time"


REVIEW_CHECKS = (_held_back, _reviewed)
