"""Passwords that somebody would try first. Cognito knows their length only, and leaked ones in its Plus plan alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

LEAST_LEFT = 6
"""Letters and digits that must be left without all that is easy."""
SHORTEST_NAME = 3
WORDS = (
    # The place and the product.
    *("clinic", "clinica", "kalimera", "pain", "dolor", "patient", "doctor", "nurse", "health", "medical", "hospital"),
    *("enquiry", "inquiry", "desk", "front", "reception", "office", "staff", "manager", "team"),
    # What lists of leaked passwords begin with.
    *("password", "passwort", "passw", "contrasena", "clave", "secret", "qwerty", "qwertz", "letmein", "welcome"),
    *("bienvenido", "admin", "administrator", "login", "signin", "changeme", "default", "guest", "test", "master"),
    *("iloveyou", "teamo", "love", "sunshine", "princess", "dragon", "monkey", "football", "baseball", "superman"),
    *("batman", "starwars", "pokemon", "trustno", "shadow", "michael", "jessica", "charlie", "jordan", "hunter"),
    *("ashley", "computer", "internet", "google", "facebook", "whatever", "freedom", "hello", "flower", "cookie"),
    *("summer", "winter", "spring", "autumn", "january", "february", "march", "april", "june", "july", "august"),
    *("september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday"),
)
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1q2w3e4r5t6y7u8i9o0p")
_RUNS = {row[at : at + 3] for way in (1, -1) for row in (each[::way] for each in _ROWS) for at in range(len(row) - 2)}
_STANDS_FOR = str.maketrans("013457@$!", "oieastasi")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def is_easy(password: str, names: Iterable[str]) -> bool:
    """Whether one short piece makes the whole, or hardly anything is left of it without words of the place and words
    that everybody takes, `names` (the clinic's, the user's address), years, and keys beside each other; also where
    digits and signs stand for letters."""
    typed = password.casefold()
    if re.fullmatch(r"(.{1,6}?)\1+", typed):
        return True
    parts = {part for name in names for part in re.split(r"[\W_]+", name.casefold()) if len(part) >= SHORTEST_NAME}
    known = sorted({*WORDS, *parts}, key=len, reverse=True)
    return min(_left(typed, known), _left(typed.translate(_STANDS_FOR), known)) < LEAST_LEFT


def _left(text: str, known: Iterable[str]) -> int:
    for word in known:
        text = text.replace(word, " ")
    text = _YEAR.sub(" ", text)
    easy = {at + more for at in range(len(text) - 2) if _is_run(text[at : at + 3]) for more in range(3)}
    return sum(char.isalnum() and at not in easy for at, char in enumerate(text))


def _is_run(three: str) -> bool:
    return three in _RUNS or len(set(three)) == 1
