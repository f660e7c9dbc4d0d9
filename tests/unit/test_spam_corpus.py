"""The corpus of spam is screened as the document says, and the half that everything was made on is told apart."""

from __future__ import annotations

import re

import pytest

from evaluation.document import documented
from evaluation.spam.corpus import HALVES, HERE, KINDS, REPORTED, TUNED, Post, message_of, read_corpus, verdict_on
from evaluation.spam.measure import DOCUMENT, Half, measure, parts

ADDRESS = re.compile(r"(?:@|https?://|www\.)([\w.-]+\.[a-z]{2,})", re.IGNORECASE)


@pytest.fixture(scope="module")
def halves() -> tuple[Half, Half]:
    """Both halves, measured once."""
    return measure()


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    """The corpus."""
    return [post for half in HALVES for post in read_corpus(half)]


def test_most_of_the_tuned_half_is_told_apart_and_no_person_is_held_back(halves: tuple[Half, Half]) -> None:
    tuned = halves[0]

    assert 100 * (tuned.spam_quarantined + tuned.spam_spared) >= 90 * tuned.spam
    assert 0 == tuned.people_quarantined


def test_the_document_says_what_is_measured(halves: tuple[Half, Half]) -> None:
    text = DOCUMENT.read_text("utf-8")

    assert documented(text, parts(halves)) == text


def test_there_are_at_least_300_of_each_and_200_in_each_half() -> None:
    for is_spam in (True, False):
        sizes = [sum(post.is_spam is is_spam for post in read_corpus(half)) for half in HALVES]

        assert sum(sizes) >= 300
        assert min(sizes) >= 200


def test_every_id_is_there_once(posts: list[Post]) -> None:

    assert len(posts) == len({post.id for post in posts})


def test_no_text_stands_in_two_places() -> None:
    lines = [line for kind in KINDS for line in (HERE / "training" / f"{kind}.txt").read_text("utf-8").splitlines()]
    reported = {message_of(post) for post in read_corpus(REPORTED)}
    tuned = {message_of(post) for post in read_corpus(TUNED)}
    said = {message for message in tuned | reported if len(message.split()) > 3}

    assert set() == set(lines) & said
    assert set() == tuned & reported & said


def test_every_domain_is_reserved() -> None:
    for file in (*HERE.glob("*/*.jsonl"), *HERE.glob("training/*.txt")):
        domains = {domain.lower() for domain in ADDRESS.findall(file.read_text("utf-8"))}

        assert set() == {domain for domain in domains if not domain.endswith((".example", ".example.com"))}, file.name


def test_nobody_who_sends_no_token_and_no_origin_is_quarantined_for_it() -> None:
    bare = [post for post in read_corpus(TUNED) if not post.is_spam and not post.headers]

    assert len(bare) > 20
    assert [] == [post.id for post in bare if verdict_on(post).quarantined]


@pytest.mark.parametrize(("spam", "people", "reached"), [(95, 1, True), (94, 1, False), (95, 2, False), (100, 0, True)])
def test_targets_are_weighed_without_rounding(spam: int, people: int, reached: bool) -> None:
    half = Half("a half", spam=100, spam_quarantined=spam, spam_spared=0, people=100, people_quarantined=people)

    assert reached is half.reaches_targets
