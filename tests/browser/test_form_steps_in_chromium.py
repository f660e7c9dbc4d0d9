"""The hosted form one question at a time: what is said at once, what comes back, what is sent how often."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.form_visits import BASE, FormVisit, give_contact, press
from tests.conftest import ENVIRONMENT

pytestmark = pytest.mark.browser

RECEIPT = re.compile(r"/received/[0-9a-f]{32}$")
KEPT = "Object.keys(localStorage).length"


@pytest.fixture
def environment() -> dict[str, str]:
    return {**ENVIRONMENT, "ASK_SELF_HARM": "true"}


def test_one_question_is_shown_at_a_time_and_back_keeps_its_answer(visitor: FormVisit) -> None:
    page = visitor.open()
    expect(page.get_by_label("Your name")).to_be_hidden()
    press(page, "Next")
    give_contact(page)
    press(page, "Next")
    expect(page.locator(".progress")).to_have_text("Step 3 of 21")
    expect(page.locator(".progress")).to_be_focused()
    expect(page.locator(".question:visible")).to_have_count(1)
    press(page, "Back")

    expect(page.get_by_label("Your name")).to_have_value("Ann Example")


def test_the_browsers_own_back_goes_one_step_back(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    press(page, "Next")
    page.go_back()

    expect(page.get_by_label("Your name")).to_have_value("Ann Example")
    page.go_back()
    expect(page.get_by_label("Chest pain")).to_be_visible()


def test_send_now_stands_on_every_step_from_the_contact_on(visitor: FormVisit) -> None:
    page = visitor.open()
    expect(page.get_by_role("button", name="Send now", exact=True)).to_be_hidden()
    press(page, "Next")
    give_contact(page)
    for _ in range(19):
        expect(page.get_by_role("button", name="Send now", exact=True)).to_be_visible()
        press(page, "Next")
    expect(page.get_by_label("Anything else?")).to_be_visible()
    page.get_by_label("Anything else?").fill("My foot hurts.")
    press(page, "Send")

    expect(page).to_have_url(RECEIPT)
    assert visitor.sent("message") == [["My foot hurts."]]


def test_an_urgent_sign_calls_for_help_at_once_and_blocks_nothing(visitor: FormVisit) -> None:
    page = visitor.open()
    page.get_by_label("Chest pain").check()
    advice = page.get_by_role("alert").filter(has_text="Call 911 now")
    expect(advice).to_be_in_viewport()
    expect(advice.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    page.get_by_label("New swelling, pain or warmth").check()
    expect(page.get_by_role("alert").filter(has_text="see a doctor or urgent care today")).to_be_visible()
    press(page, "Next")

    expect(page.get_by_label("Your name")).to_be_visible()


def test_a_tick_that_is_taken_back_is_remembered_and_said(visitor: FormVisit) -> None:
    page = visitor.open()
    page.get_by_label("Chest pain").check()
    page.get_by_label("A joint that has").check()
    page.get_by_label("Chest pain").uncheck()
    page.get_by_label("A joint that has").uncheck()
    page.get_by_label("A joint that has").check()
    expect(page.get_by_text("took the tick away").first).to_be_visible()
    press(page, "Next")
    give_contact(page)
    press(page, "Send now")

    expect(page).to_have_url(RECEIPT)
    assert visitor.sent("urgent_signs") == [["hot_joint"]]
    assert visitor.sent("urgent_signs_withdrawn") == [["chest_breathing"]]


def test_thoughts_of_suicide_bring_988_at_once(visitor: FormVisit) -> None:
    page = visitor.open("/form#step-8")
    expect(page.get_by_role("link", name="Call 988").nth(1)).to_be_visible()
    page.get_by_label("I have had thoughts").check()
    advice = page.get_by_role("alert").filter(has_text="Call or text 988 now")
    expect(advice).to_be_visible()
    page.get_by_role("radio", name="No", exact=True).check()

    expect(advice).to_be_hidden()


def test_what_is_missing_is_said_before_more_is_asked(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    page.get_by_label("Your name").fill("Ann Example")
    press(page, "Next")
    summary = page.get_by_role("alert").filter(has_text="Please check your answers")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Phone number")).to_be_focused()
    expect(page.get_by_label("Phone number")).to_have_attribute("aria-describedby", "phone-hint phone-error")
    give_contact(page)
    press(page, "Next")

    expect(page.locator(".progress")).to_have_text("Step 3 of 21")
    assert [] == visitor.posts


def test_what_we_cannot_read_leads_back_to_its_step_with_everything_kept(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    page.get_by_label("Email address").fill("ann@@mail")
    for _ in range(5):
        press(page, "Next")
    page.get_by_role("radio", name="Yes", exact=True).check()
    press(page, "Send now")
    expect(page.get_by_role("link", name="Check the email address")).to_be_visible()
    expect(page.get_by_label("Email address")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Email address").fill("ann@mail.example")
    press(page, "Send now")

    expect(page).to_have_url(RECEIPT)
    assert visitor.sent("interpreter") == [["yes"], ["yes"]]
    first, second = visitor.sent("_idempotency")
    assert first != second


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_lost_connection_is_tried_again_with_the_same_key(visitor: FormVisit, lost: str) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    visitor.lost.append(lost)
    press(page, "Send now")
    expect(page.get_by_role("status")).to_contain_text("Your answers are still here")

    expect(page).to_have_url(RECEIPT)
    assert 2 == len(visitor.posts)
    assert visitor.posts[0] == visitor.posts[1]


def test_a_double_tap_is_one_post_that_needs_no_preflight(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    page.get_by_role("button", name="Send now", exact=True).dblclick()

    expect(page).to_have_url(RECEIPT)
    assert 1 == len(visitor.posts)
    assert "application/json" == visitor.sent_headers[0]["accept"]
    assert not {"x-requested-with", "idempotency-key"} & visitor.sent_headers[0].keys()


def test_answers_are_kept_on_the_device_only_for_whoever_asks(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    assert 0 == page.evaluate(KEPT)
    page.get_by_label("Keep my answers").check()
    press(page, "Next")
    page.get_by_label("Text message").check()
    page.close()

    visitor.page = page = page.context.new_page()
    visitor.open()
    expect(page.get_by_text("Your answers from before are back")).to_be_visible()
    expect(page.get_by_label("Text message")).to_be_checked()
    press(page, "Back")
    expect(page.get_by_label("Your name")).to_have_value("Ann Example")
    press(page, "Send now")
    expect(page).to_have_url(RECEIPT)
    assert 0 == page.evaluate(KEPT)


def test_taking_the_tick_away_forgets(visitor: FormVisit) -> None:
    page = visitor.open()
    page.get_by_label("Keep my answers").check()
    assert 1 == page.evaluate(KEPT)
    page.get_by_label("Keep my answers").uncheck()

    assert 0 == page.evaluate(KEPT)


def test_leaving_is_quick_and_back_does_not_return(visitor: FormVisit) -> None:
    page = visitor.open()
    page.get_by_label("Keep my answers").check()
    press(page, "Next")
    give_contact(page)
    press(page, "Next")
    page.get_by_role("link", name="Leave this page now").last.click()
    expect(page).to_have_url("https://www.weather.gov/")
    page.go_back()

    assert "about:blank" == page.url


def test_the_other_language_opens_at_the_same_step_with_the_answers(visitor: FormVisit) -> None:
    page = visitor.open()
    page.get_by_label("Chest pain").check()
    page.get_by_label("Chest pain").uncheck()
    page.get_by_label("Keep my answers").check()
    press(page, "Next")
    give_contact(page)
    press(page, "Next")
    press(page, "Español")
    expect(page.locator(".progress")).to_have_text("Paso 3 de 21")
    expect(page.get_by_label("Guardar mis respuestas")).to_be_checked()
    press(page, "Atrás")
    expect(page.get_by_label("Su nombre")).to_have_value("Ann Example")
    press(page, "Enviar ahora")

    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page).to_have_url(RECEIPT)
    assert visitor.sent("urgent_signs_withdrawn") == [["chest_breathing"]]


def test_leaving_after_the_other_language_leaves_no_page_behind(visitor: FormVisit) -> None:
    page = visitor.open("/form?form=homepage")
    press(page, "Next")
    give_contact(page)
    press(page, "Español")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page).to_have_url(f"{BASE}/form?lang=es&form=homepage")
    expect(page.locator(".progress")).to_be_focused()
    press(page, "Siguiente")
    press(page, "English")
    expect(page.locator(".progress")).to_have_text("Step 3 of 21")
    page.go_back()
    expect(page.get_by_label("Your name")).to_have_value("Ann Example")
    page.go_forward()
    page.get_by_role("link", name="Leave this page now").last.click()
    expect(page).to_have_url("https://www.weather.gov/")
    page.go_back()

    assert "about:blank" == page.url


def test_the_other_language_comes_as_a_page_where_it_cannot_come_in_place(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    page.evaluate("() => { window.fetch = async () => new Response('', { status: 502 }); }")
    press(page, "Español")

    expect(page.locator(".progress")).to_have_text("Paso 2 de 21")
    expect(page.get_by_label("Su nombre")).to_have_value("Ann Example")


def test_enter_goes_on_and_sends_nothing(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    page.get_by_label("Your name").press("Enter")

    expect(page.locator(".progress")).to_have_text("Step 3 of 21")
    assert [] == visitor.posts


def test_words_that_call_for_help_bring_it_even_when_nothing_is_stored(visitor: FormVisit) -> None:
    page = visitor.open()
    press(page, "Next")
    give_contact(page)
    page.get_by_label("Email address").fill("ann@@mail")
    for _ in range(19):
        press(page, "Next")
    page.get_by_label("Anything else?").fill("I want to kill myself tonight.")
    press(page, "Send")

    expect(page.get_by_role("alert").filter(has_text="Call or text 988 now")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Check the email address")).to_be_visible()


def test_a_page_that_comes_back_with_errors_opens_at_the_first(visitor: FormVisit) -> None:
    page = visitor.open_site(
        f'<form method="post" action="{BASE}/f/contact"><input name="name" value="Ann Example">'
        '<input name="email" value="ann@@mail"><input name="symptoms" value="swelling"><button>Send</button></form>'
    )
    press(page, "Send")
    expect(page.locator("#summary")).to_be_focused()
    expect(page.locator(".progress")).to_have_text("Step 2 of 21")
    page.get_by_role("link", name="Check the email address").click()
    expect(page.get_by_label("Email address")).to_be_focused()
    give_contact(page)
    press(page, "Send now")

    expect(page).to_have_url(RECEIPT)
    assert [["swelling"]] == visitor.sent("symptoms")
