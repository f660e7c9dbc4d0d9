"""`make aws`: AWS, and the pump unless it is not wanted, for `chalice local --stage local` or `python -m sandbox run
--use-aws`: the application is served by another process, which may die and come back."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from sandbox.clock import SandboxClock
from sandbox.notices import aws_notice, progress
from sandbox.ports import Ports, require_free
from sandbox.stage_environment import apply_to_process, stage_environment

if TYPE_CHECKING:
    from sandbox.aws_server import AwsServer


def serve_aws(ports: Ports, base_path: str, *, with_pump: bool) -> None:
    """Serve until stopped. Raises CannotStart."""
    require_free(ports.aws, "AWS_PORT")
    apply_to_process(stage_environment(os.environ, app_port=ports.app, aws_port=ports.aws, base_path=base_path))
    progress("AWS (moto)", f"starting on port {ports.aws}")
    from sandbox.aws_server import start_aws

    clock = SandboxClock()
    aws, _ = start_aws(ports.aws, clock, has_pump=with_pump)
    progress("resources", "made from infrastructure/data.yaml and template.yaml")
    if with_pump:
        _pump(aws, clock)
    print(aws_notice(ports, with_pump=with_pump), flush=True)
    threading.Event().wait()


def _pump(aws: AwsServer, clock: SandboxClock) -> None:
    from sandbox import application

    application.use_sandbox_clock(clock)
    pump = application.new_pump(clock)
    aws.allow_tick(pump.tick)
    pump.start()
    progress("pump", "delivering, and keeping schedules")
