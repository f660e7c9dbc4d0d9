"""What one run leaves behind, and how the checks find things in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.models.accounts import Account
from chalicelib.web import Reply
from simulation.mail_events import SentMail
from simulation.model_sns import Alert
from simulation.scenarios import Act, Scenario
from simulation.world import World

FEW = 3
"""Up to so many faults, times are promised."""
_ANSWER_LOST = ("timeout_after", "closed_after", "garbled", "crash_after", "slow_until_killed")
"""Faults after which it was done, and nobody was told."""
_ALERT_ENDS = {
    "on_call_re_alert": ", second alert",
    "on_call_escalation": " is overdue",
    "on_call_failure": ", mail failed",
}


@dataclass
class Run:
    """All that a run leaves behind. `answers` are what the visitor saw, None for a connection that broke; `rows`,
    `mails` and `alerts` what there is at rest; `mails_again` what went out when the person wrote once more; `acted`
    when staff did what; `mended` the keys of the rows that reconciliation at rest still added."""

    scenario: Scenario
    world: World
    seed: int = 0
    answers: list[Reply | None] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)
    accepted_at: datetime | None = None
    rested_at: datetime | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    last_fault_at: datetime | None = None
    acted: dict[Act, datetime] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    mails: list[SentMail] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    mails_again: list[SentMail] = field(default_factory=list)

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens now; never in a run with seed 0."""
        return self.seed != 0 and self.world.chance.random() < chance

    def keep(self) -> None:
        """Keep what there is now."""
        self.rows, self.mails, self.alerts = self.world.rows, list(self.world.mails), list(self.world.alerts)

    @property
    def succeeded(self) -> list[Mapping[str, Any]]:
        """What the 2xx answers said."""
        return [json.loads(reply.body) for reply in self.answers if reply is not None and reply.status == 200]

    @property
    def stored_ids(self) -> list[str]:
        """The enquiries."""
        return [row["id"] for row in self.rows if row.get("sk") == "ENQUIRY"]

    @property
    def has_few_faults(self) -> bool:
        """Whether times are promised."""
        return len(self.world.struck) <= FEW

    def row(self, enquiry_id: str, name: str) -> dict[str, Any] | None:
        """An outbox row of an enquiry."""
        key = (f"ENQUIRY#{enquiry_id}", f"NOTIFICATION#{name}")
        return next((row for row in self.rows if (row["pk"], row["sk"]) == key), None)

    def has_failed(self, enquiry_id: str, name: str) -> bool:
        """Whether an outbox row has visibly failed."""
        row = self.row(enquiry_id, name)
        return row is not None and row["status"] == "failed"

    def sent(self) -> Counter[str]:
        """How many mails went out for each notification id."""
        return Counter(mail.tags["notification_id"] for mail in self.mails)

    def alerts_about(self, reference: str, kind: str = "") -> list[Alert]:
        """What was published about an enquiry."""
        about = [alert for alert in self.alerts if f"enquiry {reference}" in alert.subject]
        return [alert for alert in about if not kind or _is_of(alert, kind, reference)]

    def told(self, enquiry: Mapping[str, Any]) -> list[datetime]:
        """When the mail about an enquiry went to staff: its own, or one that names it and others."""
        own, reference = f"{enquiry['id']}_staff_alert", enquiry["reference"]
        return [
            mail.at
            for mail in self.mails
            if mail.tags["notification_id"] == own
            or (mail.tags["kind"] == "gathered_alert" and reference.encode() in mail.raw)
        ]

    def paged(self, enquiry: Mapping[str, Any]) -> list[datetime]:
        """When the topic was told of an enquiry, alone or with others."""
        return [alert.at for alert in self.alerts if enquiry["reference"] in alert.subject + alert.message]

    def first(self, enquiry: Mapping[str, Any], name: str) -> datetime | None:
        """When the first mail or alert of an outbox row went out."""
        if name.startswith("on_call"):
            return min((alert.at for alert in self.alerts_about(enquiry["reference"], name)), default=None)
        wanted = f"{enquiry['id']}_{name}"
        return min((mail.at for mail in self.mails if mail.tags["notification_id"] == wanted), default=None)

    def enquiries(self) -> Iterator[dict[str, Any]]:
        """The items of the enquiries."""
        return (row for row in self.rows if row.get("sk") == "ENQUIRY")

    def told_of(self) -> Iterator[dict[str, Any]]:
        """The enquiries that are not held back in quarantine."""
        return (enquiry for enquiry in self.enquiries() if enquiry["status"] != "quarantined")

    def answers_lost(self, send: str) -> int:
        """How often a message went out and its sender could not know."""
        return sum(each.boundary.operation == send and each.fault in _ANSWER_LOST for each in self.world.struck)

    def marks_lost(self, send: str) -> int:
        """How often the write failed that marks a message as sent."""
        before = [self.world.trace[max(0, strike.boundary.number - 1)] for strike in self.world.struck]
        marks = zip(self.world.struck, before, strict=True)
        return sum((strike.boundary.operation, sent.operation) == ("update_item", send) for strike, sent in marks)


def _is_of(alert: Alert, kind: str, reference: str) -> bool:
    return alert.subject.endswith(f"enquiry {reference}{_ALERT_ENDS.get(kind.partition('-')[0], '')}")
