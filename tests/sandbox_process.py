"""A sandbox as a developer starts it: a process on free ports, looked at over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parent.parent
STANDS = "Ctrl-C stops it."
Seen = TypeVar("Seen")


def free_port() -> int:
    """A port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(look: Callable[[], Seen | None], what: str, seconds: float = 30) -> Seen:
    """Look again and again until there is something to see; fails after so many seconds."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if seen := look():
            return seen
        pause.wait(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def ask(url: str, body: bytes | dict[str, Any] | None = None, method: str | None = None, **headers: str) -> Answer:
    """One request; a dictionary is sent as JSON. Underscores in header names become hyphens. Follows no redirect."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, dict):
        body, named = json.dumps(body).encode(), {"Content-Type": "application/json", **named}
    request = urllib.request.Request(url, body, named, method=method)  # noqa: S310  loopback only
    try:
        answer = _OPENER.open(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read())


@dataclass
class Command:
    """A command that runs until it is stopped, and what it has printed so far."""

    process: subprocess.Popen[str]
    printed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.printed.extend(iter(self.process.stdout.readline, ""))

    @property
    def output(self) -> str:
        """Standard output and standard error."""
        return "".join(self.printed)

    def wait_for(self, text: str, seconds: float = 40) -> None:
        """Wait until a text was printed; fails at once when the command has ended without it."""
        wait_until(lambda: text in self.output or self.process.poll() is not None, text, seconds)
        self._reader.join(1 if self.process.poll() is not None else 0)

        assert text in self.output, self.output

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        status = self.process.wait(20)
        self._reader.join(5)
        return status


@contextmanager
def running(*arguments: str, cwd: Path = ROOT, **environment: str) -> Iterator[Command]:
    """A command of this Python, such as `-m sandbox run`, in a session of its own; killed afterwards if need be."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    command = Command(process)
    try:
        yield command
    finally:
        if process.poll() is None:
            try:
                command.stop()
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. `url` is the application's, below the base path if there is one; `root` is without it."""

    command: Command
    root: str
    url: str
    aws_port: int

    def mails(self, reference: str) -> list[dict[str, Any]]:
        """The mails about one enquiry, newest first."""
        return [mail for mail in ask(f"{self.root}/sandbox/mail").json if mail["reference"] == reference]

    def alerts(self, reference: str) -> list[dict[str, Any]]:
        """The alerts about one enquiry, newest first."""
        return [alert for alert in ask(f"{self.root}/sandbox/alerts").json if reference in alert["message"]]

    def set_fault(self, service: str, fault: str | None) -> Answer:
        """Break a service, or mend it."""
        return ask(f"{self.root}/sandbox/faults", {"service": service, "fault": fault})

    def tick(self, minutes: int) -> dict[str, Any]:
        """Move the service's clock."""
        answer: dict[str, Any] = ask(f"{self.root}/sandbox/tick?minutes={minutes}", b"").json
        return answer


@contextmanager
def running_sandbox(base_path: str = "", **environment: str) -> Iterator[Sandbox]:
    """`python -m sandbox run` on free ports, standing."""
    port, aws_port = free_port(), free_port()
    arguments = ("-m", "sandbox", "run", *(("--base-path", base_path) if base_path else ()))
    with running(*arguments, PORT=str(port), AWS_PORT=str(aws_port), **environment) as command:
        command.wait_for(STANDS)
        root = f"http://127.0.0.1:{port}"
        yield Sandbox(command, root, root + base_path, aws_port)
