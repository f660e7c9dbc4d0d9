"""What staff get while something is broken, and what every answer under /desk carries."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

import app as app_module
from chalicelib.context import AppContext
from chalicelib.pages.desk_page import HEADERS
from tests.desk_site import BASE, DeskSite
from tests.website import Answer, Website

ENQUIRY = "/desk/enquiries/3f0c9f1e-4a35-4d1c-9a55-0c4a6f3f2b11"
NOTE = 'Spoke to her.\r\nShe said "call <later>"'


@pytest.fixture
def browser(site: Website) -> DeskSite:  # noqa: ARG001
    """A browser that has not signed in yet."""
    return DeskSite(app_module)


@pytest.fixture
def no_database(staff_site: DeskSite, context: AppContext) -> Iterator[None]:  # noqa: ARG001
    """From now on DynamoDB cannot be reached."""
    events = context.table.client.meta.events

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    events.register("before-call.dynamodb", fail)
    yield
    events.unregister("before-call.dynamodb", fail)


def lacks(answer: Answer) -> list[str]:
    """Headers of the desk that an answer does not carry as they should be."""
    wanted = {name: value for name, value in HEADERS.items() if name != "Cache-Control"}
    return [name for name, value in wanted.items() if answer.headers.get(name.lower()) != value]


@pytest.mark.usefixtures("no_database")
def test_a_page_that_cannot_be_shown_speaks_to_staff(staff_site: DeskSite) -> None:
    answer = staff_site.get("/desk")

    assert (503, "30") == (answer.status, answer.headers["retry-after"])
    assert "The desk does not answer just now" in answer.text
    assert "contact form" not in answer.text
    assert [] == lacks(answer)


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("path", [f"{ENQUIRY}/note", "/desk/new"])
def test_what_was_typed_comes_back_when_it_may_not_have_been_stored(staff_site: DeskSite, path: str) -> None:
    answer = staff_site.post(path, {"message": NOTE, "version": "3"})

    assert (503, "30") == (answer.status, answer.headers["retry-after"])
    assert "nobody can say whether this was saved" in answer.text
    assert f"{NOTE}</textarea>" in unescape(answer.text)
    assert "Sending it twice does no harm" not in answer.text


@pytest.mark.usefixtures("no_database")
def test_no_password_comes_back_from_an_outage(browser: DeskSite) -> None:
    fields = {"user": "ann@example.com", "code": "123456", "new_password": "secret words", "again": "secret words"}
    answers = [browser.post(f"/desk/{page}", {**fields, "password": "secret words"}) for page in ("challenge", "reset")]

    assert [] == [answer.status for answer in answers if "secret words" in answer.text]


def test_whatever_breaks_at_the_desk_is_told_to_staff(
    staff_site: DeskSite, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours, and one on top of it."""
    monkeypatch.setattr("chalicelib.desk.routes.route_of", lambda *_: 1 / 0)
    told = staff_site.get("/desk")
    monkeypatch.setattr("chalicelib.desk.denials.give_back", lambda *_: 1 / 0)
    last = staff_site.post(f"{ENQUIRY}/note", {"note": NOTE})

    assert (503, True) == (told.status, "The desk does not answer" in told.text)
    assert (503, True) == (last.status, context.settings.clinic_phone in last.text)


def test_every_answer_of_the_desk_carries_its_headers(browser: DeskSite, staff_site: DeskSite) -> None:
    answers = {
        "redirect": browser.get("/desk"),
        "style": browser.get("/desk/assets/desk.css"),
        "no page": browser.get("/desk/nothing/here"),
        "sign-out": staff_site.post("/desk/sign-out"),
        "method": browser.send("PUT", "/desk/sign-in"),
        "type": browser.post_json("/desk/sign-in", {"user": "a"}),
    }

    assert {"redirect": 303, "style": 200, "no page": 404, "sign-out": 303, "method": 405, "type": 415} == {
        name: answer.status for name, answer in answers.items()
    }
    assert {} == {name: lacks(answer) for name, answer in answers.items() if lacks(answer)}
    assert "private, max-age=300" == answers["style"].headers["cache-control"]
    assert "GET" in answers["method"].headers["allow"]
    assert ["This could not be sent from here" in answers[name].text for name in ("method", "type")] == [True, True]


def test_whoever_comes_by_the_name_of_the_gateway_is_sent_to_where_sign_in_works(browser: DeskSite) -> None:
    gateway = "abc123.execute-api.us-east-1.amazonaws.com"
    signing_in = browser.get("/desk/sign-in?next=%2Fdesk%2Fnew", Host=gateway)
    forgotten = browser.get("/desk/forgot", Host=gateway)
    behind_a_proxy = browser.get("/desk/sign-in?moved=1", Host=gateway)

    assert (303, f"{BASE}/desk/sign-in?next=%2Fdesk%2Fnew&moved=1") == (
        signing_in.status,
        signing_in.headers["location"],
    )
    assert (303, f"{BASE}/desk/forgot?moved=1") == (forgotten.status, forgotten.headers["location"])
    assert 200 == behind_a_proxy.status
