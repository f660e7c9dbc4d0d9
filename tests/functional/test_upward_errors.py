"""Where something is odd, contradictory or broken, the error goes upwards: no danger is missed and nothing is lost."""

from __future__ import annotations

import logging
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

import app as app_module
from chalicelib.context import AppContext
from chalicelib.models.answers import read_answers
from chalicelib.observability import log
from chalicelib.storage.table import SETTINGS_KEY, marshal
from tests.functional.conftest import Stored
from tests.website import Website

ANN = {"name": "Ann Example", "email": "ann@mail.example"}
PAGE = {"Sec_Fetch_Mode": "navigate"}


@pytest.mark.parametrize(
    "destination", ["http://[", "https://a℀b.example/x", "https://例え.example/x", "https:/\\evil"]
)
def test_a_malformed_destination_does_not_hide_the_advice_of_a_refusal(dry_site: Website, destination: str) -> None:
    answer = dry_site.post_form("/enquiries", {"self_harm": "may_act", "_next": destination}, **PAGE)

    assert 422 == answer.status
    assert "988lifeline.org" in answer.text
    assert answer.headers["content-security-policy"].isascii()


@pytest.mark.parametrize("query", ["next=http://%5B", "next=https://%E4%BE%8B.example", "next=https://evil.example"])
def test_the_form_may_lead_to_allowed_sites_only(dry_site: Website, query: str) -> None:
    answer = dry_site.get(f"/form?{query}")

    assert 200 == answer.status
    assert "form-action 'self' https://desk.clinic.example;" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("field", "values", "expected"),
    [
        ("self_harm", ["no", "may_act"], "may_act"),
        ("self_harm", ["thoughts_safe", "no"], "thoughts_safe"),
        ("crps_diagnosis", ["no", "diagnosed"], "diagnosed"),
        ("age_group", ["18_64", "under_18"], "under_18"),
        ("phq4_down", ["0", "3"], 3),
        ("peg_pain", ["10", "9"], 10),
        ("leave_message", ["yes", "no"], False),
        ("interpreter", ["no", "yes"], True),
        ("pain_side", ["left", "right"], "left"),
    ],
)
def test_of_contradictory_values_the_more_careful_one_counts(field: str, values: list[str], expected: Any) -> None:
    answers = read_answers({field: values})

    assert expected == getattr(answers, field)
    assert 1 == len(answers.other_answers[field])


def test_a_refusal_promises_no_call(dry_site: Website) -> None:
    answer = dry_site.post_json("/enquiries", {"urgent_signs": ["overdose"], "self_harm": "may_act"})

    assert 422 == answer.status
    assert {"call_911", "call_988"} == {item["code"] for item in answer.json()["advice"]}
    assert "call you" not in answer.text


def test_an_accepted_emergency_keeps_the_promise_of_a_call(site: Website) -> None:
    answer = site.post_json("/enquiries", {**ANN, "urgent_signs": ["overdose"]})

    assert "We will also try to call you" in answer.json()["message"]


def test_a_clean_retry_after_a_filled_trap_reaches_the_clinic(site: Website, stored: Stored) -> None:
    trapped = site.post_form(
        "/enquiries", {**ANN, "message": "hello", "_gotcha": "autofill"}, Accept="application/json"
    )
    clean = site.post_form("/enquiries", {**ANN, "message": "hello"}, Accept="application/json")

    assert trapped.json()["reference"] != clean.json()["reference"]
    assert ["new", "quarantined"] == sorted(enquiry.status for enquiry in stored.enquiries)


def test_a_clean_retry_under_the_same_hidden_key_reaches_the_clinic(site: Website, stored: Stored) -> None:
    own = {**ANN, "message": "hello", "_idempotency": "k-1"}
    site.post_form("/enquiries", {**own, "_gotcha": "autofill"})
    site.post_form("/enquiries", own)

    assert ["new", "quarantined"] == sorted(enquiry.status for enquiry in stored.enquiries)


@pytest.mark.parametrize(
    ("path", "resource"),
    [("/prod/enquiries/", "/enquiries"), ("/prod/enquiries", "/enquiries"), ("/prod/f/a%20b", "/f/{form}")],
)
def test_links_keep_the_stage_whatever_the_path_looks_like(path: str, resource: str) -> None:
    from chalicelib.edge import base_url_of

    gateway = {"domainName": "abc.example", "path": path, "resourcePath": resource}

    assert "https://abc.example/prod" == base_url_of(gateway)


