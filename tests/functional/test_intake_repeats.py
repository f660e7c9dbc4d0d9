"""A repeat gets the first answer: one enquiry, one set of notifications."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib.context import AppContext
from chalicelib.intake.receive import receive_enquiry
from chalicelib.web import WebRequest
from tests.conftest import SettableClock
from tests.functional.conftest import Stored
from tests.web_requests import a_request
from tests.website import Website

ANN = {"name": "Ann Example", "email": "ann@mail.example", "message": "Please call me."}
OTHER = {**ANN, "message": "Please call me. I forgot: my foot is cold."}


@pytest.mark.parametrize(
    ("fields", "headers"), [({}, {}), ({"_idempotency": "page-1"}, {}), ({}, {"Idempotency_Key": "key-1"})]
)
def test_a_repeat_is_answered_word_for_word(
    site: Website, stored: Stored, clock: SettableClock, fields: dict[str, str], headers: dict[str, str]
) -> None:
    first = site.post_json("/enquiries", {**ANN, **fields}, **headers)
    clock.advance(minutes=9)
    second = site.post_json("/enquiries", {**ANN, **fields}, **headers)

    assert (200, 200) == (first.status, second.status)
    assert first.text == second.text
    assert 1 == len(stored.enquiries)
    assert 2 == len(stored.outbox())


def test_a_repeated_form_lands_on_the_same_receipt(site: Website, stored: Stored) -> None:
    locations = [site.post_form("/enquiries", ANN).headers["location"] for _ in range(3)]

    assert 1 == len(set(locations))
    assert 1 == len(stored.enquiries)


def test_a_form_sent_again_by_script_is_the_same_enquiry(site: Website, stored: Stored) -> None:
    location = site.post_form("/enquiries", ANN).headers["location"]

    assert location == site.post_json("/enquiries", ANN).json()["next"]
    assert 1 == len(stored.enquiries)


def test_the_same_answers_after_ten_minutes_are_a_new_enquiry(
    site: Website, stored: Stored, clock: SettableClock
) -> None:
    site.post_json("/enquiries", ANN)
    clock.advance(minutes=10, seconds=1)
    site.post_json("/enquiries", ANN)

    assert 2 == len(stored.enquiries)
    assert 4 == len(stored.outbox())


@pytest.mark.parametrize(("hours", "count"), [(23.9, 1), (24.1, 2)])
def test_a_key_is_valid_for_a_day(
    site: Website, stored: Stored, clock: SettableClock, hours: float, count: int
) -> None:
    site.post_json("/enquiries", ANN, Idempotency_Key="key-1")
    clock.advance(hours=hours)
    site.post_json("/enquiries", ANN, Idempotency_Key="key-1")

    assert count == len(stored.enquiries)


def test_other_answers_under_the_same_header_are_refused(site: Website, stored: Stored) -> None:
    site.post_json("/enquiries", ANN, Idempotency_Key="key-1")
    answer = site.post_json("/enquiries", OTHER, Idempotency_Key="key-1")

    assert 422 == answer.status
    assert [(None, "IDEMPOTENCY_KEY_REUSED")] == answer.codes
    assert 1 == len(stored.enquiries)


def test_other_answers_under_the_same_hidden_key_are_a_possible_duplicate(site: Website, stored: Stored) -> None:
    first = site.post_form("/enquiries", {**ANN, "_idempotency": "page-1"})
    second = site.post_form("/enquiries", {**OTHER, "_idempotency": "page-1"})
    repeat = site.post_form("/enquiries", {**OTHER, "_idempotency": "page-1"})
    flagged = {
        enquiry.submission.answers.message: "possible_duplicate" in enquiry.flags for enquiry in stored.enquiries
    }

    assert (303, 303) == (first.status, second.status)
    assert first.headers["location"] != second.headers["location"] == repeat.headers["location"]
    assert {ANN["message"]: False, OTHER["message"]: True} == flagged
    assert 4 == len(stored.outbox())


def test_two_people_may_use_the_same_words(site: Website, stored: Stored) -> None:
    site.post_json("/enquiries", ANN)
    site.post_json("/enquiries", {**ANN, "email": "bo@mail.example"})

    assert 2 == len(stored.enquiries)


def test_posts_at_the_same_moment_are_one_enquiry(context: AppContext, stored: Stored) -> None:
    body = b"name=Ann&email=ann@mail.example"
    request = a_request(body, Content_Type="application/x-www-form-urlencoded", Accept="application/json")
    together = Barrier(6)

    def post(request: WebRequest) -> str:
        together.wait()
        return receive_enquiry(context, request).body

    with ThreadPoolExecutor(6) as threads:
        answers = set(threads.map(post, [request] * 6))

    assert 1 == len(answers)
    assert '"ok": true' in answers.pop()
    assert 1 == len(stored.enquiries)
    assert 2 == len(stored.outbox())
