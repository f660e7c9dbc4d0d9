"""The work of the screening grows in step with the length of a text, whatever stands in it. Counted in lines of Python
that run, in every loop of every module, so that a busy machine changes nothing."""

from __future__ import annotations

import random
import sys
from types import FrameType
from typing import Any

import pytest

from benchmarks.hostile_texts import texts
from chalicelib.models.answers import Answers
from chalicelib.triage.free_text import screen_text
from chalicelib.triage.lexicon import load_lexicon
from chalicelib.triage.spelling import LETTERS, SEARCHES

LENGTH = 1_500
LINES_PER_CHARACTER = 60
"""About twice what the worst text needs."""
LINES_ALWAYS = 20_000
"""What spelling and naming may cost once, whatever the length: both have a budget."""
LONGEST_WORD = 80
SHORT = texts(LENGTH)
LONG = texts(4 * LENGTH)


def lines_run(message: str) -> int:
    """Lines of `chalicelib.triage` that run while a message is screened."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if event == "call" and "triage" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    answers = Answers(message=message)
    screen_text(answers)
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        screen_text(answers)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", SHORT)
def test_four_times_the_text_is_at_most_four_times_the_work(name: str) -> None:
    short, long = lines_run(SHORT[name]), lines_run(LONG[name])

    assert long <= 4.8 * short + LINES_ALWAYS
    assert long <= LINES_PER_CHARACTER * len(LONG[name]) + LINES_ALWAYS


@pytest.mark.parametrize("seed", range(12))
def test_no_mixture_of_texts_costs_more(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    parts = list(SHORT.values())
    message = ""
    while len(message) < 2 * LENGTH:
        part = chance.choice(parts)
        at = chance.randrange(len(part))
        message += part[at : at + chance.randrange(60)] + chance.choice(("", " ", ".", "\n", " ... ", "!", "\u200b"))

    assert lines_run(message) <= LINES_PER_CHARACTER * len(message) + LINES_ALWAYS


@pytest.mark.parametrize("name", LONG)
def test_no_word_is_longer_than_a_word_can_be(name: str) -> None:
    assert max(map(len, load_lexicon().read(LONG[name]).words), default=0) <= LONGEST_WORD


def test_misspellings_and_joined_words_are_searched_within_a_budget() -> None:
    flood = texts(60_000)
    misspelled, joined = (load_lexicon().speller.begin() for _ in range(2))
    for word in flood["misspellings of important words"].split():
        misspelled.spell(word)
    for word in flood["joined words"].split():
        joined.spell(word)

    assert misspelled.searches <= 0
    assert misspelled.searches > -len(load_lexicon().speller.known)
    assert 0 <= joined.letters < LETTERS
    assert misspelled.steps <= 60_000
    assert joined.steps <= 20 * LETTERS + 20 * SEARCHES
