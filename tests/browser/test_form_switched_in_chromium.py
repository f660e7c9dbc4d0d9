"""The other language while something is on its way, or without a network: nothing is lost or sent twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.form_visits import BASE, FormVisit, give_contact, press
from tests.functional.conftest import Stored

pytestmark = pytest.mark.browser

SCRIPT = f'<script src="{BASE}/embed.js" data-form="homepage"></script>'


def open_form(visitor: FormVisit, embedded: bool) -> Page:
    page = visitor.open_site(SCRIPT) if embedded else visitor.open()
    press(page, "Next")
    give_contact(page)
    return page


def lose_the_answer(visitor: FormVisit, page: Page) -> None:
    visitor.lost.append("answer")
    press(page, "Send now")
    expect(page.get_by_role("status")).to_contain_text("We keep trying")


@pytest.mark.parametrize("embedded", [False, True])
def test_the_old_form_sends_nothing_more(visitor: FormVisit, embedded: bool) -> None:
    page = open_form(visitor, embedded)
    lose_the_answer(visitor, page)
    press(page, "Español")
    page.get_by_label("Su nombre").fill("Ann Changed")
    page.evaluate("dispatchEvent(new Event('online'))")
    press(page, "Enviar ahora")
    expect(page.get_by_role("heading", name="Recibimos su mensaje")).to_be_visible()

    assert [["Ann Example"], ["Ann Changed"]] == visitor.sent("name")
    first, second = visitor.sent("_idempotency")
    assert first != second, "other answers are another message"


@pytest.mark.parametrize("embedded", [False, True])
def test_the_same_answers_in_the_other_language_are_one_enquiry(
    visitor: FormVisit, stored: Stored, embedded: bool
) -> None:
    page = open_form(visitor, embedded)
    lose_the_answer(visitor, page)
    press(page, "Español")
    press(page, "Enviar ahora")
    expect(page.locator(".reference")).to_be_visible()

    first, second = visitor.sent("_idempotency")
    assert first == second
    assert 1 == len(stored.enquiries)


@pytest.mark.parametrize("embedded", [False, True])
def test_key_and_time_of_a_form_stay(visitor: FormVisit, embedded: bool) -> None:
    page = open_form(visitor, embedded)
    before = [page.locator(f"[name={name}]").input_value() for name in ("_idempotency", "_rendered")]
    press(page, "Español")
    expect(page.get_by_label("Su nombre")).to_have_value("Ann Example")

    assert before == [page.locator(f"[name={name}]").input_value() for name in ("_idempotency", "_rendered")]


@pytest.mark.parametrize("embedded", [False, True])
def test_without_a_network_the_form_stays_and_says_so(visitor: FormVisit, embedded: bool) -> None:
    page = open_form(visitor, embedded)

    def lose(route: Route) -> None:
        return route.abort("internetdisconnected")

    page.route("**/form?*", lose)
    press(page, "Español")
    expect(page.get_by_role("status")).to_have_text(
        "The other language did not load. Your answers are still here. Please try again."
    )
    expect(page.get_by_role("status")).to_be_in_viewport()
    expect(page.get_by_label("Your name")).to_have_value("Ann Example")
    page.unroute("**/form?*", lose)
    press(page, "Español")

    expect(page.get_by_label("Su nombre")).to_have_value("Ann Example")
