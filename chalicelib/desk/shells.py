"""What the frame of every desk page shows."""

from __future__ import annotations

from chalicelib.desk.requests import DeskRequest
from chalicelib.models.changed_settings import ROTA
from chalicelib.pages.desk_page import DeskShell


def shell_of(desk: DeskRequest) -> DeskShell:
    """The frame for whoever asks; without a session it has no menu."""
    session = desk.session
    staff = session.staff if session else None
    return DeskShell(
        base_url=desk.request.base_url,
        clinic=desk.context.settings.clinic_name,
        user=staff.user if staff else "",
        is_manager=bool(staff and staff.is_manager),
        form_token=desk.form_token,
        seconds_left=session.seconds_left(desk.context.clock()) if session else 0,
        cover=desk.context.stage_settings.seen.changes.get(ROTA, "") if staff else "",
    )
