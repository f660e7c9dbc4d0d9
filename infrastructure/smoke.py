"""Sees whether a deployed stage works, from outside: its health, what it answers where nothing is, and one test enquiry
that goes the whole way and is taken away again: python -m infrastructure.smoke STAGE

The enquiry is marked as the hourly canary's is: no person is told of it and no count holds it. Should this program die
before it has removed it, the canary's next run does."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from chalicelib.aws import Clients
from chalicelib.context import system_clock
from chalicelib.models.notification import Notification
from chalicelib.schedules.canary import FIELDS
from chalicelib.storage.canaries import Canary, begin_canary, canary_id, canary_mark, end_canary, load_canary
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.stage_settings import StageSettingsCache, UnusableSettings
from chalicelib.storage.table import Table
from infrastructure.account import Account, run_command, say_aloud, sign_in
from infrastructure.deployed_state import recorded_api
from infrastructure.failures import CannotContinue
from infrastructure.public_url import api_url
from infrastructure.stacks import Say
from infrastructure.stages import StageFiles, read_stage
from infrastructure.templates import ROOT

ANSWER_SECONDS = 30
TRIES, PAUSE_SECONDS = 10, 2.0
"""A new deployment of an API takes some seconds to be everywhere, and the first start of a function another."""
MAIL_PAUSE_SECONDS = 1.0
OTHER_HOURS = (timedelta(hours=-1), timedelta(hours=2))
"""Within the two hours that a mark is valid, and none for which the stage sends a canary of its own meanwhile."""
MAILS = ("staff_alert", "acknowledgement")
_ON_THEIR_WAY = {"sent", "delayed"}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; status 0 says that there was none, and `body` why."""

    status: int
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON object in it; empty when it is none."""
        try:
            read = json.loads(self.body)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    def __str__(self) -> str:
        return f"{self.status or 'no answer'} {self.body[:200].decode('utf-8', 'replace')}".strip()


Fetch = Callable[[str, bytes | None], Answer]
"""Gets a URL, or posts a urlencoded form to it."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Where an answer leads is its own matter."""


def fetch(url: str, body: bytes | None = None) -> Answer:
    """Ask over the network, as a script does; a proxy of the environment is used."""
    headers = {"Accept": "application/json", "User-Agent": "enquiry-desk-smoke-test"}
    try:
        with build_opener(_NoRedirects).open(Request(url, body, headers), timeout=ANSWER_SECONDS) as answer:  # noqa: S310
            return Answer(answer.status, answer.read())
    except HTTPError as error:
        return Answer(error.code, error.read())
    except OSError as error:
        return Answer(0, str(error).encode())


