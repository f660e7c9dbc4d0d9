"""The screening of free text: what it hears, what it leaves alone, and what it says of denials, people and time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chalicelib.models.answers import Answers
from chalicelib.models.vocabulary import rank
from chalicelib.triage.engine import triage
from chalicelib.triage.free_text import CONCEPTS, NO_TEXT, screen_text
from chalicelib.triage.rules import load_rules

PHRASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "cases" / "evidence_phrases.jsonl").read_text("utf-8").splitlines()
]


def concepts(message: str) -> set[str]:
    return set(screen_text(Answers(message=message)).matched)


def level_of(message: str) -> int:
    return rank(triage(Answers(message=message)).level)


def phrases(kind: str) -> list[object]:
    return [pytest.param(row["message"], id=row["id"]) for row in PHRASES if row["kind"] == kind]


@pytest.mark.parametrize("message", phrases("danger"))
def test_a_phrase_of_danger_is_a_crisis_or_an_emergency(message: str) -> None:
    assert level_of(message) >= rank("crisis")


@pytest.mark.parametrize("message", phrases("trap"))
def test_a_phrase_that_only_sounds_alike_is_neither_crisis_nor_emergency(message: str) -> None:
    assert level_of(message) < rank("crisis")


@pytest.mark.parametrize("message", phrases("grey"))
def test_a_phrase_of_despair_is_never_silent(message: str) -> None:
    assert rank("priority") <= level_of(message) <= rank("urgent")


@pytest.mark.parametrize(
    "message",
    [
        "i want to kil myself",
        "I want to k*ll myself",
        "thinking about su1cide",
        "i waaaaant to dieeee",
        "im gonna kill my self",
        "i do not want 2 live",
        "I WANT TO DIE!!!",
        "ｉ ｗａｎｔ ｔｏ ｄｉｅ",
        "I don’t want to live anymore",
        "kiero morirme",
        "NO QUIERO VIVIR MÁS",
        "I want to dye",
        "unalive myself tonite",
        "quiero to die",
    ],
)
def test_spelling_shorthand_and_signs_hide_nothing(message: str) -> None:
    assert "self_harm" in concepts(message)


@pytest.mark.parametrize(
    "message",
    [
        "I am not suicidal",
        "I have never had thoughts of hurting myself",
        "I'm not suicidal or thinking of killing myself",
        "no quiero morir",
        "nunca he pensado en suicidarme",
    ],
)
def test_denied_self_harm_is_a_mention_and_never_silence(message: str) -> None:
    found = concepts(message)

    assert "self_harm" not in found
    assert "self_harm_negated" in found


@pytest.mark.parametrize(
    "message",
    [
        "I'm not suicidal, but I want to die",
        "I do not sleep any more I want to die",
        "I'm not suicidal today but yesterday I nearly did it",
        "No. I want to die.",
        "No, quiero morirme",
        "I can't stop thinking about killing myself",
        "no puedo dejar de pensar en suicidarme",
        "not gonna lie I want to end my life",
        "there is no reason to live",
        "ya no quiero vivir",
    ],
)
def test_a_negation_that_ends_or_belongs_to_the_wish_denies_nothing(message: str) -> None:
    assert "self_harm" in concepts(message)


@pytest.mark.parametrize(
    ("message", "concept"),
    [
        ("I want to kill myself", "self_harm"),
        ("my husband says he is going to kill himself", "self_harm_of_other"),
        ("My mom wants to die", "self_harm_of_other"),
        ("Mi esposo dice que se quiere matar", "self_harm_of_other"),
        ("I tried to kill myself ten years ago", "past_attempt"),
        ("intenté suicidarme hace muchos años", "past_attempt"),
        ("I tried to take my own life two weeks ago", "self_harm"),
        ("I took all my pills an hour ago", "act_taken"),
    ],
)
def test_it_matters_who_and_when(message: str, concept: str) -> None:
    assert concept in concepts(message)


@pytest.mark.parametrize(
    "message",
    [
        "My brother died by suicide in 2009",
        "my sister killed herself years ago, I am doing OK",
        "I volunteer for a suicide prevention charity",
        "Do you have a protocol for patients who are suicidal?",
    ],
)
def test_the_dead_and_the_work_of_others_are_no_crisis(message: str) -> None:
    assert level_of(message) < rank("crisis")


@pytest.mark.parametrize(
    ("message", "is_emergency"),
    [
        ("My foot has been cold and blue for years, no change", False),
        ("My foot has been cold for years but this morning it went white and I can't feel it", True),
        ("since yesterday my foot is cold and blue and numb", True),
        ("my foot is cold and blue and numb, as always", False),
        ("I have had CRPS for 5 years and I have chest pain", True),
        ("had chest pain in 2019, it was reflux", False),
        ("does ketamine cause chest pain?", False),
        ("is there a risk of trouble breathing with the infusion?", False),
        ("Chest pain: no. Fever: no.", False),
        ("No chest pain, no trouble breathing", False),
        ("can't wake him and his lips are blue", True),
        ("desde anoche no siento la pierna y está helada y blanca", True),
        ("tengo la mano fría y morada desde hace años, siempre igual", False),
    ],
)
def test_a_sign_in_the_body_must_be_new_and_told_as_happening(message: str, is_emergency: bool) -> None:
    assert ("physical_emergency" in concepts(message)) is is_emergency


def test_light_signs_count_together_and_alone_are_not_silent() -> None:
    alone = concepts("I gave my dog away.")
    together = concepts("I gave my dog away. Thank you for everything, I won't be needing the appointment.")

    assert "despair" in alone
    assert "self_harm" not in alone
    assert "self_harm" in together


def test_a_passage_is_the_words_as_typed_and_their_sentence() -> None:
    found = screen_text(Answers(message="Hello. Honestly I just want to DÍE, every day! Thanks"))
    passage = found.matched["self_harm"][0]

    assert passage.words == "want to DÍE"
    assert passage.sentence == "Honestly I just want to DÍE, every day"


def test_a_long_sentence_is_cut_around_the_words() -> None:
    message = "so much pain and " * 40 + "I want to die " + "and the bill is wrong " * 40
    passage = screen_text(Answers(message=message)).matched["self_harm"][0]

    assert len(passage.sentence) <= 200
    assert "want to die" in passage.sentence
    assert passage.sentence.startswith("…")
    assert passage.sentence.endswith("…")


def test_unknown_answers_are_read_as_text_too() -> None:
    found = screen_text(Answers(other_answers={"How are you?": ("fine", "I want to die")}))

    assert [passage.words for passage in found.matched["self_harm"]] == ["want to die"]


def test_no_text_finds_nothing() -> None:
    assert screen_text(Answers(about="call")) is NO_TEXT


@pytest.mark.parametrize(
    ("message", "understood"),
    [
        ("Мне очень больно и нужна помощь", False),
        ("Chân tôi bị đau rất nhiều từ năm ngoái sau khi mổ xong", False),
        ("您好,我父亲手腕骨折后一直疼痛", False),
        ("My name is Wojciech Brzęczyszczykiewicz from Albuquerque, I take pregabalin and duloxetine", True),
        ("Buenas, soy Xóchitl de Hialeah, ¿cuánto cuesta la infusión de ketamina?", True),
        ("Precio?", True),
    ],
)
def test_text_in_another_language_is_said_to_be_not_understood(message: str, understood: bool) -> None:
    assert ("not_understood" not in concepts(message)) is understood


def test_every_concept_is_read_by_a_rule() -> None:
    asked = str([rule.when for rule in load_rules().rules])

    assert all(f"'{concept}'" in asked for concept in CONCEPTS)
