"""The linear model beside the phrases: what it reads, that its tables fit, and how both are weighed together."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.answers import Answers
from chalicelib.triage.engine import triage
from chalicelib.triage.lexicon import load_lexicon
from chalicelib.triage.passages import Passage
from chalicelib.triage.scored_text import (
    FACTS_FILE,
    HEADS,
    ModelText,
    Score,
    _packed,
    _sums,
    instances,
    load_weights,
    number_of,
    read_for_model,
    score_text,
)
from chalicelib.triage.weighing import weigh

NOTHING = Passage("", "")


def scores(**values: float) -> dict[str, Score]:
    return {name: Score(values.get(name, -9.0), name, "") for name in HEADS}


def read(text: str) -> ModelText:
    return read_for_model(load_lexicon().read(text))


def windows(text: str) -> list[str]:
    words = read(text)
    return [" ".join(words.words[window.first : window.end]) for window in words.windows]


def test_sentences_are_read_alone_and_with_their_neighbour() -> None:
    assert ["one two", "one two | three four", "three four", "three four | five", "five"] == windows(
        "One two. Three four. Five."
    )


def test_a_long_run_on_is_read_in_slices_that_overlap() -> None:
    found = read("my foot your foot his foot her foot our foot their foot this foot that foot " * 5)

    assert [30, 30, 30, 30, 20] == [window.end - window.first for window in found.windows]


@pytest.mark.parametrize(("typed", "plain"), [("CAN'T", "cant"), ("can’t", "cant"), ("pié", "pie"), ("nooooo", "no")])
def test_case_accents_apostrophes_and_long_letters_make_no_difference(typed: str, plain: str) -> None:
    assert [plain] == windows(typed)


@pytest.mark.parametrize(
    "typed", ["i wanna kms", "1 w4nt t0 k1ll myself", "iwanttokillmyself", "i want to kіll mysеlf"]
)
def test_the_model_reads_the_words_that_were_meant(typed: str) -> None:
    assert ["i want to kill myself"] == windows(typed)


@given(st.lists(st.sampled_from(("want", "die", "foot", "9", ".", "anyone", "quiero", "numb")) | st.text(max_size=5)))
def test_running_sums_find_what_reading_each_window_finds(words: list[str]) -> None:
    weights = load_weights()
    text = load_lexicon().read(" ".join(words))
    model = read_for_model(text)
    sums = _sums(model.words, weights)
    for window, found in zip(model.windows, instances(text), strict=True):
        assert sum(_packed([number_of(feature) for feature in found], weights)) == sums.over(window)


@given(st.text(max_size=400))
def test_any_text_gets_finite_scores_or_none(text: str) -> None:
    found = score_text(load_lexicon().read(text), load_weights())

    assert set(found) in (set(), set(HEADS))
    assert all(abs(score.value) < 1_000 for score in found.values())


def test_a_text_without_words_has_no_score() -> None:
    assert {} == score_text(load_lexicon().read("... !!! 🙂"), load_weights())


def test_the_tables_say_where_they_come_from() -> None:
    facts = json.loads(FACTS_FILE.read_text("utf-8"))

    assert facts["reviewed_by"] == ""
    assert facts["messages"] > 5_000


def test_an_unknown_word_weighs_nothing() -> None:
    assert [0] == _packed([number_of("w qzxvq")], load_weights())


def test_the_span_that_weighs_most_is_quoted_as_it_was_typed() -> None:
    story = "I came here in 2015 and we looked at houses and prices for a while and the weather was good, "
    message = f"{story}then I took the WHOLE bottle of pills... an hour ago and {story}"
    score = score_text(load_lexicon().read(message), load_weights())["emergency"]

    assert score.words in message
    assert "WHOLE bottle" in score.words
    assert score.words in score.sentence
    assert len(score.sentence) <= 200


@pytest.mark.parametrize(
    ("found", "values", "expected"),
    [
        ([], {"crisis": 1.0}, {"self_harm"}),
        ([], {"crisis": -1.0}, {"despair"}),
        ([], {"crisis": -5.0}, set()),
        ([], {"emergency": 1.0}, {"physical_emergency"}),
        ([], {"emergency": -1.0}, {"possible_danger"}),
        ([("self_harm", NOTHING)], {"crisis": -5.0}, {"despair"}),
        ([("self_harm", Passage("", "", plain=True))], {"crisis": -5.0}, {"despair"}),
        ([("self_harm", Passage("", "", plain=True))], {"crisis": -2.5}, {"self_harm"}),
        ([("self_harm", Passage("", "", explicit=True))], {"crisis": -15.0}, {"self_harm"}),
        ([("self_harm_negated", NOTHING)], {"crisis": 1.0}, {"self_harm_negated"}),
        ([("physical_emergency", NOTHING)], {"emergency": -5.0}, {"possible_danger"}),
        ([("skin_infection", NOTHING)], {"urgent": -5.0}, {"possible_danger"}),
        ([("skin_infection", NOTHING)], {"urgent": 0.0}, {"skin_infection"}),
        ([("fever", NOTHING)], {}, {"fever"}),
    ],
)
def test_phrases_and_scores_are_weighed_together(
    found: list[tuple[str, Passage]], values: dict[str, float], expected: set[str]
) -> None:
    assert expected == {concept for concept, _ in weigh("a few words", found, scores(**values))}


def test_what_a_phrase_says_is_never_silent_however_low_the_score() -> None:
    weighed = {concept for concept, _ in weigh("a few words", [("self_harm", NOTHING)], scores(crisis=-99.0))}

    assert weighed


def test_the_words_that_fired_are_named_with_their_sentence() -> None:
    assessment = triage(Answers(message="Prices? I gave my dog away and wrote letters for when I am gone. Thanks"))
    reasons = [fired for fired in assessment.fired if fired.level in ("crisis", "priority")]

    assert reasons
    assert any("letters" in "".join(fired.evidence) for fired in reasons)


@given(
    st.lists(
        st.sampled_from(("not", "want", "die", "no", "quiero", "vivir", "my", "leg", "cold", "since", "?", ".", "but"))
        | st.text(max_size=12),
        max_size=60,
    )
)
def test_no_text_makes_the_screening_fail(words: list[str]) -> None:
    assert "not_scored" not in triage(Answers(message=" ".join(words))).flags


def test_a_message_without_text_loads_neither_lexicon_nor_weights() -> None:
    code = (
        "import sys; from chalicelib.triage.engine import triage; from chalicelib.models.answers import Answers; "
        "triage(Answers(urgent_signs=('cold_limb',))); "
        "print([name for name in sys.modules if name.endswith(('scored_text', 'spelling', 'concepts'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)

    assert "[]" == run.stdout.splitlines()[-1]
