"""Faults look to an AWS client like AWS's own errors."""

from __future__ import annotations

import re

import pytest

import sandbox.faults
from sandbox.faults import FAULTS, Faults, UnknownFault, answers_error, called_service, error_answer
from sandbox.stops import Stops, UnknownStop

SIGNED = "AWS4-HMAC-SHA256 Credential=sandbox/20260302/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize("service", list(FAULTS))
def test_service_is_read_from_the_credential_scope(service: str) -> None:
    assert called_service(SIGNED.format(service)) == service


def test_unsigned_request_is_for_no_service() -> None:
    assert called_service("") == ""


def test_broken_service_is_broken_until_it_is_mended() -> None:
    faults = Faults()
    faults.set("ses", "down")
    broken = faults.of("ses")
    faults.set("ses", None)

    assert (broken, faults.of("ses"), faults.of("sqs")) == ("down", None, None)


@pytest.mark.parametrize(("service", "fault"), [("s3", "down"), (None, None), ("sqs", "paused"), ("ses", 1), ([], {})])
def test_unknown_service_or_fault_is_refused_with_what_there_is(service: object, fault: object) -> None:
    with pytest.raises(UnknownFault, match="there are"):
        Faults().set(service, fault)


@pytest.mark.parametrize("service", list(FAULTS))
def test_every_error_is_in_the_service_own_shape(service: str) -> None:
    answers = [error_answer(service, fault) for fault in FAULTS[service] if answers_error(service, fault)]

    assert answers
    assert all(answer.status >= 400 and answer.code.encode() in answer.body for answer in answers)


def test_every_fault_is_in_the_table() -> None:
    table = set(re.findall(r"^\| `(\w+)` ", sandbox.faults.__doc__ or "", re.MULTILINE))

    assert {fault for faults in FAULTS.values() for fault in faults} == table


@pytest.mark.parametrize(("fault", "is_error"), [("down", True), ("silent", False), (None, False)])
def test_service_that_does_not_answer_answers_no_error(fault: str | None, is_error: bool) -> None:
    assert answers_error("ses", fault) is is_error


def test_stop_meets_the_call_that_it_counts_to() -> None:
    stops = Stops()
    stops.set({"service": "sqs", "operation": "SendMessageBatch", "calls": 2, "after": True})
    calls = [("ses", ""), ("sqs", "AmazonSQS.ReceiveMessage"), *[("sqs", "AmazonSQS.SendMessageBatch")] * 3]
    met = [stops.meets(*call) is not None for call in calls]

    assert met == [False, False, False, True, False]


def test_stop_is_reached_when_its_call_is_held_and_ends_with_the_next() -> None:
    stops = Stops()
    stops.set({"service": "ses"})
    stop = stops.meets("ses", "")
    before = stops.reached

    assert stop is not None
    stop.released.set()
    stop.hold()

    assert (before, stops.reached) == (False, True)
    stops.set(None)

    assert (stops.reached, stops.meets("ses", "")) == (False, None)


@pytest.mark.parametrize("wanted", [{}, [], "ses", {"service": 1}, {"service": "ses", "calls": "two"}])
def test_unknown_stop_is_refused(wanted: object) -> None:
    with pytest.raises(UnknownStop, match="send JSON"):
        Stops().set(wanted)
