"""When two posts are one enquiry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.intake.idempotency import claim_for, claim_of_its_own, fingerprint_of
from chalicelib.intake.parsing import parse_submission
from chalicelib.models.answers import Answers
from tests.builders import RECEIVED_AT, a_contact, a_submission
from tests.web_requests import SETTINGS, a_draft, a_json_body, a_request


def key_hash(header: str = "", hidden: str = "") -> str:
    return claim_for(a_submission(), header, hidden, RECEIVED_AT).key_hash


def test_the_header_comes_before_the_hidden_field_and_is_strict() -> None:
    claim = claim_for(a_submission(), "a", "b", RECEIVED_AT)

    assert claim.strict
    assert key_hash("a") == claim.key_hash
    assert RECEIVED_AT + timedelta(hours=24) == claim.expires_at


def test_the_hidden_field_is_valid_for_a_day_and_is_not_strict() -> None:
    claim = claim_for(a_submission(), "", "b", RECEIVED_AT)

    assert not claim.strict
    assert RECEIVED_AT + timedelta(hours=24) == claim.expires_at


def test_without_a_key_the_answers_count_for_ten_minutes() -> None:
    claim = claim_for(a_submission(), "", "", RECEIVED_AT)

    assert RECEIVED_AT + timedelta(minutes=10) == claim.expires_at
    assert key_hash() == claim.key_hash


def test_header_hidden_field_and_answers_do_not_share_keys() -> None:

    assert 4 == len({key_hash("a"), key_hash("", "a"), key_hash("b"), key_hash()})


def test_a_key_of_255_characters_counts_and_a_longer_one_is_none() -> None:

    assert key_hash("k" * 255) != key_hash()
    assert key_hash() == key_hash("k" * 256)
    assert key_hash() == key_hash("", "k" * 256)


def test_the_same_answers_have_one_fingerprint_in_every_encoding() -> None:
    posted = a_draft(
        ("symptoms", "swelling"), ("symptoms", "sweating"), ("peg_pain", "7"), ("_next", "/thanks")
    ).submission
    as_json = parse_submission(
        a_json_body(
            {"peg_pain": 7, "email": "ann@mail.example", "symptoms": ["swelling", "sweating"], "name": "Ann Example"}
        ),
        a_request(),
        SETTINGS,
    ).submission

    assert fingerprint_of(as_json) == fingerprint_of(posted)


@pytest.mark.parametrize(
    "overrides",
    [
        {"contact": a_contact(phone="(202) 555-0124", phone_e164="+12025550124")},
        {"contact": a_contact(name="Bo Example")},
        {"answers": Answers(about="call", message="Please call me in the evening.")},
        {"answers": Answers(about="call", message="Please call me in the morning.", other_answers={"a": ("b",)})},
    ],
)
def test_other_contact_or_answers_have_another_fingerprint(overrides: dict[str, object]) -> None:

    assert fingerprint_of(a_submission(**overrides)) != fingerprint_of(a_submission())


def test_other_answers_under_a_hidden_key_get_a_key_of_their_own() -> None:
    claim = claim_for(a_submission(), "", "b", RECEIVED_AT)

    assert claim_of_its_own(claim).key_hash != claim.key_hash
    assert claim_of_its_own(claim) == claim_of_its_own(claim)
    assert claim.fingerprint == claim_of_its_own(claim).fingerprint


def test_a_claim_holds_nothing_that_was_typed() -> None:
    claim = claim_for(a_submission(), "ann@mail.example", "", RECEIVED_AT)

    assert "ann" not in str(claim)
