"""Marks of a machine in who sends a post never quarantine by themselves, and people's names and addresses have none."""

from __future__ import annotations

import pytest

from chalicelib.screening.machine_marks import Sender, is_advertiser, machine_marks
from chalicelib.screening.spam import Evidence, load_weights, screen

ALL_MARKS = {
    "name": "RobertWrickson",
    "email": "robert@rankboost.example",
    "phone": "82025550141",
    "token_missing": True,
    "origin_missing": True,
    "copied_form": True,
}


def marks(name: str = "", email: str = "", phone: str = "") -> list[str]:
    return list(machine_marks(Sender(name, email, phone)))


@pytest.mark.parametrize("name", ["McDonald", "LaKeisha", "DeShawn", "MaryEllen", "Ann Example", "ANN", "O'Neil", ""])
def test_names_of_people_have_no_mark(name: str) -> None:

    assert [] == marks(name=name)


def test_two_names_in_one_word_are_a_mark() -> None:

    assert ["name_run_together"] == marks(name="RobertWrickson")


@pytest.mark.parametrize(
    "phone", ["(202) 555-0123", "+1 202 555 0123", "12025550123", "", "+44 20 7946 0123", "call me"]
)
def test_telephone_numbers_have_no_mark(phone: str) -> None:

    assert [] == marks(phone=phone)


@pytest.mark.parametrize("phone", ["82025550141", "0000000000", "(111) 111-1111"])
def test_numbers_that_are_made_up_are_a_mark(phone: str) -> None:

    assert ["phone_made_up"] == marks(phone=phone)


def test_addresses_of_advertisers_are_known_by_their_domain() -> None:
    people = ("a@gmail.com", "a@spinehealth-marketst.example", "seo@mail.example", "a@growthhospital.example", "")

    assert ["advertiser_address"] == marks(email="ann@digital-agency.example")
    assert not any(map(is_advertiser, people))


@pytest.mark.parametrize("text", ["", "hello", "Prices?", "I have CRPS in my left foot since a fracture.", "疼痛"])
def test_all_marks_together_never_quarantine(text: str) -> None:
    verdict = screen(Evidence(texts=(text,), **ALL_MARKS), may_be_danger=False)  # type: ignore[arg-type]

    assert not verdict.quarantined
    assert verdict.score < load_weights().limit


def test_marks_count_beside_an_offer() -> None:
    text = "We do SEO and link building for clinics."
    alone = screen(Evidence(texts=(text,)), may_be_danger=False)
    marked = screen(Evidence(texts=(text,), **ALL_MARKS), may_be_danger=False)  # type: ignore[arg-type]

    assert load_weights().points["marks_most"] == marked.score - alone.score
