"""Serves the application, with the pump unless AWS has one, once AWS stands."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sandbox import application
from sandbox.clock import SandboxClock
from sandbox.front import Front, Ticker, ask_aws
from sandbox.http_server import HttpServer
from sandbox.notices import app_notice, progress
from sandbox.pages import NO_MINUTES, Page, asked_minutes, tick_page
from sandbox.ports import CannotStart, Ports
from sandbox.shared_clock import SharedClock


def serve_with_own_aws(server: HttpServer, ports: Ports, base_path: str, aws: subprocess.Popen[str]) -> None:
    """Wait for the AWS process, then serve, with pump and clock in this process, until it ends (CannotStart)."""
    clock = SharedClock(ports.aws)
    application.use_sandbox_clock(clock)
    gateway = application.new_gateway(server, base_path)
    _wait_until_ready(aws)
    with _pumping(clock) as tick:
        _serve(server, Front(gateway, base_path, ports.aws, tick), ports)
        aws.wait()
        raise CannotStart("The AWS server has ended unexpectedly; see above.")


def serve_on_running_aws(server: HttpServer, ports: Ports, base_path: str) -> None:
    """Serve on what `python -m sandbox aws` started. Where that has a pump, this process follows its clock; where it
    has none (`--no-pump`), pump and clock are in this process."""
    told = ask_aws(ports.aws, "GET", "/sandbox/clock")
    if told.status != 200:
        raise CannotStart(f"No sandbox AWS answers at port {ports.aws}. Start it with: make aws")
    aws: dict[str, Any] = json.loads(told.body)
    moved = timedelta(seconds=aws["moved_seconds"])
    with _following(ports.aws, moved) if aws["has_pump"] else _leading(ports.aws, moved) as tick:
        _serve(server, Front(application.new_gateway(server, base_path), base_path, ports.aws, tick), ports)
        threading.Event().wait()


@contextmanager
def _following(aws_port: int, moved: timedelta) -> Iterator[Ticker]:
    clock = SandboxClock(moved)
    application.use_sandbox_clock(clock)

    def tick(query: str) -> Page:
        minutes = asked_minutes(query)
        if minutes is None:
            return NO_MINUTES
        # Before AWS's, because what the tick starts may come here: a test enquiry.
        clock.move(minutes)
        answer = ask_aws(aws_port, "POST", f"/sandbox/tick?minutes={minutes}")
        if answer.status != 200:
            clock.move(-minutes)
        return answer

    yield tick


@contextmanager
def _leading(aws_port: int, moved: timedelta) -> Iterator[Ticker]:
    clock = SharedClock(aws_port, moved)
    application.use_sandbox_clock(clock)
    with _pumping(clock) as tick:
        yield tick


@contextmanager
def _pumping(clock: SandboxClock) -> Iterator[Ticker]:
    pump = application.new_pump(clock)
    pump.start()
    try:
        yield lambda query: tick_page(pump.tick, query)
    finally:
        pump.stop()


def _serve(server: HttpServer, front: Front, ports: Ports) -> None:
    server.answer, server.refuse = front.answer, front.gateway.refuse
    threading.Thread(target=server.serve_forever, daemon=True).start()
    progress("app", "serving")
    print(app_notice(ports, front.base_path), flush=True)


def _wait_until_ready(aws: subprocess.Popen[str]) -> None:
    assert aws.stdout is not None
    if not aws.stdout.readline():
        raise CannotStart("The AWS server did not start; see above.")
    progress("resources", "made from infrastructure/data.yaml and template.yaml")
