"""The corpus of spam and of people's enquiries, read and posted to the application's own parsing, triage and screening.

Each line is one post: `fields` as they would be sent (a list: ticked boxes), `headers`, and `token_age`, the seconds
since our form was rendered (null: no token, "forged": not ours). `tuned/` is the half that weights and phrases were
made on, `reported/` the half that is reported. Every domain is reserved; those of mail services and link shorteners
stand under `.example` in the files and are put right here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from chalicelib.intake.form_body import FormBody, decode_form
from chalicelib.intake.parsing import parse_submission, refuse_problems
from chalicelib.intake.render_token import FIELD, issue_token
from chalicelib.intake.spam_evidence import screen_post
from chalicelib.models.enquiry import SpamVerdict
from chalicelib.settings import Settings
from chalicelib.storage.stage_settings import StageSettings
from chalicelib.triage.engine import triage
from chalicelib.web import WebRequest

HERE = Path(__file__).parent
KINDS = ("spam", "human")
HALVES = TUNED, REPORTED = "tuned", "reported"
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
STAGE = StageSettings(key=bytes(range(32)))
SETTINGS = Settings(allowed_origins=("https://clinic.example",))
OWN = "https://desk.clinic.example"
_MESSAGE = ("message", "your-message", "comments")
_FORM_TYPE = "application/x-www-form-urlencoded"
_UNDER_EXAMPLE = re.compile(
    r"\b((?:gmail|aol|yahoo|icloud|hotmail|outlook|mailinator|guerrillamail|yopmail|10minutemail|trashmail|sharklasers"
    r"|google|drive\.google)\.com|(?:proton|t)\.me|comcast\.net|web\.de|mail\.ru|yahoo\.co\.jp|temp-mail\.org|bit\.ly"
    r"|cutt\.ly)\.example\b"
)


@dataclass(frozen=True)
class Post:
    """One line of the corpus."""

    id: str
    category: str
    is_spam: bool
    form: FormBody
    headers: dict[str, str]


def read_corpus(half: str) -> list[Post]:
    """Every post of both kinds of a half."""
    return [
        _post(json.loads(line), kind)
        for kind in KINDS
        for line in (HERE / half / f"{kind}.jsonl").read_text("utf-8").splitlines()
    ]


def message_of(post: Post) -> str:
    """What was written, under any name that forms have for it; empty when nothing was."""
    return next((value for name, value in post.form.pairs if name in _MESSAGE), "")


def verdict_on(post: Post) -> SpamVerdict:
    """What would be stored with the post. Raises Refusal when it would not be stored."""
    request = WebRequest("POST", post.headers, {}, {}, b"", OWN)
    draft = parse_submission(post.form, request, SETTINGS)
    refuse_problems(draft)
    assessment = triage(draft.submission.answers)
    return screen_post(request, draft, assessment, settings=SETTINGS, stage=STAGE, now=NOW)


def _post(data: dict[str, Any], kind: str) -> Post:
    fields = {name: _put_right(value) for name, value in data["fields"].items()}
    if data["token_age"] is not None:
        fields[FIELD] = [_token(data["token_age"])]
    return Post(
        id=data["id"],
        category=data["category"],
        is_spam=kind == "spam",
        form=decode_form(_FORM_TYPE, urlencode(fields, doseq=True).encode()),
        headers=data["headers"],
    )


def _put_right(value: str | list[str]) -> list[str]:
    values = [value] if isinstance(value, str) else value
    return [_UNDER_EXAMPLE.sub(r"\1", each) for each in values]


def _token(age: int | str) -> str:
    if age == "forged":
        return f"{int(NOW.timestamp())}.{'0' * 64}"
    return issue_token(STAGE, NOW - timedelta(seconds=int(age)))
