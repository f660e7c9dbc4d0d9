"""The receipt and the notices: what to do now, the reference, the promise, and the help lines on every page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from chalicelib.models.enquiry import Receipt
from chalicelib.models.opening_hours import opening_hours
from chalicelib.models.vocabulary import Language
from chalicelib.pages.notice_page import render_notice
from chalicelib.pages.page_shell import PageContext
from chalicelib.pages.receipt_page import render_receipt
from chalicelib.settings import Settings
from chalicelib.web import Reply
from chalicelib.wording.hours import hours_in_words
from chalicelib.wording.texts import text
from tests.html_page import read_page

SETTINGS = Settings()
HOURS = opening_hours(SETTINGS)
SATURDAY = datetime(2026, 11, 21, 15, tzinfo=UTC)
MONDAY_NINE = datetime(2026, 11, 23, 14, tzinfo=UTC)
SAFETY = ("call_911", "call_988", "help_for_other_988", "see_doctor_today", "be_safe", "call_988_line")


def a_page(language: Language = "en") -> PageContext:
    return PageContext(language=language, settings=SETTINGS, base_url="https://desk.clinic.example/api")


def a_receipt(**overrides: Any) -> Receipt:
    values: dict[str, Any] = {
        "reference": "K7F-3Q9M",
        "language": "en",
        "level": "emergency",
        "received_at": SATURDAY,
        "reply_by": MONDAY_NINE,
        "advice_keys": ("call_911", "we_call"),
    }
    return Receipt(**{**values, **overrides})


def show(receipt: Receipt, now: datetime = SATURDAY, language: Language = "en") -> Reply:
    return render_receipt(a_page(language), receipt, now, HOURS)


def test_the_receipt_shows_advice_then_reference_then_promise() -> None:
    body = show(a_receipt()).body
    advice = body.index(text("en", "advice.call_911"))

    assert advice < body.index("K7F-3Q9M") < body.index("Monday, November 23, 9:00 AM")


def test_the_receipt_says_plainly_that_the_clinic_is_closed() -> None:
    assert "The clinic is closed right now." in show(a_receipt()).body
    assert "The clinic is open right now." in show(a_receipt(received_at=MONDAY_NINE), MONDAY_NINE).body


def test_opening_hours_are_told_in_the_clinics_time() -> None:
    body = show(a_receipt()).body

    assert "Monday to Friday, 9:00 AM to 5:00 PM" in body
    assert "(EST)" in body


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("key", SAFETY)
def test_each_advice_has_lines_to_press_beside_it(key: str, language: Language) -> None:
    body = show(a_receipt(advice_keys=(key,)), language=language).body
    main = body[body.index("<main") : body.index("<h1")]

    assert text(language, f"advice.{key}") in read_page(body).one("section", class_="advice").text
    assert 'href="tel:' in main


def test_after_an_hour_only_the_receipt_itself_is_shown() -> None:
    receipt = a_receipt(next_url="https://clinic.example/thanks")
    before = show(receipt, SATURDAY + timedelta(minutes=59, seconds=59)).body
    after = show(receipt, SATURDAY + timedelta(hours=1)).body

    assert text("en", "advice.call_911") in before
    assert text("en", "advice.call_911") not in after
    assert "November 23" not in after
    assert "clinic.example/thanks" not in after
    assert "K7F-3Q9M" in after


def test_the_receipt_is_kept_nowhere_and_tells_nobody() -> None:
    headers = show(a_receipt()).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_receipt_names_no_level_and_no_score() -> None:
    words = read_page(show(a_receipt(advice_keys=("we_call",), level="priority")).body).one("main").text.lower()

    assert not [word for word in ("priority", "level", "score", "triage", "routine") if word in words]


def test_the_sites_own_page_is_a_link() -> None:
    page = read_page(show(a_receipt(next_url="https://clinic.example/thanks?a=1&b=2")).body)

    assert page.one("a", class_="send").attributes["href"] == "https://clinic.example/thanks?a=1&b=2"


def test_neutral_sources_are_linked() -> None:
    hosts = [e.attributes["href"].split("/")[2] for e in read_page(show(a_receipt()).body).all("a", hreflang="en")]

    assert hosts == ["www.ninds.nih.gov", "orthoinfo.aaos.org"]


def test_advice_that_a_newer_version_dropped_is_passed_over() -> None:
    assert show(a_receipt(advice_keys=("call_the_old_number",))).status == 200


def test_a_reply_by_mail_is_promised_in_its_own_words() -> None:
    body = show(a_receipt(level="info", advice_keys=("we_reply",))).body

    assert text("en", "advice.we_reply", date="Monday, November 23, 9:00 AM") in body


def test_the_receipt_switches_language_by_a_link() -> None:
    assert read_page(show(a_receipt()).body).one("a", hreflang="es").attributes["href"] == "?lang=es"
    spanish = show(a_receipt(), language="es").body
    assert '<html lang="es">' in spanish
    assert "lunes 23 de noviembre, 9:00 a. m." in spanish


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", ["receipt", "old receipt", "notice"])
def test_every_page_has_the_crisis_footer_and_the_clinics_number(kind: str, language: Language) -> None:
    reply = {
        "receipt": lambda: show(a_receipt(advice_keys=()), language=language),
        "old receipt": lambda: show(a_receipt(), SATURDAY + timedelta(days=2), language),
        "notice": lambda: render_notice(a_page(language), 404, "Heading", ("Paragraph",)),
    }[kind]()
    footer = reply.body[reply.body.index("<footer") :]

    assert text(language, "advice.footer") in read_page(reply.body).one("footer").text
    assert 'href="tel:+12025550100"' in footer
    assert f'<html lang="{language}">' in reply.body


def test_a_notice_leads_on() -> None:
    reply = render_notice(a_page(), 413, "Too <long>", ("Shorten it.",), advice=("Call 911.",), headers={"X-A": "b"})
    page = read_page(reply.body)

    assert reply.status == 413
    assert page.one("h1").text == "Too <long>"
    assert reply.body.index("Call 911.") < reply.body.index("Shorten it.")
    assert page.one("a", class_="send").attributes["href"] == "https://desk.clinic.example/api/form?lang=en"
    assert page.one("a", hreflang="es").attributes["href"] == "https://desk.clinic.example/api/form?lang=es"
    assert reply.headers["X-A"] == "b"


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("Mon-Fri 09:00-17:00", "Monday to Friday, 9:00 AM to 5:00 PM"),
        (
            "Mon-Wed 09:00-17:00, Fri 09:00-17:00, Sat 10:00-12:30",
            "Monday to Wednesday, 9:00 AM to 5:00 PM; Friday, 9:00 AM to 5:00 PM; Saturday, 10:00 AM to 12:30 PM",
        ),
    ],
)
def test_days_with_the_same_hours_are_told_together(hours: str, words: str) -> None:
    assert words == hours_in_words(opening_hours(Settings.model_validate({"opening_hours": hours})), "en")


def test_a_clinic_without_hours_asks_for_a_call() -> None:
    assert hours_in_words(opening_hours(Settings(opening_hours={})), "es") == "por favor llámenos"
