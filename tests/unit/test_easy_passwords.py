"""Which new passwords of staff are refused though they are long enough."""

from __future__ import annotations

import pytest

from chalicelib.desk.easy_passwords import is_easy

NAMES = ("ann.miller@clinic.example", "Kalimera Clinic")


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P4ssw0rd!2026",
        "KalimeraClinic",
        "kalimera clinic 2026!",
        "ann.miller12345",
        "Miller-Miller-Miller",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "123456789012",
        "qwertyuiop12",
        "1q2w3e4r5t6y",
        "Welcome to the clinic",
        "Summer2026Summer2026",
        "pain pain pain desk",
    ],
)
def test_what_everybody_tries_first_is_easy(password: str) -> None:

    assert is_easy(password, NAMES)


@pytest.mark.parametrize(
    "password",
    [
        "a sentence of my own",
        "sandbox manager desk",
        "the heron waits by the pond",
        "una garza espera en el lago",
        "839201748362",
        "d8Gq-27xk-Pb41",
        "άλογο και φεγγάρι",
        "x" * 4 + "-ragged-lanterns",
    ],
)
def test_a_sentence_or_chance_is_not(password: str) -> None:

    assert not is_easy(password, NAMES)
