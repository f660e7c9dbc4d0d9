"""Runs a command of ours with the variables that `.chalice/config.json` gives a stage:
`python -m infrastructure.stage_command STAGE COMMAND …`, as the Makefile does. In the sandbox its clock counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infrastructure.stages import StageFiles
from sandbox.ports import CannotStart, chosen_ports
from sandbox.stage_environment import CONFIG, stage_environment

LOCAL = "local"
PROGRAMS = {"verify": "chalicelib.desk", "mark": "chalicelib.desk"}
"""Where a command lives, when not in `chalicelib.notifications`."""


def stage_variables(stage: str, given: Mapping[str, str], config: Path = CONFIG) -> dict[str, str]:
    """The environment of a command: that of the caller, and what the configuration says of the stage, which decides.
    `local` is the sandbox: nothing in it leads to a real account or through a proxy. Raises CannotStart."""
    written = json.loads(config.read_text("utf-8"))
    stages = written["stages"]
    if stage not in stages:
        *others, last = (f"STAGE={name}" for name in sorted(stages))
        say = f"say {'' if stage else 'which stage: '}{', '.join(others)} or {last}"
        raise CannotStart(f"there is no stage {stage}; {say}" if stage else say)
    if stage != LOCAL:
        described = StageFiles(stage, config.parent.parent, written, {}).variables
        return {**_region_of(described), **given, "STAGE": stage, **described}
    ports = chosen_ports(given)
    kept = {
        name: value
        for name, value in given.items()
        if not name.lower().startswith("aws_") and "proxy" not in name.lower()
    }
    return {**kept, **stage_environment(given, app_port=ports.app, aws_port=ports.aws)}


def _region_of(described: Mapping[str, str]) -> dict[str, str]:
    """Where the stage stands, for whoever has not said so: the id of its staff pool begins with the region."""
    region, separator, _ = described.get("USER_POOL_ID", "").partition("_")
    return {"AWS_DEFAULT_REGION": region} if separator else {}


def main() -> int:
    """Run it and return its exit code; 2 when there is no such stage."""
    stage, *command = sys.argv[1:]
    try:
        variables = stage_variables(stage.strip(), os.environ)
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 2
    program = [sys.executable, "-m", _program(command, variables["STAGE"]), *command]
    return subprocess.call(program, env=variables)  # noqa: S603  a command of ours, without a shell


def _program(command: Sequence[str], stage: str) -> str:
    usual = "sandbox.notification_commands" if stage == LOCAL else "chalicelib.notifications"
    return PROGRAMS.get(" ".join(command[:1]), usual)


if __name__ == "__main__":
    sys.exit(main())
