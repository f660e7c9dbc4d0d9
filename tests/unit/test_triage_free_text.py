"""The first screening of free text: what it finds, what it leaves alone, and what it costs."""

from __future__ import annotations

import time

import pytest

from chalicelib.models.answers import Answers
from chalicelib.triage.free_text import CONCEPTS, NO_TEXT, screen_text
from chalicelib.triage.lexicon import load_lexicon, parse_lexicon
from chalicelib.triage.phrases import read_phrase, sentences
from chalicelib.triage.rules import load_rules


def concepts(message: str) -> set[str]:
    return set(screen_text(Answers(message=message)).matched)


@pytest.mark.parametrize(
    "message",
    [
        "I want to die",
        "I WANT TO DIE!!!",
        "i dont want to live anymore",
        "I don’t want to live anymore",
        "kill myself",
        "thinking about ending my life",
        "suicidal",
        "I can't stop thinking about killing myself",
        "No. I want to die.",
        "No, quiero morirme",
        "quiero  morirme",
        "ya no quiero vivir",
        "No puedo dejar de pensar en suicidarme",
        "ＩＷＡＮＴ... i want to die",
        "The pain is killing me and I want to die",
    ],
)
def test_plain_words_of_self_harm_are_found(message: str) -> None:
    assert "self_harm" in concepts(message)


@pytest.mark.parametrize(
    "message",
    [
        "The pain is killing me",
        "I'm dying to know if insurance covers it",
        "I hurt myself at work lifting boxes",
        "My brother died by suicide in 2009",
        "Ketamine is used for suicidal depression, do you treat that?",
        "They call it the suicide disease",
        "can you die from ketamine?",
        "I want to end physical therapy and try something new",
        "trying to take my life back",
        "este dolor me está matando",
    ],
)
def test_words_that_only_sound_alike_are_left_alone(message: str) -> None:
    assert not concepts(message) & {"self_harm", "self_harm_negated", "act_taken", "self_harm_of_other"}


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


def test_another_word_between_ends_a_negation() -> None:
    found = concepts("I do not sleep any more I want to die")

    assert "self_harm" in found


def test_a_chronic_cue_quiets_a_physical_sign_and_a_sudden_onset_wakes_it() -> None:
    chronic = concepts("I have had chest pain for years")
    sudden = concepts("I have had chest pain for years, this morning it is much worse")

    assert "physical_emergency" not in chronic
    assert "physical_emergency" in sudden


def test_a_chronic_illness_in_another_clause_quiets_nothing() -> None:
    found = concepts("I have had CRPS for 5 years and I have chest pain")

    assert "physical_emergency" in found


def test_a_cold_limb_needs_a_sign_of_onset() -> None:
    known = concepts("my foot is cold and blue and numb, as always")
    new = concepts("since yesterday my foot is cold and blue and numb")

    assert "physical_emergency" not in known
    assert "physical_emergency" in new


def test_unknown_answers_are_read_as_text_too() -> None:
    found = screen_text(Answers(other_answers={"How are you?": ("fine", "I want to die")}))

    assert found.matched == {"self_harm": ("want to die",)}


def test_no_text_finds_nothing() -> None:
    assert screen_text(Answers(about="call")) is NO_TEXT


def test_every_concept_is_read_by_a_rule_and_found_in_both_languages() -> None:
    entries = load_lexicon().file.entries
    by_language = {
        language: {entry.concept for entry in entries if entry.language == language} for language in ("en", "es")
    }
    asked = str([rule.when for rule in load_rules().rules])

    assert by_language["en"] == by_language["es"] == CONCEPTS - {"self_harm_negated", "not_understood"}
    assert all(f"'{concept}'" in asked for concept in CONCEPTS)


def test_nobody_has_reviewed_the_lexicon_yet() -> None:
    found = {entry.reviewed_by for entry in load_lexicon().file.entries}

    assert found == {""}


def test_every_phrase_is_written_in_plain_form() -> None:
    for entry in load_lexicon().file.entries:
        for phrase in entry.phrases:
            words = " ".join(word for word in phrase.replace("/", " ").replace("?", "").split() if word.isalpha())

            assert sentences(words) == [words.split()], f"{entry.id}: {phrase}"


def test_an_unknown_cue_is_refused() -> None:
    toml = (
        'version = "t"\nnegators = []\nbridges = []\nnot_negations = []\nidioms = []\nclause_breaks = []\n'
        'common_words = []\n[cues]\n[[entries]]\nid = "x"\nconcept = "fever"\nlanguage = "en"\nneeds = "onst"\n'
        'phrases = ["fever"]\nsource = "s"\nreviewed_by = ""\n'
    )

    with pytest.raises(ValueError, match="no cue named onst"):
        parse_lexicon(toml)


def test_a_phrase_begins_with_a_word() -> None:
    with pytest.raises(ValueError, match="begins with a word"):
        read_phrase("~ pain")


@pytest.mark.parametrize(
    ("phrase", "words", "expected"),
    [
        ("kill/killing myself", "killing myself", 2),
        ("end my own? life", "end my life", 3),
        ("end my own? life", "end my own life", 4),
        ("pressure ~ 180..300", "pressure was about 190", 4),
        ("pressure ~ 180..300", "pressure was about 130", None),
        ("red ~ hot", "red a b c d e hot", 7),
        ("red ~ hot", "red a b c d e f hot", None),
        ("red hot", "red", None),
    ],
)
def test_phrases_match_words_options_gaps_and_numbers(phrase: str, words: str, expected: int | None) -> None:
    assert read_phrase(phrase).end(words.split(), 0) == expected


@pytest.mark.parametrize(
    "text", ["chest pain years ", "no ", "want to hurt ", "foot numb cold cant feel ", "temperature ", "ñ́", "(", "a"]
)
def test_cost_grows_in_step_with_the_length_of_the_text(text: str) -> None:
    load_lexicon()
    repeated = text * (40_000 // len(text))
    started = time.process_time()
    screen_text(Answers(message=repeated))
    spent = time.process_time() - started

    # A quadratic pass over 40,000 characters takes minutes, a linear one far below a second.
    assert spent < 5
