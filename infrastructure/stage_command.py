"""Runs a command of `chalicelib.notifications` with the variables that `.chalice/config.json` gives a stage:
`python -m infrastructure.stage_command STAGE COMMAND …`, as the Makefile does. In the sandbox its clock counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping

from sandbox.ports import CannotStart, chosen_ports
from sandbox.stage_environment import CONFIG, stage_environment

LOCAL = "local"


def stage_variables(stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command: that of the caller, and what the configuration says of the stage, which decides.
    `local` is the sandbox: nothing in it leads to a real account or through a proxy. Raises CannotStart."""
    stages = json.loads(CONFIG.read_text("utf-8"))["stages"]
    if stage not in stages:
        *others, last = (f"STAGE={name}" for name in sorted(stages))
        say = f"say {'' if stage else 'which stage: '}{', '.join(others)} or {last}"
        raise CannotStart(f"there is no stage {stage}; {say}" if stage else say)
    if stage != LOCAL:
        return {**given, **stages[stage]["environment_variables"]}
    ports = chosen_ports(given)
    kept = {
        name: value
        for name, value in given.items()
        if not name.lower().startswith("aws_") and "proxy" not in name.lower()
    }
    return {**kept, **stage_environment(given, app_port=ports.app, aws_port=ports.aws)}


def main() -> int:
    """Run it and return its exit code; 2 when there is no such stage."""
    stage, *command = sys.argv[1:]
    try:
        variables = stage_variables(stage.strip(), os.environ)
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 2
    module = "sandbox.notification_commands" if variables["STAGE"] == LOCAL else "chalicelib.notifications"
    program = [sys.executable, "-m", module, *command]
    return subprocess.call(program, env=variables)  # noqa: S603  a command of ours, without a shell


if __name__ == "__main__":
    sys.exit(main())
