"""What stands for a member of staff in the logs, so that lines about one account can be told from others."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.storage.stage_settings import keyed_hash

DIGITS = 16


def mark_of(context: AppContext, user: str) -> str:
    """Sixteen digits for a user name. They are keyed: whoever reads logs cannot try names, nor passwords that somebody
    typed into the wrong box. Empty without a name, and while the stage's key is unknown."""
    stage, name = context.stage_settings.current(), user.strip().lower()
    return keyed_hash(stage.key, "account in logs", name)[:DIGITS] if name and stage.known else ""
