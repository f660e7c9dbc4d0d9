"""How the audit looks: for each person what was done, latest first, and whether the chain holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.pages.desk_page import DeskShell, desk_reply
from chalicelib.web import Reply
from chalicelib.wording.texts import text


@dataclass(frozen=True)
class AuditRow:
    """One thing that somebody did; `details` are lines of their own."""

    iso: str
    at: str
    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class UserAudit:
    """One person's day: the latest `rows` of `count`, and sentences about chains that do not hold."""

    user: str
    rows: tuple[AuditRow, ...]
    count: int
    broken: tuple[str, ...] = ()

    @property
    def says(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.rows or self.broken)


def audit_reply(
    shell: DeskShell, *, day: str, user: str, audits: Sequence[UserAudit], problem: str = "", status: int = 200
) -> Reply:
    """One day; `day` and `user` as they were typed."""
    title = text("en", "desk.audit_title")
    return desk_reply(
        shell, "desk/audit.html", title, status=status, day=day, asked_user=user, audits=audits, problem=problem
    )
