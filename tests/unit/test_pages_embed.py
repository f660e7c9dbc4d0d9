"""The script for other sites: small, on its own, and of one mind with the form and the rules."""

from __future__ import annotations

import gzip
import re
from typing import get_args

import pytest

from chalicelib.models.answers import Answers
from chalicelib.models.vocabulary import Language, UrgentSign
from chalicelib.pages.embed import embed_script
from chalicelib.pages.form_page import FormState, render_form, render_form_part
from chalicelib.pages.form_questions import advice_at_once
from chalicelib.pages.page_shell import PageContext
from chalicelib.settings import Settings
from chalicelib.triage.engine import triage

BASE = "https://desk.clinic.example/api"
SCRIPT = embed_script(BASE).body
STATE = FormState("homepage", {}, {}, "key-1")


def a_page(language: Language = "en") -> PageContext:
    return PageContext(language=language, settings=Settings(ask_self_harm=True), base_url=BASE)


def test_the_script_is_under_30_kilobytes_with_steps_and_style() -> None:
    assert len(SCRIPT.encode()) < 30_000


def test_what_only_our_own_page_needs_is_left_out() -> None:
    assert not re.search(r"our own page \{|formaction|#content|popstate", SCRIPT)


@pytest.mark.parametrize("language", get_args(Language))
def test_script_and_form_are_under_30_kilobytes_on_the_wire(language: Language) -> None:
    form = render_form_part(a_page(language), STATE).body
    sent = sum(len(gzip.compress(body.encode(), 6)) for body in (SCRIPT, form))

    assert sent < 20_000


def test_nothing_of_anyone_else_is_loaded_and_nothing_is_set() -> None:
    assert {"desk.clinic.example", "…"} == set(re.findall(r"https?://([^/\s\"'`]+)", SCRIPT))
    assert not re.search(r"document\.cookie|sendBeacon|import\(|eval\(|@import|url\(", SCRIPT)


def test_the_style_knows_no_page_and_no_rem_of_its_own() -> None:
    style = SCRIPT[SCRIPT.index("const STYLE") : SCRIPT.index("function stepThrough")]

    assert not re.search(r"\d(?:rem)\b|:root|body \{|prefers-color-scheme", style)
    assert "--accent:var(--enquiry-accent,#0b5c66)" in style
    assert ':host([data-scheme=\\"dark\\"])' in style
    assert "var(--enquiry-font,system-ui" in style


def test_the_part_has_no_landmarks_no_first_heading_and_no_page() -> None:
    part = render_form_part(a_page(), STATE)

    assert not re.search(r"<(?:html|main|nav|header|footer|h1|style|script)\b", part.body)
    assert 'id="enquiry"' in part.body
    assert "default-src 'none'; base-uri 'none'; frame-ancestors 'none'" == part.headers["Content-Security-Policy"]


def test_page_and_part_ask_the_same() -> None:
    names = [
        re.findall(r'name="([^"]+)"', render(a_page(), STATE).body.partition("<form")[2].partition("</form>")[0])
        for render in (render_form, render_form_part)
    ]

    assert names[0] == names[1]


@pytest.mark.parametrize("sign", [sign for sign in get_args(UrgentSign) if sign != "none"])
def test_what_is_said_at_once_is_what_the_rules_say_afterwards(sign: UrgentSign) -> None:
    assessment = triage(Answers(urgent_signs=(sign,)))

    assert advice_at_once("urgent_signs", sign) in {advice.code for advice in assessment.advice}


@pytest.mark.parametrize("answer", ["thoughts_safe", "may_act"])
def test_what_is_said_at_once_to_thoughts_of_suicide_is_what_the_rules_say(answer: str) -> None:
    assessment = triage(Answers.model_validate({"self_harm": answer}))

    assert advice_at_once("self_harm", answer) in {advice.code for advice in assessment.advice}
