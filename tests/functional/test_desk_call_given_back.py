"""A call that is being taken down outlives the session: the advice comes at once, the form with all that was typed."""

from __future__ import annotations

import html

import pytest

import app as app_module
from chalicelib.context import AppContext
from chalicelib.desk.requests import TOKEN_FIELD
from sandbox.staff import PEOPLE, add_people
from tests.desk_site import ORIGIN, DeskSite
from tests.functional.conftest import Stored
from tests.functional.test_desk_telephone import CALLER, text_of
from tests.html_page import HtmlPage, read_page
from tests.website import Answer, Website

STROKE = {**CALLER, "sign_stroke_signs": "yes", "self_harm": "no", "language": "es"}


def carried(answer: Answer) -> dict[str, str]:
    page = read_page(answer.text)
    return {name: page.one("input", name=name).attributes["value"] for name in ("then", "kept")}


def sign_in(site: Website, kept: dict[str, str], password: str = PEOPLE[0].password) -> Answer:
    return site.post_form("/desk/sign-in", {"user": PEOPLE[0].email, "password": password, **kept}, Origin=ORIGIN)


def typed_in(page: HtmlPage) -> dict[str, str]:
    return {
        "entry": page.one("input", name="entry").attributes["value"],
        "name": page.one("input", id="name").attributes["value"],
        "phone": page.one("input", id="phone").attributes["value"],
        "message": page.one("textarea", id="message").text.strip(),
    }


@pytest.fixture
def people(context: AppContext) -> None:
    add_people(context.clients, context.settings)


def test_the_advice_does_not_wait_for_a_sign_in(site: Website, stored: Stored) -> None:
    asked = site.post_form("/desk/new", STROKE, Origin=ORIGIN)
    wrong = sign_in(site, carried(asked), "not the password")

    assert 401 == asked.status == wrong.status
    for answer in (asked, wrong):
        assert "Tell the caller now" in text_of(answer)
        assert "Call 911 now" in text_of(answer)
        assert "We will also try to call you" not in text_of(answer)
    assert [] == stored.enquiries


def test_no_advice_is_made_up_for_what_calls_for_none(site: Website) -> None:
    plain = site.post_form("/desk/new", {"name": "Ann"}, Origin=ORIGIN)
    note = site.post_form("/desk/enquiries/x/note", {"note": "x", "sign_stroke_signs": "yes"}, Origin=ORIGIN)

    assert "Tell the caller" not in plain.text + note.text


@pytest.mark.usefixtures("people")
def test_after_the_sign_in_the_form_is_there_as_it_was_typed_and_stores(site: Website, stored: Stored) -> None:
    back = sign_in(site, carried(site.post_form("/desk/new", STROKE, Origin=ORIGIN)))
    page = read_page(back.text)
    browser = DeskSite(app_module, back.headers["set-cookie"].partition("=")[2].partition(";")[0])
    fields = {**STROKE, TOKEN_FIELD: tokens(page)[-1]}
    answer = browser.post_form("/desk/new", fields, Origin=ORIGIN)

    assert 200 == back.status
    assert {name: STROKE[name] for name in ("entry", "name", "phone", "message")} == typed_in(page)
    assert "checked" in page.one("input", id="sign_stroke_signs").attributes
    assert "Call 911 now" in text_of(back)
    assert "Nothing is stored yet" in text_of(back)
    assert 303 == answer.status
    assert "stroke_signs" in stored.enquiry.submission.answers.urgent_signs


@pytest.mark.parametrize("token", ["of another session", ""])
def test_a_form_of_an_earlier_session_comes_back_with_what_this_one_needs(
    staff_site: DeskSite, stored: Stored, token: str
) -> None:
    back = staff_site.post("/desk/new", {**STROKE, TOKEN_FIELD: token})
    page = read_page(back.text)
    again = staff_site.post("/desk/new", {**STROKE, TOKEN_FIELD: tokens(page)[-1]})

    assert 409 == back.status
    assert STROKE["message"] == typed_in(page)["message"]
    assert 303 == again.status
    assert "emergency" == stored.enquiry.level


@pytest.mark.usefixtures("people")
def test_html_in_a_call_that_comes_back_is_text(site: Website) -> None:
    hostile = '<script>alert("x")</script>'
    back = sign_in(site, carried(site.post_form("/desk/new", {**STROKE, "message": hostile}, Origin=ORIGIN)))

    assert "<script>alert" not in back.text
    assert hostile in html.unescape(back.text)


def tokens(page: HtmlPage) -> list[str]:
    return [field.attributes["value"] for field in page.all("input", name=TOKEN_FIELD)]
