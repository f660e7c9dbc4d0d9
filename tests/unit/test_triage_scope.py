"""What stands around a mention: clauses, questions, dates, denials, people. A story about prices must not hide a
danger, nor an ordinary word make one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chalicelib.models.answers import Answers
from chalicelib.models.vocabulary import rank
from chalicelib.triage.concepts import Reading, find_frames, read_groups
from chalicelib.triage.engine import triage
from chalicelib.triage.free_text import screen_text
from chalicelib.triage.lexicon import GROUP_FILES, load_lexicon, read_json
from chalicelib.triage.scope import Scope

CASES = Path(__file__).parents[1] / "cases"
STORIES = [
    "hi i have crps in my left foot since 2019 and the doctor here wont do anything {} so how much is it and do you "
    "take insurance thanks",
    "i was in a car accident in 2015 and since then my arm burns {} how much does it cost",
    "{} what are the risks of ketamine",
    "{} and is there a risk of side effects with the ketamine",
    "nothing works not even the block {} do you have openings in march",
    "{} my surgery was in 2020 do you take blue cross",
    "i have no insurance {} can you help me",
]
EMERGENCIES = [
    "I can't breathe",
    "I have crushing chest pain right now",
    "I just took 40 oxycodone",
    "I can't feel my foot since this morning and it is white",
    "my face is drooping since an hour ago",
]


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (CASES / name).read_text("utf-8").splitlines()]


def level_of(message: str) -> int:
    return rank(triage(Answers(about="call", message=message)).level)


def concepts(message: str) -> set[str]:
    return set(screen_text(Answers(message=message)).matched)


def reading_of(message: str) -> Reading:
    lexicon = load_lexicon()
    return read_groups(lexicon.read(message), lexicon)


@pytest.mark.parametrize("case", [pytest.param(row, id=str(row["id"])) for row in rows("told_plainly.jsonl")])
def test_a_message_is_neither_below_nor_above_what_it_may_be(case: dict[str, dict[str, str]]) -> None:
    level = level_of(case["answers"]["message"])

    assert rank(str(case.get("floor", "routine"))) <= level <= rank(str(case.get("ceiling", "emergency")))


@pytest.mark.parametrize("story", STORIES)
def test_a_wish_to_die_in_a_story_about_prices_is_heard(story: str) -> None:
    phrases = [str(row["message"]) for row in rows("evidence_phrases.jsonl") if row["kind"] == "danger"]
    levels = [level_of(story.format(phrase)) for phrase in phrases]

    assert 60 == len(levels)
    assert sum(level >= rank("crisis") for level in levels) >= 0.95 * len(levels)
    assert min(levels) >= rank("priority")


@pytest.mark.parametrize("emergency", EMERGENCIES)
@pytest.mark.parametrize("story", STORIES)
def test_an_emergency_in_a_story_about_prices_is_heard(story: str, emergency: str) -> None:
    assert level_of(story.format(emergency)) >= rank("emergency")


@pytest.mark.parametrize(
    ("message", "denied"),
    [
        ("no suicidal thoughts", True),
        ("I have never had any thoughts of killing myself", True),
        ("I don't think I want to die", True),
        ("no tengo ganas de morir", True),
        ("not suicidal or thinking of killing myself", True),
        ("I never leave the house, suicidal thoughts every day", False),
        ("not sleeping suicidal thoughts", False),
        ("no I want to die", False),
        ("I can't promise that I won't kill myself", False),
        ("never been so suicidal", False),
        ("no reason not to kill myself", False),
    ],
)
def test_a_denial_must_lead_straight_to_the_mention(message: str, denied: bool) -> None:
    assert ("self_harm" not in concepts(message)) is denied


@pytest.mark.parametrize(
    ("message", "historic"),
    [
        ("I tried to kill myself in 2009", True),
        ("In 2009 I tried to kill myself", True),
        ("I tried to kill myself when I was 16", True),
        ("I had surgery in 2009 and I tried to kill myself", False),
        ("I tried to kill myself and my surgery was in 2009", False),
        ("I tried to kill myself in May", False),
        ("me intenté matar en mayo", False),
    ],
)
def test_a_date_belongs_to_its_own_clause(message: str, historic: bool) -> None:
    reading = reading_of(message)
    scope = Scope(reading)
    attempts = [hit for hit in find_frames(reading) if hit.frame.id == "x-attempt"]

    assert [historic] == [scope.is_long_over(hit) for hit in attempts]


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("does ketamine cause suicidal thoughts", True),
        ("is there a risk that people commit suicide", True),
        ("suicidal thoughts every day, does it help with that", False),
        ("what if I kill myself", False),
        ("I have suicidal thoughts is it safe", False),
    ],
)
def test_a_question_governs_only_what_follows_it(message: str, asked: bool) -> None:
    reading = reading_of(message)
    scope = Scope(reading)
    mentions = [hit for hit in find_frames(reading) if hit.frame.id == "x-suicide"]

    assert {asked} == {scope.is_asked_about(hit) for hit in mentions}


@pytest.mark.parametrize(
    ("message", "is_crisis"),
    [
        ("I am a social worker and I want to kill myself", True),
        ("My patient is suicidal. What is your protocol for patients who want to kill themselves?", False),
        ("my husband wants to kill himself", True),
        ("I volunteer for a suicide prevention charity", False),
    ],
)
def test_work_with_others_speaks_for_others_only(message: str, is_crisis: bool) -> None:
    assert (level_of(message) >= rank("crisis")) is is_crisis


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("i have asthma and i cant breathe the inhaler isnt helping", "emergency"),
        ("lol i cant breathe right now its fine", "emergency"),
        ("I can't breathe since the infusion, how much is the next one", "emergency"),
        ("chest pain right now, probably reflux", "emergency"),
        ("i took 40 oxycodone should i worry", "emergency"),
        ("ya no quiero vivir con dolor y quiero saber cuánto cuesta", "crisis"),
        ("I don't want to live in pain any more and my surgery was in 2019", "crisis"),
        ("I wrote letters to my doctor for when I'm gone", "crisis"),
        ("wish the anesthesia had just kept me", "crisis"),
    ],
)
def test_an_excuse_or_a_word_of_the_clinic_hides_nothing(message: str, level: str) -> None:
    assert level_of(message) >= rank(level)


def test_an_explicit_statement_decides_however_long_the_story() -> None:
    story = "my accident was in 2015 and the insurance denied it and the doctor moved away and " * 30
    found = screen_text(Answers(message=f"{story} I want to kill myself and {story}")).matched["self_harm"]

    assert any(passage.words == "want to kill myself" or "kill myself" in passage.words for passage in found)
    assert all("kill myself" in passage.sentence for passage in found if "kill myself" in passage.words)


def test_words_within_wider_words_are_not_shown_twice() -> None:
    found = screen_text(Answers(message="I want to end my life")).matched["self_harm"]

    assert 1 == len({passage.sentence for passage in found})
    assert len(found) == len({passage.words for passage in found})
    assert not any(one.words in other.words for one in found for other in found if one is not other)


@pytest.mark.parametrize(
    "message", ["feels like a knife stabbing my hand", "denied suicidal thoughts at my last visit"]
)
def test_an_ordinary_word_is_not_shown_as_despair(message: str) -> None:
    assert "despair" not in concepts(message)


def test_the_source_of_every_word_says_that_it_was_not_reviewed() -> None:
    entries = [entry for name in GROUP_FILES for entry in read_json(name)["groups"]]

    assert all("evaluation/tuning" in entry["source"] and entry["reviewed_by"] == "" for entry in entries)
