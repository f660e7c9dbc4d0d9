"""What the log says of signing in and of refused access: which account, by a mark, and never a name."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

import app as app_module
from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.desk.__main__ import main
from chalicelib.desk.account_marks import mark_of
from chalicelib.desk.requests import CHALLENGE_COOKIE
from sandbox.staff import PEOPLE, add_people
from tests.desk_site import MANAGER, STAFF, DeskSite, signed_in
from tests.website import Answer, Website

PERSON = PEOPLE[0]
NEW = "a sentence of my own"


@pytest.fixture
def browser(site: Website, aws: Clients, context: AppContext) -> DeskSite:  # noqa: ARG001
    """A browser that has not signed in yet, where the sandbox's people may."""
    add_people(aws, context.settings)
    return DeskSite(app_module)


def sign_in(browser: DeskSite, password: str = PERSON.password, **fields: str) -> Answer:
    return browser.post("/desk/sign-in", {"user": PERSON.email, "password": password, **fields})


def go_on(browser: DeskSite, asked: Answer, **fields: str) -> Answer:
    found = re.search(r"__Host-desk_sign_in=(\w*);", asked.headers["set-cookie"])
    return browser.post("/desk/challenge", fields, Cookie=f"{CHALLENGE_COOKIE}={found and found[1]}")


def lines(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """The fields of every line that says this."""
    return [vars(record) for record in caplog.records if record.getMessage() == message]


def test_every_way_in_and_out_is_logged_under_one_mark(
    browser: DeskSite, context: AppContext, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="enquiry_desk")
    sign_in(browser, "wrong password")
    sign_in(browser)
    go_on(browser, sign_in(browser, code_app="on"), code="123456", password=PERSON.password)
    go_on(browser, sign_in(browser), code="abc")
    browser.post("/desk/forgot", {"user": PERSON.email})
    browser.post("/desk/reset", {"user": PERSON.email, "code": "123456", "new_password": NEW, "again": NEW})
    signed_in(app_module, context, STAFF).post("/desk/sign-out")
    said = ("sign-in failed", "signed in", "code app set up", "code asked for", "password changed", "signed out")
    marks = {line["account"] for message in said for line in lines(caplog, message)}

    assert [2, 2, 1, 1, 1, 1] == [len(lines(caplog, message)) for message in said]
    assert {mark_of(context, PERSON.email)} == marks
    assert [False, True] == [line["code_app"] for line in lines(caplog, "signed in")]
    assert PERSON.email not in str([vars(record) for record in caplog.records if record.name == "enquiry_desk"])


def test_refused_access_is_logged_with_its_reason_and_without_what_was_written(
    browser: DeskSite,  # noqa: ARG001
    context: AppContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    staff, elsewhere = signed_in(app_module, context, STAFF), {"Origin": "https://evil.example"}
    staff.get("/desk/settings")
    staff.post("/desk/enquiries/John Doe/note", **elsewhere)
    staff.post_form("/desk/search", {"q": "John Doe"}, Origin="https://desk.clinic.example")
    denied = lines(caplog, "access denied")
    mark = mark_of(context, STAFF.user)

    assert [("role", "settings", mark), ("origin", "enquiries", ""), ("form", "search", mark)] == [
        (line["reason"], line["page"], line["account"]) for line in denied
    ]
    assert "John" not in str(denied)


def test_a_mark_is_of_one_account_and_one_stage(context: AppContext) -> None:
    mark = mark_of(context, MANAGER.user)

    assert re.fullmatch(r"[0-9a-f]{16}", mark)
    assert mark == mark_of(context, f" {MANAGER.user.upper()} ")
    assert mark != mark_of(context, STAFF.user)
    assert "" == mark_of(context, " ")


def test_setting_up_a_code_app_ends_every_other_session_of_its_user(browser: DeskSite, context: AppContext) -> None:
    elsewhere, colleague = signed_in(app_module, context, STAFF), signed_in(app_module, context, MANAGER)
    asked = sign_in(browser, code_app="on")
    wrong = go_on(browser, asked, code="12", password=PERSON.password)
    before = elsewhere.get("/desk").status
    done = go_on(browser, asked, code="123456", password=PERSON.password)

    assert (422, 200, 303) == (wrong.status, before, done.status)
    assert [303, 200] == [elsewhere.get("/desk").status, colleague.get("/desk").status]


def test_a_reset_password_signs_nobody_in_and_the_code_of_the_app_is_still_asked(browser: DeskSite) -> None:
    go_on(browser, sign_in(browser, code_app="on"), code="123456", password=PERSON.password)
    browser.post("/desk/forgot", {"user": PERSON.email})
    reset = browser.post("/desk/reset", {"user": PERSON.email, "code": "123456", "new_password": NEW, "again": NEW})
    asked = sign_in(browser, NEW)

    assert "set-cookie" not in reset.headers
    assert "Type the code from your app" in asked.text
    assert "desk_session" not in asked.headers.get("set-cookie", "")


def test_a_password_is_taken_as_it_was_typed(browser: DeskSite) -> None:
    long = "  Ünï<b>&amp;'\"%00 +" + "x y" * 40
    browser.post("/desk/forgot", {"user": PERSON.email})
    browser.post("/desk/reset", {"user": PERSON.email, "code": "123456", "new_password": long, "again": long})

    assert 303 == sign_in(browser, long).status
    assert [401] * 3 == [sign_in(browser, other).status for other in (long.strip(), long.lower(), long[:72])]


def test_a_password_that_is_easy_to_guess_is_refused_in_words(browser: DeskSite) -> None:
    browser.post("/desk/forgot", {"user": PERSON.email})
    easy = {"new_password": "Kalimera-Clinic-2026", "again": "Kalimera-Clinic-2026"}
    answer = browser.post("/desk/reset", {"user": PERSON.email, "code": "123456", **easy})

    assert 422 == answer.status
    assert "easy to guess" in answer.text
    assert 303 == sign_in(browser).status


def test_a_command_says_whose_mark_it_is(context: AppContext, environment: dict[str, str]) -> None:
    stdout, stderr = io.StringIO(), io.StringIO()
    code = main(["mark", "Ann@example.com"], {**environment, "STAGE": "test"}, stdout, stderr)

    assert (0, "") == (code, stderr.getvalue())
    assert f"Ann@example.com {mark_of(context, 'ann@example.com')}\n" == stdout.getvalue()
