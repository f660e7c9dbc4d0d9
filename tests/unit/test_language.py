"""Which language a person reads."""

from __future__ import annotations

import pytest

from chalicelib.wording.language_choice import choose_language, known_language
from tests.web_requests import a_draft, a_request


@pytest.mark.parametrize("tag", ["es", "ES", "es-MX", "es_US", "es-419", " es ", "spa", "Spanish", "Español"])
def test_spanish_has_many_names(tag: str) -> None:

    assert "es" == known_language(tag)


@pytest.mark.parametrize("tag", ["en", "EN-us", "en_GB", "English", "eng", "Inglés"])
def test_english_has_many_names(tag: str) -> None:

    assert "en" == known_language(tag)


@pytest.mark.parametrize("tag", ["", "fr", "est", "e", "x-es", "\x00", "español mexicano"])
def test_any_other_word_names_no_language_of_ours(tag: str) -> None:

    assert known_language(tag) is None


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("en;q=0.5, es;q=0.9", "es"),
        ("fr-FR, es;q=0.4", "es"),
        ("fr", "en"),
        ("es;q=0", "en"),
        ("es;q=x", "en"),
        ("*", "en"),
        (";;;,,,q=q", "en"),
        ("x," * 50_000, "en"),
    ],
)
def test_the_browser_is_asked_last(header: str, language: str) -> None:

    assert language == choose_language(a_request(Accept_Language=header))


def test_what_was_chosen_comes_before_the_address_and_the_browser() -> None:
    request = a_request(query={"lang": "en"}, Accept_Language="en")

    assert "es" == choose_language(request, "es")
    assert "es" == choose_language(request, "fr", "es")
    assert "es" == choose_language(a_request(query={"lang": "es"}, Accept_Language="en"))
    assert "es" == choose_language(a_request(query={"lang": "fr"}, Accept_Language="es"))


@pytest.mark.parametrize("name", ["language", "Language", "_language"])
def test_a_form_says_its_language(name: str) -> None:

    assert "es" == a_draft((name, "es")).submission.language
