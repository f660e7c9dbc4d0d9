"""Chalice's own commands, run and judged."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from infrastructure.chalice_command import run_chalice
from infrastructure.failures import CannotContinue


def said_by(program: str, folder: Path) -> list[str]:
    """What is shown of a program that plays Chalice."""
    said: list[str] = []
    chalice = (sys.executable, "-c", f"import sys\n{program}")
    run_chalice("deploy", "dev", folder, os.environ, said.append, chalice)
    return said


def test_progress_is_shown_line_by_line_without_the_closing_list(tmp_path: Path) -> None:
    program = r"print('Creating package.\n\nResources deployed:\n  - Lambda ARN: arn'); print(sys.argv[1:])"

    assert ["  chalice: Creating package.", "  chalice: ['deploy', '--stage', 'dev']"] == said_by(program, tmp_path)


def test_a_failure_is_shown_without_its_traceback(tmp_path: Path) -> None:
    said: list[str] = []
    chalice = (sys.executable, "-c", "def fail(): raise ValueError('no such role')\nfail()")
    with pytest.raises(CannotContinue, match="chalice deploy has failed"):
        run_chalice("deploy", "dev", tmp_path, os.environ, said.append, chalice)

    assert ["  chalice: ValueError: no such role"] == said


def test_a_dependency_that_was_left_out_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(CannotContinue, match="without some of the dependencies"):
        said_by("print('Could not install dependencies:\\nnumpy==2.4.6')", tmp_path)


def test_chalices_command_line_tells_of_its_failures(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text("{", "utf-8")
    with pytest.raises(CannotContinue):
        run_chalice("deploy", "dev", tmp_path, os.environ, lambda _: None)


def test_chalice_does_not_go_on_when_the_command_that_runs_it_is_stopped(tmp_path: Path) -> None:
    said: list[str] = []

    def stop(line: str) -> None:
        said.append(line)
        raise KeyboardInterrupt

    program = "import os, signal; signal.alarm(20); print(os.getpid(), flush=True); signal.pause()"
    with pytest.raises(KeyboardInterrupt):
        run_chalice("deploy", "dev", tmp_path, os.environ, stop, (sys.executable, "-c", program))

    with pytest.raises(ProcessLookupError):
        os.kill(int(said[0].split()[-1]), 0)
