"""A row of the outbox: one message that must go out, and how far it has got."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["staff_alert", "acknowledgement", "on_call_alert"]
NotificationStatus = Literal["pending", "sent", "failed", "suppressed"]


class Notification(BaseModel):
    """One message to one audience. `notification_id` is `<enquiry id>_<kind>`: fit for an SES tag, and enough to
    find the row. `due_at` is when the sweeper pokes it next; `lease_until` is until when one worker owns it; times
    are aware UTC."""

    model_config = ConfigDict(frozen=True)

    enquiry_id: str
    kind: Kind
    status: NotificationStatus = "pending"
    base_url: str
    attempts: int = 0
    due_at: datetime
    lease_until: datetime | None = None
    last_error: str = ""
    message_id: str = ""

    @property
    def notification_id(self) -> str:
        """`<enquiry id>_<kind>`."""
        return f"{self.enquiry_id}_{self.kind}"


def split_notification_id(notification_id: str) -> tuple[str, str]:
    """Enquiry id and kind. Raises ValueError when it is not one of ours."""
    enquiry_id, separator, kind = notification_id.partition("_")
    if not separator or kind not in ("staff_alert", "acknowledgement", "on_call_alert"):
        raise ValueError("not a notification id")
    return enquiry_id, kind
