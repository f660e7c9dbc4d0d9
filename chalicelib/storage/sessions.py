"""Sessions of staff: a random id in a cookie, its hash as a row, and a row that lists it under its user, so that all
of one user can be ended."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from chalicelib.aws import condition_failed
from chalicelib.models.staff import SESSION_LASTS, Session, Staff
from chalicelib.storage.table import Item, Table, fields_of, marshal, session_key

ID_BYTES = 32
TOUCH_EVERY = timedelta(minutes=1)
"""The last use is written no more often than this."""


def session_hash(session_id: str) -> str:
    """What the table holds instead of the id."""
    return hashlib.sha256(session_id.encode()).hexdigest()


def start_session(table: Table, session_id: str, staff: Staff, now: datetime) -> Session:
    """Store a new session, and list it under its user."""
    session = Session(hash=session_hash(session_id), staff=staff, started_at=now, used_at=now, confirmed_at=now)
    item = _item(session)
    listed = {"pk": _listed_under(staff.user), "sk": session.hash, "expires_at": item["expires_at"]}
    is_new = {"ConditionExpression": "attribute_not_exists(pk)"}
    rows = [{"Put": {"TableName": table.name, "Item": marshal(row), **is_new}} for row in (item, listed)]
    table.client.transact_write_items(TransactItems=rows)
    return session


def load_session(table: Table, session_id: str, now: datetime) -> Session | None:
    """The session of an id by one consistent read; None when there is none, or it is over."""
    item = table.get(session_key(session_hash(session_id)))
    session = Session.model_validate(item) if item else None
    return None if session is None or session.is_over(now) else session


def touch_session(table: Table, session: Session) -> None:
    """Replace what is stored of a session by this. One that was ended meanwhile stays so."""
    try:
        table.client.put_item(
            TableName=table.name,
            Item=marshal(_item(session)),
            ConditionExpression="attribute_exists(pk)",
        )
    except ClientError as error:
        if not condition_failed(error):
            raise


def end_session(table: Table, hashed: str) -> None:
    """Delete a session; one that is gone already is no error."""
    table.client.delete_item(TableName=table.name, Key=marshal(session_key(hashed)))


def end_sessions_of(table: Table, user: str) -> int:
    """End every session of a user, from whatever browser, and say how many were listed. Nobody is told at once: the
    next request of each finds none."""
    listed = list(table.pages("", "pk = :user", {":user": _listed_under(user)}))
    for row in listed:
        end_session(table, str(row["sk"]))
        table.client.delete_item(TableName=table.name, Key=marshal({"pk": row["pk"], "sk": row["sk"]}))
    return len(listed)


def _listed_under(user: str) -> str:
    """One user however the name is typed: Cognito's names know no case."""
    return f"SESSIONS#{user.lower()}"


def _item(session: Session) -> Item:
    expires_at = int((session.started_at + SESSION_LASTS).timestamp())
    return {**session_key(session.hash), **fields_of(session), "expires_at": expires_at}
