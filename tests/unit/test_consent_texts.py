"""Which text of consent a version of our form stands for."""

from __future__ import annotations

import hashlib

from chalicelib.pages.form_page import FORM_VERSION
from chalicelib.wording.consent_texts import consent_shown, consent_texts
from chalicelib.wording.texts import entries

DIGESTS = {"2026-11": "d765f3768c9ab372"}
"""Of each version: a text that people have agreed to is never changed. A new text needs a version of its own."""


def test_the_form_shows_the_text_of_its_version() -> None:
    shown = {language: entries(language, "form")["consent.yes"] for language in ("en", "es")}

    assert shown == consent_texts()[FORM_VERSION]


def test_every_version_says_what_it_said() -> None:
    digests = {
        version: hashlib.sha256(f"{texts['en']}\n{texts['es']}".encode()).hexdigest()[:16]
        for version, texts in consent_texts().items()
    }

    assert DIGESTS == digests


def test_what_was_shown_names_the_clinic() -> None:
    assert consent_shown("2026-11", "en", "Kalimera Clinic").startswith("I agree that Kalimera Clinic may store")
    assert consent_shown("2026-11", "es", "Kalimera Clinic").startswith("Acepto que Kalimera Clinic guarde")


def test_a_version_of_somebody_else_showed_nothing_that_we_know() -> None:
    assert "" == consent_shown("{clinic.__class__}", "en", "Kalimera Clinic")
