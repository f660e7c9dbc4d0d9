"""Erasing in the table: cut off anywhere it is finished later, and nobody's write at the same moment outlives it."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.__main__ import main
from chalicelib.desk.acts import note, take
from chalicelib.errors import NotFound, StatusConflict
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import Break, HistoryEvent
from chalicelib.models.tombstone import Erasure, Tombstone
from chalicelib.schedules.reconciliation import reconcile_enquiries
from chalicelib.storage.arrivals import tombstone_key
from chalicelib.storage.enquiries import change_enquiry, load_enquiry, save_enquiry
from chalicelib.storage.erasure import erase_enquiry, finish_erasure, load_tombstone
from chalicelib.storage.history import append_event, history_of, load_head, verify_history
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.table import RECEIVED_INDEX, Table, event_key, marshal
from chalicelib.storage.viewings import keep_viewing
from tests.builders import ENQUIRY_ID, an_acceptance, an_enquiry
from tests.conftest import ENVIRONMENT, STAGE_KEY, SettableClock
from tests.desk_site import MANAGER, STAFF, DeskSite
from tests.fake_api import client_error, clients_with
from tests.functional.conftest import Stored
from tests.website import Website

MARK = "zqx7"
NOTES = 60
"""More than one transaction takes away."""
Interfere = Callable[[], object]


class Interrupted:
    """DynamoDB, where the n-th write is the last: it fails, or it is made and its answer is lost."""

    def __init__(self, client: Any, writes: int, *, made: bool) -> None:
        self._client, self._left, self._made = client, writes, made

    def __getattr__(self, operation: str) -> Any:
        if not operation.endswith(("write_items", "_item")) or operation == "get_item":
            return getattr(self._client, operation)
        self._left -= 1
        if self._left > 0 or (self._left == 0 and self._made):
            return getattr(self._client, operation) if self._left else self._lost(operation)
        raise client_error("InternalServerError")

    def _lost(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            getattr(self._client, operation)(**parameters)
            raise client_error("InternalServerError")

        return call


class Meanwhile:
    """DynamoDB, where somebody else does something just before each of the first `times` transactions."""

    def __init__(self, client: Any, interfere: Interfere, times: int = 1) -> None:
        self._client, self._interfere, self._left = client, interfere, times

    def __getattr__(self, operation: str) -> Any:
        if operation == "transact_write_items" and self._left:
            self._left -= 1
            self._interfere()
        return getattr(self._client, operation)


def on(context: AppContext, client: Any) -> Table:
    return Table(clients_with(ENVIRONMENT, dynamodb=client), context.table.name, pause=lambda _: None)


def worked_on(site: Website, context: AppContext, notes: int = 3) -> Enquiry:
    """An enquiry with marks in every kind of row, and a history with texts."""
    fields = {"name": f"{MARK} Example", "email": f"{MARK}@mail.example", "message": MARK}
    enquiry_id = str(site.post_json("/enquiries", fields).json()["id"])
    for number in range(notes):
        note(context, enquiry_id, f"{MARK} {number}", by=STAFF.user)
    keep_viewing(context.table, enquiry_id, STAFF.user, context.clock())
    return load_enquiry(context.table, enquiry_id)


def erasure(context: AppContext) -> Erasure:
    return Erasure(by=MANAGER.user, at=context.clock(), reason="asked", salt="5a17")


def erase(context: AppContext, enquiry: Enquiry, table: Table | None = None) -> Tombstone:
    return erase_enquiry(table or context.table, STAGE_KEY, enquiry, erasure(context))


def rows_left(stored: Stored, enquiry_id: str) -> set[str]:
    """What kinds of rows name the enquiry; each must hold no mark."""
    left = [item for item in stored.items() if enquiry_id in str(item)]

    assert [] == [item["sk"] for item in stored.items() if MARK in str(item)]
    return {str(item["sk"]).partition("#")[0] for item in left}


@pytest.mark.parametrize("made", [False, True])
def test_an_erasure_that_is_cut_off_anywhere_is_finished(
    site: Website, context: AppContext, stored: Stored, *, made: bool
) -> None:
    interrupted = 0
    for write in range(1, 20):
        enquiry = worked_on(site, context, notes=NOTES if write < 4 else 1)
        table = on(context, Interrupted(context.table.client, write, made=made))
        try:
            erase(context, enquiry, table)
            finish_erasure(table, enquiry.id, context.clock())
        except Exception:  # the Lambda ends here
            interrupted += 1
        else:
            break
        try:
            erase(context, load_enquiry(context.table, enquiry.id))
        except NotFound:
            assert enquiry.id == load_tombstone(context.table, enquiry.id).id
        reconcile_enquiries(context)

        assert {"CHAIN", "ERASED", "EVENT", "REFERENCE"} == rows_left(stored, enquiry.id)
        assert load_tombstone(context.table, enquiry.id).finished_at == context.clock()
        assert verify_history(context.table, enquiry.id) is None

    assert interrupted >= 3


def test_the_first_step_alone_hides_the_enquiry_and_its_receipt_says_that_more_goes(
    site: Website, manager_site: DeskSite, context: AppContext, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    enquiry = worked_on(site, context)
    lame = on(context, Interrupted(context.table.client, 2, made=False))
    monkeypatch.setattr(app_module, "instance", lambda: replace(context, table=lame))
    fields = {"reason": "asked", "reference": enquiry.reference, "version": "1"}
    answer = manager_site.post(f"/desk/enquiries/{enquiry.id}/erase", fields)
    monkeypatch.setattr(app_module, "instance", lambda: context)
    page = manager_site.get(f"/desk/enquiries/{enquiry.id}")

    assert 303 == answer.status
    assert "Some texts of its history are still being removed" in page.text
    assert MARK not in page.text
    assert "Text erased" in page.text

    reconcile_enquiries(context)

    assert "still being removed" not in manager_site.get(f"/desk/enquiries/{enquiry.id}").text
    assert {"CHAIN", "ERASED", "EVENT", "REFERENCE"} == rows_left(stored, enquiry.id)


def test_a_note_that_was_on_its_way_does_not_outlive_it(site: Website, context: AppContext, stored: Stored) -> None:
    enquiry = worked_on(site, context)
    late = on(context, Meanwhile(context.table.client, lambda: erase(context, enquiry)))
    event = HistoryEvent(kind="note", by=STAFF.user, at=context.clock(), facts={"text": MARK}, salt="5a17")
    with pytest.raises(NotFound):
        append_event(late, enquiry.id, event)
    finish_erasure(context.table, enquiry.id, context.clock())

    assert load_head(context.table, enquiry.id).closed
    assert "erased" == history_of(context.table, enquiry.id)[-1].kind
    assert {"CHAIN", "ERASED", "EVENT", "REFERENCE"} == rows_left(stored, enquiry.id)


def test_a_change_that_was_on_its_way_does_not_bring_it_back(site: Website, context: AppContext) -> None:
    enquiry = worked_on(site, context)
    late = on(context, Meanwhile(context.table.client, lambda: erase(context, enquiry)))
    event = HistoryEvent(kind="taken", by=STAFF.user, at=context.clock())
    with pytest.raises(StatusConflict):
        change_enquiry(late, enquiry, event)
    with pytest.raises(NotFound):
        load_enquiry(context.table, enquiry.id)


def test_a_note_at_the_same_moment_is_erased_too(site: Website, context: AppContext, stored: Stored) -> None:
    enquiry = worked_on(site, context)
    busy = Meanwhile(context.table.client, lambda: note(context, enquiry.id, MARK, by=STAFF.user), times=2)
    erase(context, enquiry, on(context, busy))
    finish_erasure(context.table, enquiry.id, context.clock())

    assert {"CHAIN", "ERASED", "EVENT", "REFERENCE"} == rows_left(stored, enquiry.id)
    assert verify_history(context.table, enquiry.id) is None


def test_what_changes_at_the_same_moment_is_not_erased_unseen(site: Website, context: AppContext) -> None:
    enquiry = worked_on(site, context)
    busy = Meanwhile(context.table.client, lambda: take(context, enquiry.id, by=STAFF.user, version=1))
    with pytest.raises(StatusConflict):
        erase(context, enquiry, on(context, busy))

    assert STAFF.user == load_enquiry(context.table, enquiry.id).owner
    assert 2 == len(notifications_of(context.table, enquiry.id))


def test_nothing_is_taken_from_an_enquiry_that_is_not_erased(
    site: Website, context: AppContext, stored: Stored
) -> None:
    enquiry = worked_on(site, context)
    before = stored.items()
    with pytest.raises(NotFound):
        finish_erasure(context.table, enquiry.id, context.clock())

    assert before == stored.items()


def test_it_is_erased_once(site: Website, context: AppContext) -> None:
    enquiry = worked_on(site, context)
    erase(context, enquiry)
    with pytest.raises(NotFound):
        erase(context, enquiry)

    assert [True, True] == [finish_erasure(context.table, enquiry.id, context.clock()) for _ in range(2)]


def test_the_reconciliation_says_what_it_has_finished(
    site: Website, context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(2):
        enquiry = worked_on(site, context)
        erase(context, enquiry)
        clock.advance(hours=25)
    reconcile_enquiries(context)
    reconcile_enquiries(context)
    finished = [vars(record)["enquiries"] for record in caplog.records if record.message == "erasures finished"]

    assert [2] == finished
    assert not [record for record in caplog.records if MARK in f"{vars(record)}"]


def test_an_erasure_that_cannot_be_finished_stops_neither_the_others_nor_the_look_ups(
    site: Website, context: AppContext, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    erased: list[Enquiry] = []
    for _ in range(2):
        erased.append(worked_on(site, context))
        erase(context, erased[-1])
        clock.advance(hours=25)
    save_enquiry(context.table, an_acceptance(an_enquiry(lookups_missing=True)))
    tombstone = marshal(tombstone_key(erased[0].id))
    context.table.client.update_item(
        TableName=context.table.name,
        Key=tombstone,
        UpdateExpression="SET reason = :odd",
        ExpressionAttributeValues=marshal({":odd": "of a later release"}),
    )
    with pytest.raises(ExceptionGroup):
        reconcile_enquiries(context)

    assert load_tombstone(context.table, erased[1].id).finished_at == context.clock()
    assert not load_enquiry(context.table, ENQUIRY_ID).lookups_missing
    assert [erased[0].id] == [
        vars(record)["enquiry_id"] for record in caplog.records if record.message == "erasure not finished"
    ]


def test_accounts_that_cannot_be_taken_stop_no_erasure(site: Website, context: AppContext) -> None:
    enquiry = worked_on(site, context)
    erase(context, enquiry)
    unlisted = on(context, Unlisted(context.table.client))
    with pytest.raises(ExceptionGroup):
        reconcile_enquiries(replace(context, table=unlisted))

    assert load_tombstone(context.table, enquiry.id).finished_at == context.clock()


class Unlisted:
    """DynamoDB, where index `received` does not answer."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, operation: str) -> Any:
        return self._query if operation == "query" else getattr(self._client, operation)

    def _query(self, **parameters: Any) -> Any:
        if parameters.get("IndexName") == RECEIVED_INDEX:
            raise client_error("InternalServerError")
        return self._client.query(**parameters)


