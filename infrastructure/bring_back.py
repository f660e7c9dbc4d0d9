"""Brings enquiries back into a stage's table out of another one of the account, above all a restored one. Nothing that
is there is overwritten, and nothing that was erased comes back.

python -m infrastructure.bring_back STAGE FROM_TABLE REFERENCE … | SINCE

SINCE is a moment in UTC, such as 2026-11-23T14:00:00Z: every enquiry that came in from then on."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import ClientError

from chalicelib.aws import Clients
from chalicelib.context import system_clock
from chalicelib.errors import NotFound
from chalicelib.models.enquiry import Enquiry
from chalicelib.storage.enquiries import enquiry_id_of
from chalicelib.storage.listings import received_between
from chalicelib.storage.lookups import lookup_items
from chalicelib.storage.receipts import receipt_hash, receipt_token
from chalicelib.storage.stage_settings import StageSettingsCache, UnusableSettings
from chalicelib.storage.table import Item, Table, enquiry_key, marshal, receipt_key, reference_key
from infrastructure.account import run_command, say_aloud, sign_in
from infrastructure.failures import CannotContinue
from infrastructure.stages import read_stage
from infrastructure.templates import ROOT

Say = Callable[[str], None]
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d")
ERASED = "ERASED"
"""Sort key of what stays of an erased enquiry."""
USAGE = "Say make bringback STAGE=… FROM=<table> and REFERENCE=<reference>, or SINCE=2026-11-23T14:00:00Z (UTC)."


class NotBroughtBack(Exception):
    """The message says why an enquiry was left as it is."""


def bring_back(table: Table, source: Table, key: bytes, enquiry_id: str) -> int:
    """Copy what is missing of one enquiry, and return how many rows that was. `key` is the stage's. Stopped anywhere,
    it can be called again. Raises NotBroughtBack.

    The enquiry comes first: a message that waits for a worker is given up where its enquiry is not there."""
    kept = source.get(enquiry_key(enquiry_id))
    if kept is None:
        raise NotBroughtBack(f"is not in {source.name}")
    if table.get({**enquiry_key(enquiry_id), "sk": ERASED}):
        raise NotBroughtBack("has been erased, and stays so")
    if table.get(enquiry_key(enquiry_id)) not in (None, kept):
        raise NotBroughtBack("is there already")
    return sum(_put_if_missing(table, item) for item in _rows(source, key, kept))


def _rows(source: Table, key: bytes, kept: Item) -> Iterator[Item]:
    """All of an enquiry but its idempotency record, which is over after a day."""
    enquiry = Enquiry.model_validate(kept)
    yield kept
    for item in source.pages("", "pk = :pk", {":pk": kept["pk"]}):
        if item["sk"] != kept["sk"]:
            yield item
    receipt = receipt_key(receipt_hash(receipt_token(key, enquiry.id)))
    yield from (item for each in (reference_key(enquiry.reference), receipt) if (item := source.get(each)))
    yield from lookup_items(key, enquiry)


def _put_if_missing(table: Table, item: Item) -> bool:
    try:
        table.client.put_item(TableName=table.name, Item=marshal(item), ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def bring_all_back(table: Table, source: Table, key: bytes, wanted: Sequence[str], now: datetime, say: Say) -> int:
    """Bring back what references or a moment name, a line each, and return how many of them could not be. Raises
    CannotContinue for what is neither."""
    left = 0
    for reference, enquiry_id in list(_named(source, wanted, now)):
        try:
            if not enquiry_id:
                raise NotBroughtBack(f"is not in {source.name}")
            say(f"{reference}: {bring_back(table, source, key, enquiry_id)} rows brought back")
        except NotBroughtBack as reason:
            say(f"{reference} {reason}")
            left += 1
    return left


def _named(source: Table, wanted: Sequence[str], now: datetime) -> Iterator[tuple[str, str]]:
    """References with their ids; an empty id where there is none."""
    for given in wanted:
        if _MOMENT.match(given):
            for listed in received_between(source, _moment(given), now):
                yield listed.reference, listed.id
            continue
        try:
            yield given, enquiry_id_of(source, given.upper())
        except NotFound:
            yield given, ""


def _moment(given: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise CannotContinue(USAGE) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def run(arguments: Sequence[str], root: Path, environment: Mapping[str, str], say: Say) -> int:
    """Exit code 0 when every enquiry was brought back. Raises CannotContinue, or AWS's own errors."""
    stage, source_name, *wanted = [*arguments, "", ""][: max(2, len(arguments))]
    files = read_stage(stage.strip(), root)
    if not source_name or not wanted:
        raise CannotContinue(USAGE)
    account = sign_in(environment)
    clients = Clients(account.environment)
    table, source = Table(clients, files.settings.table), Table(clients, source_name)
    if source.name == table.name:
        raise CannotContinue(f"{table.name} is the table that stage {stage} works with. {USAGE}")
    try:
        key = StageSettingsCache(table, system_clock, os.urandom).known_key()
    except UnusableSettings:
        raise CannotContinue(
            f"{table.name} has no settings row with the stage's key: make provision STAGE={stage}"
        ) from None
    return 1 if bring_all_back(table, source, key, wanted, system_clock(), say) else 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: run(sys.argv[1:], ROOT, os.environ, say_aloud)))
