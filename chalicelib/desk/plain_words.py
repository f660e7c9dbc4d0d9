"""Codes in plain words, for the queue and for the page of an enquiry."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.notifications.staff_details import humanise
from chalicelib.wording.texts import entries, text


def flag_in_words(flag: str) -> str:
    """What a flag says; one of a health condition says so in the words of the form."""
    kind, _, what = flag.partition(":")
    if kind == "safety" and what:
        return text("en", "desk.flag.safety", what=answer_in_words("health_conditions", what).lower())
    return words_or("desk", f"flag.{flag}", sentence(flag))


def flags_in_words(flags: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of the enquiry."""
    return tuple(dict.fromkeys(flag_in_words(flag) for flag in flags))


def level_in_words(level: str) -> str:
    """`Emergency`."""
    return text("en", f"mail.level_{level}")


def status_in_words(status: str) -> str:
    """`No answer`."""
    return text("en", f"staff.digest_status_{status}")


def answer_in_words(field: str, code: str) -> str:
    """A choice as the form says it, else its code as words."""
    group = "phq4" if field.startswith("phq4_") else field
    return words_or("form", f"{group}.{code}", sentence(code))


def words_or(subject: str, key: str, otherwise: str) -> str:
    """A text, or something else where there is none."""
    return text("en", f"{subject}.{key}") if key in entries("en", subject) else otherwise


def sentence(code: str) -> str:
    """`leg_foot` is `Leg foot`."""
    words = humanise(code)
    return words[:1].upper() + words[1:]
