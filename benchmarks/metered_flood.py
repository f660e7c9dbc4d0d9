"""What is played to see what a flood costs: posts as fast as the gateway lets them through, all of them dear ones, and
requests that are answered without being stored."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from types import ModuleType
from typing import Any

from benchmarks.metered_runs import periods
from benchmarks.metered_stage import MAIL_EVENTS, NOTIFICATIONS, MeteredStage, Usage
from benchmarks.post import FIELDS
from tests.website import Gateway, Website

BEGINNING_MINUTES, POSTED_MINUTES, WATCHED_MINUTES = 6, 10, 50
"""After so long alerts are told together and no longer one by one; so long posts come in, and so long the schedules go
on: the ladder of an emergency ends after 35 minutes."""
QUARTER = 15
EMERGENCY = {**FIELDS, "urgent_signs": ["chest_breathing"]}


def dearest_posts(app_module: ModuleType, a_minute: int) -> tuple[Usage, Usage]:
    """What one post of a flood uses until nothing more follows from it, and what its beginning uses besides, while
    alerts go out one by one; mails to the person left out. Each is an emergency of somebody else, whom nobody reaches,
    so that every alert and step is taken."""
    idle = _flood(app_module, 0, 0)
    beginning, longer = (_flood(app_module, a_minute, each) for each in (BEGINNING_MINUTES, POSTED_MINUTES))
    posts = a_minute * (POSTED_MINUTES - BEGINNING_MINUTES)
    each = {name: (longer[name] - beginning[name]) / posts for name in longer}
    so_far = a_minute * BEGINNING_MINUTES
    once = {name: beginning[name] - idle[name] - each[name] * so_far for name in longer}
    return Counter(each), Counter(once)  # type: ignore[arg-type]


def refused_post(app_module: ModuleType, most: int) -> Usage:
    """A post of a contact that has written too often."""
    stage = MeteredStage(app_module)
    for number in range(most):
        _post(stage, {**FIELDS, "message": f"Message {number}"}, expected=200)
    with stage.counted() as used:
        _post(stage, {**FIELDS, "message": "One too many"}, expected=429)
    return used


def visit(app_module: ModuleType, path: str) -> Usage:
    """A page that anybody may read, on an instance that is warm."""
    stage = MeteredStage(app_module)
    stage.request(lambda: Website(stage.app).get(path))
    with stage.counted() as used:
        answer = stage.request(lambda: Website(stage.app).get(path))
    if answer.status != 200:
        raise RuntimeError(f"answered {answer.status}")
    return used


def _flood(app_module: ModuleType, a_minute: int, minutes: int) -> Usage:
    stage = MeteredStage(app_module)
    used = _watched(stage, a_minute, minutes)
    used["mails"] -= sum(mail.tags["kind"] == "acknowledgement" for mail in stage.world.mails)
    return used


def _watched(stage: MeteredStage, a_minute: int, minutes: int) -> Usage:
    start = stage.clock()
    schedules = {name: each for name, each in periods(stage.app).items() if each in (1, QUARTER)}
    with stage.counted() as used:
        for minute in range(WATCHED_MINUTES):
            stage.clock.move_to(max(stage.clock(), start + timedelta(minutes=minute)))
            for place in range(a_minute if minute < minutes else 0):
                _write(stage, minute * a_minute + place)
            for name in (name for name, period in schedules.items() if minute % period == 0):
                stage.fire(name)
            stage.clock.move(1.1)
            stage.deliver_now(NOTIFICATIONS, MAIL_EVENTS)
    return used


def _write(stage: MeteredStage, number: int) -> None:
    """Somebody else from somewhere else; told as soon as the queues let it through."""
    contact = {"email": f"ann{number}@mail.example", "phone": f"(202) 555-{number:04}"}
    _post(stage, {**EMERGENCY, **contact}, expected=200, address=f"198.{number // 250}.{number % 250}.9")
    for _ in range(2):
        stage.clock.move(1.1)
        stage.deliver_now(NOTIFICATIONS, MAIL_EVENTS)


def _post(stage: MeteredStage, fields: dict[str, Any], *, expected: int, address: str = "203.0.113.9") -> None:
    gateway, body = Gateway(stage.app, client_address=address), json.dumps(fields).encode()
    headers = {"Content_Type": "application/json", "Accept": "application/json"}
    answer = stage.request(lambda: gateway.send("POST", "/enquiries", body=body, **headers))
    if answer.status != expected:
        raise RuntimeError(f"answered {answer.status}")
