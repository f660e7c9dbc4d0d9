"""`make run`: AWS in a process of its own, the application and the pump in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.http_server import HttpServer
from sandbox.notices import progress
from sandbox.ports import Ports, busy, require_free
from sandbox.stage_environment import apply_to_process, stage_environment

_STOP_SECONDS = 3


def run(ports: Ports, base_path: str, *, use_aws: bool) -> None:
    """Serve until stopped. Raises CannotStart."""
    if not use_aws:
        require_free(ports.aws, "AWS_PORT")
    try:
        server = HttpServer(ports.app)
    except OSError as error:
        raise busy(ports.app, "PORT") from error
    apply_to_process(stage_environment(os.environ, app_port=ports.app, aws_port=ports.aws, base_path=base_path))
    if use_aws:
        from sandbox.serving import serve_on_running_aws

        serve_on_running_aws(server, ports, base_path)
        return
    with _aws_process(ports.aws) as aws:
        # Imported while AWS starts beside it.
        from sandbox.serving import serve_with_own_aws

        serve_with_own_aws(server, ports, base_path, aws)


@contextmanager
def _aws_process(port: int) -> Iterator[subprocess.Popen[str]]:
    """AWS in a session of its own, so that Ctrl-C reaches only this process, which then ends it. It also ends by
    itself when this process dies: its standard input closes."""
    progress("AWS (moto)", f"starting on port {port}")
    aws = subprocess.Popen(
        [sys.executable, "-m", "sandbox.aws_server", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield aws
    finally:
        aws.terminate()
        try:
            aws.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            aws.kill()
            aws.wait()
