"""An accepted enquiry costs two AWS calls: one transaction and one poke."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from tests.conftest import SettableClock
from tests.functional.conftest import Stored
from tests.website import Website

ROOT = Path(__file__).parents[2]
ANN = {"name": "Ann Example", "email": "ann@mail.example", "urgent_signs": ["cold_limb"]}
ACCEPT = ["SendMessageBatch", "TransactWriteItems"]


@pytest.fixture
def calls(context: AppContext) -> list[str]:
    """The operations that the application has called, by name."""
    seen: list[str] = []

    def note(model: Any, **_: Any) -> None:
        seen.append(model.name)

    clients: Clients = context.clients
    for client in (clients.dynamodb, clients.sqs, clients.ses, clients.sns):
        client.meta.events.register("before-call", note)
    return seen


def test_the_first_enquiry_reads_the_settings_row_beside_its_two_calls(site: Website, calls: list[str]) -> None:
    site.post_json("/enquiries", ANN)

    assert ["GetItem", *ACCEPT] == sorted(calls)


@pytest.mark.parametrize("encoding", ["post_json", "post_form", "post_multipart"])
def test_every_other_enquiry_makes_two_calls(site: Website, calls: list[str], encoding: str) -> None:
    site.post_json("/enquiries", ANN)
    calls.clear()
    getattr(site, encoding)("/enquiries", {**ANN, "message": "another"})

    assert ACCEPT == sorted(calls)


def test_a_repeat_and_a_quarantined_enquiry_cost_no_more(site: Website, calls: list[str]) -> None:
    site.post_json("/enquiries", ANN)
    calls.clear()
    site.post_json("/enquiries", ANN)
    repeat = sorted(calls)
    calls.clear()
    site.post_json("/enquiries", {"name": "Bot", "email": "bot@mail.example", "_gotcha": "x"})

    assert ACCEPT == repeat
    assert ["TransactWriteItems"] == calls


def test_a_refused_enquiry_makes_no_call(site: Website, calls: list[str]) -> None:
    site.post_json("/enquiries", {"name": "Ann"})
    site.post_json("/enquiries", {})
    site.get("/health")

    assert [] == calls


def test_the_form_reads_the_settings_row_once_a_minute(site: Website, calls: list[str], clock: SettableClock) -> None:
    for _ in range(3):
        site.get("/form")
        site.post_form("/form?lang=es", ANN)
    first = list(calls)
    clock.advance(seconds=60)
    site.get("/form")

    assert ["GetItem"] == first
    assert ["GetItem"] * 2 == calls


def test_a_receipt_is_one_read(site: Website, calls: list[str]) -> None:
    location = site.post_form("/enquiries", ANN).headers["location"]
    calls.clear()
    site.get(location.removeprefix("https://desk.clinic.example/api"))

    assert ["GetItem"] == calls


def test_a_stale_settings_row_is_one_read_more(site: Website, calls: list[str], clock: SettableClock) -> None:
    site.post_json("/enquiries", ANN)
    calls.clear()
    clock.advance(minutes=2)
    site.post_json("/enquiries", {**ANN, "message": "another"})

    assert ["GetItem", *ACCEPT] == sorted(calls)


def test_nothing_from_form_to_mail_scans(
    site: Website, context: AppContext, stored: Stored, calls: list[str], clock: SettableClock
) -> None:
    site.post_json("/enquiries", ANN)
    rows = stored.outbox()
    calls.clear()
    for row in rows:
        deliver_notification(context, row)
    clock.advance(minutes=10)
    sweep_outbox(context)

    assert "Scan" not in calls
    assert "SendEmail" in calls
    assert "Publish" in calls


def test_the_application_has_no_word_for_a_scan() -> None:

    assert [] == [str(path) for path in sources() for name in called_names(path) if name.lower() == "scan"]


def sources() -> Iterator[Path]:
    yield ROOT / "app.py"
    yield from (ROOT / "chalicelib").rglob("*.py")


def called_names(path: Path) -> Iterator[str]:
    """Attributes and texts, so that `client.scan` and `paginator("scan")` are both seen."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
