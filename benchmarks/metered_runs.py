"""What is played to see what things cost: one enquiry from the post to its end, an hour in which nobody writes, a queue
page that somebody leaves open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.metered_stage import MAIL_EVENTS, NOTIFICATIONS, MeteredStage, Usage
from benchmarks.post import FIELDS
from chalicelib.edge import run_job
from chalicelib.schedules import canary
from chalicelib.storage.enquiries import load_enquiry
from tests.desk_site import STAFF, DeskSite, signed_in
from tests.website import Website

MINUTES_A_DAY = 24 * 60
CANARY = "run_canary"
LOOKS_AT_ENQUIRIES = 15
"""Minutes between two runs, or more: what runs more often looks at what is due, and an enquiry that somebody has acted
on is not."""
POLLS_A_MINUTE, OPEN_MINUTES = 3, 10
"""As often as `pages/assets/desk.js` asks; for less than Cognito is asked about a session."""
WAITING = 10
AN_HOUR_BEFORE_THE_DIGEST = 19 * 3600
"""Seconds from the second hour's end, Monday noon, to the next day's seven o'clock."""
_MINUTES = {"MINUTES": 1, "HOURS": 60, "DAYS": MINUTES_A_DAY}


@dataclass(frozen=True)
class EnquiryCost:
    """What an enquiry used at each step, and the bytes that stay of it until somebody erases it, indexes included."""

    steps: dict[str, Usage]
    kept_bytes: int


def periods(app_module: ModuleType) -> dict[str, int]:
    """Minutes between two runs of each schedule."""
    rates = {each.name: getattr(each, "schedule_expression", None) for each in app_module.app.event_sources}
    return {name: rate.value * _MINUTES[rate.unit] for name, rate in rates.items() if rate is not None}


def queue_count(app_module: ModuleType) -> int:
    """How many queues Lambda asks for messages."""
    return sum(hasattr(each, "queue") for each in app_module.app.event_sources)


def one_enquiry(app_module: ModuleType) -> EnquiryCost:
    """A typical enquiry: two mails, both delivered; opened at the desk an hour later, acknowledged, reached, closed;
    looked at by the schedules for two days."""
    stage, idle = MeteredStage(app_module), MeteredStage(app_module)
    empty = stage.world.dynamodb.stored_bytes()
    steps: dict[str, Usage] = {}
    with stage.counted() as steps["the post, stored and answered"]:
        enquiry_id = _post(stage, FIELDS)
    with stage.counted() as steps["two mails"]:
        stage.deliver(NOTIFICATIONS)
    with stage.counted() as steps["what became of them"]:
        stage.deliver(MAIL_EVENTS)
    for each in (stage, idle):
        each.clock.move(3600)
    with stage.counted() as steps["staff open it, acknowledge, reach the person, close"]:
        _work(stage, enquiry_id)
    watched, without = _two_days(stage), _two_days(idle)
    watched.subtract(without)
    steps["two days of schedules"] = watched
    return EnquiryCost(steps, stage.world.dynamodb.stored_bytes() - empty)


def idle_day(app_module: ModuleType) -> Usage:
    """24 hours in which nobody writes: test enquiries, the digest, and what the schedules look for in vain. Played are
    two hours, one with the digest, each after an hour like it."""
    stage = MeteredStage(app_module)
    _hour(stage)
    with stage.counted() as plain:
        _hour(stage)
    stage.clock.move(AN_HOUR_BEFORE_THE_DIGEST)
    _hour(stage)
    with stage.counted() as with_digest:
        _hour(stage)
    if with_digest["mails"] <= plain["mails"]:
        raise RuntimeError("no digest was sent in its hour")
    return Counter({name: 23 * plain[name] + with_digest[name] for name in with_digest})


def open_queue_hour(app_module: ModuleType) -> Usage:
    """An hour of a queue page with ten enquiries that somebody has before them."""
    stage = MeteredStage(app_module)
    for number in range(WAITING):
        _post(stage, {**FIELDS, "name": f"Ann Example {number}"})
    browser = signed_in(stage.app, stage.context, STAFF)
    tag = ""
    with stage.counted() as used:
        for _ in range(OPEN_MINUTES * POLLS_A_MINUTE):
            stage.clock.move(60 / POLLS_A_MINUTE)
            headers = {"If_None_Match": tag} if tag else {}
            answer = stage.request(lambda headers=headers: browser.get("/desk/queue.json", **headers))
            _expect(answer.status, 200, 304)
            tag = answer.headers.get("etag", tag)
    return Counter({name: amount * 60 / OPEN_MINUTES for name, amount in used.items()})


def _post(stage: MeteredStage, fields: dict[str, Any]) -> str:
    answer = stage.request(lambda: Website(stage.app).post_json("/enquiries", fields))
    _expect(answer.status, 200)
    return str(answer.json()["id"])


def _work(stage: MeteredStage, enquiry_id: str) -> None:
    """Each act posts a form and is answered with the way back to the page."""
    browser = signed_in(stage.app, stage.context, STAFF)
    page = f"/desk/enquiries/{enquiry_id}"
    _show(stage, browser, "/desk")
    _show(stage, browser, page)
    acts = {
        "acknowledge": {},
        "attempt": {"channel": "phone", "outcome": "reached"},
        "status": {"status": "booked", "reason": "Comes on Monday."},
    }
    for act, fields in acts.items():
        stage.clock.move(60)
        version = str(load_enquiry(stage.context.table, enquiry_id).version)
        form = {"version": version, "seen": "1", **fields}
        answer = stage.request(lambda act=act, form=form: browser.post(f"{page}/{act}", form))
        _expect(answer.status, 303)
        _show(stage, browser, page)


def _show(stage: MeteredStage, browser: DeskSite, path: str) -> None:
    _expect(stage.request(lambda: browser.get(path)).status, 200)


def _two_days(stage: MeteredStage) -> Usage:
    start = stage.clock()
    rare = {name: each for name, each in periods(stage.app).items() if each >= LOOKS_AT_ENQUIRIES and name != CANARY}
    with stage.counted() as used:
        for minute in range(0, 2 * MINUTES_A_DAY, LOOKS_AT_ENQUIRIES):
            stage.clock.move_to(start + timedelta(minutes=minute))
            _fire(stage, rare, minute)
    return used


def _hour(stage: MeteredStage) -> None:
    start = stage.clock()
    for minute in range(60):
        stage.clock.move_to(start + timedelta(minutes=minute))
        _fire(stage, periods(stage.app), minute)
    stage.clock.move_to(start + timedelta(hours=1))


def _fire(stage: MeteredStage, schedules: dict[str, int], minute: int) -> None:
    for name, period in schedules.items():
        if minute % period == 0:
            _run_canary(stage) if name == CANARY else stage.fire(name)
    stage.deliver(NOTIFICATIONS, MAIL_EVENTS)


def _run_canary(stage: MeteredStage) -> None:
    """Its post is a run of another function, which here comes after it."""
    posted: list[bytes] = []

    def post(_url: str, body: bytes) -> int:
        posted.append(body)
        return 303

    stage.run(CANARY, lambda: run_job(CANARY, lambda: canary.run_canary(stage.app.current_instance(), post)))
    for body in posted:
        form = parse_qsl(body.decode())
        answer = stage.request(lambda form=form: Website(stage.app).post_form("/enquiries", form, Accept="text/html"))
        _expect(answer.status, 303)


def _expect(status: int, *expected: int) -> None:
    if status not in expected:
        raise RuntimeError(f"answered {status}")
