"""`make reconcile STAGE=local` and its like, on a running sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.notification_commands import sandbox_clock
from tests.sandbox_process import Sandbox, ask, free_port, wait_until

pytestmark = pytest.mark.sandbox
ROOT = Path(__file__).parents[2]


def reconciled(sandbox: Sandbox) -> dict[str, int]:
    """What the command prints, by account."""
    ran = subprocess.run(
        [sys.executable, "-m", "infrastructure.stage_command", "local", "reconcile"],
        cwd=ROOT,
        env={**os.environ, "AWS_PORT": str(sandbox.aws_port)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in ran.stdout.splitlines()[1:]]
    return {line[0]: int(line[1]) for line in lines if len(line) == 2}


def test_accounts_are_taken_by_the_clock_of_the_sandbox(running_sandbox: Sandbox) -> None:
    before = reconciled(running_sandbox)["notified"]
    fields = {"name": "Ann Lee", "email": "ann.accounts@mail.example", "message": "By the sandbox's clock, please."}
    posted = ask(f"{running_sandbox.url}/enquiries", fields)
    wait_until(lambda: running_sandbox.mails(posted.json["reference"]), "its mail")
    running_sandbox.tick(10)

    assert reconciled(running_sandbox)["notified"] > before


def test_without_a_sandbox_the_command_itself_says_so() -> None:

    assert sandbox_clock(f"http://127.0.0.1:{free_port()}").moved.total_seconds() == 0
