"""When AWS fails: before the transaction an honest 503, after it the answer stays a success."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

import app as app_module
from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.storage.table import SETTINGS_KEY, marshal
from tests.conftest import SettableClock, numbered_ids
from tests.fake_api import client_error
from tests.form_reader import read_form
from tests.functional.conftest import Install, Stored
from tests.website import Website

ANN = {"name": "Ann Example", "email": "ann@mail.example"}
PAGE = {"Accept": "text/html", "Sec_Fetch_Mode": "navigate"}
URL = "https://dynamodb.us-east-1.amazonaws.com"


def break_down(client: Any, operation: str, error: Exception) -> None:
    """Every call of this operation fails before it leaves."""

    def fail(**_: Any) -> None:
        raise error

    client.meta.events.register(f"before-call.*.{operation}", fail)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
        client_error("ProvisionedThroughputExceededException", operation="TransactWriteItems"),
        client_error("InternalServerError", operation="TransactWriteItems"),
        client_error("AccessDeniedException", operation="TransactWriteItems"),
        client_error("ResourceNotFoundException", operation="TransactWriteItems"),
    ],
)
def test_what_cannot_be_stored_is_an_honest_503(
    site: Website, context: AppContext, stored: Stored, error: Exception
) -> None:
    break_down(context.table.client, "TransactWriteItems", error)
    told = site.post_json("/enquiries", ANN)
    page = site.post_form("/enquiries", ANN, **PAGE)

    assert (503, 503) == (told.status, page.status)
    assert [(None, "NOT_STORED")] == told.codes
    assert "+1 202-555-0100" == told.json()["phone"]
    assert told.headers["retry-after"] == page.headers["retry-after"] == "30"
    assert "+1 202-555-0100" in page.text
    assert "could not make sure" in page.text
    assert [] == stored.items()


def test_sending_again_after_a_503_works(site: Website, install: Install, context: AppContext) -> None:
    break_down(context.table.client, "TransactWriteItems", EndpointConnectionError(endpoint_url=URL))
    fields = {**ANN, "_idempotency": "page-1"}
    refused = site.post_json("/enquiries", fields)
    mended = install()
    accepted = site.post_json("/enquiries", fields)

    assert (503, 200) == (refused.status, accepted.status)
    assert 1 == len(Stored(mended).enquiries)


def test_a_missing_table_is_a_503(site: Website, install: Install) -> None:
    install(TABLE_NAME="not-provisioned")
    answer = site.post_json("/enquiries", ANN)

    assert (503, [(None, "NOT_STORED")]) == (answer.status, answer.codes)


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url=URL), client_error("AccessDenied"), RuntimeError()]
)
def test_a_poke_that_fails_harms_nothing(site: Website, context: AppContext, stored: Stored, error: Exception) -> None:
    break_down(context.clients.sqs, "SendMessageBatch", error)

    assert 200 == site.post_json("/enquiries", ANN).status
    assert 2 == len(stored.outbox())


def test_a_reference_that_is_taken_is_drawn_again(
    site: Website, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters: Iterator[str] = iter("B" * 7 + "B" * 7 + "C" * 7)
    ids = replace(numbered_ids(), choose=lambda _: next(letters))
    monkeypatch.setattr(app_module, "instance", lambda: replace(context, ids=ids))
    first = site.post_json("/enquiries", ANN).json()
    second = site.post_json("/enquiries", {**ANN, "message": "another"}).json()
    stored = Stored(context)

    assert ("BBB-BBBB", "CCC-CCCC") == (first["reference"], second["reference"])
    assert "CCC-CCCC" in second["message"]
    assert {"BBB-BBBB", "CCC-CCCC"} == {enquiry.reference for enquiry in stored.enquiries}
    assert 2 == len(stored.items("REFERENCE#"))


def test_references_that_are_always_taken_end_in_a_503(
    site: Website, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        app_module, "instance", lambda: replace(context, ids=replace(numbered_ids(), choose=lambda _: "B"))
    )
    site.post_json("/enquiries", ANN)

    assert 503 == site.post_json("/enquiries", {**ANN, "message": "another"}).status


def test_a_missing_settings_row_does_not_keep_an_enquiry_out(
    site: Website, context: AppContext, aws: Clients, stored: Stored
) -> None:
    aws.dynamodb.delete_item(TableName=context.table.name, Key=marshal(SETTINGS_KEY))
    answer = site.post_json("/enquiries", ANN)
    page = site.get(answer.json()["next"].removeprefix("https://desk.clinic.example/api"))

    assert 200 == answer.status
    assert 200 == page.status
    assert 2 == len(stored.outbox())


def test_settings_that_cannot_be_read_do_not_keep_an_enquiry_out(
    site: Website, context: AppContext, stored: Stored
) -> None:
    break_down(context.table.client, "GetItem", EndpointConnectionError(endpoint_url=URL))

    assert 200 == site.post_json("/enquiries", ANN).status
    assert 2 == len(stored.outbox())


def test_unreadable_settings_do_not_keep_an_enquiry_out(site: Website, install: Install) -> None:
    context = install(OPENING_HOURS="nine to five", ALLOWED_ORIGINS="*", MAIL_FROM=None)

    assert 200 == site.post_json("/enquiries", ANN).status
    assert ["ALLOWED_ORIGINS", "MAIL_FROM", "OPENING_HOURS"] == site.get("/health").json()["settings_to_mend"]
    assert "new" == Stored(context).enquiry.status


def test_an_error_that_nobody_thought_of_is_a_503_without_a_stack_trace(
    site: Website, context: AppContext, monkeypatch: pytest.MonkeyPatch, stored: Stored
) -> None:
    def broken() -> str:
        raise RuntimeError("Ann Example")

    monkeypatch.setattr(app_module, "instance", lambda: replace(context, ids=replace(context.ids, new_id=broken)))
    told = site.post_json("/enquiries", ANN)
    page = site.post_form("/enquiries", ANN, **PAGE)

    assert (503, 503) == (told.status, page.status)
    assert [(None, "NOT_STORED")] == told.codes
    assert "+1 202-555-0100" in page.text
    assert "Ann Example" not in told.text + page.text
    assert "Traceback" not in told.text + page.text
    assert [] == stored.items()


def test_a_fault_of_ours_still_brings_back_form_and_advice(
    site: Website, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(context.ids, choose=lambda _: "B"[7])
    monkeypatch.setattr(app_module, "instance", lambda: replace(context, ids=broken))
    fields = {**ANN, "urgent_signs": "stroke_signs"}
    told = site.post_json("/enquiries", fields)
    page = site.post_form("/enquiries", fields, **PAGE)

    assert (503, 503) == (told.status, page.status)
    assert ["call_911"] == [advice["code"] for advice in told.json()["advice"]]
    assert "Call 911 now" in page.text
    assert ["Ann Example"] == read_form(page.text).values("name")


def test_a_stale_settings_row_is_read_beside_the_transaction(
    site: Website, context: AppContext, clock: SettableClock, stored: Stored
) -> None:
    site.post_json("/enquiries", ANN)
    other = bytes([9] * 32)
    item = marshal({**SETTINGS_KEY, "stage_key": other.hex()})
    context.table.client.put_item(TableName=context.table.name, Item=item)
    clock.advance(seconds=61)
    told = site.post_json("/enquiries", {**ANN, "message": "another"}).json()

    assert other == context.stage_settings.current().key
    assert 200 == site.get(told["next"].removeprefix("https://desk.clinic.example/api")).status
    assert 2 == len(stored.enquiries)


def test_health_says_whether_the_table_can_be_read(site: Website, install: Install) -> None:
    shallow, deep = site.get("/health"), site.get("/health?deep=1")
    install(TABLE_NAME="not-provisioned")
    broken = site.get("/health?deep=1")

    assert (200, "ok") == (shallow.status, json.loads(shallow.text)["status"])
    assert (200, True) == (deep.status, deep.json()["table"])
    assert (503, False) == (broken.status, broken.json()["table"])
    assert 200 == site.get("/health").status
