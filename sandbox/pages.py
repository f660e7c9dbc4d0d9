"""The sandbox-only pages: mail, mailbox, alerts, faults, clock. Never deployed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, Template

from sandbox.clock import SandboxClock
from sandbox.faults import Faults, UnknownFault
from sandbox.stops import Stops, UnknownStop

_TEMPLATES = Path(__file__).parent / "templates"
_MAX_TICK_MINUTES = 60 * 24 * 366

Tick = Callable[[int], tuple[datetime, int]]
Letters = Callable[[], list[dict[str, Any]]]


@dataclass(frozen=True)
class Page:
    """One answer."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Desk:
    """What the pages show and do. `mails` and `alerts` are newest first; `tick` is None where no pump runs (yet)."""

    mails: Letters
    alerts: Letters
    faults: Faults
    stops: Stops
    clock: SandboxClock
    tick: Tick | None = None
    has_pump: bool = False


def sandbox_page(desk: Desk, method: str, path: str, query: str, body: bytes) -> Page:
    """Answer a request for `/sandbox/…`."""
    answers: Mapping[tuple[str, str], Callable[[], Page]] = {
        ("GET", "/sandbox/mail"): lambda: json_page(200, desk.mails()),
        ("GET", "/sandbox/mailbox"): lambda: _mailbox(desk),
        ("GET", "/sandbox/alerts"): lambda: json_page(200, desk.alerts()),
        ("GET", "/sandbox/faults"): lambda: json_page(200, desk.faults.all()),
        ("POST", "/sandbox/faults"): lambda: _set_fault(desk.faults, body),
        ("GET", "/sandbox/stops"): lambda: json_page(200, {"reached": desk.stops.reached}),
        ("POST", "/sandbox/stops"): lambda: _set_stop(desk.stops, body),
        ("GET", "/sandbox/clock"): lambda: _clock(desk),
        ("POST", "/sandbox/clock"): lambda: _move_clock(desk, query),
        ("POST", "/sandbox/tick"): lambda: tick_page(desk.tick, query),
    }
    answer = answers.get((method, path.rstrip("/")))
    if answer is None:
        there_are = ", ".join(f"{method} {path}" for method, path in answers)
        return json_page(404, {"error": f"no such sandbox page; there are: {there_are}"})
    return answer()


def tick_page(tick: Tick | None, query: str) -> Page:
    """Move the clock as the query says (`minutes=N`)."""
    minutes = asked_minutes(query)
    if minutes is None:
        return NO_MINUTES
    if tick is None:
        return json_page(409, {"error": "this process has no pump; ask the application's port"})
    now, delivered = tick(minutes)
    return json_page(200, {"now": now.isoformat(), "moved_minutes": minutes, "delivered": delivered})


def json_page(status: int, value: object) -> Page:
    """A value as JSON."""
    return Page(status, "application/json; charset=utf-8", json.dumps(value, ensure_ascii=False).encode())


def html_page(status: int, name: str, **values: Any) -> Page:
    """A template of the sandbox, filled in."""
    return Page(status, "text/html; charset=utf-8", _template(name).render(**values).encode())


NO_MINUTES = json_page(400, {"error": f"minutes must be a whole number from 0 to {_MAX_TICK_MINUTES}"})


def asked_minutes(query: str) -> int | None:
    """How far a query wants the clock moved, None when it does not say so in whole minutes."""
    given = parse_qs(query).get("minutes", ["1"])[-1]
    return int(given) if re.fullmatch(r"[0-9]{1,6}", given) and int(given) <= _MAX_TICK_MINUTES else None


def _move_clock(desk: Desk, query: str) -> Page:
    """Move the clock of the AWS process after the application's: no schedule runs, nothing is delivered."""
    minutes = asked_minutes(query)
    if minutes is None:
        return NO_MINUTES
    desk.clock.move(minutes)
    return _clock(desk)


def _mailbox(desk: Desk) -> Page:
    return html_page(200, "mailbox.html", mails=desk.mails(), alerts=desk.alerts(), now=desk.clock())


def _clock(desk: Desk) -> Page:
    told = {"now": desk.clock().isoformat(), "moved_seconds": desk.clock.moved.total_seconds()}
    return json_page(200, told | {"has_pump": desk.has_pump})


def _set_fault(faults: Faults, body: bytes) -> Page:
    try:
        wanted = json.loads(body)
        if not isinstance(wanted, dict) or "fault" not in wanted:
            raise UnknownFault('send JSON such as {"service": "ses", "fault": "down"}')
        faults.set(wanted.get("service"), wanted["fault"])
    except UnknownFault as error:
        return json_page(400, {"error": str(error)})
    except ValueError:
        return json_page(400, {"error": 'send JSON such as {"service": "ses", "fault": "down"}'})
    return json_page(200, faults.all())


def _set_stop(stops: Stops, body: bytes) -> Page:
    """JSON null ends it."""
    try:
        stops.set(json.loads(body))
    except ValueError as error:
        known = isinstance(error, UnknownStop)
        return json_page(400, {"error": str(error) if known else "send JSON"})
    return json_page(200, {"reached": stops.reached})


@cache
def _template(name: str) -> Template:
    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True).get_template(name)