def test_the_histories_of_erased_enquiries_are_verified_too(site: Website, context: AppContext) -> None:
    enquiry = worked_on(site, context)
    erase(context, enquiry)
    finish_erasure(context.table, enquiry.id, context.clock())
    whole = verify(context)
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(event_key(enquiry.id, 2)))

    assert (0, "1 history verified, none broken.\n") == whole
    assert Break(2, "missing") == verify_history(context.table, enquiry.id)
    assert (1, f"BROKEN {enquiry.reference}, link 2") == (verify(context)[0], verify(context)[1].partition(":")[0])


def verify(context: AppContext) -> tuple[int, str]:
    out = io.StringIO()
    return main(["verify"], ENVIRONMENT, out, io.StringIO(), context.clock), out.getvalue()


def test_the_longest_name_fits_into_one_transaction(site: Website, context: AppContext, stored: Stored) -> None:
    fields = {
        "name": "Maximiliane Theodora Wilhelmina Konstantina Amalia Eleonore Philippa Gonzaga",
        "email": "ann@mail.example",
        "phone": "303-555-0147",
    }
    enquiry_id = str(site.post_json("/enquiries", fields).json()["id"])
    sizes: list[int] = []

    def note_size(params: Any, **_: Any) -> None:
        sizes.append(len(params["TransactItems"]))

    context.table.client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", note_size)
    erase(context, load_enquiry(context.table, enquiry_id))

    assert [39] == sizes
    assert [] == stored.items("NAME#") + stored.items("CONTACT#")
