"""The texts of the pages: both languages say the same things, and nothing claims what the evidence does not carry."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from chalicelib.models.vocabulary import Language
from chalicelib.pages.embed import embed_script
from chalicelib.pages.form_questions import sections
from chalicelib.settings import Settings
from chalicelib.wording.texts import entries, text

SUBJECTS = ("form", "pages", "replies", "advice", "mail")
"""All that the public reads; what staff read is English only."""
SAME_IN_BOTH = {
    "form.error_prefix", "form.language.en", "form.language.es", "form.interpreter.no", "form.self_harm.no",
    "form.crps_diagnosis.no", "form.out_of_proportion.no", "pages.leave_page.url", "mail.level_crisis",
}  # fmt: skip
"""Words that both languages spell alike, each language's own name, and an address."""
SITE = Path(__file__).parents[2] / "sandbox" / "site" / "index.html"
CLAIMS = re.compile(
    r"proven|cures?\b|miracle|breakthrough|success rate|guarantee|pain[- ]free|highly effective|new treatment"
    r"|\b(?:60|70|90|95) ?%|90-95|600 million|\bCPRS\b|causaligia|opiods|Association of Orthopaedic"
    r"|comprobad|garantiz|milagro|\bcura\b|tasa de éxito|nuevo tratamiento",
    re.IGNORECASE,
)


def said(language: Language, subject: str) -> dict[str, str]:
    return {key: text(language, f"{subject}.{key}") for key in entries(language, subject)}


def placeholders(wording: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(wording) if name}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_both_languages_have_the_same_texts_with_the_same_gaps(subject: str) -> None:
    english, spanish = said("en", subject), said("es", subject)

    assert english.keys() == spanish.keys()
    assert {key: placeholders(value) for key, value in english.items()} == {
        key: placeholders(value) for key, value in spanish.items()
    }


@pytest.mark.parametrize("subject", SUBJECTS)
def test_nothing_is_left_in_english_by_accident(subject: str) -> None:
    english, spanish = said("en", subject), said("es", subject)
    same = {f"{subject}.{key}" for key, words in english.items() if words.strip() and words == spanish[key]}

    assert {key for key in SAME_IN_BOTH if key.startswith(f"{subject}.")} == same


@pytest.mark.parametrize("subject", SUBJECTS)
def test_nothing_is_empty(subject: str) -> None:
    for language in get_args(Language):
        assert {"_about", "approval"} >= {key for key, words in said(language, subject).items() if not words.strip()}


@pytest.mark.parametrize("language", get_args(Language))
def test_every_question_and_choice_has_a_text(language: Language) -> None:
    wording = said(language, "form")
    for section in sections(Settings(ask_self_harm=True)):
        for question in section.questions:
            assert wording[question.field]
            codes = () if question.kind == "scale" else question.codes
            assert all(wording[f"{question.labels or question.field}.{code}"] for code in codes)


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("subject", SUBJECTS)
def test_texts_make_no_claims(subject: str, language: Language) -> None:
    assert not [wording for wording in said(language, subject).values() if CLAIMS.search(wording)]


def test_the_demo_page_makes_no_claims() -> None:
    assert None is CLAIMS.search(SITE.read_text("utf-8"))


@pytest.mark.parametrize(
    "link", ["ninds.nih.gov", "orthoinfo.aaos.org", "embed.js", 'data-form="homepage"', "<noscript>"]
)
def test_the_demo_page_has_what_a_clinics_page_needs(link: str) -> None:
    assert link in SITE.read_text("utf-8")


@pytest.mark.parametrize("language", get_args(Language))
def test_nobodys_approval_is_invented(language: Language) -> None:
    about = entries(language, "form")["_about"]

    assert (about["approved_by"], about["approved_on"]) == ("", "")


def test_the_embed_script_knows_its_address_and_ends_no_element() -> None:
    reply = embed_script("https://desk.clinic.example/api</script>")

    assert reply.content_type == "text/javascript; charset=utf-8"
    assert reply.headers["Cache-Control"] == "public, max-age=300"
    assert '"https://desk.clinic.example/api\\u003c/script>"' in reply.body
    assert "__BASE_URL__" not in reply.body
    assert "</script" not in reply.body


def test_a_spanish_time_at_the_end_of_a_sentence_has_one_full_stop() -> None:
    assert text("es", "pages.receipt.promise", date="martes, 5:00 p. m.").endswith("el martes, 5:00 p. m.")
