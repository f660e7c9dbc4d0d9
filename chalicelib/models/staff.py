"""A member of staff who has signed in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

GROUPS = frozenset({"staff", "manager"})
SESSION_LASTS = timedelta(hours=12)
IDLE_FOR = timedelta(minutes=30)
CONFIRM_EVERY = timedelta(minutes=15)
"""How often it is asked whether the user is still enabled, and in which groups."""
UNCONFIRMED_AT_MOST = timedelta(hours=1)
"""How long a session goes on while nobody answers that question."""
ASK_AGAIN_AFTER = timedelta(minutes=2)
"""How long nobody is asked again after no answer: each such question keeps its request waiting."""


class Staff(BaseModel):
    """`user` is the name at Cognito (an e-mail address), `groups` are `staff` and `manager`."""

    model_config = ConfigDict(frozen=True)

    user: str
    groups: tuple[str, ...] = ()

    @property
    def is_manager(self) -> bool:
        """May also export, lower levels, erase, see the audit, change settings."""
        return "manager" in self.groups

    @property
    def may_work(self) -> bool:
        """Whether the desk is open to this person at all."""
        return bool(GROUPS & set(self.groups))


class Session(BaseModel):
    """One sign-in; `hash` stands for the random id that only the browser holds. Times are aware UTC. `asked_at`: when
    Cognito was last asked about the user."""

    model_config = ConfigDict(frozen=True)

    hash: str
    staff: Staff
    started_at: datetime
    used_at: datetime
    confirmed_at: datetime
    asked_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """12 hours after its start, or 30 minutes after its last use."""
        return now >= self._ends_at

    def seconds_left(self, now: datetime) -> int:
        """How long it lasts unless somebody uses it."""
        return max(0, int((self._ends_at - now).total_seconds()))

    @property
    def can_stay(self) -> bool:
        """Whether use makes it last longer."""
        return self._ends_at < self.started_at + SESSION_LASTS

    @property
    def _ends_at(self) -> datetime:
        return min(self.started_at + SESSION_LASTS, self.used_at + IDLE_FOR)


class Challenge(BaseModel):
    """What a sign-in asks next: a first password of one's own, the code of an app, or to set up such an app with
    `secret`. `session` is Cognito's word for this sign-in and never leaves the server."""

    model_config = ConfigDict(frozen=True)

    user: str
    step: Literal["new_password", "code", "set_up"]
    session: str = ""
    secret: str = ""
