"""Which language a person reads: what they chose, else what their browser asks for, else English."""

from __future__ import annotations

from chalicelib.models.vocabulary import Language
from chalicelib.web import WebRequest


def choose_language(request: WebRequest, *chosen: str) -> Language:
    """The first usable of: the values in `chosen` (from the form), `?lang=`, Accept-Language by its weights; else
    English."""
    for value in (*chosen, request.query.get("lang", "")):
        if known := known_language(value):
            return known
    return _accepted(request.header("accept-language"))


def known_language(tag: str) -> Language | None:
    """The language that a tag or a word names, when it is one of ours."""
    primary = tag.strip().lower().replace("_", "-").partition("-")[0]
    if primary in ("es", "spa", "spanish", "español", "espanol"):
        return "es"
    return "en" if primary in ("en", "eng", "english", "inglés", "ingles") else None


def _accepted(header: str) -> Language:
    best: Language = "en"
    best_weight = 0.0
    for part in header[:500].split(","):
        tag, _, parameter = part.partition(";")
        weight = _weight(parameter)
        known = known_language(tag)
        if known and weight > best_weight:
            best, best_weight = known, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
