"""`python -m chalicelib.desk verify` reads every history and names the first broken link."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.context import AppContext
from chalicelib.desk.__main__ import main
from chalicelib.desk.acts import note
from chalicelib.desk.audit import record_use, try_to_record_use
from chalicelib.errors import StatusConflict
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.history import append_event, audit_of, history_of
from chalicelib.storage.table import Table, chain_key, event_key, marshal
from tests.conftest import SettableClock
from tests.desk_site import DeskSite
from tests.fake_api import clients_with
from tests.website import Website

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(context: AppContext, environment: dict[str, str], clock: SettableClock) -> Run:  # noqa: ARG001
    """Run the command in stage `test`, or in the one given."""

    def run_command(*argv: str, stage: str = "test") -> tuple[int, str, str]:
        stdout, stderr = io.StringIO(), io.StringIO()
        code = main(argv, {**environment, "STAGE": stage}, stdout, stderr, clock)
        return code, stdout.getvalue(), stderr.getvalue()

    return run_command


@pytest.fixture
def references(site: Website, context: AppContext) -> list[str]:
    """Three enquiries, each with two notes."""
    ids = [site.post_json("/enquiries", {"name": "Ann", "phone": f"202-555-012{n}"}).json()["id"] for n in range(3)]
    for enquiry_id in ids:
        note(context, enquiry_id, "A first note", by="staff@example.com")
        note(context, enquiry_id, "A second note", by="staff@example.com")
    return [load_enquiry(context.table, enquiry_id).reference for enquiry_id in ids]


def id_of(context: AppContext, reference: str) -> str:
    item = context.table.get({"pk": f"REFERENCE#{reference}", "sk": "REFERENCE"})
    assert item is not None
    return str(item["enquiry_id"])


def test_histories_that_nobody_touched_hold(run: Run, references: list[str], clock: SettableClock) -> None:
    clock.advance(days=2)

    assert (0, "3 histories verified, none broken.\n", "") == run("verify")
    assert (0, "1 history verified, none broken.\n", "") == run("verify", references[1].lower())


def test_a_changed_note_and_a_lost_one_are_named(run: Run, references: list[str], context: AppContext) -> None:
    changed, cut = (id_of(context, reference) for reference in references[:2])
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(event_key(changed, 2)),
        UpdateExpression="SET facts = :facts",
        ExpressionAttributeValues=marshal({":facts": {"text": "Another note"}}),
    )
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(event_key(cut, 3)))
    code, out, _ = run("verify")

    assert 1 == code
    assert f"BROKEN {references[0]}, link 2: its text is another than was written" in out
    assert f"BROKEN {references[1]}, link 3: the history ends elsewhere than was written" in out
    assert out.endswith("3 histories verified, 2 broken.\n")
    assert "note" not in out.lower()


def test_erased_text_holds_once_an_event_says_so(run: Run, references: list[str], context: AppContext) -> None:
    enquiry_id = id_of(context, references[0])
    context.table.client.update_item(
        TableName=context.table.name,
        Key=marshal(event_key(enquiry_id, 2)),
        UpdateExpression="SET facts = :none, salt = :empty, erased = :true",
        ExpressionAttributeValues=marshal({":none": {}, ":empty": "", ":true": True}),
    )
    before = run("verify", references[0])
    event = HistoryEvent(kind="erased", by="manager@example.com", at=context.clock())
    append_event(context.table, enquiry_id, event)

    assert 1 == before[0]
    assert "link 2: its text is gone, and no event says that it was erased" in before[1]
    assert 0 == run("verify", references[0])[0]


def test_a_history_whose_head_is_gone_is_broken(run: Run, references: list[str], context: AppContext) -> None:
    key = chain_key(id_of(context, references[0]))
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(key))

    assert "link 4: the history ends elsewhere" in run("verify", references[0])[1]


@pytest.mark.parametrize("argv", [[], ["check"], ["verify", "--all"], ["verify", "AAA-AAAA"]])
def test_what_cannot_be_run_says_so(run: Run, argv: list[str]) -> None:
    code, out, err = run(*argv)

    assert (2, "") == (code, out)
    assert err.startswith("desk: ")


def test_help_explains(run: Run) -> None:
    code, out, _ = run("--help")

    assert 0 == code
    assert "name the first broken link" in out


def test_a_stage_that_is_not_there_is_named(run: Run) -> None:

    assert 2 == run("verify", stage="elsewhere")[0]
    assert "STAGE is not set" in run("verify", stage=" ")[2]


def test_what_somebody_searched_is_a_chain_for_each_day(run: Run, context: AppContext, clock: SettableClock) -> None:
    for _ in range(2):
        record_use(context, "searched", "staff@example.com", words="Ann")
        record_use(context, "searched", "staff@example.com", words="Bob")
        clock.advance(days=1)
    whole = run("verify", "Staff@example.com")
    day = audit_of("staff@example.com", (clock() - timedelta(days=1)).date())
    context.table.client.delete_item(TableName=context.table.name, Key=marshal(event_key(day, 1)))

    assert (0, "366 histories verified, none broken.\n", "") == whole
    assert "BROKEN staff@example.com 2026-03-03, link 1: it is not there" in run("verify", "staff@example.com")[1]


def test_a_search_that_cannot_be_written_down_is_made_all_the_same(
    context: AppContext, caplog: pytest.LogCaptureFixture
) -> None:
    class Full:
        def __getattr__(self, operation: str) -> object:
            raise StatusConflict(operation)

    nowhere = Table(clients_with({}, dynamodb=Full()), context.table.name)
    with pytest.raises(StatusConflict):
        record_use(replace(context, table=nowhere), "exported", "manager@example.com")
    try_to_record_use(replace(context, table=nowhere), "searched", "staff@example.com", words="Ann")

    assert ["use not recorded"] == [record.message for record in caplog.records]
    assert "Ann" not in caplog.text


def test_a_search_is_in_the_audit_of_its_day(staff_site: DeskSite, context: AppContext) -> None:
    staff_site.post("/desk/search", {"q": "Ann Example"})
    (link,) = history_of(context.table, audit_of("staff@example.com", context.clock().date()))

    assert ("searched", "staff@example.com") == (link.kind, link.by)
    assert ("name", "0") == (link.facts["what"], link.facts["found"])
