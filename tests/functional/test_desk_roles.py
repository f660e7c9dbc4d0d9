"""Who may do what at the desk: every route, whoever asks. A new route is in here as soon as it is in the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

import app as app_module
from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.desk.guard import admit
from chalicelib.desk.requests import COOKIE, TOKEN_FIELD, DeskRequest, form_token
from chalicelib.desk.routes import ROUTES, Route
from chalicelib.errors import AccessDenied
from chalicelib.models.staff import Staff
from chalicelib.storage.sessions import end_session, session_hash, start_session, touch_session
from chalicelib.web import WebRequest
from sandbox.staff import add_people
from tests.conftest import SettableClock
from tests.desk_site import MANAGER, ORIGIN, STAFF, DeskSite, signed_in
from tests.website import Answer, Website

BASE = "https://desk.clinic.example/api"
UNKNOWN = "3f0c9f1e-4a35-4d1c-9a55-0c4a6f3f2b11"
PUBLIC = {
    ("GET", "/desk/assets/{key}"),
    ("GET", "/desk/sign-in"),
    ("POST", "/desk/sign-in"),
    ("POST", "/desk/challenge"),
    ("GET", "/desk/forgot"),
    ("POST", "/desk/forgot"),
    ("POST", "/desk/reset"),
}
"""What anybody may ask for; nothing else is without a session."""
Visitor = Callable[[AppContext, SettableClock], DeskSite]
PROTECTED = [route for route in ROUTES if route.who != "public"]


@pytest.fixture(autouse=True)
def _people(site: Website, aws: Clients, context: AppContext) -> None:  # noqa: ARG001
    add_people(aws, context.settings)


def nobody(_context: AppContext, _clock: SettableClock) -> DeskSite:
    return DeskSite(app_module)


def idle_for_half_an_hour(context: AppContext, clock: SettableClock) -> DeskSite:
    return session_of(context, STAFF, started=timedelta(minutes=30, seconds=1), clock=clock)


def signed_in_twelve_hours_ago(context: AppContext, clock: SettableClock) -> DeskSite:
    return session_of(context, STAFF, started=timedelta(hours=12), clock=clock, used=timedelta(minutes=1))


def with_a_forged_id(_context: AppContext, _clock: SettableClock) -> DeskSite:
    return DeskSite(app_module, "f" * 64)


def with_an_id_of_another_shape(_context: AppContext, _clock: SettableClock) -> DeskSite:
    return DeskSite(app_module, "SESSION#1")


def with_the_hash_instead_of_the_id(context: AppContext, _clock: SettableClock) -> DeskSite:
    return DeskSite(app_module, session_hash(signed_in(app_module, context, MANAGER).session_id))


def signed_out(context: AppContext, _clock: SettableClock) -> DeskSite:
    browser = signed_in(app_module, context, MANAGER)
    end_session(context.table, session_hash(browser.session_id))
    return browser


def disabled(context: AppContext, clock: SettableClock) -> DeskSite:
    context.clients.cognito.admin_disable_user(UserPoolId=context.settings.user_pool_id, Username=MANAGER.user)
    return session_of(context, MANAGER, started=timedelta(minutes=15), clock=clock)


def deleted(context: AppContext, clock: SettableClock) -> DeskSite:
    gone = Staff(user="gone@example.com", groups=("staff", "manager"))
    return session_of(context, gone, started=timedelta(minutes=15), clock=clock)


def session_of(
    context: AppContext, staff: Staff, *, started: timedelta, clock: SettableClock, used: timedelta | None = None
) -> DeskSite:
    """A browser whose session began so long ago."""
    browser = DeskSite(app_module, context.ids.random_bytes(32).hex())
    session = start_session(context.table, browser.session_id, staff, clock() - started)
    if used is not None:
        touch_session(context.table, session.model_copy(update={"used_at": clock() - used}))
    return browser


OUTSIDERS: tuple[Visitor, ...] = (
    nobody,
    idle_for_half_an_hour,
    signed_in_twelve_hours_ago,
    with_a_forged_id,
    with_an_id_of_another_shape,
    with_the_hash_instead_of_the_id,
    signed_out,
    disabled,
    deleted,
)


def ask(browser: DeskSite, route: Route, **headers: str) -> Answer:
    path = route.path.replace("{key}", UNKNOWN)
    return browser.post(path, **headers) if route.method == "POST" else browser.get(path)


def described(route: Route) -> str:
    return f"{route.method} {route.path}"


def is_sent_to_sign_in(answer: Answer, route: Route) -> bool:
    if route.method == "POST":
        return answer.status == 401 and 'name="password"' in answer.text
    return answer.status == 303 and answer.headers["location"].startswith(f"{BASE}/desk/sign-in?next=")


def is_admitted(answer: Answer, route: Route) -> bool:
    return answer.status < 500 and answer.status not in (401, 403) and not is_sent_to_sign_in(answer, route)


@pytest.mark.parametrize("visitor", OUTSIDERS, ids=lambda visitor: visitor.__name__)
def test_whoever_has_no_session_is_sent_to_sign_in(visitor: Visitor, context: AppContext, clock: SettableClock) -> None:
    asked = [(route, ask(visitor(context, clock), route)) for route in PROTECTED]

    assert asked
    assert [] == [(described(route), answer.status) for route, answer in asked if not is_sent_to_sign_in(answer, route)]


@pytest.mark.parametrize("who", ["staff", "manager"])
def test_each_group_may_do_what_the_table_says(who: str, context: AppContext) -> None:
    person = {"staff": STAFF, "manager": MANAGER}[who]
    refused = [
        described(route)
        for route in PROTECTED
        if not is_admitted(ask(signed_in(app_module, context, person), route), route)
    ]

    assert [described(route) for route in PROTECTED if route.who == "manager" and who == "staff"] == refused


def test_what_only_managers_may_do_is_refused_to_staff_in_plain_words(context: AppContext) -> None:
    answers = [ask(signed_in(app_module, context, STAFF), route) for route in PROTECTED if route.who == "manager"]

    assert [] == [answer.status for answer in answers if answer.status != 403 or "For managers only" not in answer.text]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://desk.clinic.example"])
def test_no_post_from_elsewhere_is_admitted(origin: str, context: AppContext) -> None:
    posts = [route for route in ROUTES if route.method == "POST"]
    statuses = {
        described(route): ask(signed_in(app_module, context, MANAGER), route, Origin=origin).status for route in posts
    }

    assert {described(route): 403 for route in posts} == statuses


def test_no_post_without_the_token_of_its_session_is_admitted(context: AppContext) -> None:
    posts = [route for route in PROTECTED if route.method == "POST"]

    def send(route: Route, fields: Mapping[str, Any]) -> int:
        browser = signed_in(app_module, context, MANAGER)
        path = route.path.replace("{key}", UNKNOWN)
        return browser.post_form(path, fields, Origin=ORIGIN).status

    tokens = ({}, {TOKEN_FIELD: ""}, {TOKEN_FIELD: form_token(session_hash("0" * 64))}, {TOKEN_FIELD: "é"})

    assert [] == [described(route) for route in posts for fields in tokens if send(route, fields) != 409]


def test_nothing_but_the_list_is_public() -> None:

    assert {(route.method, route.path) for route in ROUTES if route.who == "public"} == PUBLIC


def test_no_two_routes_answer_the_same_request() -> None:
    asked = [(route.method, route.path.split("/")) for route in ROUTES]
    clashes = [
        (one, other)
        for number, one in enumerate(asked)
        for other in asked[number + 1 :]
        if one == other and one is not other
    ]

    assert [] == clashes


def test_every_answer_to_staff_stays_out_of_caches_and_frames(context: AppContext) -> None:
    pages = [route for route in PROTECTED if route.method == "GET"]
    answers = {described(route): ask(signed_in(app_module, context, MANAGER), route) for route in pages}
    headers = {name: answer.headers.get("cache-control", "") for name, answer in answers.items()}

    assert dict.fromkeys(headers, "no-store") == headers
    assert [] == [
        name for name, answer in answers.items() if "unsafe" in answer.headers.get("content-security-policy", "")
    ]


def test_a_change_of_groups_is_in_force_within_fifteen_minutes(context: AppContext, clock: SettableClock) -> None:
    pool = context.settings.user_pool_id
    browser = session_of(context, MANAGER, started=timedelta(0), clock=clock)
    context.clients.cognito.admin_remove_user_from_group(UserPoolId=pool, Username=MANAGER.user, GroupName="manager")
    clock.advance(minutes=15)
    browser.post("/desk/sign-out", {TOKEN_FIELD: "of another page"})
    row = context.table.get({"pk": f"SESSION#{session_hash(browser.session_id)}", "sk": "SESSION"})

    assert row is not None
    assert {"user": MANAGER.user, "groups": ["staff"]} == row["staff"]


def test_a_session_is_read_once_and_written_at_most_once_a_minute(
    staff_site: DeskSite, context: AppContext, clock: SettableClock
) -> None:
    context.stage_settings.current()
    calls: list[str] = []
    context.table.client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    wrong = {TOKEN_FIELD: "of another page"}
    staff_site.post("/desk/sign-out", wrong)
    clock.advance(seconds=61)
    staff_site.post("/desk/sign-out", wrong)
    staff_site.post("/desk/sign-out", wrong)

    assert ["GetItem", "GetItem", "PutItem", "GetItem"] == calls


def test_use_keeps_a_session_and_what_a_page_asks_by_itself_does_not(
    staff_site: DeskSite, clock: SettableClock, context: AppContext
) -> None:
    def look(*, is_use: bool) -> None:
        cookie = {"cookie": f"{COOKIE}={staff_site.session_id}"}
        request = WebRequest("GET", cookie, {}, {}, b"", BASE)
        admit(DeskRequest(context, request), "staff", is_use=is_use)

    for _ in range(4):
        clock.advance(minutes=20)
        look(is_use=True)
    clock.advance(minutes=20)
    look(is_use=False)
    clock.advance(minutes=11)
    with pytest.raises(AccessDenied):
        look(is_use=False)
