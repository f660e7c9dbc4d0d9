"""What was lost comes back out of a restored table, and what was erased does not."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.context import AppContext
from chalicelib.desk.acts import note
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.history import verify_history
from chalicelib.storage.lookups import find_by_contact
from chalicelib.storage.table import Table, enquiry_key, marshal, unmarshal
from infrastructure.bring_back import bring_all_back, run
from infrastructure.failures import CannotContinue
from infrastructure.templates import ROOT
from tests.conftest import STAGE_KEY, SettableClock
from tests.website import Website

Items = dict[tuple[str, str], dict[str, Any]]


def items(table: Table) -> Items:
    pages = table.client.get_paginator("scan").paginate(TableName=table.name)
    listed = [unmarshal(item) for page in pages for item in page["Items"]]
    return {(item["pk"], item["sk"]): item for item in listed}


def lose(table: Table, *partitions: str) -> None:
    for pk, sk in items(table):
        if pk.startswith(partitions):
            table.client.delete_item(TableName=table.name, Key=marshal({"pk": pk, "sk": sk}))


@pytest.fixture
def enquiry_id(site: Website, context: AppContext) -> str:
    """One with a note, and nothing that expires within a day."""
    posted = site.post_json("/enquiries", {"name": "Ann Example", "email": "ann@mail.example"}).json()["id"]
    note(context, posted, "A note", by="staff@example.com")
    lose(context.table, "IDEMPOTENCY#", "RATE#")
    return str(posted)


@pytest.fixture
def restored(context: AppContext, enquiry_id: str) -> Table:  # noqa: ARG001
    """A second table with what the first one holds now."""
    name = f"{context.table.name}-restored"
    context.table.client.restore_table_to_point_in_time(
        SourceTableName=context.table.name, TargetTableName=name, UseLatestRestorableTime=True
    )
    return Table(context.clients, name)


def bring(context: AppContext, source: Table, *wanted: str) -> tuple[int, list[str]]:
    said: list[str] = []
    return bring_all_back(context.table, source, STAGE_KEY, wanted, context.clock(), said.append), said


def test_a_lost_enquiry_comes_back_whole(context: AppContext, restored: Table, enquiry_id: str) -> None:
    before, reference = items(context.table), load_enquiry(context.table, enquiry_id).reference
    lose(context.table, "ENQUIRY#", "REFERENCE#", "RECEIPT#", "CONTACT#", "NAME#")
    left, said = bring(context, restored, reference)

    assert (0, before) == (left, items(context.table))
    assert verify_history(context.table, enquiry_id) is None
    assert [enquiry_id] == [each.id for each in find_by_contact(context.table, STAGE_KEY, "ann@mail.example")]
    assert [f"{reference}: {len(before) - 1} rows brought back"] == said


def test_it_goes_on_where_it_was_stopped(context: AppContext, restored: Table, enquiry_id: str) -> None:
    before, reference = items(context.table), load_enquiry(context.table, enquiry_id).reference
    lose(context.table, "REFERENCE#", "CONTACT#")
    bring(context, restored, reference)

    assert before == items(context.table)


def test_everything_since_a_moment_comes_back(
    context: AppContext, restored: Table, enquiry_id: str, clock: SettableClock
) -> None:
    lose(context.table, "ENQUIRY#")
    too_late = f"{clock.advance(minutes=1):%Y-%m-%dT%H:%M:%SZ}"

    assert (0, []) == bring(context, restored, too_late)
    assert (0, 1) == (lambda left, said: (left, len(said)))(*bring(context, restored, "2026-03-02T00:00:00Z"))
    assert enquiry_id == load_enquiry(context.table, enquiry_id).id


def test_what_has_changed_since_is_left_alone(context: AppContext, restored: Table, enquiry_id: str) -> None:
    note(context, enquiry_id, "Another note", by="staff@example.com")
    item = context.table.get(enquiry_key(enquiry_id))
    context.table.client.put_item(TableName=context.table.name, Item=marshal({**(item or {}), "level": "urgent"}))
    before, reference = items(context.table), load_enquiry(context.table, enquiry_id).reference
    left, said = bring(context, restored, reference)

    assert (1, [f"{reference} is there already"]) == (left, said)
    assert before == items(context.table)


def test_what_was_erased_stays_erased(context: AppContext, restored: Table, enquiry_id: str) -> None:
    reference = load_enquiry(context.table, enquiry_id).reference
    lose(context.table, "ENQUIRY#")
    tombstone = {**enquiry_key(enquiry_id), "sk": "ERASED"}
    context.table.client.put_item(TableName=context.table.name, Item=marshal(tombstone))
    left, said = bring(context, restored, reference)

    assert (1, [f"{reference} has been erased, and stays so"]) == (left, said)
    assert context.table.get(enquiry_key(enquiry_id)) is None


def test_what_is_in_neither_table_is_said(context: AppContext, restored: Table) -> None:

    assert (1, [f"000-0000 is not in {restored.name}"]) == bring(context, restored, "000-0000")


def test_a_table_that_does_not_exist_is_an_error_of_aws(context: AppContext) -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        bring(context, Table(context.clients, "none"), "000-0000")


@pytest.mark.parametrize("arguments", [("prod",), ("prod", "", "000-0000"), ("prod", "other-table")])
def test_what_is_missing_is_asked_for(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CannotContinue, match="Say make bringback"):
        run(arguments, ROOT, {}, print)


def test_a_moment_that_is_none_is_refused(context: AppContext, restored: Table) -> None:
    with pytest.raises(CannotContinue, match="SINCE="):
        bring(context, restored, "2026-13-01T00:00:00Z")