@dataclass(frozen=True)
class SmokeTest:
    """One stage at one URL, with the clinic's telephone number. `patience_seconds` is how long mail may take."""

    stage: str
    url: str
    phone: str
    table: Table
    settings: StageSettingsCache
    say: Say
    fetch: Fetch = fetch
    clock: Callable[[], datetime] = system_clock
    pause: Callable[[float], None] = time.sleep
    patience_seconds: float = 45

    def run(self) -> list[str]:
        """Try everything, and return what is wrong, in words."""
        problem = self._health()
        if problem:
            return [problem]
        found = [self._nothing_here(), self._test_enquiry()]
        return [each for each in found if each]

    def _health(self) -> str:
        answer = self._asked("/health?deep=1", lambda answer: answer.status == 200)
        told = answer.fields
        if answer.status != 200 or told.get("status") != "ok":
            return f"{self.url}/health?deep=1 is not well: {answer}"
        if told.get("stage") != self.stage:
            return f"{self.url} is stage {told.get('stage')}, not {self.stage}"
        if told.get("settings_to_mend"):
            return f"settings to mend: {', '.join(told['settings_to_mend'])}"
        self.say("  health: well, and the table can be read")
        return ""

    def _nothing_here(self) -> str:
        answer = self._asked("/nothing-is-here", lambda answer: answer.status == 404)
        if answer.status == 404 and answer.fields.get("phone") == self.phone:
            self.say("  unknown path: our own 404, with the telephone number")
            return ""
        if answer.status == 404 and "phone" in answer.fields:
            return (
                f"the gateway's own answers give another telephone number than CLINIC_PHONE, {self.phone}:"
                f" make gateway STAGE={self.stage}"
            )
        return (
            f"an unknown path is answered {answer}: the gateway's own answers are missing. A plain chalice deploy wipes"
            f" them each time; put them back: make gateway STAGE={self.stage}"
        )

    def _asked(self, path: str, is_good: Callable[[Answer], bool]) -> Answer:
        answer = self.fetch(f"{self.url}{path}", None)
        for _ in range(TRIES - 1):
            if is_good(answer):
                break
            self.pause(PAUSE_SECONDS)
            answer = self.fetch(f"{self.url}{path}", None)
        return answer

    def _test_enquiry(self) -> str:
        try:
            key = self.settings.known_key()
        except UnusableSettings as error:
            return f"the settings row of table {self.table.name} cannot be read: {error}"
        canary = self._begun()
        if canary is None:
            return "two test enquiries are under way already; try again in ten minutes: make smoke"
        try:
            return self._tried(canary, canary_mark(key, canary.id))
        finally:
            self._remove(key, canary)

    def _begun(self) -> Canary | None:
        now = self.clock()
        canaries = [Canary(id=canary_id(now + shift), posted_at=now) for shift in OTHER_HOURS]
        return next((canary for canary in canaries if begin_canary(self.table, canary)), None)

    def _tried(self, canary: Canary, mark: str) -> str:
        form = urlencode({**FIELDS, "_canary": mark, "_idempotency": mark}).encode()
        answer = self.fetch(f"{self.url}/enquiries", form)
        if answer.status != 200:
            return f"a test enquiry was answered {answer}"
        if answer.fields.get("id") != canary.enquiry_id:
            return f"a test enquiry was taken for a person's (reference {answer.fields.get('reference')}): erase it"
        rows = self._waited_for(canary)
        if rows is None or all(row.status == "delivered" for row in rows):
            self.say("  test enquiry: stored, both mails sent and their delivery told; removed")
            return ""
        return self._why_undelivered(rows)

    def _waited_for(self, canary: Canary) -> list[Notification] | None:
        """The two mails' rows once they are delivered, or time is up; None when the stage's own canary was faster and
        has removed them because they were."""
        rows: list[Notification] = []
        for _ in range(max(1, int(self.patience_seconds / MAIL_PAUSE_SECONDS))):
            seen = load_canary(self.table, canary.id)
            if seen is None or seen.ended:
                return None
            rows = [row for row in notifications_of(self.table, canary.enquiry_id) if row.name in MAILS]
            if rows and all(row.status == "delivered" for row in rows):
                break
            self.pause(MAIL_PAUSE_SECONDS)
        return rows

    def _why_undelivered(self, rows: Sequence[Notification]) -> str:
        if not rows:
            return "a test enquiry was accepted but is not in the table that .chalice/config.json names"
        refused = sorted({row.last_error for row in rows if row.last_error})
        if refused:
            self.say(
                f"  test enquiry: stored; its mails wait, because SES says {', '.join(refused)} (see below); removed"
            )
        elif all(row.status in {*_ON_THEIR_WAY, "delivered"} for row in rows):
            self.say(
                "  test enquiry: stored and mailed; no delivery event so far (the hourly test watches it); removed"
            )
        else:
            return (
                "a test enquiry was stored, but no function takes its mails up: look at the log of deliver_notification"
            )
        return ""

    def _remove(self, key: bytes, canary: Canary) -> None:
        """Its hour is given back as well."""
        after_its_hour = self.clock() + timedelta(hours=4)
        for _ in range(5):
            if end_canary(self.table, key, canary, after_its_hour):
                return
            self.pause(1.0)
        self.say("  test enquiry: in use at this moment; the stage's own hourly test removes it within ten minutes")


def smoke_test(account: Account, files: StageFiles, say: Say) -> list[str]:
    """Try a deployed stage at its API's own address, and return what is wrong. Raises CannotContinue when it is not
    deployed."""
    api = recorded_api(files.root, files.name)
    if not api:
        raise CannotContinue(f"Stage {files.name} is not deployed: make deploy STAGE={files.name}")
    table = Table(Clients(account.environment), files.settings.table)
    return SmokeTest(
        stage=files.name,
        url=api_url(api),
        phone=files.settings.clinic_phone,
        table=table,
        settings=StageSettingsCache(table, system_clock, secrets.token_bytes),
        say=say,
        patience_seconds=15 if account.is_local else 45,
    ).run()


def main(arguments: list[str]) -> int:
    """Exit code 0 when all is well, 1 with what is not."""
    files = read_stage((arguments[0] if arguments else "").strip(), ROOT)
    account = sign_in(os.environ)
    problems = smoke_test(account, files, say_aloud)
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(sys.argv[1:])))
