"""What the page for website owners tells them to copy is accepted as it stands."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.intake.numbered_fields import GUESSED_NOTE
from tests.embedding_examples import DESK, example, examples
from tests.functional.conftest import Install, Stored
from tests.html_page import read_page
from tests.website import Website

OWN_FORMS = ("form", "script", "formspree")


@pytest.mark.parametrize("body", examples("json", "post"))
def test_json_is_accepted_and_its_person_can_be_reached(site: Website, stored: Stored, body: str) -> None:
    answer = site.post_json("/f/homepage", json.loads(body))

    assert (200, True) == (answer.status, answer.json()["ok"])
    contact = stored.enquiry.submission.contact
    assert "Ann Example" == contact.name
    assert contact.email_address or contact.phone_e164


@pytest.mark.parametrize("body", examples("form", "post"))
def test_what_a_page_builder_sends_from_its_server_is_accepted(site: Website, stored: Stored, body: str) -> None:
    answer = site.post_form("/f/homepage", parse_qsl(body.strip()), Accept="application/json")

    assert 200 == answer.status
    contact = stored.enquiry.submission.contact
    assert ("Ann Example", "ann@mail.example") == (contact.name, contact.email_address)
    assert "Do you take my insurance?" == stored.enquiry.submission.answers.message
    assert set() == stored.enquiry.submission.answers.other_answers.keys() - {GUESSED_NOTE}


@pytest.mark.parametrize("kind", OWN_FORMS)
def test_a_form_of_ones_own_posts_to_the_desk_and_is_accepted(site: Website, stored: Stored, kind: str) -> None:
    page = read_page(example("html", kind))
    typed = {"name": "Ann Example", "full_name": "Ann Example", "email": "ann@mail.example", "phone": "202-555-0123"}
    sent = [(name, typed.get(name, value)) for name, value in page.sent]

    answer = site.post_form(urlsplit(page.one("form").attributes["action"]).path, sent)

    assert 303 == answer.status
    assert ("Ann Example", "homepage") == (stored.enquiry.submission.contact.name, stored.enquiry.submission.form)
    assert not stored.enquiry.verdict.quarantined


def test_the_page_of_ones_own_is_where_people_land_once_it_is_allowed(site: Website, install: Install) -> None:
    page = read_page(example("html", "form"))
    install(ALLOWED_ORIGINS="https://www.your-site.example")
    answer = site.post_form("/f/homepage", [*page.sent, ("name", "Ann"), ("email", "ann@mail.example")])

    assert "https://www.your-site.example/thanks" == answer.headers["location"]


@pytest.mark.parametrize(("kind", "attribute"), [("embed", "src"), ("link", "href")])
def test_what_is_linked_is_there(site: Website, kind: str, attribute: str) -> None:
    (element,) = [each for each in read_page(example("html", kind)).elements if attribute in each.attributes]
    address = element.attributes[attribute]

    assert address.startswith(DESK)
    assert 200 == site.get(address.removeprefix(DESK)).status


def test_every_example_names_the_readers_own_address() -> None:
    shown = [text for kind in OWN_FORMS for text in examples("html", kind)]

    assert [] == [text for text in shown if f'action="{DESK}/f/homepage"' not in text]
