"""The render token says when our form was rendered, and is never held against a person who has none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.intake.controls import split_controls
from chalicelib.intake.render_token import FIELD, Rendering, issue_token, read_token
from chalicelib.storage.stage_settings import StageSettings

STAGE = StageSettings(key=bytes(32))
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TOKEN = issue_token(STAGE, NOW)


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=0), Rendering(is_instant=True)),
        (timedelta(seconds=2), Rendering(is_instant=True)),
        (timedelta(seconds=3), Rendering()),
        (timedelta(hours=24), Rendering()),
        (timedelta(hours=25), Rendering(is_missing=True)),
        (timedelta(seconds=-2), Rendering(is_instant=True)),
        (timedelta(hours=-1), Rendering(is_missing=True)),
    ],
)
def test_the_age_of_the_page_is_read(age: timedelta, said: Rendering) -> None:

    assert said == read_token(TOKEN, STAGE, NOW + age)


@pytest.mark.parametrize(
    "token", ["x", TOKEN[:-1] + "z", "9999999999" + TOKEN[10:], TOKEN + "0", "٠" * 10 + TOKEN[10:]]
)
def test_a_changed_token_is_forged(token: str) -> None:

    assert Rendering(is_forged=True) == read_token(token, STAGE, NOW)


def test_a_token_of_another_stage_is_forged() -> None:

    assert Rendering(is_forged=True) == read_token(TOKEN, StageSettings(key=bytes(31) + b"1"), NOW)


def test_no_token_is_missing() -> None:

    assert Rendering(is_missing=True) == read_token("", STAGE, NOW)


def test_without_the_key_none_is_issued_and_none_is_held_against_anybody() -> None:
    asleep = StageSettings(key=bytes(32), known=False)

    assert "" == issue_token(asleep, NOW)
    assert Rendering() == read_token("x", asleep, NOW)


def test_the_token_is_no_answer() -> None:
    controls, answers = split_controls(((FIELD, TOKEN), ("name", "Ann")))

    assert TOKEN == controls.rendered
    assert (("name", "Ann"),) == answers
