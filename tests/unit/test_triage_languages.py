"""Text in other languages is told from English and Spanish, also a sentence of it and without its accents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chalicelib.models.answers import Answers
from chalicelib.triage.characters import plain
from chalicelib.triage.engine import triage
from chalicelib.triage.languages import LANGUAGES_FILE, not_understood
from chalicelib.triage.lexicon import load_lexicon

TUNING = Path(__file__).parents[2] / "evaluation" / "tuning"


def foreign(message: str) -> str:
    return not_understood(load_lexicon().read(message), load_lexicon())


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("je veux mourir", "je veux mourir"),
        ("ich will sterben", "ich will sterben"),
        ("quero morrer", "quero morrer"),
        ("voglio morire", "voglio morire"),
        ("Tôi muốn chết", "Tôi muốn chết"),
        ("toi muon chet", "muon chet"),
        ("mwen vle mouri", "mwen vle mouri"),
        ("chcę umrzeć", "chcę umrzeć"),
        ("gusto ko nang mamatay", "ko nang mamatay"),
        ("我想死", "我想死"),
        ("死にたい", "死にたい"),
        ("죽고 싶어요", "죽고"),
        ("мне больно", "мне"),
        ("Je ne sens plus mon pied depuis ce matin", "Je ne sens plus mon pied depuis"),
        ("Non sento più il piede da stamattina ed è freddo", "il piede da stamattina"),
        ("Mwen pa ka respire e pwatrin mwen fè m mal", "Mwen pa ka respire e pwatrin mwen"),
        ("hello please call me my english is not good 我想自杀 thank you", "我想自杀"),
        ("Hello, please call me tomorrow, je veux mourir, thank you so much for all", "je veux mourir"),
        ("asdf qwer zxcv uiop", "asdf qwer zxcv uiop"),
    ],
)
def test_words_of_another_language_are_shown_as_typed(message: str, shown: str) -> None:
    assert shown in foreign(message)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "ok",
        "Chuy Hernandez",
        "I want to dіe today",
        "Kowalczyk, Łódź and Nguyễn",
        "quiero morirme",
        "kiero q me llamen, ya tu sabes",
        "α 5 µg",
        "fine ツ",
        "my foot is cold and white since this morning",
    ],
)
def test_english_spanish_and_names_are_understood(message: str) -> None:
    assert foreign(message) == ""


def test_false_alarms_are_rare_and_other_languages_are_caught() -> None:
    cases = [
        json.loads(line) for file in sorted(TUNING.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()
    ]
    ours = [case for case in cases[::7] if case.get("language") in ("en", "es")]
    others = [case for case in cases if case.get("language") == "other"]
    caught = sum(bool(foreign(case["answers"]["message"])) for case in others)

    assert sum(bool(foreign(case["answers"]["message"])) for case in ours) <= 0.005 * len(ours)
    assert caught >= 0.9 * len(others)


def test_a_message_in_another_language_is_read_by_a_person_soon() -> None:
    assessment = triage(Answers(message="je veux mourir"))

    assert {"MT-02"} == {fired.id for fired in assessment.fired if fired.level == "priority"}


def test_the_words_of_other_languages_are_plain_and_none_of_ours() -> None:
    languages = json.loads(LANGUAGES_FILE.read_text("utf-8"))["languages"]
    words = {word for language in languages for word in language["words"].split()}

    assert all(language["source"] and language["reviewed_by"] == "" for language in languages)
    assert words == {plain(word) for word in words}
    assert words.isdisjoint(load_lexicon().classes)
