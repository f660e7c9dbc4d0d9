"""Signing in and out, from the form to the session row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from moto.cognitoidp import utils as cognito_utils
from moto.cognitoidp.models import COGNITO_TOTP_MFA_SECRET

import app as app_module
from chalicelib.aws import Clients
from chalicelib.context import AppContext
from chalicelib.desk.requests import CHALLENGE_COOKIE
from chalicelib.storage.sessions import session_hash
from sandbox.staff import PEOPLE, Person, add_people, add_person
from tests.conftest import SettableClock
from tests.desk_site import DeskSite
from tests.functional.conftest import Install, Stored
from tests.website import Answer, Website

BASE = "https://desk.clinic.example/api"
PERSON = PEOPLE[0]
NEW = "a sentence of my own"
MAIL_LINK = "/desk/enquiries/3f0c9f1e-4a35-4d1c-9a55-0c4a6f3f2b11"


@pytest.fixture
def cognito(aws: Clients, context: AppContext) -> Any:
    """The user pool with the sandbox's people in it."""
    add_people(aws, context.settings)
    return aws.cognito


@pytest.fixture
def browser(site: Website, cognito: Any) -> DeskSite:  # noqa: ARG001
    """A browser that has not signed in yet."""
    return DeskSite(app_module)


def cookies(answer: Answer) -> dict[str, str]:
    """Name and value of what is set."""
    return dict(re.findall(r"__Host-(desk_\w+)=(\w*);", answer.headers.get("set-cookie", "")))


def sign_in(browser: DeskSite, person: Person = PERSON, **fields: str) -> Answer:
    return browser.post("/desk/sign-in", {"user": person.email, "password": person.password, **fields})


def go_on(browser: DeskSite, asked: Answer, **fields: str) -> Answer:
    """Answer what a sign-in asks next."""
    return browser.post("/desk/challenge", fields, Cookie=f"{CHALLENGE_COOKIE}={cookies(asked)['desk_sign_in']}")


