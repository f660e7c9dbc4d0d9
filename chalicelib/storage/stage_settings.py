"""The settings row of a stage: its random key, and what a manager changed at the desk. Read when an instance first
needs it, and again when it is older than 60 seconds."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import AWS_ERRORS, condition_failed
from chalicelib.background import Running, Spawn, spawn_thread
from chalicelib.errors import StatusConflict
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.observability import failure_fields, log
from chalicelib.storage.audit_days import listed, owner_of
from chalicelib.storage.history import CONFLICT_PAUSES, add_link, conflicts, load_head
from chalicelib.storage.table import SETTINGS_KEY, Item, Table, marshal, stamp

FRESH_FOR = timedelta(seconds=60)
FIRST_READ_SECONDS = 1.5
REFRESH_SECONDS = 0.5
"""How long an answer may wait for a row that is read again."""
KEY_BYTES = 32


class UnusableSettings(Exception):
    """The row is not there, or holds no key that can be used."""


@dataclass(frozen=True)
class StageSettings:
    """`key` is the stage's secret: purposes are derived from it by HMAC. `known` is False while the row could not be
    read: then the key is this instance's own, good for links that it gives out and for nothing that outlives it.
    `changes` are what the desk changed, texts by the name of their setting; `version` counts the times."""

    key: bytes
    known: bool = True
    changes: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    changed_by: str = ""
    changed_at: str = ""


class StageSettingsCache:
    """The row as this instance last saw it. When it cannot be read, what is known (or nothing) serves: an enquiry is
    stored all the same."""

    def __init__(
        self,
        table: Table,
        clock: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
        spawn: Spawn = spawn_thread,
    ) -> None:
        self._table = table
        self._spawn = spawn
        self._clock = clock
        self._seen = StageSettings(key=random_bytes(KEY_BYTES), known=False)
        self._read_at: datetime | None = None
        self._first_read = Lock()

    @property
    def seen(self) -> StageSettings:
        """The settings as they were last read, without reading them."""
        return self._seen

    def current(self) -> StageSettings:
        """The settings; the first call of an instance reads the row, and others wait for it, not longer than
        1.5 seconds: a receipt made with the instance's own key leads somewhere on this instance only."""
        with self._first_read:
            if self._read_at is None:
                _ = self._table.client  # a boto3 session must not make two clients at once
                self._spawn(self.refresh, "stage-settings").join(FIRST_READ_SECONDS)
        return self._seen

    def known_key(self) -> bytes:
        """The stage's own key, for what outlives this instance. Raises UnusableSettings when it cannot be read."""
        if not self.current().known and not self.refresh():
            raise UnusableSettings("not read")
        return self._seen.key

    def fresh(self) -> StageSettings:
        """The settings, not older than 60 seconds when the row can be read within half a second: what a manager
        changes holds everywhere within a minute, on an instance that has slept for an hour as well."""
        refresh = self.start_refresh()
        if refresh is not None:
            refresh.join(REFRESH_SECONDS)
        return self._seen

    def start_refresh(self) -> Running | None:
        """Read the row in a thread when it is older than 60 seconds. Nothing more is started while the first reading
        still hangs."""
        self.current()
        if self._read_at is None or timedelta(0) <= self._clock() - self._read_at < FRESH_FOR:
            return None
        return self._spawn(self.refresh, "stage-settings")

    def refresh(self) -> bool:
        """Read the row now, and say whether that went well."""
        try:
            item = self._table.get(SETTINGS_KEY)
            self._seen = _read_row(item)
        except (*AWS_ERRORS, UnusableSettings) as error:
            log.warning("stage settings not read", extra={"table": self._table.name, **failure_fields(error)})
            return False
        finally:
            self._read_at = self._clock()
        return True


def _read_row(item: Item | None) -> StageSettings:
    if item is None:
        raise UnusableSettings("no row")
    changes = item.get("changes")
    return StageSettings(
        key=_key_in(item),
        changes={name: str(value) for name, value in changes.items()} if isinstance(changes, dict) else {},
        version=int(item.get("version", 0)),
        changed_by=str(item.get("changed_by", "")),
        changed_at=str(item.get("changed_at", "")),
    )


def _key_in(item: Item) -> bytes:
    try:
        key = bytes.fromhex(item["stage_key"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableSettings("no readable key") from error
    if len(key) != KEY_BYTES:
        raise UnusableSettings("a key of another length")
    return key


def keyed_hash(key: bytes, purpose: str, value: str) -> str:
    """HMAC-SHA-256 with a key derived for one purpose, as 64 hexadecimal digits."""
    derived = hmac.new(key, purpose.encode(), hashlib.sha256).digest()
    return hmac.new(derived, value.encode(), hashlib.sha256).hexdigest()


def create_stage_settings(table: Table, random_key: bytes) -> None:
    """Make the row with a random key of 32 bytes, unless the stage has one. Raises ValueError for another length."""
    if len(random_key) != KEY_BYTES:
        raise ValueError(f"the key must have {KEY_BYTES} bytes")
    try:
        table.client.put_item(
            TableName=table.name,
            Item=marshal({**SETTINGS_KEY, "stage_key": random_key.hex()}),
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as error:
        if not condition_failed(error):
            raise


def save_changes(table: Table, seen: StageSettings, changes: Mapping[str, str], event: HistoryEvent) -> None:
    """Put the desk's changes in the place of those that were seen, with the event in the audit of whoever did it, all
    or nothing. Raises StatusConflict when somebody else has changed them since."""
    audit = owner_of(event)
    for pause_seconds in CONFLICT_PAUSES:
        actions = [
            _change(table.name, seen, changes, event),
            *add_link(table.name, audit, load_head(table, audit), event),
            listed(table.name, event),
        ]
        try:
            table.client.transact_write_items(TransactItems=actions)
        except ClientError as error:
            met = conflicts(error)
            if not met:
                raise
            if met.get(0) == "ConditionalCheckFailed":
                break
            table.pause(pause_seconds)
        else:
            return
    raise StatusConflict("the settings were changed since they were read")


def _change(table_name: str, seen: StageSettings, changes: Mapping[str, str], event: HistoryEvent) -> dict[str, Any]:
    values = {":new": dict(changes), ":next": seen.version + 1, ":by": event.by, ":at": stamp(event.at)}
    unchanged = "attribute_not_exists(#version)"
    if seen.version:
        unchanged, values[":seen"] = "#version = :seen", seen.version
    update = {
        "TableName": table_name,
        "Key": marshal(SETTINGS_KEY),
        "UpdateExpression": "SET #changes = :new, #version = :next, changed_by = :by, changed_at = :at",
        "ConditionExpression": f"attribute_exists(pk) AND {unchanged}",
        "ExpressionAttributeNames": {"#changes": "changes", "#version": "version"},
        "ExpressionAttributeValues": marshal(values),
    }
    return {"Update": update}
