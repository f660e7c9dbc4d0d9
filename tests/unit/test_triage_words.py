"""Words, spelling and the lexicon: plain form, offsets, misspellings, the data, and the work that they cost."""

from __future__ import annotations

import random

import pytest

from chalicelib.triage.characters import plain
from chalicelib.triage.concepts import find_frames, read_groups
from chalicelib.triage.free_text import CONCEPTS
from chalicelib.triage.lexicon import GROUP_FILES, LEXICON, build_lexicon, load_lexicon, read_json
from chalicelib.triage.words import Text

TEN_THOUSAND = 10_000
STEPS_PER_WORD = 150
"""About twice what the worst input below needs: a quadratic pass would need thousands."""


def words(text: str) -> list[str]:
    return list(read(text).words)


def read(text: str) -> Text:
    return load_lexicon().read(text)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("CAN’T", "cant"),
        ("Mañana", "manana"),
        ("ﬁne", "fine"),
        ("n\u0303", "n"),
        ("su\u00adicide", "suicide"),
        ("w\ufe0fa\ufe0fn\ufe0ft", "want"),
        ("ᴅɪᴇ", "die"),
        ("ｄｉｅ", "die"),
        ("dіе", "die"),
        ("ѕо", "so"),
        ("мне", "мне"),
        ("\ufdfa" * 10_000, plain("\ufdfa" * 5)[:80]),
    ],
)
def test_plain_form_has_no_case_accents_or_invisible_signs(raw: str, expected: str) -> None:
    assert expected == plain(raw)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i cannot breathe", ["i", "cant", "breathe"]),
        ("do not go", ["dont", "go"]),
        ("wanna go 2nite", ["want", "to", "go", "tonight"]),
        ("helppp me", ["help", "me"]),
        ("i feel my feet", ["i", "feel", "my", "feet"]),
        ("k1ll", ["kill"]),
        ("my self", ["myself"]),
        ("killmyself", ["kill", "myself"]),
        ("suiicidal", ["suicidal"]),
        ("breahting", ["breathing"]),
        ("billing", ["billing"]),
        ("38.9 at 6:40", ["38.9", "at", "6", "40"]),
        ("iwanttodie", ["i", "want", "to", "die"]),
        ("nomequieromatar", ["no", "me", "quiero", "matar"]),
        ("su!cidal", ["suicidal"]),
        ("su icidal", ["suicidal"]),
        ("sui-cidal", ["suicidal"]),
        ("1 w4nt t0 d13", ["i", "want", "to", "die"]),
        ("l5 s1 a1c 50mg 10am", ["l5", "s1", "a1c", "50mg", "10am"]),
        ("i w a n t t o d i e", ["i", "want", "to", "die"]),
        ("k.i.l.l myself", ["kill", "myself"]),
        ("n o   w a y   t o   d i e", ["no", "way", "to", "die"]),
        ("i w i s h i w a s d e a d", ["i", "wish", "i", "was", "dead"]),
        ("y a mi", ["y", "a", "mi"]),
        ("quieromorirme", ["quiero", "morirme"]),
        ("discoloration electrician", ["discoloration", "electrician"]),
        ("I want to dіe", ["i", "want", "to", "die"]),
        ("I’m a b c", ["i", "am", "a", "b", "c"]),
        ("hurts!please", ["hurts", "please"]),
        ("i+want_to|die", ["i", "want", "to", "die"]),
    ],
)
def test_words_are_read_as_they_were_meant(text: str, expected: list[str]) -> None:
    assert expected == words(text)


def test_words_know_where_they_stood() -> None:
    text = read("Well,  I WANNA go. Now")
    at = text.words.index("go")

    assert text.quote(at, at) == "go"
    assert text.original[text.starts[at] : text.ends[at]] == "go"
    assert text.sentence[at] == 0
    assert text.sentence[-1] == 1


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("i\nwant\nto\ndie", 1),
        ("i ... want ... to ... die", 1),
        ("i.want.to.die", 1),
        ("my foot has been cold and white and numb\nsince this morning", 1),
        ("Prices?\nMy foot hurts", 2),
        ("my foot hurts\n\nand the prices", 2),
        ("no pain. my foot is cold", 2),
    ],
)
def test_a_break_within_a_sentence_does_not_end_it(text: str, sentences: int) -> None:
    assert sentences == len(set(read(text).sentence))


def test_a_short_line_still_ends_what_a_negation_reaches() -> None:
    text = read("no fever\ncold foot")

    assert frozenset({2}) == text.commas


@pytest.mark.parametrize(
    "text",
    [
        "want to die ",
        "no ",
        "i ",
        "leg ",
        "not or ",
        "dont want to be ",
        "cold foot numb since yesterday no ",
        "pills row counted ",
        "took all pills ",
        "cant feel my left my left ",
        "k*ll ",
        "n\u0303",
        "😀",
        "a",
        ". ",
        "a. ",
        "in 1999 ",
        "\u200b",
        "''''",
    ],
)
def test_the_work_grows_in_step_with_the_length(text: str) -> None:
    repeated = (text * TEN_THOUSAND)[:TEN_THOUSAND]
    reading = read_groups(read(repeated), load_lexicon())
    find_frames(reading)

    assert reading.steps <= STEPS_PER_WORD * max(1, len(reading.text.words))


def test_random_words_of_the_lexicon_cost_no_more() -> None:
    chance = random.Random(3)  # noqa: S311
    vocabulary = sorted(load_lexicon().classes)
    text = " ".join(chance.choice(vocabulary) for _ in range(2_000))
    reading = read_groups(read(text), load_lexicon())
    find_frames(reading)

    assert reading.steps <= STEPS_PER_WORD * len(reading.text.words)


def test_the_lexicon_says_what_it_is_and_nobody_has_reviewed_it() -> None:
    entries = [entry for name in GROUP_FILES for entry in read_json(name)["groups"]]
    ids = [entry["id"] for entry in entries]

    assert {entry["reviewed_by"] for entry in entries} == {""}
    assert all(entry["source"] and entry["phrases"] for entry in entries)
    assert {entry["language"] for entry in entries} == {"en", "es"}
    assert sorted(set(ids)) == sorted(ids)


def test_every_phrase_is_written_in_plain_form() -> None:
    for entry in (entry for name in GROUP_FILES for entry in read_json(name)["groups"]):
        for phrase in entry["phrases"]:
            for word in phrase.replace("/", " ").replace("?", "").replace("*", "").split():
                assert word.isupper() or word == plain(word) or "_" in word, f"{entry['id']}: {phrase}"


def test_frames_stand_for_concepts_that_rules_know() -> None:
    found = {frame.concept for frame in load_lexicon().frames}

    assert found <= CONCEPTS | {"death_of_other"}


def test_a_frame_with_an_unknown_group_is_refused() -> None:
    data = {"shorthand": {}, "joins": {}, "silent": "", "common": "", "important": [], "joinable": ""}
    frames = {"version": "t", "frames": [{"id": "x", "concept": "fever", "frame": "NOTHING"}]}

    with pytest.raises(ValueError, match="x: there is no group NOTHING"):
        build_lexicon(data, [], frames)


def test_the_lexicon_lies_beside_the_code() -> None:
    assert (LEXICON / "words.json").is_file()


@pytest.mark.parametrize("typed", ["202-555-0123", "(202) 555-0123", "202.555.0123", "202 555 0123"])
def test_a_telephone_number_is_one_word(typed: str) -> None:

    assert ["call", "2025550123"] == words(f"call {typed}")
