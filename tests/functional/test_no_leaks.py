"""Marked values in every field, and none of them in logs, mails, alerts, queue messages, addresses or metrics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

import app as app_module
from chalicelib.context import AppContext
from chalicelib.edge import run_job
from tests.conftest import Alerts, Mailbox, SettableClock
from tests.functional.conftest import Install, Stored
from tests.marked_values import ADDRESS, HEADERS, MARK, PATH, WHOLE, addresses, assert_unmarked, deliver_all, said
from tests.website import Website


@pytest.mark.parametrize("encoding", ["post_json", "post_form", "post_multipart"])
def test_an_accepted_enquiry_leaks_nothing(
    site: Website,
    context: AppContext,
    queued: list[str],
    stored: Stored,
    clock: SettableClock,
    mailbox: Mailbox,
    alerts: Alerts,
    logged: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    encoding: str,
) -> None:
    answer = getattr(site, encoding)(PATH, WHOLE, **HEADERS)
    deliver_all(context, stored, clock)
    location = answer.headers.get("location") or answer.json()["next"]
    receipt = site.get(location.removeprefix("https://desk.clinic.example/api"), **HEADERS)

    assert "crisis" == stored.enquiry.level
    assert len(stored.outbox()) == len(mailbox) + len(alerts) == 3
    assert 1 == len(queued)
    assert_unmarked(said(logged, capsys), *queued, addresses(answer), answer.text, receipt.text)
    assert_unmarked(*(f"{alert.subject} {alert.message}" for alert in alerts))
    assert_unmarked(*(str(mail.message) for mail in mailbox.of_kind("staff_alert")))
    (acknowledgement,) = mailbox.of_kind("acknowledgement")
    envelope = [value for name, value in acknowledgement.message.items() if name.lower() != "to"]

    assert (ADDRESS,) == acknowledgement.to
    assert_unmarked(str(envelope), acknowledgement.subject, acknowledgement.text, acknowledgement.html)


def test_the_table_holds_what_was_typed_in_the_enquiry_alone(site: Website, stored: Stored) -> None:
    site.post_json(PATH, WHOLE, **HEADERS)
    others = [item for item in stored.items() if item["sk"] != "ENQUIRY"]

    assert MARK in str(stored.enquiry)
    assert 16 == len(others)
    assert_unmarked(*(str(item) for item in others))


def test_refusals_leak_nothing(
    site: Website, install: Install, logged: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    install(ALLOWED_ORIGINS="https://clinic.example")
    unreadable = {**WHOLE, "email": f"{MARK} at mail", "phone": MARK}
    answers = [
        site.post_json(PATH, unreadable, **HEADERS),
        site.post_form(PATH, {**unreadable, "name": MARK * 200}, **HEADERS),
        site.post_json(PATH, {**WHOLE, "message": MARK * 5_000}, **HEADERS),
        site.post_json(PATH, WHOLE, Origin=f"https://{MARK}.example", **HEADERS),
        site.post_raw(PATH, f'{{"name": "{MARK}", "name": "{MARK}"}}'.encode(), "application/json", **HEADERS),
        site.post_raw(PATH, MARK.encode(), f"text/{MARK}", **HEADERS),
        site.send("DELETE", f"/f/{MARK}", **HEADERS),
        site.get(f"/received/{MARK}?{MARK}", **HEADERS),
    ]

    assert [422, 422, 422, 403, 400, 415, 405, 404] == [answer.status for answer in answers]
    assert_unmarked(said(logged, capsys), *(addresses(answer) for answer in answers))
    assert_unmarked(
        *(answer.text for answer in answers if answer.headers["content-type"].startswith("application/json"))
    )


def test_a_failing_transaction_leaks_nothing(
    site: Website, context: AppContext, logged: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(params: Any, **_: Any) -> None:
        raise EndpointConnectionError(endpoint_url=f"https://{MARK}.example/{params}")

    context.table.client.meta.events.register("before-call.dynamodb.TransactWriteItems", fail)
    answers = [site.post_json(PATH, WHOLE, **HEADERS), site.post_form(PATH, WHOLE, **HEADERS)]

    assert [503, 503] == [answer.status for answer in answers]
    assert_unmarked(said(logged, capsys), *(addresses(answer) for answer in answers), answers[0].text)


def test_an_internal_error_leaks_nothing(
    site: Website,
    context: AppContext,
    monkeypatch: pytest.MonkeyPatch,
    logged: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken() -> str:
        raise RuntimeError(MARK)

    monkeypatch.setattr(app_module, "instance", lambda: replace(context, ids=replace(context.ids, new_id=broken)))
    answers = [site.post_json(PATH, WHOLE, **HEADERS), site.post_form(PATH, WHOLE, **HEADERS), site.get("/form")]

    assert [503, 503, 503] == [answer.status for answer in answers]
    assert_unmarked(said(logged, capsys), *(addresses(answer) for answer in answers), answers[0].text)


def test_a_worker_that_fails_leaks_nothing(
    site: Website,
    context: AppContext,
    stored: Stored,
    clock: SettableClock,
    logged: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(params: Any, **_: Any) -> None:
        raise EndpointConnectionError(endpoint_url=f"https://{MARK}.example/{params}")

    site.post_json(PATH, WHOLE, **HEADERS)
    for client in (context.clients.ses, context.clients.sns, context.clients.sqs):
        client.meta.events.register("before-call", fail)
    deliver_all(context, stored, clock)

    assert_unmarked(said(logged, capsys))


def test_a_job_that_fails_tells_lambda_nothing(
    logged: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def job() -> None:
        raise ValueError(MARK)

    with pytest.raises(RuntimeError) as raised:
        run_job("deliver_notification", job)

    assert raised.value.__suppress_context__
    assert_unmarked(said(logged, capsys), str(raised.value))
