"""A marked value in every field and header, and what must never hold one."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.context import AppContext
from chalicelib.models.answers import Answers
from chalicelib.models.vocabulary import CHOICES
from chalicelib.notifications.worker import deliver_notification
from chalicelib.schedules.outbox_sweeper import sweep_outbox
from tests.conftest import SettableClock
from tests.functional.conftest import Stored
from tests.website import Answer

MARK = "zqx7"
ADDRESS = f"{MARK}email@mail.example"
PHONE, DIGITS = "(303) 555-0147", "3035550147"
NAMED: dict[str, Any] = {
    "name": f"{MARK}name",
    "email": ADDRESS,
    "phone": PHONE,
    "best_time": f"{MARK}time",
    "message": f"{MARK}message. I want to kill myself.",
    "page_url": f"https://clinic.example/{MARK}path?{MARK}=query",
    "referrer": f"https://search.example/{MARK}path",
    "utm_source": f"{MARK}utm",
    f"{MARK}unknown": f"{MARK}answer",
    "_subject": f"{MARK}subject",
    "_next": f"https://evil.example/{MARK}next",
    "_idempotency": f"{MARK}idempotency",
    "gclid": f"{MARK}click",
    "consent": f"I agree {MARK}consent",
}
QUESTIONS = (set(Answers.model_fields) | set(CHOICES)) - {"message", "other_answers"}
ODD: dict[str, Any] = {name: f"{MARK}{name}" for name in QUESTIONS}
WHOLE = {**NAMED, **ODD}
HEADERS = {
    "User_Agent": f"{MARK}agent",
    "Referer": f"https://clinic.example/{MARK}referer?{MARK}",
    "X_Forwarded_For": f"{MARK}.example",
    "Cookie": f"session={MARK}cookie",
    "Accept_Language": f"en,{MARK}",
    "Idempotency_Key": f"{MARK}key",
}
PATH = f"/f/homepage?{MARK}=query"


def said(logged: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> str:
    """All log records with all their fields and tracebacks, and whatever was printed."""
    records = [f"{vars(record)} {record.getMessage()} {record.exc_text}" for record in logged.records]
    out, err = capsys.readouterr()
    return "\n".join([*records, logged.text, out, err])


def assert_unmarked(*texts: str) -> None:
    for text in texts:
        plain = text.lower()

        assert MARK not in plain
        assert "555-0147" not in plain
        assert DIGITS not in plain
        assert "kill myself" not in plain


def deliver_all(context: AppContext, stored: Stored, clock: SettableClock) -> None:
    for row in stored.outbox():
        deliver_notification(context, row)
    clock.advance(minutes=10)
    sweep_outbox(context)


def addresses(answer: Answer) -> str:
    return str({name: value for name, value in answer.headers.items()})
