"""The application in this process: its functions, its clock, and the pump that calls them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
from chalice import Chalice, Rate

import app
from sandbox.clock import SandboxClock
from sandbox.gateway import Gateway, invoker, swagger_of
from sandbox.http_server import HttpServer
from sandbox.lambdas import Consumer, Schedule
from sandbox.proxy_event import Stage
from sandbox.pump import Pump
from sandbox.queues import open_queue

_TICK_ORDER = (
    "sweep_outbox",
    "check_response_clocks",
    "check_quarantine",
    "run_canary",
    "reconcile_enquiries",
    "count_for_reports",
    "apply_retention",
    "send_digest",
)
"""In which order a tick runs what is due: what sends comes before what counts, and what counts before what reports."""


def use_sandbox_clock(clock: SandboxClock) -> None:
    """Let the application tell the sandbox's time."""
    app.use_clock(clock)


def new_pump(clock: SandboxClock) -> Pump:
    """A pump that plays every queue and every schedule that the application declares."""
    # A client of its own: AWS's poller has more patience than the application's pokes.
    client = boto3.client("sqs", region_name=app.instance().clients.region)
    return Pump(_consumers(client, app.instance().settings.aws_account_id), _schedules(clock), clock)


def _consumers(client: Any, account: str) -> list[Consumer]:
    return [
        Consumer(source.name, open_queue(client, source.queue, account), getattr(app, source.name))
        for source in app.app.event_sources
        if hasattr(source, "queue")
    ]


def _schedules(clock: SandboxClock) -> list[Schedule]:
    found = [
        Schedule(source.name, _every(source.schedule_expression), getattr(app, source.name), clock())
        for source in app.app.event_sources
        if hasattr(source, "schedule_expression")
    ]
    return sorted(found, key=lambda schedule: _TICK_ORDER.index(schedule.name))


def _every(rate: Rate) -> timedelta:
    return timedelta(**{rate.unit.lower(): rate.value})


def new_gateway(server: HttpServer, base_path: str) -> Gateway:
    """A gateway in front of the application, reached at the server's address."""
    chalice_app: Chalice = app.app
    context = app.instance()
    account = context.settings.aws_account_id
    stage = Stage(name="local", address=f"127.0.0.1:{server.server_port}", base_path=base_path, account=account)
    swagger = swagger_of(chalice_app, context.clients.region, account)
    return Gateway(swagger, invoker(chalice_app), stage, context.settings.clinic_phone)
