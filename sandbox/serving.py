"""Serves the application with the pump, once AWS stands."""

from __future__ import annotations

import json
import subprocess
import threading
from datetime import datetime, timedelta

from sandbox import application
from sandbox.clock import SandboxClock
from sandbox.front import Front, ask_aws
from sandbox.http_server import HttpServer
from sandbox.notices import app_notice, progress
from sandbox.pages import Page, tick_page
from sandbox.ports import CannotStart, Ports


def serve_with_own_aws(server: HttpServer, ports: Ports, base_path: str, aws: subprocess.Popen[str]) -> None:
    """Wait for the AWS process, then serve, with pump and clock in this process, until it ends (CannotStart)."""
    clock = SandboxClock()
    application.use_sandbox_clock(clock)
    gateway = application.new_gateway(server, base_path)
    _wait_until_ready(aws)
    pump = application.new_pump(clock)

    def tick(minutes: int) -> tuple[datetime, int]:
        # First AWS's clock, which stamps the mail that the tick sends.
        ask_aws(ports.aws, "POST", f"/sandbox/clock?minutes={minutes}")
        return pump.tick(minutes)

    pump.start()
    try:
        _serve(server, Front(gateway, base_path, ports.aws, lambda query: tick_page(tick, query)), ports)
        aws.wait()
        raise CannotStart("The AWS server has ended unexpectedly; see above.")
    finally:
        pump.stop()


def serve_on_running_aws(server: HttpServer, ports: Ports, base_path: str) -> None:
    """Serve on what `make aws` started: it has a pump and a clock of its own, and this process follows its clock."""
    told = ask_aws(ports.aws, "GET", "/sandbox/clock")
    if told.status != 200:
        raise CannotStart(f"No sandbox AWS answers at port {ports.aws}. Start it with: make aws")
    clock = SandboxClock(timedelta(seconds=json.loads(told.body)["moved_seconds"]))
    application.use_sandbox_clock(clock)

    def tick(query: str) -> Page:
        answer = ask_aws(ports.aws, "POST", f"/sandbox/tick?{query}")
        if answer.status == 200:
            clock.move(json.loads(answer.body)["moved_minutes"])
        return answer

    _serve(server, Front(application.new_gateway(server, base_path), base_path, ports.aws, tick), ports)
    threading.Event().wait()


def _serve(server: HttpServer, front: Front, ports: Ports) -> None:
    server.answer, server.refuse = front.answer, front.gateway.refuse
    threading.Thread(target=server.serve_forever, daemon=True).start()
    progress("app", "serving")
    print(app_notice(ports, front.base_path), flush=True)


def _wait_until_ready(aws: subprocess.Popen[str]) -> None:
    assert aws.stdout is not None
    if not aws.stdout.readline():
        raise CannotStart("The AWS server did not start; see above.")
    progress("resources", "made from infrastructure/template.yaml")
