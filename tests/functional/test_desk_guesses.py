"""How often one connection may guess at sign-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import EndpointConnectionError

import app as app_module
from chalicelib.aws import Clients
from chalicelib.background import spawn_thread
from chalicelib.context import AppContext
from chalicelib.desk.guesses import GUESSES, OF_KNOWN
from chalicelib.desk.requests import CHALLENGE_COOKIE
from chalicelib.models.staff import Challenge
from chalicelib.storage.rate_counters import network_of
from chalicelib.storage.sign_ins import keep_challenge
from sandbox.staff import PEOPLE, add_people
from tests.conftest import SettableClock
from tests.desk_site import ORIGIN
from tests.functional.conftest import Install, Stored
from tests.website import FORM_TYPE, Answer, Gateway

PERSON = PEOPLE[0]
ADDRESS = "203.0.113.9"
RIGHT = {"user": PERSON.email, "password": PERSON.password}
WRONG = {"user": PERSON.email, "password": "wrong password"}
ELSEWHERE = "203.0.113.10"
Post = Callable[..., Answer]


def _finished(work: Callable[[], object], name: str) -> Thread:
    thread = spawn_thread(work, name)
    thread.join()
    return thread


@pytest.fixture
def installed(aws: Clients, install: Install) -> AppContext:  # noqa: ARG001  its AWS comes first
    """The application, whose counting is over before the answer, however slow the machine."""
    return install(spawn=_finished)


@pytest.fixture
def post(installed: AppContext, aws: Clients) -> Post:
    """Post a form of the desk from an address; the header is what a stranger may claim."""
    add_people(aws, installed.settings)

    def send(page: str, fields: Mapping[str, str], address: str = ADDRESS, **more: str) -> Answer:
        headers = {"Content-Type": FORM_TYPE, "Origin": ORIGIN, "X-Forwarded-For": "198.51.100.7", **more}
        gateway = Gateway(app_module, client_address=address)
        body = urlencode(fields).encode()
        return gateway.send("POST", f"/desk/{page}", "/desk/{page}", {"page": page}, body, **headers)

    return send


def guess_too_often(post: Post) -> None:
    for number in range(GUESSES.most):
        post("sign-in", {**WRONG, "user": f"{number}@example.com"})


def test_the_twentieth_wrong_guess_of_one_address_is_the_last(post: Post, clock: SettableClock) -> None:
    clock.advance(minutes=2)
    wrong = [post("sign-in", {**WRONG, "user": f"{number}@example.com"}).status for number in range(GUESSES.most)]
    refused = post("sign-in", {**RIGHT, "then": "/desk/new", "kept": '{"note": "half a note"}'})
    elsewhere = post("sign-in", RIGHT, ELSEWHERE)
    others = [post(page, RIGHT).status for page in ("challenge", "reset")]
    clock.advance(minutes=8)
    later = post("sign-in", RIGHT)

    assert {401} == set(wrong)
    assert (429, "480") == (refused.status, refused.headers["retry-after"])
    assert "Wait 10 minutes" in refused.text
    assert "half a note" in refused.text
    assert [429] * 2 == others
    assert (303, 303) == (elsewhere.status, later.status)


def test_a_whole_clinic_may_sign_in_from_one_address(post: Post, stored: Stored) -> None:
    statuses = {post("sign-in", RIGHT).status for _ in range(GUESSES.most + 1)}

    assert {303} == statuses
    assert [0] == [row["counted"] for row in stored.items("RATE#")]


def test_every_mail_with_a_code_counts_and_closes_no_sign_in(post: Post) -> None:
    statuses = [post("forgot", RIGHT).status for _ in range(GUESSES.most + 1)]

    assert [200] * GUESSES.most + [429] == statuses
    assert 303 == post("sign-in", RIGHT).status


def test_who_has_signed_in_here_before_may_when_a_stranger_has_guessed_too_often(
    post: Post, stored: Stored, clock: SettableClock
) -> None:
    post("sign-in", RIGHT)
    post("sign-in", {**RIGHT, "user": PEOPLE[1].email, "password": PEOPLE[1].password}, ELSEWHERE)
    clock.advance(days=29)
    guess_too_often(post)
    known = [post("sign-in", {**RIGHT, "user": f" {PERSON.email.upper()}"}).status for _ in range(OF_KNOWN.most + 1)]
    new_here = post("sign-in", {"user": PEOPLE[1].email, "password": PEOPLE[1].password})
    wrong = [post("sign-in", WRONG).status for _ in range(OF_KNOWN.most + 1)]
    last = post("sign-in", RIGHT)

    assert {303} == set(known)
    assert 429 == new_here.status
    assert [401] * OF_KNOWN.most + [429] == wrong
    assert 429 == last.status
    assert PERSON.email not in str(stored.items("KNOWN#"))


def test_who_has_not_signed_in_here_for_a_month_is_a_stranger(post: Post, clock: SettableClock) -> None:
    post("sign-in", RIGHT)
    clock.advance(days=31)
    guess_too_often(post)

    assert 429 == post("sign-in", RIGHT).status


def test_next_step_of_a_sign_in_knows_whose_it_is(post: Post, installed: AppContext) -> None:
    challenge = Challenge(user=PERSON.email, step="code", session="s" * 20)
    keep_challenge(installed.table, "known", challenge, installed.clock())
    keep_challenge(installed.table, "unknown", challenge.model_copy(update={"user": "x@y.example"}), installed.clock())
    post("sign-in", RIGHT)
    guess_too_often(post)
    known, unknown = (
        post("challenge", {"code": "no code"}, Cookie=f"{CHALLENGE_COOKIE}={sign_in_id}").status
        for sign_in_id in ("known", "unknown")
    )

    assert (422, 429) == (known, unknown)


def test_no_address_stands_in_the_table_and_the_row_goes(post: Post, stored: Stored, clock: SettableClock) -> None:
    post("sign-in", WRONG)
    (row,) = stored.items("RATE#")

    assert ADDRESS not in str(row)
    assert int((clock() + GUESSES.span).timestamp()) == row["expires_at"]


def test_counter_of_another_day_has_another_key(post: Post, stored: Stored, clock: SettableClock) -> None:
    post("sign-in", WRONG)
    clock.advance(days=1)
    post("sign-in", WRONG)

    assert 2 == len({row["pk"] for row in stored.items("RATE#")})


def test_who_cannot_be_counted_may_sign_in(post: Post, installed: AppContext) -> None:
    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    installed.table.client.meta.events.register("before-call.dynamodb.UpdateItem", fail)

    assert [401] * 25 == [post("sign-in", WRONG).status for _ in range(25)]
    assert 303 == post("sign-in", RIGHT).status
    assert 303 == post("sign-in", RIGHT, "").status


def test_a_counter_that_hangs_keeps_nobody_waiting(install: Install, post: Post) -> None:
    install(spawn=lambda work, name: spawn_thread(list if name == "guesses" else work, name))

    assert 303 == post("sign-in", RIGHT).status


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", "unknown"),
    ],
)
def test_one_connection_is_one_client(address: str, client: str) -> None:

    assert client == network_of(address)
