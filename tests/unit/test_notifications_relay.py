"""Pokes: what they say, and that their failure harms nothing."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.context import AppContext, context_from
from chalicelib.notifications.relay import poke, queue_url, start_poke
from chalicelib.notifications.worker import LAST_ATTEMPT, RETRY_DELAYS, notification_id_of
from tests.builders import a_notification, sqs_event
from tests.fake_api import FakeApi, client_error, clients_with

ID = a_notification().notification_id
URL = "https://sqs.us-east-1.amazonaws.com/123456789012/enquiry-desk-test-notifications"


def context_with(environment: dict[str, str], sqs: Any) -> AppContext:
    return replace(context_from(environment), clients=clients_with(environment, sqs=sqs))


def metrics(records: list[logging.LogRecord], name: str) -> int:
    return sum(name in vars(record) for record in records)


def test_queue_url_is_built_from_region_and_account(environment: dict[str, str]) -> None:
    sqs = FakeApi({})

    assert queue_url(context_with(environment, sqs)) == URL
    assert sqs.calls == []


def test_queue_url_of_an_unknown_account_is_looked_up_once(environment: dict[str, str]) -> None:
    sqs = FakeApi({"QueueUrl": "https://looked.up/queue"})
    context = context_with({**environment, "AWS_ACCOUNT_ID": ""}, sqs)

    assert {queue_url(context) for _ in range(3)} == {"https://looked.up/queue"}
    assert sqs.calls == [{"operation": "get_queue_url", "QueueName": "enquiry-desk-test-notifications"}]


def test_poke_is_one_call_that_says_the_id_and_nothing_else(environment: dict[str, str]) -> None:
    sqs = FakeApi({"Successful": []})
    accepted = poke(context_with(environment, sqs), [ID, f"{ID[:36]}_acknowledgement"], 3)
    (call,) = sqs.calls

    assert accepted == 2
    assert (call["operation"], call["QueueUrl"]) == ("send_message_batch", URL)
    assert [entry["DelaySeconds"] for entry in call["Entries"]] == [3, 3]
    assert json.loads(call["Entries"][0]["MessageBody"]) == {"notification_id": ID}


def test_no_rows_need_no_call(environment: dict[str, str]) -> None:
    sqs = FakeApi({})

    assert poke(context_with(environment, sqs), []) == 0
    assert sqs.calls == []


@pytest.mark.parametrize(
    "error", [client_error("ServiceUnavailable", f"{ID} ann@mail.example"), RuntimeError("secret")]
)
def test_failed_poke_is_one_warning(
    environment: dict[str, str], caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")

    assert poke(context_with(environment, FakeApi(error)), [ID]) == 0
    assert [record.notification_ids for record in caplog.records if record.message == "poke failed"] == [[ID]]
    assert "ann@mail.example" not in str([vars(record) for record in caplog.records])
    assert "secret" not in str([vars(record) for record in caplog.records])


def test_part_of_a_batch_that_sqs_refused_is_named(
    environment: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "enquiry_desk")
    sqs = FakeApi({"Successful": [{"Id": "0"}], "Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False}]})

    assert poke(context_with(environment, sqs), ["first", "second"]) == 1
    assert [record.notification_ids for record in caplog.records if record.message == "poke failed"] == [["second"]]


def test_poke_beside_the_transaction_is_done_when_it_is_finished(environment: dict[str, str]) -> None:
    sqs = FakeApi({"Successful": []})
    start_poke(context_with(environment, sqs), [ID]).finish()

    assert [call["Entries"][0]["DelaySeconds"] for call in sqs.calls] == [1]


def test_poke_that_hangs_is_given_up_and_holds_nothing_back(environment: dict[str, str]) -> None:
    released = threading.Event()
    in_flight = start_poke(context_with(environment, FakeApi(lambda: released.wait(10) and {})), [ID])
    in_flight.finish(timeout_seconds=0.01)

    assert isinstance(in_flight.running, threading.Thread)
    assert in_flight.running.is_alive()
    assert in_flight.running.daemon is True
    released.set()
    in_flight.running.join(5)


def test_poke_that_cannot_even_start_is_harmless(environment: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        region = "us-east-1"

        @property
        def sqs(self) -> Any:
            raise RuntimeError("no client")

    context = replace(context_from(environment), clients=Broken())
    start_poke(context, [ID]).finish()

    assert "poke failed" in caplog.messages


def test_id_is_read_from_an_sqs_message() -> None:

    assert notification_id_of(sqs_event(ID)["Records"][0]["body"]) == ID


@pytest.mark.parametrize(
    "body",
    [
        "",
        "ann@mail.example",
        "[]",
        '"text"',
        "null",
        "{}",
        '{"notification_id": 7}',
        '{"notification_id": ["a_staff_alert"]}',
        '{"notification_id": "ann@mail.example"}',
        "[" * 100_000,
    ],
    ids=lambda body: body[:30],
)
def test_message_that_is_no_poke_is_refused_without_an_echo(body: str) -> None:
    with pytest.raises(ValueError, match=r"^not a poke$") as refusal:
        notification_id_of(body)

    assert refusal.value.__suppress_context__ is True


def test_three_retries_fall_within_thirty_seconds_and_the_last_is_stated() -> None:

    assert sum(delay.total_seconds() + 1 for delay in RETRY_DELAYS[:3]) <= 30
    assert sorted(RETRY_DELAYS) == list(RETRY_DELAYS)
    assert LAST_ATTEMPT == 9
