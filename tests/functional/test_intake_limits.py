"""Too many enquiries from one network or of one contact: refused with the phone number, and nobody else is."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

import app as app_module
from chalicelib.context import AppContext
from tests.conftest import ENVIRONMENT, SettableClock
from tests.fake_api import client_error
from tests.functional.conftest import Install, Stored
from tests.website import Answer, Gateway, Website

KEY = "site-builder-key-1"
HASHED = hashlib.sha256(KEY.encode()).hexdigest()


def post(address: str, number: int = 0, path: str = "/enquiries", **fields: Any) -> Answer:
    """One enquiry of its own from an address."""
    values = {"form": path.rpartition("/")[2]} if path.startswith("/f/") else {}
    resource = "/f/{form}" if values else path
    typed = {"name": "Ann Example", "email": f"ann{number}@mail.example", "message": f"Message {number}", **fields}
    body = json.dumps(typed).encode()
    gateway = Gateway(app_module, client_address=address)
    headers = {"Content_Type": "application/json", "Accept": "application/json"}
    return gateway.send("POST", f"/api{path}", resource, values, body, **headers)


@pytest.fixture
def strict(install: Install, stored: Stored) -> AppContext:  # noqa: ARG001  the table comes first
    """A stage that takes three from one network and two of one contact."""
    return install(RATE_LIMIT_ADDRESS="3", RATE_LIMIT_CONTACT="2", FORM_KEYS=f"homepage:{HASHED}")


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    ("addresses", "stranger"),
    [
        (["203.0.113.1", "203.0.113.99", "203.0.113.255"], "203.0.112.1"),
        (["2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:ffff::1"], "2001:db8:2::1"),
    ],
)
def test_a_network_that_sends_too_many_is_told_when_to_come_back(
    addresses: list[str], stranger: str, clock: SettableClock, stored: Stored
) -> None:
    clock.advance(minutes=3)
    taken = [post(address, number).status for number, address in enumerate(addresses)]
    refused = post(addresses[0], 7)
    other = post(stranger, 8)

    assert [200, 200, 200] == taken
    assert 429 == refused.status
    assert "420" == refused.headers["retry-after"]
    assert [(None, "RATE_LIMITED")] == refused.codes
    assert ENVIRONMENT["CLINIC_PHONE"] == refused.json()["phone"]
    assert 200 == other.status
    assert 4 == len(stored.enquiries)

    clock.advance(minutes=7)

    assert 200 == post(addresses[0], 9).status


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("contact", [{"email": "Ann@mail.example"}, {"phone": "(202) 555-0123"}])
def test_a_contact_that_sends_too_many_is_refused_from_anywhere(contact: dict[str, str], clock: SettableClock) -> None:
    statuses = [post(f"198.51.{number}.1", number, **contact).status for number in range(3)]
    clock.advance(hours=1)

    assert [200, 200, 429] == statuses
    assert 200 == post("198.51.9.1", 9, **contact).status


@pytest.mark.usefixtures("strict")
def test_one_mailbox_is_one_contact_whatever_its_address_looks_like() -> None:
    variants = ("ann.example@gmail.com", "annexample+1@gmail.com", "AnnExample@googlemail.com")
    statuses = [post(f"198.51.{number}.1", number, email=email).status for number, email in enumerate(variants)]

    assert [200, 200, 429] == statuses


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    ("danger", "level"),
    [({"urgent_signs": ["chest_breathing"]}, "emergency"), ({"message": "I want to kill myself tonight."}, "crisis")],
)
def test_nobody_is_silenced_by_posts_under_their_address(danger: dict[str, Any], level: str, stored: Stored) -> None:
    flood = [post(f"198.51.{number}.1", number, email="ann@mail.example").status for number in range(3)]
    crowd = [post("203.0.113.1", number).status for number in range(10, 14)]
    calls = [post("203.0.113.1", 99, email="ann@mail.example", name=f"Ann {each}", **danger) for each in "ABCD"]
    alerts = [row for row in stored.outbox() if row.endswith("_staff_alert")]

    assert [200, 200, 429] == flood
    assert [200, 200, 200, 429] == crowd
    assert [200] * 4 == [call.status for call in calls]
    assert 4 == [enquiry.level for enquiry in stored.enquiries].count(level)
    assert 9 == len(alerts)


@pytest.mark.usefixtures("strict")
def test_a_refusal_is_counted_and_says_nothing_of_anybody(caplog: pytest.LogCaptureFixture) -> None:
    for number in range(4):
        post("203.0.113.1", number)
    counted = [record for record in caplog.records if "EnquiriesRateLimited" in vars(record)]
    refused = [vars(record) for record in caplog.records if record.message == "enquiry refused"]

    assert 1 == len(counted) == len(refused)
    assert (429, ["RATE_LIMITED"]) == (refused[0]["status"], refused[0]["codes"])
    assert "203.0.113" not in str(refused) + str(vars(counted[0]))
    assert "ann3" not in str(refused) + str(vars(counted[0]))


@pytest.mark.usefixtures("strict")
def test_a_form_comes_back_filled_in() -> None:
    for number in range(3):
        post("203.0.113.1", number)
    gateway = Gateway(app_module, client_address="203.0.113.1")
    body = b"name=Ann+Example&email=ann9%40mail.example&message=Still+here"
    headers = {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    refused = gateway.send("POST", "/api/enquiries", "/enquiries", {}, body, **headers)

    assert 429 == refused.status
    assert "retry-after" in refused.headers
    assert "Still here" in refused.text
    assert "We cannot take more messages from here just now" in refused.text
    assert "Your message was not sent" in refused.text


@pytest.mark.usefixtures("strict")
def test_a_repeat_is_no_other_enquiry() -> None:
    first = post("203.0.113.1", 1, _idempotency="one-key")
    repeats = [post("203.0.113.1", 1, _idempotency="one-key") for _ in range(5)]

    assert {first.json()["reference"]} == {answer.json()["reference"] for answer in repeats}


@pytest.mark.usefixtures("strict")
def test_the_key_of_a_form_lifts_the_limit_of_its_address_and_no_other() -> None:
    with_key = [post("203.0.113.1", number, "/f/homepage", _key=KEY).status for number in range(6)]
    wrong = [post("203.0.113.1", number, "/f/homepage", _key="wrong").status for number in range(10, 14)]
    elsewhere = post("203.0.113.1", 20, "/f/other", _key=KEY).status
    one_contact = [post("203.0.113.1", 30, "/f/homepage", _key=KEY, message=str(each)).status for each in range(3)]

    assert [200] * 6 == with_key
    assert [200, 200, 200, 429] == wrong
    assert 429 == elsewhere
    assert [200, 200, 429] == one_contact


@pytest.mark.parametrize("server", ["203.0.113.7", "203.0.113.9/24"])
def test_a_server_that_can_send_no_key_is_known_by_its_address(install: Install, stored: Stored, server: str) -> None:
    install(RATE_LIMIT_ADDRESS="3", FORM_KEYS=f"homepage:{server}")
    from_it = [post("203.0.113.7", number, "/f/homepage").status for number in range(6)]
    elsewhere = [post("203.0.114.7", number, "/f/homepage").status for number in range(10, 14)]
    another_form = [post("203.0.113.7", number, "/f/other").status for number in range(20, 24)]

    assert [200] * 6 == from_it
    assert [200, 200, 200, 429] == elsewhere == another_form
    assert 12 == len(stored.enquiries)


@pytest.mark.parametrize("key", ["١" * 64, "ключ", "x" * 5000])
def test_no_key_whatever_it_is_costs_an_enquiry(install: Install, stored: Stored, key: str) -> None:
    install(RATE_LIMIT_ADDRESS="1", FORM_KEYS=f"Homepage:{HASHED}, homepage:١.٢.٣.٤, homepage:{HASHED}")
    right = [post("203.0.113.7", number, "/f/homepage", _key=KEY).status for number in range(2)]
    other = [post("203.0.113.7", number, "/f/homepage", _key=key).status for number in range(10, 12)]

    assert [200, 200, 200, 429] == right + other
    assert 3 == len(stored.enquiries)


@pytest.mark.usefixtures("strict")
def test_the_key_of_a_form_is_kept_nowhere(stored: Stored) -> None:
    post("203.0.113.1", 1, "/f/homepage", _key=KEY)

    assert [] == [item["pk"] for item in stored.items() if KEY in str(item)]


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_counter_that_fails_costs_nobody_an_enquiry(strict: AppContext, stored: Stored, code: str) -> None:
    asked: list[int] = []

    def fail_once(params: Any, **_: Any) -> None:
        actions = params["TransactItems"]
        asked.append(sum("ADD counted" in str(action) for action in actions))
        if len(asked) == 1:
            reasons = [{"Code": code if "ADD counted" in str(action) else "None"} for action in actions]
            error = client_error("TransactionCanceledException")
            error.response["CancellationReasons"] = reasons
            raise error

    strict.table.client.meta.events.register("before-parameter-build.dynamodb.TransactWriteItems", fail_once)
    answer = post("203.0.113.1", 1)

    assert 200 == answer.status
    assert [2, 0] == asked
    assert 1 == len(stored.enquiries)


def fail_writes(context: AppContext, *failures: dict[int, str] | str) -> list[int]:
    """Let the first transactions fail: the codes of some actions, by place, or of the whole call. Fills in how many
    counters each transaction held."""
    asked: list[int] = []

    def fail(params: Any, **_: Any) -> None:
        actions = params["TransactItems"]
        asked.append(sum("ADD counted" in str(action) for action in actions))
        failure = failures[len(asked) - 1] if len(asked) <= len(failures) else None
        if isinstance(failure, str):
            raise client_error(failure)
        if failure is not None:
            error = client_error("TransactionCanceledException")
            reasons = [{"Code": "None"} for _ in actions]
            for place, code in failure.items():
                reasons[place] = {"Code": code}
            error.response["CancellationReasons"] = reasons
            raise error

    context.table.client.meta.events.register("before-parameter-build.dynamodb.TransactWriteItems", fail)
    return asked


OWN, OF_A_COUNTER = {0: "TransactionConflict"}, {-1: "TransactionConflict"}


@pytest.mark.parametrize("own_conflicts", [1, 3, 4])
def test_conflicts_use_up_no_try_without_counters(strict: AppContext, stored: Stored, own_conflicts: int) -> None:
    failures = ([OWN] * own_conflicts + [OF_A_COUNTER])[:4]
    asked = fail_writes(strict, *failures)

    assert 200 == post("203.0.113.1", 1).status
    assert [2] * len(failures) + [0] == asked
    assert 1 == len(stored.enquiries)


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "ProvisionedThroughputExceededException", "AccessDeniedException"]
)
def test_a_call_that_fails_with_counters_is_made_once_more_without(
    strict: AppContext, stored: Stored, code: str
) -> None:
    asked = fail_writes(strict, code)

    assert 200 == post("203.0.113.1", 1).status
    assert [2, 0] == asked
    assert 1 == len(stored.enquiries)


def test_a_call_that_fails_without_counters_too_is_not_made_again(strict: AppContext) -> None:
    asked = fail_writes(strict, "ThrottlingException", "ThrottlingException")

    assert 503 == post("203.0.113.1", 1).status
    assert [2, 0] == asked


def test_nobody_waits_twice_for_a_table_that_does_not_answer(strict: AppContext) -> None:
    asked: list[int] = []

    def say_nothing(**_: Any) -> None:
        asked.append(1)
        raise ReadTimeoutError(endpoint_url="https://dynamodb.example")

    strict.table.client.meta.events.register("before-parameter-build.dynamodb.TransactWriteItems", say_nothing)

    assert 503 == post("203.0.113.1", 1).status
    assert [1] == asked


@pytest.mark.usefixtures("strict")
def test_a_counter_says_nothing_about_anybody(stored: Stored) -> None:
    post("203.0.113.1", 1, phone="(202) 555-0123")
    counters = stored.items("RATE#")

    assert 3 == len(counters)
    assert {"pk", "sk", "counted", "expires_at"} == {name for row in counters for name in row}
    assert not [row for row in counters if "203.0" in str(row) or "ann1" in str(row) or "5550123" in str(row)]


@pytest.mark.usefixtures("strict")
def test_a_laptop_has_no_limit_of_its_own_address(site: Website) -> None:
    statuses = [
        site.post_json("/enquiries", {"name": "Ann", "email": f"a{number}@mail.example"}).status for number in range(5)
    ]

    assert [200] * 5 == statuses
