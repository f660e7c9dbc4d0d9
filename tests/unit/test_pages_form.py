"""The hosted form: every question is there, everything typed comes back, errors lead to their boxes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import pytest

from chalicelib.models.vocabulary import CHOICES, Language
from chalicelib.pages.form_page import FORM_VERSION, FieldMessage, FormState, render_form
from chalicelib.pages.form_questions import sections
from chalicelib.pages.page_shell import PageContext
from chalicelib.settings import Settings
from chalicelib.wording.texts import text
from tests.html_page import HtmlPage, read_page

BASE = "https://desk.clinic.example/api"
ASKED = Settings(ask_self_harm=True)
QUESTIONS = [question for section in sections(ASKED) for question in section.questions]
NOT_ASKED = {"crps_type", "treatments_tried", "urgent_signs_withdrawn"}
"""Fields of the contract that the fourteen questions leave for the call."""


def a_page(language: Language = "en", settings: Settings = ASKED) -> PageContext:
    return PageContext(language=language, settings=settings, base_url=BASE)


def a_state(typed: Mapping[str, Sequence[str]] | None = None, **overrides: Any) -> FormState:
    values: dict[str, Any] = {"form": "homepage", "typed": typed or {}, "controls": {}, "idempotency": "key-1"}
    return FormState(**{**values, **overrides})


def show(typed: Mapping[str, Sequence[str]] | None = None, language: Language = "en", **overrides: Any) -> HtmlPage:
    return read_page(render_form(a_page(language), a_state(typed, **overrides)).body)


@pytest.mark.parametrize("field", [name for name in CHOICES if name not in NOT_ASKED])
def test_every_code_of_a_question_can_be_chosen(field: str) -> None:
    offered = {element.attributes["value"] for element in show().all("input", name=field)} - {""}

    assert CHOICES[field] == offered


def test_the_scales_offer_every_number() -> None:
    page = show()
    pain = {element.attributes["value"] for element in page.all("input", name="peg_pain")}
    mood = {element.attributes["value"] for element in page.all("input", name="phq4_down")}

    assert {str(number) for number in range(11)} | {""} == pain
    assert {"0", "1", "2", "3", ""} == mood


def test_urgent_signs_come_first_and_contact_second() -> None:
    names = list(
        dict.fromkeys(
            e.attributes["name"] for e in show().elements if e.tag == "input" and {"id", "name"} <= set(e.attributes)
        )
    )

    assert names[:5] == ["blank_spot", "urgent_signs", "name", "phone", "email"]


def test_self_harm_is_asked_only_where_somebody_stands_ready() -> None:
    quiet = read_page(render_form(a_page(settings=Settings()), a_state({"self_harm": ["may_act"]})).body)

    assert len(show().all("input", name="self_harm")) == 4
    assert [pair for pair in quiet.sent if pair[0] == "self_harm"] == [("self_harm", "may_act")]
    assert quiet.all("input", name="self_harm", type="radio") == []


def test_988_stands_beside_the_self_harm_question() -> None:
    body = render_form(a_page(), a_state()).body
    question = body[body.index('id="self_harm-group"') : body.index('id="self_harm-no"')]

    assert 'href="tel:988"' in question
    assert 'href="sms:988"' in question


@pytest.mark.parametrize("language", get_args(Language))
def test_help_lines_and_clinic_stand_at_the_top(language: Language) -> None:
    body = render_form(a_page(language), a_state()).body
    top = body[: body.index("<main")]

    assert [
        element.attributes["href"]
        for element in read_page(body).all("a")
        if f'href="{element.attributes["href"]}"' in top and element.attributes["href"][:4] in ("tel:", "sms:")
    ][:4] == ["tel:911", "tel:988", "sms:988", "tel:+12025550100"]


def test_nothing_typed_is_lost() -> None:
    typed = {
        "name": ['Zoë "O\'Neil" <b>'],
        "email": ["not an address "],
        "phone": ["call me", "second number"],
        "message": ["\n  two\nlines </textarea><script>alert(1)</script>"],
        "urgent_signs": ["cold_limb", "hot_joint"],
        "symptoms": ["swelling", "burning, like <fire>"],
        "peg_pain": ["7"],
        "peg_activity": ["eleven"],
        "about": ["call", "prices"],
        "leave_message": ["no"],
        "crps_type": ["type_1"],
        "shoe size": ["9½"],
        "utm_source": ["ad"],
    }
    sent = show(typed, controls={"_next": "https://clinic.example/thanks"}).sent

    for name, values in typed.items():
        assert sorted(values) == sorted(value for sent_name, value in sent if sent_name == name)
    assert ("_next", "https://clinic.example/thanks") in sent


def test_what_is_typed_is_escaped() -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    body = render_form(a_page(), a_state({"name": [hostile], "message": [hostile], hostile: [hostile]})).body

    assert "<img" not in body


def test_ticks_from_other_sites_are_understood_and_not_doubled() -> None:
    sent = show({"interpreter": ["on"], "leave_message": ["false"]}).sent

    assert [pair for pair in sent if pair[0] == "interpreter"] == [("interpreter", "yes")]
    assert [pair for pair in sent if pair[0] == "leave_message"] == [("leave_message", "no")]


def test_consent_comes_back_as_it_was() -> None:
    assert ("consent", "yes") in show({"consent": ["on"]}).sent
    assert "consent" not in dict(show({"consent": ["no"]}).sent)
    assert "consent" not in dict(show({}).sent)


def test_first_and_last_name_become_the_name() -> None:
    sent = show({"first_name": ["Ann"], "last_name": ["Example"]}).sent

    assert [pair for pair in sent if "name" in pair[0]] == [("name", "Ann Example")]


def test_hidden_fields_name_the_consent_text_and_the_attempt() -> None:
    sent = dict(show(controls={"_form_version": "old"}).sent)

    assert sent["_form_version"] == FORM_VERSION
    assert sent["_idempotency"] == "key-1"
    assert sent["blank_spot"] == ""
    assert sent["language"] == "en"


def test_the_trap_is_out_of_everybodys_way() -> None:
    trap = show().one("input", name="blank_spot").attributes

    assert (trap["tabindex"], trap["autocomplete"]) == ("-1", "off")


@pytest.mark.parametrize(("form", "path"), [("homepage", "/f/homepage"), ("enquiries", "/enquiries")])
def test_the_form_posts_to_its_own_address(form: str, path: str) -> None:
    element = show(form=form).one("form").attributes

    assert ("post", BASE + path) == (element["method"], element["action"])
    assert "novalidate" in element


def test_enter_presses_a_real_button_first() -> None:
    first = show().all("button")[0].attributes

    assert first["type"] == "submit"
    assert first["form"] == "enquiry"
    assert "formaction" not in first


def test_the_language_switch_posts_what_was_typed() -> None:
    switch = show(language="es").all("button")[1].attributes

    assert f"{BASE}/form?lang=en&form=homepage" == switch["formaction"]
    assert switch["formmethod"] == "post"


def test_the_language_of_the_page_is_the_language_of_the_answer() -> None:
    assert ("language", "es") in show({"language": ["en"]}, language="es").sent


def test_problems_lead_to_their_boxes() -> None:
    problems = (
        FieldMessage("name", "REQUIRED_FIELD_EMPTY", "Enter your name."),
        FieldMessage("consent", "REQUIRED_FIELD_MISSING", "Tick the box."),
        FieldMessage("shoe size", "TYPE_TEXT", "Odd."),
        FieldMessage(None, "RATE_LIMITED", "Wait."),
    )
    page = show(problems=problems)
    links = [e.attributes["href"] for e in page.all("a") if e.text in ("Enter your name.", "Tick the box.")]

    assert links == ["#name", "#consent-yes"]
    assert {"name", "consent-yes"} <= set(page.ids)
    assert page.one("input", id="name").attributes["aria-invalid"] == "true"
    assert page.one("input", id="name").attributes["aria-describedby"] == "name-error"
    assert " ".join(page.one("p", id="name-error").text.split()) == "Error: Enter your name."
    summary = page.one("section", id="summary")
    assert (summary.attributes["role"], summary.attributes["tabindex"]) == ("alert", "-1")
    assert "Wait." in summary.text


def test_advice_stands_above_the_problems() -> None:
    state = a_state(advice=("Call 911 now.",), problems=(FieldMessage("name", "X", "Enter your name."),))
    body = render_form(a_page(), state, 422).body

    assert body.index("Call 911 now.") < body.index("Enter your name.") < body.index("<form")


def test_every_box_has_a_label_and_every_id_is_unique() -> None:
    page = show()
    labelled = {element.attributes["for"] for element in page.all("label")}
    boxes = [e for e in page.elements if e.tag in ("input", "textarea") and e.attributes.get("type") != "hidden"]

    assert len(page.ids) == len(set(page.ids))
    assert {element.attributes["id"] for element in boxes} == labelled


def test_described_by_names_elements_that_exist() -> None:
    page = show(problems=(FieldMessage("phone", "TYPE_TEXT", "Check."), FieldMessage("symptoms", "X", "Check.")))
    named = {name for e in page.elements for name in e.attributes.get("aria-describedby", "").split()}

    assert named <= set(page.ids)
    assert {"phone-hint", "phone-error", "symptoms-error"} <= named


def test_nothing_blocks_sending() -> None:
    attributes = {name for element in show().elements for name in element.attributes}

    assert not attributes & {"required", "maxlength", "pattern", "onclick", "onsubmit"}


def test_boxes_tell_the_browser_what_they_are_for() -> None:
    page = show()
    tokens = {name: page.one("input", id=name).attributes for name in ("name", "email", "phone")}

    assert {n: a["autocomplete"] for n, a in tokens.items()} == {"name": "name", "email": "email", "phone": "tel"}
    assert (tokens["email"]["inputmode"], tokens["phone"]["inputmode"]) == ("email", "tel")


def test_symptom_categories_are_not_shown() -> None:
    body = render_form(a_page(), a_state()).body.lower()

    assert not [word for word in ("sensory", "vasomotor", "sudomotor", "trophic") if word in body]


@pytest.mark.parametrize(
    "key", ["peg_pain", "peg_enjoyment", "peg_activity", "phq4_stem", "phq4_nervous", "phq4_interest", "phq4.3"]
)
def test_instruments_are_shown_in_their_own_words(key: str) -> None:
    assert text("en", f"form.{key}") in render_form(a_page(), a_state()).body
    assert text("es", f"form.{key}") in render_form(a_page("es"), a_state()).body


def test_the_policy_allows_our_styles_and_our_form_and_nothing_else() -> None:
    reply = render_form(a_page(), a_state(next_url="https://www.clinic.example/thanks?a=b"))
    style, script = (
        base64.b64encode(hashlib.sha256(read_page(reply.body).one(tag).text.encode()).digest()).decode()
        for tag in ("style", "script")
    )

    assert (
        f"default-src 'none'; style-src 'sha256-{style}'; "
        f"script-src 'sha256-{script}'; connect-src 'self' https://desk.clinic.example; "
        "form-action 'self' https://desk.clinic.example https://www.clinic.example; "
        "base-uri 'none'; frame-ancestors *"
    ) == reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "odd",
    ["javascript:alert(1)", "https://a;b/", "//evil.example", "https://x y/", "/thanks", "http://[", "https://例え.jp"],
)
def test_an_odd_destination_adds_nothing_to_the_policy(odd: str) -> None:
    policy = render_form(a_page(), a_state(controls={"_next": odd}, next_url=odd)).headers["Content-Security-Policy"]

    assert "form-action 'self' https://desk.clinic.example;" in policy


def test_a_page_needs_nothing_from_anywhere() -> None:
    page = show()

    assert [e for e in page.elements if e.tag in ("link", "img", "iframe") or "src" in e.attributes] == []
    assert [e for e in page.elements if "style" in e.attributes] == []


def test_a_filled_form_is_not_kept_and_an_empty_one_can_be_gone_back_to() -> None:
    empty = render_form(a_page(), a_state()).headers["Cache-Control"]
    filled = render_form(a_page(), a_state({"name": ["Ann"]})).headers["Cache-Control"]

    assert (empty, filled) == ("private, no-cache", "no-store")


def test_without_an_address_of_our_own_links_start_at_the_root() -> None:
    page = PageContext(language="en", settings=ASKED, base_url="")

    assert read_page(render_form(page, a_state()).body).one("form").attributes["action"] == "/f/homepage"


def test_the_render_token_is_sent_where_there_is_one() -> None:

    assert "_rendered" not in dict(show().sent)
    assert ("_rendered", "token") in show(rendered="token").sent
    assert 1 == len(
        [pair for pair in show({"name": [""]}, controls={"_rendered": "old"}, rendered="token").sent if "_r" in pair[0]]
    )
