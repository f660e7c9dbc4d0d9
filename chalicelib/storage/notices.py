"""Notices: what the service itself has to tell the staff, said once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.errors import NotFound
from chalicelib.models.notice import Notice
from chalicelib.models.notification import Notification
from chalicelib.storage.outbox import NOTICES_KEPT_FOR, put_new_row
from chalicelib.storage.table import Table, fields_of, marshal, notice_key


def save_notice(table: Table, notice: Notice, rows: Sequence[Notification], now: datetime) -> bool:
    """Store a notice with its outbox rows, all or nothing. False when it has been said before."""
    item = {**notice_key(notice.id), **fields_of(notice), "expires_at": int((now + NOTICES_KEPT_FOR).timestamp())}
    put = {"TableName": table.name, "Item": marshal(item), "ConditionExpression": "attribute_not_exists(pk)"}
    actions = [{"Put": put}, *(put_new_row(table, row) for row in rows)]
    return table.write_all(actions)


def is_said(table: Table, notice_id: str) -> bool:
    """Whether a notice has been stored."""
    return table.get(notice_key(notice_id)) is not None


def load_notice(table: Table, notice_id: str) -> Notice:
    """One notice, read consistently. Raises NotFound."""
    item = table.get(notice_key(notice_id))
    if item is None:
        raise NotFound("no such notice")
    return Notice.model_validate(item)