@pytest.mark.parametrize("row", [{"hours": "x"}, {"stage_key": "zz"}, {"stage_key": "00"}, {"stage_key": 7}])
def test_a_settings_row_without_a_usable_key_loses_nothing(
    site: Website, context: AppContext, stored: Stored, row: dict[str, Any]
) -> None:
    context.table.client.put_item(TableName=context.table.name, Item=marshal({**SETTINGS_KEY, **row}))

    answer = site.post_json("/enquiries", ANN)

    assert 200 == answer.status
    assert stored.enquiry.reference == answer.json()["reference"]


def test_a_double_click_that_races_its_own_transaction_is_tried_again_after_a_pause(
    site: Website, context: AppContext, stored: Stored
) -> None:
    pauses: list[float] = []
    context.table.pause = pauses.append
    left = [_conflict(), _conflict()]
    context.table.client.meta.events.register_first(
        "before-call.dynamodb.TransactWriteItems", lambda **_: _raise(left.pop()) if left else None
    )

    answer = site.post_json("/enquiries", ANN)

    assert 200 == answer.status
    assert [0.02, 0.06] == pauses
    assert 1 == len(stored.enquiries)


def test_deep_health_says_that_the_table_cannot_be_read_now(site: Website, context: AppContext) -> None:
    before = site.get("/health?deep=1")
    context.table.client.meta.events.register_first(
        "before-call.dynamodb.GetItem", lambda **_: _raise(_client_error("InternalServerError", "GetItem"))
    )
    after = site.get("/health?deep=1")

    assert (200, True) == (before.status, before.json()["table"])
    assert (503, False) == (after.status, after.json()["table"])


def test_a_netlify_form_name_is_neither_kept_as_form_nor_logged(
    site: Website, stored: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    site.post_form("/enquiries", {**ANN, "form-name": "mark-in-form-name"})

    assert "enquiries" == stored.enquiry.submission.form
    assert "mark-in-form-name" not in str([vars(record) for record in caplog.records])


@pytest.mark.parametrize("words", ["not agreed", "never", "opt-out", "unchecked", "none", "n/a", "refuso"])
def test_words_that_are_no_consent_do_not_become_one(site: Website, stored: Stored, words: str) -> None:
    ours = site.post_json("/enquiries", {**ANN, "_form_version": "2026-11", "consent": words})
    theirs = site.post_json("/enquiries", {**ANN, "consent": words})

    assert [("consent", "REQUIRED_FIELD_EMPTY")] == ours.codes
    assert 200 == theirs.status
    assert ("not_asked", words) == (stored.enquiry.submission.consent.given, stored.enquiry.submission.consent.wording)


@pytest.mark.parametrize("words", ["I agree to the privacy policy", "Acepto la política", "Accepted", "yes", "on"])
def test_a_ticked_box_of_another_site_is_consent(site: Website, stored: Stored, words: str) -> None:
    site.post_json("/enquiries", {**ANN, "consent": words})

    assert "yes" == stored.enquiry.submission.consent.given


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:lambda:us-east-1:210987654321:function:enquiry-desk-prod", {"AWS_ACCOUNT_ID": "210987654321"}),
        ("", {}),
        ("local", {}),
    ],
)
def test_the_account_comes_from_the_lambda_that_answers(
    monkeypatch: pytest.MonkeyPatch, arn: str, expected: dict[str, str]
) -> None:
    request = SimpleNamespace(lambda_context=SimpleNamespace(invoked_function_arn=arn))
    monkeypatch.setattr(app_module.app, "current_request", request, raising=False)

    assert expected == app_module._account()


def test_a_queue_or_a_schedule_may_be_the_first_to_ask_for_the_surroundings() -> None:
    environment = {"PATH": "", "STAGE": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    command = [sys.executable, "-c", "import app; print(app.instance().settings.stage)"]
    run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60)

    assert "test" == run.stdout.splitlines()[-1]


def test_a_log_that_fails_after_storing_does_not_undo_the_success(site: Website, stored: Stored) -> None:
    def full_disk(record: logging.LogRecord) -> bool:
        if record.getMessage() == "enquiry saved":
            raise OSError("no space left on device")
        return True

    log.addFilter(full_disk)
    try:
        answer = site.post_json("/enquiries", ANN)
    finally:
        log.removeFilter(full_disk)

    assert 200 == answer.status
    assert stored.enquiry.reference == answer.json()["reference"]


def _conflict() -> ClientError:
    error = _client_error("TransactionCanceledException", "TransactWriteItems")
    error.response["CancellationReasons"] = [{"Code": "TransactionConflict"}]  # type: ignore[typeddict-unknown-key]
    return error


def _client_error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)


def _raise(error: Exception) -> None:
    raise error
