"""Spam is a score of weak signals: what a person may set off does not suffice, and danger is never held back."""

from __future__ import annotations

import json
import time
from dataclasses import fields

import pytest

from benchmarks.hostile_texts import texts
from chalicelib.screening.disposable import DOMAINS_FILE, is_disposable
from chalicelib.screening.offers import LONGEST_TEXT, PHRASES_FILE, find_offers, words_of
from chalicelib.screening.spam import SIGNALS_FILE, Evidence, load_weights, screen
from chalicelib.wording.texts import entries

OFFER = "We do SEO and link building for clinics. Shall I send you a proposal with our prices?"
ASKED = "I have CRPS in my left foot since a fracture. My doctor told me to ask about infusions."
SIGNALS = json.loads(SIGNALS_FILE.read_text("utf-8"))["signals"]
SETTINGS_OF_WORDS = {"own_health_most", "offer_most", "offer_share", "words_least", "marks_most"}


def reasons(*, may_be_danger: bool = False, **seen: object) -> tuple[str, ...]:
    return screen(Evidence(**{"texts": (ASKED,), **seen}), may_be_danger=may_be_danger).reasons  # type: ignore[arg-type]


def quarantined(**seen: object) -> bool:
    return screen(Evidence(**{"texts": (ASKED,), **seen}), may_be_danger=False).quarantined  # type: ignore[arg-type]


def test_an_offer_is_quarantined_and_a_question_is_not() -> None:

    assert quarantined(texts=(OFFER,))
    assert not quarantined()


@pytest.mark.parametrize("text", ["", "hello", "Prices?", ASKED, "necesito una cita, me duele el pie", "疼痛"])
def test_a_missing_token_and_a_missing_origin_never_quarantine(text: str) -> None:
    missing = screen(Evidence(texts=(text,), token_missing=True, origin_missing=True), may_be_danger=False)

    assert not missing.quarantined
    assert missing.score <= SIGNALS["marks_most"]["points"]


def test_what_is_missing_is_no_reason_by_itself() -> None:

    assert () == reasons(token_missing=True, origin_missing=True)


def test_danger_is_spared_whatever_the_score() -> None:
    verdict = screen(Evidence(texts=(OFFER,), trapped=("buy",)), may_be_danger=True)

    assert verdict.score >= 200
    assert (False, True) == (verdict.quarantined, verdict.spared)
    assert "honeypot_filled" in verdict.reasons


@pytest.mark.parametrize(
    "value",
    [
        "Ann Example",
        "ann",
        "EXAMPLE",
        "ann@mail.example",
        "old@mail.example",
        "(202) 555-0123",
        "\u202a202 555‑0123\u202c",
    ],
)
def test_a_honeypot_that_a_password_manager_fills_is_not_enough(value: str) -> None:
    seen = {"name": "Ann Example", "email": "ann@mail.example", "trapped": (value,)}

    assert reasons(**seen) == ("honeypot_autofilled",)
    assert not quarantined(**seen, token_missing=True, origin_missing=True, foreign_origin=True)


@pytest.mark.parametrize("value", ["x", "cheap pills", "https://shop.example", "on", "yTqWbXk"])
def test_a_honeypot_with_words_of_its_own_is_enough(value: str) -> None:

    assert quarantined(name="Ann Example", trapped=(value,))


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("see https://a.example/1", "link"),
        ("see https://a.example/1 and www.b.example/2", "links_few"),
        (" ".join(f"https://a.example/{number}" for number in range(4)), "links_many"),
        ("see https://bit.ly/abc", "link_shortened"),
        ("[url=https://a.example]shop[/url]", "link_board_markup"),
        ('<a href="https://a.example">shop</a>', "link_markup"),
        ("<script>alert(1)</script>", "attack"),
        ("' OR '1'='1", "attack"),
        ("yTqWbXkLpZrMnV", "gibberish"),
        ("asdfgh zxcvbn", "gibberish"),
        ("This is the very same sentence. " * 3, "repeated_text"),
    ],
)
def test_how_a_text_is_written_is_a_signal(text: str, signal: str) -> None:

    assert signal in reasons(texts=(text,))


