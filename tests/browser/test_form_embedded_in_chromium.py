"""embed.js in another site's page: a custom element in a shadow root, several of them, and a link when all fails."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.form_visits import BASE, OWN, SITE, FormVisit, give_contact, press

pytestmark = pytest.mark.browser

SCRIPT = f'<script src="{BASE}/embed.js" data-form="homepage"></script>'


def test_one_script_tag_is_a_whole_form(visitor: FormVisit) -> None:
    page = visitor.open_site(SCRIPT)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    press(page, "Next")
    give_contact(page)
    press(page, "Send now")

    expect(page.get_by_role("heading", name="We received your message")).to_be_visible()
    expect(page.locator("enquiry-form .reference")).to_be_visible()
    assert SITE == page.url
    assert [] == complaints
    assert [] == page.context.cookies()


def test_the_visitor_goes_where_the_site_says(visitor: FormVisit) -> None:
    page = visitor.open_site(f'<script src="{BASE}/embed.js" data-next="{OWN}/api/health"></script>')
    press(page, "Next")
    give_contact(page)
    press(page, "Send now")

    expect(page).to_have_url(f"{OWN}/api/health")


def test_after_an_urgent_sign_the_advice_comes_before_the_site_s_own_page(visitor: FormVisit) -> None:
    page = visitor.open_site(f'<script src="{BASE}/embed.js" data-next="{OWN}/api/health"></script>')
    page.get_by_label("Chest pain").check()
    press(page, "Next")
    give_contact(page)
    press(page, "Send now")

    expect(page.get_by_text("We will also try to call you")).to_be_visible()
    expect(page.get_by_role("link", name="Continue to the website")).to_be_visible()


def test_several_forms_stand_on_one_page_and_know_nothing_of_each_other(visitor: FormVisit) -> None:
    page = visitor.open_site(
        f'<enquiry-form data-form="one"></enquiry-form><script src="{BASE}/embed.js"></script>'
        f'<script src="{BASE}/embed.js" data-form="two" data-lang="es"></script>'
    )
    expect(page.locator("enquiry-form")).to_have_count(2)
    one, two = page.locator('[data-form="one"]'), page.locator("enquiry-form[data-lang]")
    one.get_by_label("Chest pain").check()
    two.get_by_label("Dolor de pecho").scroll_into_view_if_needed()

    expect(two.get_by_label("Dolor de pecho")).not_to_be_checked()
    assert [f"{BASE}/f/one", f"{BASE}/f/two"] == [each.locator("form").get_attribute("action") for each in (one, two)]


def test_the_other_language_keeps_step_and_answers(visitor: FormVisit) -> None:
    page = visitor.open_site(SCRIPT)
    page.get_by_label("Chest pain").check()
    page.get_by_label("Chest pain").uncheck()
    press(page, "Next")
    give_contact(page)
    press(page, "Español")
    expect(page.get_by_label("Su nombre")).to_have_value("Ann Example")
    press(page, "Enviar ahora")

    expect(page.get_by_role("heading", name="Recibimos su mensaje")).to_be_visible()
    assert [["es"]] == visitor.sent("language")
    assert [["chest_breathing"]] == visitor.sent("urgent_signs_withdrawn")


def test_the_site_chooses_colours_and_font(visitor: FormVisit) -> None:
    page = visitor.open_site(
        "<style>html{font-size:62.5%} enquiry-form{--enquiry-accent:#550088;--enquiry-font:Georgia,serif}</style>"
        + SCRIPT
    )
    look = page.get_by_role("button", name="Next").evaluate(
        "each => { const s = getComputedStyle(each); return [s.backgroundColor, s.fontFamily, s.fontSize]; }"
    )

    assert ["rgb(85, 0, 136)", "Georgia, serif", "18px"] == look


def test_a_strict_site_has_the_form_in_its_own_look(visitor: FormVisit) -> None:
    policy = f"default-src 'none'; script-src {OWN}; connect-src {OWN}; form-action {OWN}"
    page = visitor.open_site(f'<meta http-equiv="Content-Security-Policy" content="{policy}">{SCRIPT}')

    expect(page.get_by_role("button", name="Next")).to_have_css("min-height", "52px")


@pytest.mark.parametrize("own_link", ["", '<a href="https://desk.clinic.example/api/form">Ask us</a>'])
def test_without_the_form_there_is_a_link(visitor: FormVisit, own_link: str) -> None:
    visitor.page.route("**/form?*", lambda route: route.abort())
    page = visitor.open_site(
        f'<enquiry-form data-form="homepage">{own_link}</enquiry-form><script src="{BASE}/embed.js"></script>'
    )

    expect(page.get_by_role("link", name="Ask us" if own_link else "Open the form on its own page")).to_be_visible()


def test_a_sites_own_link_stands_where_our_script_does_not_come(visitor: FormVisit) -> None:
    page = visitor.open_site('<enquiry-form><a href="https://desk.clinic.example/api/form">Ask us</a></enquiry-form>')

    expect(page.get_by_role("link", name="Ask us")).to_be_visible()


def test_leaving_is_quick(visitor: FormVisit) -> None:
    page = visitor.open_site(SCRIPT)
    page.get_by_role("link", name="Leave this page now").first.click()

    expect(page).to_have_url("https://www.weather.gov/")


def test_a_lost_connection_is_said_in_the_form(visitor: FormVisit) -> None:
    page = visitor.open_site(SCRIPT)
    press(page, "Next")
    give_contact(page)
    visitor.lost.append("request")
    press(page, "Send now")

    expect(page.get_by_role("heading", name="We received your message")).to_be_visible()
    assert visitor.posts[0] == visitor.posts[1]
