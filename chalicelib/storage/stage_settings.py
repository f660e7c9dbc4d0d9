"""The settings row of a stage: its random key. Read once when an instance starts, refreshed beside a transaction
after 60 seconds."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from botocore.exceptions import ClientError

from chalicelib.aws import AWS_ERRORS
from chalicelib.background import Running, Spawn, spawn_thread
from chalicelib.observability import failure_fields, log
from chalicelib.storage.table import SETTINGS_KEY, Item, Table, marshal

FRESH_FOR = timedelta(seconds=60)
FIRST_READ_SECONDS = 1.5
KEY_BYTES = 32


class UnusableSettings(Exception):
    """The row is not there, or holds no key that can be used."""


@dataclass(frozen=True)
class StageSettings:
    """`key` is the stage's secret: purposes are derived from it by HMAC. `known` is False while the row could not be
    read: then the key is this instance's own, good for links that it gives out and for nothing that outlives it."""

    key: bytes
    known: bool = True


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

    def start_refresh(self) -> Running | None:
        """Read the row again in a thread beside a transaction, when it is older than 60 seconds. The caller joins it
        with a bound and goes on without it."""
        if self._read_at is not None and timedelta(0) <= self._clock() - self._read_at < FRESH_FOR:
            return None
        return self._spawn(self.refresh, "stage-settings")

    def refresh(self) -> bool:
        """Read the row now, and say whether that went well."""
        try:
            item = self._table.get(SETTINGS_KEY)
            self._seen = StageSettings(key=_key_in(item))
        except (*AWS_ERRORS, UnusableSettings) as error:
            log.warning("stage settings not read", extra={"table": self._table.name, **failure_fields(error)})
            return False
        finally:
            self._read_at = self._clock()
        return True


def _key_in(item: Item | None) -> bytes:
    if item is None:
        raise UnusableSettings("no row")
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
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
