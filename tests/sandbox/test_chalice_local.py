"""Chalice's own server: on what `make aws` started, and with nothing running."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox_process import ROOT, STANDS, Command, ask, free_port, running, wait_until

pytestmark = pytest.mark.sandbox
CHALICE = ("-c", "from chalice.cli import main; main()")
ENQUIRY = {"name": "Ann Lee", "email": "ann@mail.example"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project with nothing but what Chalice reads."""
    (tmp_path / "chalicelib").symlink_to(ROOT / "chalicelib")
    shutil.copy(ROOT / "app.py", tmp_path)
    shutil.copytree(ROOT / ".chalice", tmp_path / ".chalice", ignore=shutil.ignore_patterns("deployments", "venv"))
    return tmp_path


@pytest.fixture
def aws_port(project: Path) -> Iterator[int]:
    """The port of what `make aws` starts, which the project's stage `local` names."""
    port = free_port()
    config = project / ".chalice" / "config.json"
    config.write_text(config.read_text().replace("127.0.0.1:5555", f"127.0.0.1:{port}"))
    with running("-m", "sandbox", "aws", AWS_PORT=str(port)) as command:
        command.wait_for(STANDS)
        yield port

        assert command.stop(signal.SIGTERM) == 0


def _serving(command: Command, url: str) -> None:
    def answers() -> bool:
        assert command.process.poll() is None, command.output
        try:
            return ask(f"{url}/health").status == 200
        except OSError:
            return False

    wait_until(answers, f"an answer from {url}")


def test_chalice_local_on_make_aws_stores_and_mails(project: Path, aws_port: int) -> None:
    url, aws_url = f"http://127.0.0.1:{(port := free_port())}", f"http://127.0.0.1:{aws_port}"
    arguments = (*CHALICE, "local", "--stage", "local", "--no-autoreload", "--port", str(port))
    with running(*arguments, cwd=project) as command:
        _serving(command, url)
        answer = ask(f"{url}/enquiries", ENQUIRY)
        reference = answer.json["reference"]
        wait_until(lambda: ask(f"{aws_url}/sandbox/mail").body.count(reference.encode()) >= 2, "both mails")
        ticked = ask(f"{aws_url}/sandbox/tick?minutes=5", b"")

    assert answer.status == 200
    assert ticked.json["moved_minutes"] == 5


def test_run_with_use_aws_shares_what_make_aws_started(aws_port: int) -> None:
    url = f"http://127.0.0.1:{(port := free_port())}"
    arguments = ("-m", "sandbox", "run", "--use-aws")
    with running(*arguments, PORT=str(port), AWS_PORT=str(aws_port)) as command:
        command.wait_for(STANDS)
        reference = ask(f"{url}/enquiries", ENQUIRY).json["reference"]
        wait_until(lambda: ask(f"{url}/sandbox/mail").body.count(reference.encode()) >= 2, "both mails")
        ticked = ask(f"{url}/sandbox/tick?minutes=5", b"")
        command.stop(signal.SIGKILL)
        still = ask(f"http://127.0.0.1:{aws_port}/sandbox/mail")

    assert ticked.status == 200
    assert reference in still.body.decode()


def test_application_killed_on_aws_without_pump_comes_back_to_its_own_state() -> None:
    port, aws_port = free_port(), free_port()
    url, ports = f"http://127.0.0.1:{port}", {"PORT": str(port), "AWS_PORT": str(aws_port)}
    with running("-m", "sandbox", "aws", "--no-pump", **ports) as aws:
        aws.wait_for(STANDS)
        with running("-m", "sandbox", "run", "--use-aws", **ports) as command:
            command.wait_for(STANDS)
            ask(f"{url}/sandbox/tick?minutes=5", b"")
            ask(f"{url}/sandbox/faults", {"service": "sqs", "fault": "down"})
            reference = ask(f"{url}/enquiries", ENQUIRY).json["reference"]
            command.stop(signal.SIGKILL)
        with running("-m", "sandbox", "run", "--use-aws", **ports) as command:
            command.wait_for(STANDS)
            ask(f"{url}/sandbox/faults", {"service": "sqs", "fault": None})
            ticked = ask(f"{url}/sandbox/tick?minutes=5", b"").json
            mails = ask(f"{url}/sandbox/mail").body.count(reference.encode())
            clock = ask(f"{url}/sandbox/clock").json

    assert mails >= 2
    assert ticked["delivered"] >= 2
    assert (clock["moved_seconds"], clock["has_pump"]) == (600, False)


def test_use_aws_without_make_aws_says_what_to_start() -> None:
    arguments = ("-m", "sandbox", "run", "--use-aws")
    with running(*arguments, PORT=str(free_port()), AWS_PORT=str(free_port())) as command:
        status = command.process.wait(20)
        command.wait_for("make aws")

    assert status == 1


def test_plain_chalice_local_serves_pages_and_refuses_posts_honestly(project: Path) -> None:
    url = f"http://127.0.0.1:{(port := free_port())}"
    without_stage = {"STAGE": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    arguments = (*CHALICE, "local", "--no-autoreload", "--port", str(port))
    with running(*arguments, cwd=project, **without_stage) as command:
        _serving(command, url)
        pages = {path: ask(f"{url}{path}").status for path in ("/health", "/form", "/openapi.json")}
        answer = ask(f"{url}/enquiries", ENQUIRY)
        wait_until(lambda: "make aws" in command.output, "a line that names make aws")

    assert pages == {"/health": 200, "/form": 200, "/openapi.json": 200}
    assert answer.status == 503
    assert json.loads(answer.body)["errors"][0]["code"] == "NOT_STORED"
