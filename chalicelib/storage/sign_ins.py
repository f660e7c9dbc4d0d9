"""Sign-ins under way: what Cognito asks next, for ten minutes, under the hash of a random id that the browser holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.models.staff import Challenge
from chalicelib.storage.sessions import session_hash
from chalicelib.storage.table import Table, fields_of, marshal

SIGN_IN_LASTS = timedelta(minutes=10)
"""Long enough to put an app on a phone; Cognito's own time for a challenge is the same (`AuthSessionValidity`)."""


def keep_challenge(table: Table, sign_in_id: str, challenge: Challenge, now: datetime) -> None:
    """Store it, without the secret of a new app: only the page shows that."""
    item = {
        **_key(sign_in_id),
        **fields_of(challenge.model_copy(update={"secret": ""})),
        "expires_at": int((now + SIGN_IN_LASTS).timestamp()),
    }
    table.client.put_item(TableName=table.name, Item=marshal(item))


def load_challenge(table: Table, sign_in_id: str, now: datetime) -> Challenge | None:
    """What was asked; None when nothing was, or too long ago."""
    item = table.get(_key(sign_in_id))
    if item is None or int(item["expires_at"]) <= now.timestamp():
        return None
    return Challenge.model_validate(item)


def drop_challenge(table: Table, sign_in_id: str) -> None:
    """It has been answered."""
    table.client.delete_item(TableName=table.name, Key=marshal(_key(sign_in_id)))


def _key(sign_in_id: str) -> dict[str, str]:
    return {"pk": f"SIGNIN#{session_hash(sign_in_id)}", "sk": "SIGNIN"}
