"""What a rule shows of a text is bounded and said once, and one text that fails takes nothing from the others."""

from __future__ import annotations

from chalicelib.models.answers import Answers
from chalicelib.triage.conditions import Quote
from chalicelib.triage.engine import triage
from chalicelib.triage.evidence import SHOWN, shown
from chalicelib.triage.lexicon import load_lexicon
from chalicelib.triage.passages import Passage

ITEM_LIMIT = 400_000
"""Bytes that DynamoDB takes for an item."""


def quote(words: str, sentence: str) -> Quote:
    return Quote(Passage(words, sentence))


def test_a_passage_is_shown_once() -> None:
    whole = quote("want to die", "I want to die, yes")

    assert ("about: call", whole) == shown(("about: call", whole, quote("to die", "want to die, yes"), "about: call"))


def test_only_the_first_passages_are_shown_with_how_many_there_are() -> None:
    evidence = [quote(f"words {chr(97 + number)}", f"words {chr(97 + number)}") for number in range(20)]

    assert (*evidence[:SHOWN], "and 12 more passages of the text") == shown(evidence)


def test_the_assessment_of_a_text_full_of_danger_fits_into_an_item() -> None:
    words = sorted(load_lexicon().classes)
    message = ". ".join(f"i want to kill myself {word} i took all my pills chest pain right now" for word in words)
    assessment = triage(Answers(message=message[:50_000]))

    assert assessment.level == "emergency"
    assert len(assessment.model_dump_json().encode()) < ITEM_LIMIT // 10


def test_a_text_without_spaces_is_cut_where_it_is_shown() -> None:
    assessment = triage(Answers(message="i want to kill myself" + "x" * 50_000))

    assert len(assessment.model_dump_json()) < 5_000


def test_a_text_that_cannot_be_read_takes_nothing_from_the_others() -> None:
    answers = Answers(other_answers={"note": ("I want to kill myself",)}).model_copy(update={"message": 7})
    assessment = triage(answers)

    assert assessment.level == "crisis"
    assert {"CR-02", "MT-01"} <= {fired.id for fired in assessment.fired}
