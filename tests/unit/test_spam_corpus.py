"""The corpus of spam is screened as the document says, and the half that everything was made on reaches its targets."""

from __future__ import annotations

import re

import pytest

from evaluation.document import documented
from evaluation.spam.corpus import HERE, KINDS, Post, read_corpus, verdict_on
from evaluation.spam.measure import DOCUMENT, Half, measure, parts

ADDRESS = re.compile(r"(?:@|https?://|www\.)([\w.-]+)")


@pytest.fixture(scope="module")
def halves() -> tuple[Half, Half]:
    """Both halves, measured once."""
    return measure()


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    """The corpus."""
    return read_corpus()


def test_the_tuned_half_reaches_the_targets(halves: tuple[Half, Half]) -> None:

    assert halves[0].reaches_targets


def test_the_document_says_what_is_measured(halves: tuple[Half, Half]) -> None:
    text = DOCUMENT.read_text("utf-8")

    assert documented(text, parts(halves)) == text


def test_there_are_at_least_300_of_each_in_two_equal_halves(posts: list[Post]) -> None:
    for is_spam in (True, False):
        tuned = [post for post in posts if post.is_spam is is_spam and post.is_tuned]
        reported = [post for post in posts if post.is_spam is is_spam and not post.is_tuned]

        assert len(tuned) + len(reported) >= 300
        assert abs(len(tuned) - len(reported)) <= 1


def test_every_id_is_there_once(posts: list[Post]) -> None:

    assert len(posts) == len({post.id for post in posts})


def test_no_text_stands_in_two_places(posts: list[Post]) -> None:
    lines = [line for kind in KINDS for line in (HERE / "training" / f"{kind}.txt").read_text("utf-8").splitlines()]
    messages = [next(value for name, value in post.form.pairs if "message" in name) for post in posts]

    assert set() == set(lines) & {message for message in messages if len(message.split()) > 1}


def test_every_domain_is_reserved() -> None:
    for file in (*HERE.glob("*.jsonl"), *HERE.glob("training/*.txt")):
        domains = {domain.rstrip(".") for domain in ADDRESS.findall(file.read_text("utf-8"))}

        assert set() == {
            domain for domain in domains if "." in domain and not domain.endswith((".example", ".example.com"))
        }, file.name


def test_nobody_who_sends_no_token_and_no_origin_is_quarantined_for_it(posts: list[Post]) -> None:
    bare = [post for post in posts if not post.is_spam and not post.headers and post.is_tuned]

    assert len(bare) > 20
    assert [] == [post.id for post in bare if verdict_on(post).quarantined]


@pytest.mark.parametrize(("spam", "people", "reached"), [(95, 1, True), (94, 1, False), (95, 2, False), (100, 0, True)])
def test_targets_are_weighed_without_rounding(spam: int, people: int, reached: bool) -> None:
    half = Half("a half", spam=100, spam_quarantined=spam, spam_spared=0, people=100, people_quarantined=people)

    assert reached is half.reaches_targets
