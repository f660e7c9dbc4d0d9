"""What happens in a run besides the faults: what a visitor typed, what becomes of mail, what staff do and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal

from simulation.model_ses import Fate

MARK = "zqx7"
ADDRESS = "visitor@mail.example"
FRONT_DESK, NURSE, BACKUP = "frontdesk@clinic.example", "nurse@clinic.example", "backup@clinic.example"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR = timedelta(hours=1)
Act = Literal["acknowledge", "no_answer", "reached", "close", "release", "raise", "priority", "undo", "withdraw"]
"""`no_answer`: an attempt to reach the person that failed. `release`: out of quarantine. `raise`: to an emergency,
`priority`: to that level. `undo`: takes the last act back. `withdraw`: the person's own, by the link in their mail."""
AFTER_FOUR_MINUTES: tuple[tuple[timedelta, Act], ...] = ((4 * MINUTE, "reached"),)


@dataclass(frozen=True)
class Scenario:
    """`acts`: what staff do, and how long after the post. `fate` is what becomes of mail to the visitor, `staff_fates`
    of mail to staff. `ladder`: the steps that are due, each some minutes after the post or an act. `refused`: SES
    throttles every mail for ever. `loses_alert`: the row of the staff alert vanishes, and reconciliation runs every
    six minutes. `looks`: when a run that lies still is looked at again, after the beginning; the quarantine is checked
    in such runs only. `reviews`: the mails about what lies in quarantine, each some time after the beginning.
    `crowd`: what others write, how long after the post, without an e-mail address and without faults of their own.
    `in_both_orders`: its single faults are played in both orders of what runs beside the request."""

    name: str
    answers: Mapping[str, Any]
    acts: tuple[tuple[timedelta, Act], ...] = AFTER_FOUR_MINUTES
    suppressed: bool = False
    fate: Fate = "delivered"
    staff_fates: Mapping[str, Fate] = field(default_factory=dict)
    ladder: tuple[tuple[str, Literal["post", "no_answer", "raise", "withdraw"], int], ...] = ()
    refused: bool = False
    loses_alert: bool = False
    looks: tuple[timedelta, ...] = ()
    reviews: tuple[tuple[str, timedelta], ...] = ()
    in_both_orders: bool = False
    crowd: tuple[tuple[timedelta, Mapping[str, Any]], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> bytes:
        """The post, as a website's script sends it."""
        return self._post("message")

    @cached_property
    def second_body(self) -> bytes:
        """What the same person writes when all is over."""
        return self._post("second message")

    @property
    def is_danger(self) -> bool:
        """Whether the clinicians are told and a second circle hears of it."""
        return "urgent_signs" in self.answers

    @property
    def writes_again(self) -> bool:
        """Whether the person writes once more, because no mail may go there any more."""
        return self.suppressed or self.fate in ("bounced", "complained")

    def fate_of(self, address: str) -> Fate:
        """What becomes of mail to an address."""
        return self.fate if address == ADDRESS else self.staff_fates.get(address, "delivered")

    def body_of(self, number: int) -> bytes:
        """What one of the crowd writes."""
        typed = {"name": f"{MARK} name", "message": f"{MARK} message", **self.crowd[number][1]}
        return json.dumps(typed).encode()

    def _post(self, message: str) -> bytes:
        typed = {"name": f"{MARK} name", "email": ADDRESS, "message": f"{MARK} {message}", **self.answers}
        return json.dumps(typed).encode()


PHONE = "202-555-0123"
EMERGENCY = {"urgent_signs": ["chest_breathing"], "phone": PHONE}
CALL = {"about": "call", "phone": PHONE}
SPAM = {**CALL, "_gotcha": "filled"}
CLOSING, ESCALATION = 31 * HOUR, 48 * HOUR
"""From Monday at 10:00 to the end of the next business day, and to an open hour after it."""
_LADDER: tuple[tuple[str, Literal["post", "no_answer"], int], ...] = (
    ("re_alert", "post", 10),
    ("on_call_re_alert", "post", 10),
    ("reminder", "post", 15),
    ("backup_alert", "post", 20),
    ("on_call_escalation", "post", 25),
)
SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("emergency", EMERGENCY, in_both_orders=True),
        Scenario("routine", {"about": "prices"}, in_both_orders=True),
        Scenario("suppressed", EMERGENCY, suppressed=True, in_both_orders=True),
        Scenario("bounced", CALL, fate="bounced", in_both_orders=True),
        Scenario("silent_events", {"about": "call"}, fate="silent", in_both_orders=True),
        Scenario("nobody_acts", EMERGENCY, acts=(), ladder=_LADDER),
        Scenario("no_topic", EMERGENCY, in_both_orders=True, environment={"ON_CALL_TOPIC_ARN": ""}),
        Scenario("bounced_for_now", CALL, fate="bounced_for_now"),
        Scenario("complained", CALL, fate="complained", acts=((4 * MINUTE, "close"),)),
        Scenario("delayed", CALL, fate="delayed"),
        Scenario("rejected", CALL, fate="rejected"),
        Scenario("one_staff_bounces", EMERGENCY, staff_fates={NURSE: "bounced"}),
        Scenario("staff_bounces", CALL, staff_fates={FRONT_DESK: "bounced", NURSE: "bounced", BACKUP: "bounced"}),
        Scenario(
            "acknowledged",
            EMERGENCY,
            acts=((5 * MINUTE, "acknowledge"), (12 * MINUTE, "no_answer"), (31 * MINUTE, "reached")),
            ladder=(("reminder-2", "no_answer", 15),),
        ),
        Scenario(
            "raised",
            CALL,
            acts=((4 * MINUTE, "acknowledge"), (5 * MINUTE, "raise"), (40 * MINUTE, "reached")),
            ladder=(
                ("level_alert-2", "raise", 0),
                ("on_call_alert-2", "raise", 0),
                ("re_alert-2", "raise", 10),
                ("on_call_re_alert-2", "raise", 10),
                ("reminder-2", "raise", 15),
                ("backup_alert-2", "raise", 20),
                ("on_call_escalation-2", "raise", 25),
            ),
        ),
        Scenario(
            "out_again",
            SPAM,
            acts=((1 * MINUTE, "priority"), (2 * MINUTE, "undo"), (3 * MINUTE, "raise"), (40 * MINUTE, "reached")),
            ladder=(
                ("staff_alert-2", "raise", 0),
                ("on_call_alert-2", "raise", 0),
                ("re_alert-2", "post", 10),
                ("on_call_re_alert-2", "post", 10),
                ("reminder-2", "post", 15),
                ("backup_alert-2", "post", 20),
                ("on_call_escalation-2", "post", 25),
            ),
        ),
        Scenario(
            "withdrawn",
            EMERGENCY,
            acts=((4 * MINUTE, "withdraw"), (9 * MINUTE, "reached")),
            ladder=(("withdrawn_alert", "withdraw", 0),),
        ),
        Scenario(
            "crowd",
            EMERGENCY,
            crowd=((20 * SECOND, EMERGENCY), (50 * SECOND, CALL), (59 * SECOND, EMERGENCY)),
            environment={"ALERTS_AT_ONCE": "1", "PAGES_AT_ONCE": "1"},
        ),
        Scenario("refused", {"about": "prices"}, refused=True),
        Scenario("row_lost", {"about": "prices"}, loses_alert=True, acts=((14 * MINUTE, "reached"),)),
        Scenario(
            "quarantined",
            SPAM,
            acts=(),
            looks=(CLOSING, ESCALATION),
            reviews=(("review_reminder", CLOSING), ("review_escalation", ESCALATION)),
        ),
        Scenario(
            "released",
            SPAM,
            acts=((CLOSING + 6 * MINUTE, "release"), (CLOSING + 8 * MINUTE, "reached")),
            looks=(CLOSING, ESCALATION),
            reviews=(("review_reminder", CLOSING),),
        ),
    )
}
