"""Names and values become a submission: control fields go, everything else is kept."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.errors import EmptySubmission, InvalidSubmission
from chalicelib.intake.parsing import parse_submission, refuse_problems
from tests.web_requests import SETTINGS, a_draft, a_json_body, a_request


def answers(*pairs: tuple[str, str], **fields: str) -> dict[str, Any]:
    return a_draft(*pairs, **fields).submission.answers.model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    "alias",
    ["name", "Name", "NAME", "full_name", "fullName", "full-name", "your-name", "Your Name", "nombre", "contact_name"],
)
def test_a_name_has_many_names(alias: str) -> None:

    assert "Bo Example" == a_draft((alias, "Bo Example"), name="").submission.contact.name


@pytest.mark.parametrize(
    "pairs",
    [
        [("firstName", "Bo"), ("lastName", "Example")],
        [("first_name", "Bo"), ("last_name", "Example")],
        [("lname", "Example"), ("fname", "Bo")],
        [("First Name", "Bo"), ("Surname", "Example")],
        [("name", ""), ("first-name", "Bo"), ("last-name", "Example")],
    ],
)
def test_first_and_last_name_make_a_name(pairs: list[tuple[str, str]]) -> None:

    assert "Bo Example" == a_draft(*pairs, name="").submission.contact.name


@pytest.mark.parametrize(
    "alias",
    ["email", "Email", "EMAIL", "e-mail", "E_Mail", "your-email", "emailAddress", "correo", "_replyto", "replyto"],
)
def test_an_address_has_many_names(alias: str) -> None:

    assert "bo@mail.example" == a_draft((alias, "bo@mail.example"), email="").submission.contact.email_address


@pytest.mark.parametrize(
    "alias",
    ["phone", "Phone", "tel", "Telephone", "phone_number", "phoneNumber", "mobile", "cell", "your-tel", "teléfono"],
)
def test_a_number_has_many_names(alias: str) -> None:

    assert "+12025550123" == a_draft((alias, "202-555-0123"), email="").submission.contact.phone_e164


@pytest.mark.parametrize("alias", ["message", "Message", "msg", "your-message", "comments", "Comment", "mensaje"])
def test_a_message_has_many_names(alias: str) -> None:

    assert {"message": "Call me."} == answers((alias, "Call me."))


def test_the_reply_address_comes_before_the_others() -> None:
    draft = a_draft(("Email", "c@mail.example"), ("_replyto", "a@mail.example"), email="b@mail.example")

    assert "a@mail.example" == draft.submission.contact.email_address
    assert {"email": ("c@mail.example", "b@mail.example")} == draft.submission.answers.other_answers


@pytest.mark.parametrize(
    "name",
    [
        "_gotcha",
        "botcheck",
        "bot-field",
        "_honey",
        "_honeypot",
        "__fl_hp",
        "_next",
        "redirect",
        "_redirect",
        "_success_url",
        "options[redirect]",
        "retURL",
        "_error_url",
        "options[redirectError]",
        "_subject",
        "_cc",
        "ccemail",
        "_format",
        "_language",
        "_idempotency",
        "_form_version",
        "_anything_else",
        "g-recaptcha-response",
        "h-captcha-response",
        "cf-turnstile-response",
        "altcha",
        "recaptcha_response",
        "access_key",
        "form-name",
        "gclid",
        "fbclid",
        "msclkid",
        "ttclid",
    ],
)
def test_a_control_field_is_no_answer(name: str) -> None:
    draft = a_draft((name, "https://elsewhere.example/"))

    assert {} == draft.submission.answers.model_dump(exclude_defaults=True)
    assert name not in draft.typed


@pytest.mark.parametrize("name", ["website", "url", "phone2", "company", "address", "hp", "subject"])
def test_a_field_that_real_sites_have_is_an_answer(name: str) -> None:
    draft = a_draft((name, "something"))

    assert {name: ("something",)} == draft.submission.answers.other_answers
    assert not draft.controls.honeypot_filled


@pytest.mark.parametrize("name", ["_gotcha", "botcheck", "bot-field", "_honey", "_honeypot", "__fl_hp"])
def test_a_filled_honeypot_is_seen(name: str) -> None:

    assert a_draft((name, "cheap pills")).controls.honeypot_filled
    assert not a_draft((name, "")).controls.honeypot_filled
    assert not a_draft((name, "  ")).controls.honeypot_filled


@pytest.mark.parametrize("value", ["false", "False", "0", "off", "no", ""])
def test_an_unticked_botcheck_passes(value: str) -> None:

    assert not a_draft(("botcheck", value)).controls.honeypot_filled


@pytest.mark.parametrize(
    "pairs",
    [
        [("symptoms", "swelling"), ("symptoms", "sweating")],
        [("symptoms[]", "swelling"), ("symptoms[]", "sweating")],
        [("symptoms", "swelling"), ("symptoms[]", "sweating")],
        [("symptoms", "swelling, sweating")],
        [("Symptoms", "Swelling"), ("symptoms", "SWEATING"), ("symptoms", "swelling")],
    ],
)
def test_a_group_of_checkboxes_keeps_every_value(pairs: list[tuple[str, str]]) -> None:

    assert {"symptoms": ("swelling", "sweating")} == answers(*pairs)


def test_lists_of_json_are_groups_of_checkboxes() -> None:
    form = a_json_body(
        {"name": "Ann", "phone": 2025550123, "pain_areas": ["leg_foot", "trunk"], "peg_pain": 7, "interpreter": True}
    )
    submission = parse_submission(form, a_request(), SETTINGS).submission

    assert "+12025550123" == submission.contact.phone_e164
    assert {
        "pain_areas": ("leg_foot", "trunk"),
        "peg_pain": 7,
        "interpreter": True,
    } == submission.answers.model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("symptoms", "My foot burns, and it is swollen at night"),
        ("urgent_signs", "I cannot breathe"),
        ("about", "Something else"),
        ("age_group", "47"),
        ("pain_duration", "Since March"),
        ("peg_pain", "11"),
        ("peg_pain", "-1"),
        ("peg_pain", "Very Bad"),
        ("peg_pain", "9" * 900),
        ("peg_activity", "7.5"),
        ("phq4_down", "4"),
        ("self_harm", "Sometimes"),
        ("interpreter", "Yes, Spanish please"),
        ("leave_message", "Only after 5 PM"),
        ("preferred_contact", "Carrier pigeon"),
        ("best_time", "x" * 101),
        ("language", "Français"),
        ("health_conditions", "asthma"),
        ("page_url", "the homepage"),
        ("referrer", "a friend"),
        ("insurance", "Blue Shield"),
    ],
)
def test_an_odd_value_is_kept_as_typed_and_is_no_error(name: str, value: str) -> None:
    draft = a_draft((name, value))

    assert () == draft.problems
    assert {"other_answers": {name: (value,)}} == draft.submission.answers.model_dump(exclude_defaults=True)


def test_a_group_with_one_odd_value_keeps_the_known_ones_too() -> None:

    assert {
        "symptoms": ("swelling",),
        "other_answers": {"symptoms": ("It itches",)},
    } == answers(("symptoms", "swelling"), ("symptoms", "It itches"))


@pytest.mark.parametrize("name", ["pain_side", "preferred_contact", "best_time", "first_name"])
def test_a_second_value_of_a_single_choice_is_kept(name: str) -> None:
    draft = a_draft((name, "left"), (name, "right"), name="")

    assert "right" in draft.submission.answers.other_answers[name]


def test_an_answer_without_a_name_is_kept() -> None:

    assert {"other_answers": {"unnamed": ("I have a question",)}} == answers(("", "I have a question"))


@pytest.mark.parametrize(
    ("value", "code"),
    [("leg_foot", "leg_foot"), ("Leg Foot", "leg_foot"), ("leg-foot", "leg_foot"), (" LEG_FOOT ", "leg_foot")],
)
def test_a_code_is_known_in_other_spellings(value: str, code: str) -> None:

    assert {"pain_areas": (code,)} == answers(("pain_areas", value))


@pytest.mark.parametrize(
    ("value", "read"),
    [("yes", True), ("on", True), ("1", True), ("TRUE", True), ("Sí", True), ("no", False), ("0", False)],
)
def test_yes_and_no_have_many_spellings(value: str, read: bool) -> None:

    assert a_draft(("leave_message", value)).submission.answers.leave_message is read


def test_a_withdrawn_sign_is_kept() -> None:

    assert {
        "urgent_signs": ("none",),
        "urgent_signs_withdrawn": ("cold_limb",),
    } == answers(("urgent_signs", "none"), ("urgent_signs_withdrawn", "cold_limb"))


def test_attribution_keeps_urls_without_their_query() -> None:
    draft = a_draft(
        ("page_url", "https://ann:pw@clinic.example/crps?q=secret#part"),
        ("referrer", "https://search.example/?q=secret"),
        ("utm_source", "news"),
        ("gclid", "secret"),
    )

    assert "https://clinic.example/crps" == draft.submission.attribution.page_url
    assert "https://search.example/" == draft.submission.attribution.referrer
    assert {"utm_source": "news"} == draft.submission.attribution.utm
    assert "secret" not in draft.submission.model_dump_json()


@pytest.mark.parametrize("form", ["homepage", "a", "x" * 40, "page-2"])
def test_the_path_names_the_form(form: str) -> None:

    assert form == a_draft(request=a_request(form=form)).submission.form


@pytest.mark.parametrize("form", ["", "x" * 41, "Home Page", "../etc", "a_b", "a\nb", "ñ"])
def test_a_form_without_a_proper_name_has_the_general_one(form: str) -> None:

    assert "enquiries" == a_draft(request=a_request(form=form)).submission.form


@pytest.mark.parametrize("value", ["yes", "true", "on", "1", "Yes", "ON", "sí"])
def test_consent_is_given_in_many_spellings(value: str) -> None:
    draft = a_draft(("_form_version", "2026-11"), consent=value)

    assert () == draft.problems
    assert "yes" == draft.submission.consent.given
    assert "2026-11" == draft.submission.consent.form_version
    assert "consent_not_asked" not in draft.submission.flags


def test_our_own_form_needs_consent() -> None:

    assert [("consent", "REQUIRED_FIELD_MISSING")] == [
        (problem.field, problem.code) for problem in a_draft(("_form_version", "2026-11")).problems
    ]


def test_another_sites_form_is_stored_without_consent_and_flagged() -> None:
    draft = a_draft()

    assert () == draft.problems
    assert "not_asked" == draft.submission.consent.given
    assert ("consent_not_asked",) == draft.submission.flags


def test_consent_of_another_site_is_needed_where_the_clinic_says_so() -> None:
    settings = SETTINGS.model_copy(update={"consent_required": True})

    assert ["consent"] == [problem.field for problem in a_draft(settings=settings).problems]
    assert () == a_draft(settings=settings, consent="on").problems


@pytest.mark.parametrize("value", ["no", "No", "false", "0", "off", "No, thanks", "no acepto", "I do not agree"])
def test_an_explicit_no_is_an_error_that_says_why(value: str) -> None:

    assert [("consent", "consent_refused")] == [
        (problem.field, problem.message_key) for problem in a_draft(consent=value).problems
    ]


def test_a_hidden_no_under_a_ticked_box_is_a_yes() -> None:

    assert "yes" == a_draft(("consent", "no"), ("consent", "yes")).submission.consent.given


def test_wording_of_another_sites_box_is_kept() -> None:

    assert "I agree to be called" == a_draft(consent="I agree to be called").submission.consent.wording


@pytest.mark.parametrize(
    "data", [{}, {"_next": "https://clinic.example/"}, {"name": "", "email": "  "}, {"name": None}, {"name": []}]
)
def test_nothing_but_control_fields_is_empty(data: dict[str, Any]) -> None:
    draft = parse_submission(a_json_body(data), a_request(), SETTINGS)

    with pytest.raises(EmptySubmission):
        refuse_problems(draft)


def test_unanswered_urgent_signs_are_no_error() -> None:
    refuse_problems(a_draft())


def test_a_file_is_an_error_that_says_so() -> None:
    form = a_json_body({"name": "Ann", "email": "ann@mail.example"})
    draft = parse_submission(type(form)(form.media_type, form.pairs, has_file=True), a_request(), SETTINGS)

    with pytest.raises(InvalidSubmission, match="NO_FILE_UPLOADS"):
        refuse_problems(draft)
