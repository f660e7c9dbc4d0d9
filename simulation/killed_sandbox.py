"""AWS in one process and the application in another, which can be killed and started again on the same AWS state."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

HOST = "127.0.0.1"
ROOT = Path(__file__).parent.parent
_START_SECONDS = 60
_LOOK_SECONDS = 0.02


class DidNotStart(RuntimeError):
    """A process ended or stayed silent instead of serving; its output is in the log."""


@dataclass
class KilledSandbox:
    """Both processes write to `log`."""

    log: IO[str]
    port: int = field(default_factory=lambda: _free_port())
    aws_port: int = field(default_factory=lambda: _free_port())
    _application: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the application, and do not wait until it serves."""
        self._application = self._run("run", "--use-aws")

    def wait_until_serving(self) -> None:
        """Raises DidNotStart."""
        assert self._application is not None
        _wait_for(self.port, "/health", self._application)

    def kill(self) -> None:
        """SIGKILL, whatever it is doing; its port is free afterwards."""
        if self._application is not None:
            self._application.kill()
            self._application.wait()

    def ask(self, method: str, target: str, fields: Mapping[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
        """One request to the application: status, and what the answer says as JSON. Raises OSError or HTTPException
        when no answer comes, ValueError when it is cut short."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if fields is None else json.dumps(fields)
        return _ask(self.port, method, target, body, {"Content-Type": "application/json", **named})

    def tick(self, minutes: int) -> None:
        """Move the clock and let all happen that is due. Raises as `ask` does."""
        self.ask("POST", f"/sandbox/tick?minutes={minutes}")

    def stop_at(self, call: Mapping[str, Any] | None) -> None:
        """Let AWS hold a call (`sandbox.stops`), or none any more."""
        _ask(self.aws_port, "POST", "/sandbox/stops", json.dumps(call), {})

    def wait_until_stopped(self, seconds: float) -> bool:
        """Wait until the call is held, not longer than so many seconds. Returns whether it is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if _ask(self.aws_port, "GET", "/sandbox/stops", None, {})[1]["reached"]:
                return True
            time.sleep(_LOOK_SECONDS / 2)
        return False

    def _run(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "sandbox", *arguments],
            cwd=ROOT,
            env={**os.environ, "PORT": str(self.port), "AWS_PORT": str(self.aws_port)},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@contextmanager
def killed_sandbox(log: IO[str]) -> Iterator[KilledSandbox]:
    """AWS, standing; nothing is left of either process afterwards."""
    sandbox = KilledSandbox(log)
    aws = sandbox._run("aws", "--no-pump")
    try:
        _wait_for(sandbox.aws_port, "/sandbox/clock", aws)
        yield sandbox
    finally:
        sandbox.kill()
        aws.kill()
        aws.wait()


def _wait_for(port: int, target: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if _ask(port, "GET", target, None, {})[0] == 200:
                return
        except (OSError, http.client.HTTPException, ValueError):
            time.sleep(_LOOK_SECONDS)
    raise DidNotStart(f"nothing serves at port {port}")


def _ask(port: int, method: str, target: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(HOST, port, timeout=_START_SECONDS)
    try:
        connection.request(method, target, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
