"""Runs Chalice's own commands, with their progress shown line by line."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from infrastructure.failures import CannotContinue
from infrastructure.package import MISSING_WHEEL
from infrastructure.project import CHALICE
from infrastructure.stacks import Say


def run_chalice(
    command: str,
    stage: str,
    folder: Path,
    environment: Mapping[str, str],
    say: Say,
    chalice: Sequence[str] = CHALICE,
) -> None:
    """Run `chalice deploy` or `chalice delete` in a project's folder. Raises CannotContinue when it fails, or leaves
    a dependency out, which Chalice itself takes for a success. It ends with whatever stops this."""
    program = [*chalice, command, "--stage", stage]
    with subprocess.Popen(  # noqa: S603  Chalice's command line, without a shell
        program,
        cwd=folder,
        env={**environment, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        try:
            lines = list(_shown(running.stdout or [], say))
        except BaseException:  # Ctrl-C that reached this process alone, too: the next run must not meet the child
            running.terminate()
            running.wait()
            raise
    if running.returncode:
        raise CannotContinue(
            f"chalice {command} has failed; the reason stands above. Mend it and run the same command again."
        )
    if any(MISSING_WHEEL in line for line in lines):
        raise CannotContinue(
            "Chalice has deployed without some of the dependencies (named above): nothing would work. Pin versions that"
            " have wheels for Lambda in requirements.txt, and run the same command again."
        )


_NOISE = ("During handling of", "Resources deployed:", "  - ")


def _shown(output: Iterable[str], say: Say) -> Iterator[str]:
    """Say every line but those of a traceback, whose last line says it all, and the closing list of ARNs."""
    in_traceback = False
    for line in (each.rstrip() for each in output):
        in_traceback = line.startswith("Traceback (") or (in_traceback and line.startswith(" "))
        if line and not in_traceback and not line.startswith(_NOISE):
            say(f"  chalice: {line}")
            yield line
