"""How the export and the audit look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.pages.desk_page import DeskShell, desk_reply
from chalicelib.web import Reply
from chalicelib.wording.texts import text


@dataclass(frozen=True)
class PartRow:
    """One part that can be had. `since` and `until` are what its button sends, `first` and `last` the same in words."""

    since: str
    until: str
    rows: int
    first: str
    last: str


def export_reply(
    shell: DeskShell,
    *,
    first: str,
    last: str,
    parts: Sequence[PartRow] = (),
    asked: bool = False,
    problem: str = "",
    status: int = 200,
) -> Reply:
    """The form with its two days as they were typed, and what came of it."""
    title, total = text("en", "desk.export_title"), sum(part.rows for part in parts)
    return desk_reply(
        shell,
        "desk/export.html",
        title,
        status=status,
        first=first,
        last=last,
        parts=parts,
        asked=asked,
        problem=problem,
        total=f"{total:,}",
        is_one=total == 1,
    )
