"""Where the person lands: reference, promise and advice for an hour, then only that we have it."""

from __future__ import annotations

import hashlib

from tests.conftest import SettableClock
from tests.functional.conftest import Install, Stored
from tests.website import Website

ANN = {"name": "Zsuzsanna Marked", "email": "zsuzsanna@mail.example", "message": "Marked words"}
EMERGENCY = {**ANN, "urgent_signs": "stroke_signs"}
FOOTER = "We do not read messages right away."


def land(site: Website, fields: dict[str, str]) -> tuple[str, str]:
    """The path of the receipt, and its token."""
    location = site.post_form("/enquiries", fields).headers["location"]
    path = location.removeprefix("https://desk.clinic.example/api")
    return path, path.rpartition("/")[2]


def test_a_receipt_shows_reference_promise_and_footer(site: Website, stored: Stored) -> None:
    page = site.get(land(site, ANN)[0])

    assert 200 == page.status
    assert "no-store" == page.headers["cache-control"]
    assert "no-referrer" == page.headers["referrer-policy"]
    assert stored.enquiry.reference in page.text
    assert "Wednesday, March 4, 5:00 PM" in page.text
    assert FOOTER in page.text
    assert "ninds.nih.gov" in page.text
    assert "orthoinfo.aaos.org" in page.text


def test_a_receipt_shows_nothing_that_was_typed(site: Website) -> None:
    page = site.get(land(site, ANN)[0])

    assert "marked" not in page.text.lower()
    assert "zsuzsanna" not in page.text.lower()


def test_advice_is_shown_for_an_hour(site: Website, stored: Stored, clock: SettableClock) -> None:
    path, _ = land(site, EMERGENCY)
    at_once = site.get(path)
    clock.advance(minutes=59)
    later = site.get(path)
    clock.advance(minutes=2)
    afterwards = site.get(path)

    assert "Call 911 now" in at_once.text
    assert "Call 911 now" in later.text
    assert 200 == afterwards.status
    assert "Call 911 now" not in afterwards.text
    assert "March" not in afterwards.text
    assert stored.enquiry.reference in afterwards.text
    assert FOOTER in afterwards.text


def test_a_receipt_is_in_the_persons_language_with_a_switch(site: Website) -> None:
    path, _ = land(site, {**EMERGENCY, "language": "es"})

    assert '<html lang="es">' in site.get(path).text
    assert "Llame al 911" in site.get(path).text
    assert "Call 911 now" in site.get(f"{path}?lang=en").text


def test_an_unknown_an_expired_and_a_mangled_token_look_alike(site: Website, clock: SettableClock) -> None:
    path, token = land(site, ANN)
    known = site.get(path)
    clock.advance(days=91)
    unknown = [
        path,
        "/received/" + "0" * 32,
        f"/received/{token[:-1]}",
        "/received/" + "x" * 5_000,
        "/received/%00%2e%2e",
    ]
    pages = [site.get(each) for each in unknown]

    assert 200 == known.status
    assert {404} == {page.status for page in pages}
    assert 1 == len({page.text for page in pages})
    assert {"no-store"} == {page.headers["cache-control"] for page in pages}
    assert "+1 202-555-0100" in pages[0].text
    assert FOOTER in pages[0].text


def test_the_token_is_stored_hashed_only(site: Website, stored: Stored) -> None:
    _, token = land(site, ANN)
    table = str(stored.items())

    assert token not in table
    assert hashlib.sha256(token.encode()).hexdigest() in table


def test_a_receipt_does_not_read_the_enquiry(site: Website, stored: Stored) -> None:
    path, _ = land(site, ANN)
    (receipt,) = stored.items("RECEIPT#")

    assert "marked" not in str(receipt).lower()
    assert 200 == site.get(path).status


def test_the_promise_is_in_the_clinics_own_time(site: Website, install: Install) -> None:
    install(CLINIC_TIME_ZONE="America/Los_Angeles", OPENING_HOURS="Mon-Thu 08:00-16:30", HOLIDAYS="2026-03-03")

    assert "Thursday, March 5, 4:30 PM" in site.get(land(site, ANN)[0]).text
