"""How a visitor's enquiry ended, in terms that fit any system that takes one and tells the clinic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from simulation.fault_plans import Boundary
from simulation.scenario import ADDRESS, stored_ids
from simulation.world import World

STAFF = "frontdesk@clinic.example"
BOUNCING = "bounce@simulator.amazonses.com"
"""A staff mailbox that no longer exists."""


@dataclass(frozen=True)
class Ending:
    """`answers`: for each press of the button, whether the visitor was told that it was received. `arrived` are the
    ids of the staff mails that reached a mailbox (one id, several mails: the same mail again), `alerts` counts what
    was published to the on-call topic."""

    trace: tuple[Boundary, ...]
    answers: tuple[bool, ...]
    stored: int
    arrived: tuple[str, ...]
    alerts: int = 0

    @property
    def told_received(self) -> bool:
        """Whether the visitor left with a success."""
        return self.answers[-1]

    @property
    def clinic_knows(self) -> bool:
        """Whether anybody was told, by mail or by the on-call topic."""
        return bool(self.arrived) or self.alerts > 0

    @property
    def lost(self) -> bool:
        """The visitor was told "received", nothing is stored and nobody was told."""
        return self.told_received and not self.stored and not self.clinic_knows

    @property
    def unnotified(self) -> bool:
        """Stored, and nobody was ever told."""
        return self.stored > 0 and not self.clinic_knows

    @property
    def turned_away(self) -> bool:
        """Every press brought an error, and nothing is stored or sent."""
        return not self.told_received and not self.stored and not self.clinic_knows

    @property
    def duplicated(self) -> bool:
        """Staff got the same mail more than once."""
        return max(Counter(self.arrived).values(), default=0) > 1

    @property
    def denied(self) -> bool:
        """The visitor left with an error, although the enquiry was stored or somebody was told."""
        return not self.told_received and (self.stored > 0 or self.clinic_knows)

    @property
    def error_first(self) -> bool:
        """The first press brought an error: whoever does not press again leaves with it."""
        return not self.answers[0]


def ending_of(world: World, answers: Iterable[bool]) -> Ending:
    """The ending of a run on the model of AWS. Mail without a tag is all one mail."""
    arrived = (
        mail.tags.get("notification_id", "")
        for mail in world.mails
        if any(address != ADDRESS and world.ses.fate_of(address) == "delivered" for address in mail.to)
    )
    return Ending(tuple(world.trace), tuple(answers), len(stored_ids(world)), tuple(arrived), len(world.alerts))
