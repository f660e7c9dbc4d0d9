"""The test of a deployed stage, on the application in this process."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.notifications.delivery_events import record_delivery_event
from chalicelib.notifications.worker import deliver_notification
from chalicelib.storage.canaries import Canary, begin_canary, canary_id
from chalicelib.storage.listings import waiting_enquiries
from chalicelib.storage.outbox import due_notifications
from infrastructure.smoke import Answer, SmokeTest
from sandbox.ses_publishing import publish_mail_events
from tests.conftest import Mailbox
from tests.fake_api import client_error
from tests.functional.conftest import Stored
from tests.website import FORM_TYPE, Website

PHONE = "+1 202-555-0100"
URL = "https://abc123.execute-api.us-east-1.amazonaws.com/test"
OUR_404 = Answer(404, b'{"ok": false, "phone": "+1 202-555-0100"}')


class Visit:
    """Asks the application in this process, as over the network; `answers` are given for some paths instead."""

    def __init__(self, site: Website) -> None:
        self._site = site
        self.answers: dict[str, Answer] = {"/nothing-is-here": OUR_404}

    def __call__(self, url: str, body: bytes | None) -> Answer:
        path = url.removeprefix(URL)
        if path in self.answers:
            return self.answers[path]
        headers = {"Accept": "application/json"}
        if body is None:
            answer = self._site.get(path, **headers)
        else:
            answer = self._site.post_raw(path, body, FORM_TYPE, **headers)
        return Answer(answer.status, answer.text.encode())


class Stage:
    """The stage's other functions, which work while the smoke test waits."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self.events = True

    def __call__(self, _seconds: float) -> None:
        context = self.context
        for row in due_notifications(context.table, context.clock() + timedelta(minutes=5), 25):
            deliver_notification(context, f"{row[0]}_{row[1]}")
        if self.events:
            publish_mail_events(context.clients.region, context.clock())
            queue = context.clients.sqs.get_queue_url(QueueName=context.settings.mail_events_queue)["QueueUrl"]
            taken = context.clients.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
            for message in taken:
                record_delivery_event(context, message["Body"])


@pytest.fixture
def visit(site: Website) -> Visit:
    return Visit(site)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def smoke(context: AppContext, visit: Visit, said: list[str]) -> SmokeTest:
    """The whole test, with a stage that works."""
    return SmokeTest(
        stage="test",
        url=URL,
        phone=PHONE,
        table=context.table,
        settings=context.stage_settings,
        say=said.append,
        fetch=visit,
        clock=context.clock,
        pause=Stage(context),
        patience_seconds=5,
    )


def test_a_stage_that_works_passes_and_keeps_nothing(
    smoke: SmokeTest, said: list[str], stored: Stored, mailbox: Mailbox
) -> None:
    problems = smoke.run()

    assert [] == problems
    assert "both mails sent and their delivery told; removed" in said[-1]
    assert ["success@simulator.amazonses.com"] * 2 == [mail.to[0] for mail in mailbox]
    assert [] == stored.items()


def test_no_queue_shows_the_test_enquiry(smoke: SmokeTest, context: AppContext) -> None:
    seen: list[Any] = []
    works = Stage(context)

    def look(seconds: float) -> None:
        seen.extend(waiting_enquiries(context.table))
        works(seconds)

    replace(smoke, pause=look).run()

    assert [] == seen


def test_the_hour_of_the_stages_own_test_stays_free(smoke: SmokeTest, context: AppContext) -> None:
    smoke.run()

    assert begin_canary(context.table, Canary(id=canary_id(context.clock()), posted_at=context.clock()))


def test_an_hour_that_is_taken_is_no_obstacle_and_two_are_said(smoke: SmokeTest, context: AppContext) -> None:
    now = context.clock()
    begin_canary(context.table, Canary(id=canary_id(now - timedelta(hours=1)), posted_at=now))
    first = smoke.run()
    begin_canary(context.table, Canary(id=canary_id(now + timedelta(hours=2)), posted_at=now))
    second = smoke.run()

    assert [] == first
    assert ["two test enquiries are under way already; try again in ten minutes: make smoke"] == second


def test_missing_answers_of_the_gateway_are_named_with_what_puts_them_back(smoke: SmokeTest, visit: Visit) -> None:
    visit.answers["/nothing-is-here"] = Answer(403, b'{"message":"Missing Authentication Token"}')
    (problem,) = smoke.run()

    assert "make gateway STAGE=test" in problem


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(0, b"timed out"), "not well: no answer timed out"),
        (Answer(502, b'{"message": "Internal server error"}'), "not well: 502"),
        (Answer(200, b'{"status": "ok", "stage": "prod"}'), "is stage prod, not test"),
        (Answer(200, b'{"status": "ok", "stage": "test", "settings_to_mend": ["MAIL_FROM"]}'), "MAIL_FROM"),
    ],
)
def test_a_stage_that_is_not_well_is_asked_nothing_more(
    smoke: SmokeTest, visit: Visit, stored: Stored, answer: Answer, told: str
) -> None:
    visit.answers["/health?deep=1"] = answer
    (problem,) = smoke.run()

    assert told in problem
    assert [] == stored.items()


def test_a_refused_enquiry_is_told_with_its_answer(smoke: SmokeTest, visit: Visit, stored: Stored) -> None:
    visit.answers["/enquiries"] = Answer(503, b'{"error": "call us"}')

    assert ['a test enquiry was answered 503 {"error": "call us"}'] == smoke.run()
    assert [] == stored.items()


def test_an_enquiry_that_was_taken_for_a_persons_is_told_with_its_reference(smoke: SmokeTest, visit: Visit) -> None:
    visit.answers["/enquiries"] = Answer(200, b'{"id": "3f0c", "reference": "K7F-3Q9M"}')

    assert ["a test enquiry was taken for a person's (reference K7F-3Q9M): erase it"] == smoke.run()


def test_mail_that_ses_refuses_is_no_fault_of_the_deployment(
    smoke: SmokeTest, context: AppContext, said: list[str], stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise client_error("MailFromDomainNotVerifiedException")

    monkeypatch.setattr(context.clients.ses, "send_email", refuse)

    assert [] == smoke.run()
    assert "its mails wait" in said[-1]
    assert [] == stored.items()


def test_mail_without_a_delivery_event_is_said_and_no_failure(
    smoke: SmokeTest, context: AppContext, said: list[str], stored: Stored
) -> None:
    works = Stage(context)
    works.events = False

    assert [] == replace(smoke, pause=works).run()
    assert "no delivery event so far" in said[-1]
    assert [] == stored.items()


def test_a_worker_that_takes_up_nothing_is_a_failure(smoke: SmokeTest, stored: Stored) -> None:
    (problem,) = replace(smoke, pause=lambda _: None).run()

    assert "no function takes its mails up" in problem
    assert [] == stored.items()


def test_the_telephone_number_of_another_clinic_in_the_gateways_answers_is_named(
    smoke: SmokeTest, visit: Visit
) -> None:
    visit.answers["/nothing-is-here"] = Answer(404, b'{"ok": false, "phone": "+1 303-555-0199"}')
    problems = smoke.run()

    assert "make gateway STAGE=test" in problems[0]
    assert 1 == len(problems)