def said(answer: Answer) -> str:
    """The page without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def hidden(answer: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    return unescape(found[1]) if found else ""


def test_right_password_opens_a_session(browser: DeskSite, stored: Stored) -> None:
    answer = sign_in(browser)
    session_id = cookies(answer)["desk_session"]
    (row,) = stored.items("SESSION#")

    assert (303, f"{BASE}/desk") == (answer.status, answer.headers["location"])
    assert f"SESSION#{session_hash(session_id)}" == row["pk"]
    assert {"user": "staff@example.com", "groups": ["staff"]} == row["staff"]
    assert re.fullmatch(
        r"__Host-desk_session=[0-9a-f]{64}; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax",
        answer.headers["set-cookie"],
    )


def test_no_token_of_cognito_is_kept_or_sent(browser: DeskSite, stored: Stored) -> None:
    answer = sign_in(browser)

    assert "eyJ" not in answer.text + str(answer.headers) + str(stored.items())


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("staff@example.com", "wrong password"),
        ("nobody@example.com", PERSON.password),
        ("staff@example.com", ""),
        ("", PERSON.password),
        ("<b>@example.com", "x" * 5000),
    ],
)
def test_wrong_password_and_unknown_user_are_told_the_same(browser: DeskSite, user: str, password: str) -> None:
    answer = browser.post("/desk/sign-in", {"user": user, "password": password})

    assert 401 == answer.status
    assert "E-mail address or password is not right" in answer.text
    assert "<b>" not in answer.text
    assert {} == cookies(answer)


def test_a_disabled_account_is_told_no_more(browser: DeskSite, cognito: Any, context: AppContext) -> None:
    cognito.admin_disable_user(UserPoolId=context.settings.user_pool_id, Username=PERSON.email)
    answer = sign_in(browser)

    assert 401 == answer.status
    assert "E-mail address or password is not right" in answer.text


def test_an_account_in_no_group_does_not_open_the_desk(browser: DeskSite, cognito: Any, context: AppContext) -> None:
    person = Person("visitor@example.com", "a long password", ())
    add_person(cognito, context.settings.user_pool_id, person)
    answer = sign_in(browser, person)

    assert (403, {}) == (answer.status, cookies(answer))
    assert "not open for the desk" in answer.text


def test_capitals_in_the_address_are_no_matter(browser: DeskSite) -> None:

    assert 303 == browser.post("/desk/sign-in", {"user": " Staff@Example.com ", "password": PERSON.password}).status


def test_a_link_from_a_mail_survives_sign_in(browser: DeskSite) -> None:
    sent_on = browser.get(MAIL_LINK)
    form = browser.get("/desk/sign-in?next=" + sent_on.headers["location"].partition("next=")[2])
    answer = sign_in(browser, then=hidden(form, "then"))

    assert (303, f"{BASE}{MAIL_LINK}") == (answer.status, answer.headers["location"])


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example", "/desk//evil.example", "/desk/../x", "/desk/sign-out", "\\evil", "/f/x"],
)
def test_sign_in_leads_nowhere_else(browser: DeskSite, elsewhere: str) -> None:

    assert f"{BASE}/desk" == sign_in(browser, then=elsewhere).headers["location"]


def test_the_first_password_must_be_changed(browser: DeskSite, cognito: Any, context: AppContext) -> None:
    person = Person("new@example.com", "temporary password", ("staff",))
    add_person(cognito, context.settings.user_pool_id, person, permanent=False)
    asked = sign_in(browser, person, then=MAIL_LINK)
    weak = go_on(browser, asked, new_password="short", again="short")
    differing = go_on(browser, asked, new_password=NEW, again=NEW + "x")
    done = go_on(browser, asked, new_password=NEW, again=NEW, then=hidden(asked, "then"))

    assert "Choose your own password" in asked.text
    assert (422, 422) == (weak.status, differing.status)
    assert "at least 12 characters" in weak.text
    assert "not the same" in differing.text
    assert (303, f"{BASE}{MAIL_LINK}") == (done.status, done.headers["location"])
    assert 303 == sign_in(browser, Person(person.email, NEW, ())).status


def test_a_sign_in_under_way_lasts_ten_minutes_and_once(
    browser: DeskSite, cognito: Any, context: AppContext, clock: SettableClock, stored: Stored
) -> None:
    person = Person("new@example.com", "temporary password", ("staff",))
    add_person(cognito, context.settings.user_pool_id, person, permanent=False)
    asked = sign_in(browser, person)
    clock.advance(minutes=11)
    late = go_on(browser, asked, new_password=NEW, again=NEW)
    again = sign_in(browser, person)
    done = go_on(browser, again, new_password=NEW, again=NEW)
    repeated = go_on(browser, again, new_password=NEW, again=NEW)

    assert [401, 303, 401] == [late.status, done.status, repeated.status]
    assert "over" in late.text
    assert cookies(again)["desk_sign_in"] not in str(stored.items())


def test_challenge_without_a_sign_in_begins_anew(browser: DeskSite) -> None:

    assert 401 == browser.post("/desk/challenge", {"code": "123456"}).status
    assert 401 == browser.post("/desk/challenge", {"code": "123456"}, Cookie=f"{CHALLENGE_COOKIE}={'0' * 64}").status


def test_a_code_app_is_set_up_by_choice_and_asked_for_from_then_on(browser: DeskSite) -> None:
    asked = sign_in(browser, code_app="on")
    wrong = go_on(browser, asked, code="12", password=PERSON.password, secret=hidden(asked, "secret"))
    wrong_password = go_on(browser, asked, code="123456", password="something else")
    done = go_on(browser, asked, code="123 456", password=PERSON.password)
    next_time = sign_in(browser)
    badly = go_on(browser, next_time, code="abc")
    well = go_on(browser, next_time, code="123456")

    assert "Set up a code app" in asked.text
    assert hidden(asked, "secret")
    assert hidden(asked, "secret") == hidden(wrong, "secret")
    assert (422, 422, 303) == (wrong.status, wrong_password.status, done.status)
    assert "Type the code from your app" in next_time.text
    assert (422, 303) == (badly.status, well.status)


def test_only_the_code_of_the_app_signs_in(browser: DeskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")
    now = 1_800_000_000
    monkeypatch.setattr(cognito_utils, "time", SimpleNamespace(time=lambda: now))
    app_on_the_phone = cognito_utils.cognito_totp(COGNITO_TOTP_MFA_SECRET)

    def code(of: int) -> str:
        return app_on_the_phone.generate(of).decode()

    asked = sign_in(browser, code_app="on")
    wrong = go_on(browser, asked, code=code(0), password=PERSON.password)
    set_up = go_on(browser, asked, code=code(now), password=PERSON.password)
    next_time = sign_in(browser)
    badly = go_on(browser, next_time, code=code(0))
    well = go_on(browser, next_time, code=code(now))

    assert '<svg class="qr"' in asked.text
    assert "otpauth://totp/Kalimera%20Clinic:staff%40example.com?secret=" in asked.text
    assert [422, 303, 422, 303] == [wrong.status, set_up.status, badly.status, well.status]
    assert "This code is not right" in wrong.text
    assert "This code is not right" in badly.text


def test_code_app_can_be_demanded_of_everybody(install: Install, cognito: Any, browser: DeskSite) -> None:  # noqa: ARG001
    install(MFA_REQUIRED="true")
    asked = sign_in(browser)

    assert {} == {name: value for name, value in cookies(asked).items() if name == "desk_session"}
    assert "Set up a code app" in asked.text
    assert 303 == go_on(browser, asked, code="123456", password=PERSON.password).status
    assert 303 == go_on(browser, sign_in(browser), code="123456").status


def test_pool_that_demands_a_code_itself_is_obeyed(browser: DeskSite, cognito: Any, context: AppContext) -> None:
    pool = context.settings.user_pool_id
    person = Person("new@example.com", "temporary password", ("staff",))
    add_person(cognito, pool, person, permanent=False)
    token = {"Enabled": True}
    cognito.set_user_pool_mfa_config(UserPoolId=pool, SoftwareTokenMfaConfiguration=token, MfaConfiguration="ON")
    asked = go_on(browser, sign_in(browser, person), new_password=NEW, again=NEW)

    assert "Set up a code app" in asked.text
    assert 'name="password"' not in asked.text
    assert 303 == go_on(browser, asked, code="123456").status


def test_forgotten_password_is_replaced_with_a_code_by_mail(browser: DeskSite) -> None:
    form = browser.get("/desk/forgot")
    sent = browser.post("/desk/forgot", {"user": PERSON.email})
    unknown = browser.post("/desk/forgot", {"user": "nobody@example.com"})
    weak = browser.post("/desk/reset", {"user": PERSON.email, "code": "123456", "new_password": "x", "again": "x"})
    done = browser.post("/desk/reset", {"user": PERSON.email, "code": "123456", "new_password": NEW, "again": NEW})
    again = sign_in(browser, Person(PERSON.email, NEW, ()))

    assert [200, 200, 200, 422] == [form.status, sent.status, unknown.status, weak.status]
    assert said(sent).replace(PERSON.email, "") == said(unknown).replace("nobody@example.com", "")
    assert (303, f"{BASE}/desk/sign-in?password_changed=1") == (done.status, done.headers["location"])
    assert "Your password is changed" in browser.get("/desk/sign-in?password_changed=1").text
    assert 303 == again.status


def test_wrong_code_changes_no_password(browser: DeskSite) -> None:
    browser.post("/desk/forgot", {"user": PERSON.email})
    code = "moto-confirmation-code:000000"
    answer = browser.post("/desk/reset", {"user": PERSON.email, "code": code, "new_password": NEW, "again": NEW})

    assert 422 == answer.status
    assert 303 == sign_in(browser).status


def test_sign_out_ends_the_session_for_good(staff_site: DeskSite, stored: Stored) -> None:
    out = staff_site.post("/desk/sign-out")
    replayed = staff_site.post("/desk/sign-out")

    assert (303, f"{BASE}/desk/sign-in?signed_out=1") == (out.status, out.headers["location"])
    assert "__Host-desk_session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" == out.headers["set-cookie"]
    assert [] == stored.items("SESSION#")
    assert 401 == replayed.status
    assert "You have signed out" in staff_site.get("/desk/sign-in?signed_out=1").text


def test_a_new_sign_in_has_a_new_id_and_ends_the_old_one(staff_site: DeskSite, cognito: Any, stored: Stored) -> None:  # noqa: ARG001
    answer = sign_in(staff_site)
    (row,) = stored.items("SESSION#")

    assert staff_site.session_id != cookies(answer)["desk_session"]
    assert f"SESSION#{session_hash(cookies(answer)['desk_session'])}" == row["pk"]


def test_nobody_else_can_send_the_form(browser: DeskSite) -> None:
    fields = {"user": PERSON.email, "password": PERSON.password}
    origins = ("https://evil.example", "null", "http://desk.clinic.example", "https://desk.clinic.example.evil.example")

    assert [403] * 4 == [browser.post("/desk/sign-in", fields, Origin=origin).status for origin in origins]
    assert 403 == browser.post_form("/desk/sign-in", fields).status


def test_what_was_written_survives_an_idle_time_out(
    staff_site: DeskSite,
    cognito: Any,  # noqa: ARG001
    clock: SettableClock,
) -> None:
    clock.advance(minutes=31)
    note = 'Spoke to her.\r\nShe wrote "<b>call</b>" & “later” 👍'
    form = staff_site.post(f"{MAIL_LINK}/note", {"text": note, "version": "3", "seen": "7", "empty": " "})
    wrong = staff_site.post(
        "/desk/sign-in",
        {"user": PERSON.email, "password": "wrong", "then": hidden(form, "then"), "kept": hidden(form, "kept")},
    )
    back = sign_in(staff_site, then=hidden(wrong, "then"), kept=hidden(wrong, "kept"))

    assert (401, 401, 200) == (form.status, wrong.status, back.status)
    assert "form_token" not in hidden(form, "kept")
    assert "You are signed in again" in back.text
    assert "Spoke to her.\r\nShe wrote &#34;&lt;b&gt;call&lt;/b&gt;&#34; &amp; “later” 👍</textarea>" in back.text
    assert f'href="{BASE}{MAIL_LINK}"' in back.text
    assert "desk_session=" in back.headers["set-cookie"]
    assert 1 == back.text.count("<textarea")


def test_the_longest_note_in_any_script_survives(staff_site: DeskSite, cognito: Any, clock: SettableClock) -> None:  # noqa: ARG001
    clock.advance(minutes=31)
    note = "👍" * 10_000
    form = staff_site.post(f"{MAIL_LINK}/note", {"text": note})

    assert note in sign_in(staff_site, then=hidden(form, "then"), kept=hidden(form, "kept")).text


@pytest.mark.parametrize("kept", ["{", "[1]", "null", '{"a": {"b": "<i>"}}', "x" * 1000])
def test_kept_text_that_nobody_kept_does_no_harm(browser: DeskSite, kept: str) -> None:
    answer = sign_in(browser, kept=kept)

    assert answer.status in (200, 303)
    assert "<i>" not in answer.text


def test_page_of_an_earlier_session_changes_nothing_and_gives_the_text_back(staff_site: DeskSite) -> None:
    answer = staff_site.post("/desk/sign-out", {"form_token": "0" * 64, "text": "a note"})

    assert 409 == answer.status
    assert "a note</textarea>" in answer.text
    assert 303 == staff_site.post("/desk/sign-out").status


@pytest.mark.parametrize("answer", [{}, {"AuthenticationResult": {}}, {"ChallengeName": "SMS_MFA", "Session": "x"}])
def test_only_a_token_opens_a_session(
    browser: DeskSite, context: AppContext, stored: Stored, answer: dict[str, Any]
) -> None:
    """An answer that cannot be read may come out empty, and the user it is about does exist."""
    client = context.clients.cognito
    client.meta.events.register(
        "after-call.cognito-idp.AdminInitiateAuth", lambda parsed, **_: replace_all(parsed, answer)
    )

    assert 503 == sign_in(browser).status
    assert [] == stored.items("SESSION#")


def test_an_unreadable_answer_about_a_user_admits_nobody(browser: DeskSite, context: AppContext) -> None:
    events = context.clients.cognito.meta.events
    events.register("after-call.cognito-idp.AdminGetUser", lambda parsed, **_: replace_all(parsed, {}))
    refused = sign_in(browser)

    assert (503, {}) == (refused.status, cookies(refused))


def replace_all(parsed: dict[str, Any], answer: dict[str, Any]) -> None:
    parsed.clear()
    parsed.update(answer)


class Silent:
    """Cognito that does not answer."""

    def __init__(self, client: Any) -> None:
        self.exceptions = client.exceptions
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        def fail(**_: Any) -> Any:
            self.asked += 1
            raise ReadTimeoutError(endpoint_url="https://cognito.example")

        return fail


@pytest.fixture
def silent(context: AppContext) -> Iterator[Silent]:
    """From now on Cognito does not answer."""
    silence = Silent(context.clients.cognito)
    context.clients.__dict__.update(cognito=silence, cognito_quick=silence)
    yield silence
    del context.clients.__dict__["cognito"], context.clients.__dict__["cognito_quick"]


def test_an_outage_of_cognito_is_said_plainly(site: Website, silent: Silent) -> None:  # noqa: ARG001
    browser = DeskSite(app_module)
    answers = [sign_in(browser), browser.post("/desk/forgot", {"user": PERSON.email})]

    assert [503, 503] == [answer.status for answer in answers]
    assert all("The sign-in service does not answer" in answer.text for answer in answers)


def test_a_stage_without_user_pool_says_the_same(install: Install, aws: Clients) -> None:  # noqa: ARG001
    install(USER_POOL_ID=None, USER_POOL_CLIENT_ID=None)

    assert 503 == sign_in(DeskSite(app_module)).status


def test_who_has_signed_in_works_on_for_an_hour_while_cognito_is_silent(
    staff_site: DeskSite, silent: Silent, clock: SettableClock
) -> None:
    def goes_on() -> int:
        clock.advance(minutes=1)
        return staff_site.post("/desk/sign-out", {"form_token": "not mine"}).status

    statuses = [goes_on() for _ in range(59)]
    late = goes_on()
    silent.asked = 0
    later = [goes_on() for _ in range(4)]

    assert {409} == set(statuses)
    assert (503, {503}) == (late, set(later))
    assert silent.asked <= 3


def test_every_page_of_sign_in_lets_nothing_foreign_in(browser: DeskSite) -> None:
    for answer in (browser.get("/desk/sign-in"), browser.get("/desk/forgot"), sign_in(browser, code_app="on")):
        policy = answer.headers["content-security-policy"]

        assert "no-store" == answer.headers["cache-control"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "DENY" == answer.headers["x-frame-options"]
        assert not re.search(r"<script(?![^>]* src=)|<style|style=|\son\w+=", answer.text)


def test_no_other_site_may_read_the_desk(browser: DeskSite) -> None:
    asked = [
        browser.get("/desk/sign-in", Origin="https://evil.example"),
        browser.post("/desk/sign-in", Origin="https://evil.example"),
        browser.get("/desk/nothing/here", Origin="https://evil.example"),
        browser.send("PUT", "/desk/sign-in", Origin="https://evil.example"),
    ]

    assert [] == [answer.status for answer in asked if "access-control-allow-origin" in answer.headers]


def test_no_address_of_staff_and_no_password_is_logged(browser: DeskSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="enquiry_desk")
    sign_in(browser)
    sign_in(browser, replace(PERSON, password="wrong password"))
    browser.post("/desk/forgot", {"user": PERSON.email})
    logged = " ".join(str(vars(record)) for record in caplog.records if record.name == "enquiry_desk")

    assert "signed in" in logged
    assert PERSON.email not in logged
    assert "password" not in logged.replace("wrong password", "!")
    assert "wrong password" not in logged