@pytest.mark.parametrize(
    "text",
    [
        '<p>Hello,</p><p>pain&nbsp;</p> <a href="mailto:ann@mail.example">ann</a> <a href="tel:+12025550123">x</a>',
        "help help help help my foot",
        "I need an appointment soon please. I need an appointment soon please.",
        "Przemysław Kowalczyk, Van der Berg, Nguyen, Schmidt, O'Neil",
        "my hnad is on fier adn teh doctro siad CRSP",
        "hI mY nAmE iS jOn",
        "aaaaaaaahhhhhhhh it huuuuurts",
        "(202) 555-0147 or 202.555.0148",
    ],
)
def test_how_people_write_is_none(text: str) -> None:

    words = ("offer_", "advert_", "own_", "people_")

    assert () == tuple(name for name in reasons(texts=(text,)) if not name.startswith(words))


def test_one_text_in_several_fields_is_repeated() -> None:

    assert "repeated_text" in reasons(texts=(OFFER, OFFER))


def test_a_link_as_a_name_is_seen() -> None:

    assert "link_in_name" in reasons(name="Visit https://a.example")


def test_names_from_everywhere_are_names() -> None:
    for name in (
        "Nguyễn Thị Bích",
        "LaKeisha DeShawn McDonald",
        "Krzysztof Brzęczyszczykiewicz",
        "Ng",
        "Яна Щербакова",
    ):
        assert "gibberish_name" not in reasons(name=name), name


def test_every_field_of_the_evidence_counts() -> None:
    marks = {field.name for field in fields(Evidence) if field.type == "bool"}
    beside_an_offer = reasons(texts=(OFFER,), **dict.fromkeys(marks, True))

    assert marks <= set(beside_an_offer)


def test_disposable_addresses_are_known_and_relays_are_not() -> None:
    listed = json.loads(DOMAINS_FILE.read_text("utf-8"))

    assert is_disposable("x@mailinator.com")
    assert is_disposable("x@eu.mailinator.com")
    assert not any(map(is_disposable, ["a@gmail.com", "a@privaterelay.appleid.com", "a@duck.com", "a@mozmail.com", ""]))
    assert sorted(set(listed["domains"])) == listed["domains"]
    assert listed["version"]
    assert listed["source"]


def test_own_health_lowers_words_and_nothing_else() -> None:
    offer = screen(Evidence(texts=(OFFER,)), may_be_danger=False)
    both = screen(Evidence(texts=(f"{OFFER} {ASKED}",)), may_be_danger=False)
    trapped = screen(Evidence(texts=(ASKED,), trapped=("x",)), may_be_danger=False)

    assert both.score < offer.score
    assert 130 == trapped.score


def test_a_language_that_triage_does_not_read_says_little_by_its_wording() -> None:
    read = screen(Evidence(texts=(OFFER,)), may_be_danger=False).score
    unread = screen(Evidence(texts=(OFFER,), not_understood=True), may_be_danger=False).score

    assert unread < read + SIGNALS["not_understood"]["points"]


def test_every_signal_has_its_reason_and_is_said_in_words() -> None:
    kinds = json.loads(PHRASES_FILE.read_text("utf-8"))["kinds"].keys() - {"own_health"}
    codes = (SIGNALS.keys() - SETTINGS_OF_WORDS) | {f"offer_{kind}" for kind in kinds}
    said = {key.removeprefix("spam.") for key in entries("en", "desk_enquiry") if key.startswith("spam.")}

    assert codes | {"not_screened"} == said
    assert all(signal["reason"] for signal in SIGNALS.values())


def test_only_few_signals_suffice_alone() -> None:
    weights = load_weights()
    alone = {name for name in SIGNALS.keys() - SETTINGS_OF_WORDS if weights.points[name] >= weights.limit}

    assert {"honeypot_filled", "canary_unverified", "attack"} == alone


def test_words_are_read_without_case_accents_and_plurals() -> None:

    assert ["pagina", "link", "50", "%"] == words_of("PÁGINAS, links: 50%")


def test_a_phrase_counts_once() -> None:

    assert find_offers(("seo company",)) == find_offers(("seo company and seo company",))


@pytest.mark.parametrize("name", texts(10))
def test_the_time_does_not_grow_faster_than_the_text(name: str) -> None:
    screen(Evidence(texts=(ASKED,)), may_be_danger=False)
    text, seconds = texts(LONGEST_TEXT)[name], []
    for _ in range(3):
        started = time.process_time()
        screen(Evidence(texts=(text,)), may_be_danger=False)
        seconds.append(time.process_time() - started)

    assert min(seconds) < 0.025
