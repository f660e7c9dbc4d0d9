"""What must hold of an enquiry that nobody acts on in time: each step of the ladder, once, at its time; and of one that
was raised, that those who handle its level are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.models.alert_groups import LONG
from simulation.runs import Run
from simulation.scenarios import MINUTE

RECOVERY = timedelta(seconds=180)
"""From the last fault to the last message, for plans of up to three faults."""
_STEPS = (
    "level_alert",
    "withdrawn_alert",
    "re_alert",
    "on_call_re_alert",
    "reminder",
    "backup_alert",
    "on_call_escalation",
)


def _louder(run: Run) -> Iterator[str]:
    """What nobody acts on climbs the whole ladder, and nothing else does."""
    for enquiry in run.enquiries():
        due = dict(_due(run, enquiry))
        for name, at in due.items():
            yield from _step(run, enquiry, name, at)
        for row in run.rows:
            name = str(row["sk"]).partition("#")[2]
            if row.get("kind") in _STEPS and row["pk"] == f"ENQUIRY#{enquiry['id']}" and name not in due:
                yield f"the step {name} was not to be taken"


def _due(run: Run, enquiry: Mapping[str, Any]) -> Iterator[tuple[str, datetime]]:
    for name, event, minutes in run.scenario.ladder:
        began = datetime.fromisoformat(enquiry["received_at"]) if event == "post" else run.acted.get(event)
        if began is not None:
            yield name, began + minutes * MINUTE


def _step(run: Run, enquiry: Mapping[str, Any], name: str, at: datetime) -> Iterator[str]:
    """Not before its time, and within 180 s after it or the last fault; visibly failed where that is impossible."""
    first = run.first(enquiry, name)
    latest = max(at, run.last_fault_at or at) + RECOVERY
    if first is not None and first < at:
        yield f"the step {name} was taken {(at - first).total_seconds():.0f} s before its time"
    reached = run.acted.get("reached")
    if reached is not None and reached <= latest:
        return
    if first is None and not run.has_failed(enquiry["id"], name):
        yield f"the step {name} was not taken"
    if first is not None and name.startswith("on_call") and any(at - LONG < alert.at < first for alert in run.alerts):
        latest += LONG  # whoever is on call was woken, and is told of this with what came since
    if first is not None and run.has_few_faults and first > latest:
        yield f"the step {name} went out {(first - at).total_seconds():.0f} s after its time"


def _alerted_once(run: Run) -> Iterator[str]:
    """Each alert is published at most 1 + lost answers times. SNS tells nothing of what became of a message, so a mark
    that failed leaves as much doubt."""
    notices = sum(row.get("kind") == "on_call_notice" for row in run.rows)
    doubts = run.answers_lost("publish") + run.marks_lost("publish")
    for subject, count in Counter(alert.subject for alert in run.alerts).items():
        if count > doubts + (1 if "enquiry " in subject else notices):
            yield f"published {count} times: {subject}"


LADDER_CHECKS = (_louder, _alerted_once)
