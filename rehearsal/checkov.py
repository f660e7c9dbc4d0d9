"""Runs checkov over the templates, in an environment of its own: it pins an older boto3 than Lambda has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rehearsal.empty_account import ROOT
from rehearsal.steps import promise, step

VERSION = "3.3.30"
TEMPLATES = ("infrastructure/data.yaml", "infrastructure/template.yaml")
_INSTALL_SECONDS, _RUN_SECONDS = 600, 120


def check_templates() -> None:
    """Raises BrokenPromise for a finding that is not explained in place (`Metadata`, `checkov`, `skip`)."""
    environment = ROOT / "build" / "checkov" / VERSION
    if not (environment / "installed").exists():
        with step("checkov, once, into build/checkov"):
            _install(environment)
    with step("checkov finds nothing in the templates that is not explained there"):
        command = [str(environment / "bin" / "checkov"), "--framework", "cloudformation", "--quiet", "--compact"]
        # Its catalogue is in the package; what it would fetch are links to explanations.
        command += ["--skip-download", *(part for name in TEMPLATES for part in ("--file", name))]
        run = subprocess.run(
            command, cwd=ROOT, env=_without_aws(), check=False, capture_output=True, text=True, timeout=_RUN_SECONDS
        )
        promise(run.returncode == 0, f"checkov:\n{(run.stdout + run.stderr)[-4000:]}")


def _install(environment: Path) -> None:
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(environment)],
        [str(environment / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", f"checkov=={VERSION}"],
    )
    for command in commands:
        run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_INSTALL_SECONDS)
        promise(run.returncode == 0, f"checkov could not be installed: {run.stderr[-1000:]}")
    (environment / "installed").touch()


def _without_aws() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
