"""Signing in and staying signed in when something is missing, slow or broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

import app as app_module
from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.desk.access import confirm
from chalicelib.models.staff import ASK_AGAIN_AFTER, CONFIRM_EVERY, Staff
from chalicelib.storage.sessions import session_hash
from sandbox.staff import PEOPLE, add_people
from tests.conftest import SettableClock
from tests.desk_site import BASE, MANAGER, STAFF, DeskSite, signed_in
from tests.functional.conftest import Stored
from tests.website import Website

PERSON = PEOPLE[0]
NEW = "a sentence of my own"
MAIL_LINK = "/desk/enquiries/3f0c9f1e-4a35-4d1c-9a55-0c4a6f3f2b11"


@pytest.fixture
def browser(site: Website) -> DeskSite:  # noqa: ARG001
    """A browser that has not signed in yet."""
    return DeskSite(app_module)


class Slow:
    """Cognito that answers too late; each question is noted with what the table says of the sessions then."""

    def __init__(self, client: Any, stored: Stored) -> None:
        self.exceptions = client.exceptions
        self.stored = stored
        self.asked: list[set[str]] = []

    def __getattr__(self, name: str) -> Any:
        def wait(**_: Any) -> Any:
            self.asked.append({str(row.get("asked_at", "")) for row in self.stored.items("SESSION#")})
            raise ReadTimeoutError(endpoint_url="https://cognito.example")

        return wait


@pytest.fixture
def slow(context: AppContext, stored: Stored) -> Iterator[Slow]:
    """From now on the short questions are not answered in time."""
    client = Slow(context.clients.cognito, stored)
    context.clients.__dict__["cognito_quick"] = client
    yield client
    del context.clients.__dict__["cognito_quick"]


@pytest.mark.parametrize(
    ("path", "fields", "status", "said"),
    [
        ("/desk/forgot", {}, 422, "Type your e-mail address"),
        ("/desk/forgot", {"user": " "}, 422, "Type your e-mail address"),
        ("/desk/forgot", {"user": "a" * 129}, 422, "Type your e-mail address"),
        ("/desk/reset", {"code": "123456"}, 422, "This code is not right"),
        ("/desk/reset", {"user": PERSON.email}, 422, "This code is not right"),
        ("/desk/reset", {"user": "ann example", "code": "123456"}, 422, "This code is not right"),
        ("/desk/sign-in", {"password": PERSON.password}, 401, "E-mail address or password is not right"),
    ],
)
def test_empty_fields_are_no_outage(
    browser: DeskSite,
    path: str,
    fields: dict[str, str],
    status: int,
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = browser.post(path, {"new_password": NEW, "again": NEW, **fields})

    assert status == answer.status
    assert said in answer.text
    assert [] == [record for record in caplog.records if record.levelname == "ERROR"]


def test_code_from_the_mail_may_be_typed_with_spaces(browser: DeskSite, aws: Clients, context: AppContext) -> None:
    add_people(aws, context.settings)
    sent: list[str] = []
    events = context.clients.cognito.meta.events
    events.register(
        "provide-client-params.cognito-idp.ConfirmForgotPassword",
        lambda params, **_: sent.append(params["ConfirmationCode"]),
    )
    browser.post("/desk/forgot", {"user": PERSON.email})
    fields = {"user": f" {PERSON.email.title()} ", "code": " 123 456\t", "new_password": NEW, "again": NEW}

    assert 303 == browser.post("/desk/reset", fields).status
    assert ["123456"] == sent


def test_nobody_is_nobody_without_a_question(context: AppContext, slow: Slow) -> None:

    assert confirm(context, "") is None
    assert [] == slow.asked


def test_a_page_waits_for_cognito_no_longer_than_a_short_try(context: AppContext) -> None:
    config = context.clients.cognito_quick.meta.config

    assert (1, 2, 1) == (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"])


def test_who_asks_cognito_is_written_before_anybody_waits(
    site: Website,  # noqa: ARG001
    context: AppContext,
    clock: SettableClock,
    slow: Slow,
) -> None:
    browser = signed_in(app_module, context, STAFF)
    clock.advance(seconds=CONFIRM_EVERY.total_seconds())
    first = browser.get("/desk/new")
    clock.advance(seconds=(ASK_AGAIN_AFTER - timedelta(seconds=1)).total_seconds())
    beside = browser.get("/desk/new")
    row = context.table.get({"pk": f"SESSION#{session_hash(browser.session_id)}", "sk": "SESSION"})

    assert (200, 200) == (first.status, beside.status)
    assert row is not None
    assert [{row["asked_at"]}] == slow.asked


@pytest.mark.parametrize("made_as", [PERSON.email, PERSON.email.title()])
def test_a_reset_password_ends_every_session_of_its_user(
    browser: DeskSite, aws: Clients, context: AppContext, made_as: str, stored: Stored
) -> None:
    add_people(aws, context.settings)
    thief = signed_in(app_module, context, Staff(user=made_as, groups=("staff",)))
    other = signed_in(app_module, context, MANAGER)
    browser.post("/desk/forgot", {"user": PERSON.email})
    wrong = browser.post("/desk/reset", {"user": PERSON.email, "code": " ", "new_password": NEW, "again": NEW})
    before = thief.get("/desk/new").status
    browser.post("/desk/reset", {"user": PERSON.email, "code": "123456", "new_password": NEW, "again": NEW})

    assert (422, 200) == (wrong.status, before)
    assert (303, 200) == (thief.get("/desk/new").status, other.get("/desk/new").status)
    assert [f"SESSIONS#{MANAGER.user}"] == [row["pk"] for row in stored.items("SESSIONS#")]


def test_one_request_of_a_disabled_user_ends_all_their_sessions(
    site: Website,  # noqa: ARG001
    aws: Clients,
    context: AppContext,
    clock: SettableClock,
) -> None:
    add_people(aws, context.settings)
    first = signed_in(app_module, context, STAFF)
    clock.advance(seconds=CONFIRM_EVERY.total_seconds())
    second = signed_in(app_module, context, STAFF)
    aws.cognito.admin_disable_user(UserPoolId=context.settings.user_pool_id, Username=STAFF.user)

    assert [303, 303] == [each.get("/desk/new").status for each in (first, second)]


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("/desk?level=urgent&mine=1", "/desk?level=urgent&mine=1"),
        ("/desk/audit?day=2026-03-02&user=ann%40x.example", "/desk/audit?day=2026-03-02&user=ann%40x.example"),
        (f"{MAIL_LINK}?done=note", MAIL_LINK),
    ],
)
def test_a_link_survives_sign_in_with_its_query(
    browser: DeskSite, aws: Clients, context: AppContext, link: str, leads_to: str
) -> None:
    add_people(aws, context.settings)
    form = browser.get(browser.get(link).headers["location"].removeprefix(BASE))
    then = unescape(form.text.partition('name="then" value="')[2].partition('"')[0])
    answer = browser.post("/desk/sign-in", {"user": PERSON.email, "password": PERSON.password, "then": then})

    assert (303, f"{BASE}{leads_to}") == (answer.status, answer.headers["location"])
