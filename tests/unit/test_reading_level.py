"""Whoever reads the form may be in pain, tired, or new to the language: sixth grade, in both languages."""

from __future__ import annotations

import pytest

from chalicelib.models.vocabulary import Language
from chalicelib.wording.texts import entries, text
from tests.reading_level import count, ease, grade

SUBJECTS = ("form", "pages", "replies", "mail", "advice")
OF_OTHERS = ("peg_", "phq4", "link.")
"""Instruments are shown in their own words, and links in the names of those whom they lead to."""
UNAVOIDABLE = {"contact_missing", "use_post", "ack_subject", "ack_automatic", "reply_number", "reply_no_details"}
"""Short texts of long words (correo electrónico, reference), which the formulas count as hard."""
CLINICAL = ("urgent_signs.", "health_conditions.")
"""Lists of signs and illnesses: what they name has the name that it has, and a clinician has to approve another."""
SIXTH_GRADE = 6.0
EASY = 70.0
"""Where the sixth grade begins on the Spanish scale."""


def sentences(language: Language, subject: str) -> dict[str, str]:
    """The texts of more than five words; shorter ones are labels, which no formula can judge."""
    said = {key: text(language, f"{subject}.{key}") for key in entries(language, subject)}
    return {key: words for key, words in said.items() if len(words.split()) > 5 and not key.startswith(OF_OTHERS)}


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("table", 2), ("walked", 1), ("painted", 2), ("emergency", 4), ("changes", 2), ("makes", 1), ("don't", 1)],
)
def test_english_syllables_are_counted_about_right(word: str, syllables: int) -> None:
    assert syllables == count("en", [word]).syllables


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("día", 2), ("guerra", 2), ("aquí", 2), ("muy", 1), ("poeta", 3), ("referencia", 4), ("ayuda", 3), ("y", 1)],
)
def test_spanish_syllables_are_counted_about_right(word: str, syllables: int) -> None:
    assert syllables == count("es", [word]).syllables


def test_the_formulas_tell_hard_from_easy() -> None:
    hard = "Individuals experiencing exacerbation of symptomatology should immediately contact emergency services."
    dificil = "Las personas que experimenten una exacerbación de su sintomatología deberán comunicarse inmediatamente."

    assert grade([hard]) > 12
    assert ease([dificil]) < 40
    assert grade(["We call you back. You can stop at any time."]) < 3
    assert ease(["Le llamamos pronto. Puede parar cuando quiera."]) > 80


@pytest.mark.parametrize("subject", SUBJECTS)
def test_english_is_at_sixth_grade(subject: str) -> None:
    assert grade(list(sentences("en", subject).values())) <= SIXTH_GRADE


@pytest.mark.parametrize("subject", SUBJECTS)
def test_spanish_is_at_sixth_grade(subject: str) -> None:
    assert ease(list(sentences("es", subject).values())) >= EASY


def test_no_text_of_the_form_is_much_harder_than_the_others() -> None:
    english = {key: grade([words]) for key, words in sentences("en", "form").items()}
    spanish = {key: ease([words]) for key, words in sentences("es", "form").items()}

    assert [] == [key for key, found in english.items() if found > (9.5 if key.startswith(CLINICAL) else 7)]
    assert [] == [key for key, found in spanish.items() if found < (40 if key.startswith(CLINICAL) else 60)]


@pytest.mark.parametrize("subject", ["pages", "replies", "mail", "advice"])
def test_no_text_on_the_way_is_much_harder_than_the_others(subject: str) -> None:
    english = {key: grade([words]) for key, words in sentences("en", subject).items() if key not in UNAVOIDABLE}
    spanish = {key: ease([words]) for key, words in sentences("es", subject).items() if key not in UNAVOIDABLE}

    assert [] == [key for key, found in english.items() if found > 7]
    assert [] == [key for key, found in spanish.items() if found < 55]
    assert {"withdraw.ask_what", "receipt.promise"} <= english.keys() or subject != "pages"
    assert "too_many" in english or subject != "replies"
