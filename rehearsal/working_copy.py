"""A developer's working copy, apart from the real one: deploying writes into it."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.empty_account import ROOT, EmptyAccount
from rehearsal.steps import BrokenPromise, promise

COPIED = ("app.py", "requirements.txt", "pyproject.toml", "chalicelib", ".chalice", "infrastructure", "sandbox")
STAGE = "dev"
TABLE = f"enquiry-desk-{STAGE}-enquiries"
CHALICE = ("-c", "import sys; from chalice.cli import main; sys.exit(main())")
"""Chalice's command line, for `run`."""
SENDER = "hello@clinic.example"
STAFF = "frontdesk@clinic.example"
VARIABLES = {
    "STAGE": STAGE,
    "CLINIC_NAME": "Kalimera Clinic",
    "CLINIC_PHONE": "+1 202-555-0100",
    "MAIL_FROM": f"Kalimera Clinic <{SENDER}>",
    "STAFF_EMAILS": STAFF,
    "CLINICAL_EMAILS": "nurse@clinic.example",
    "BACKUP_EMAILS": "backup@clinic.example",
}
"""What a clinic would write for its stage."""
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "deployed", "deployments", "venv")
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def machine_architecture() -> str:
    """Lambda's name for this machine's processor: the deployed package is run here. Raises BrokenPromise where Lambda's
    wheels cannot be loaded."""
    found = _MACHINES.get(platform.machine().lower())
    if sys.platform != "linux" or found is None:
        raise BrokenPromise("a rehearsal runs what is made for Lambda: it needs Linux on x86_64 or arm64")
    return found


@dataclass(frozen=True)
class WorkingCopy:
    """Its folder, and the account that its commands reach."""

    folder: Path
    account: EmptyAccount

    def run(
        self,
        *command: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        fails: bool = False,
    ) -> str:
        """Run `python <command>` in it, or in another folder, and return what it printed. Raises BrokenPromise with
        its last lines when it fails; with `fails` when it does not."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder or self.folder,
            env=environment or self.account.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            timeout=300,
        )
        how = "succeeded" if fails else f"failed ({done.returncode})"
        promise((done.returncode != 0) == fails, f"python {' '.join(command)[:80]} {how}:\n{done.stdout[-3000:]}")
        return done.stdout

    @property
    def stage(self) -> dict[str, Any]:
        """The stage's part of `.chalice/config.json`."""
        return dict(self._config()["stages"][STAGE])

    @property
    def config(self) -> dict[str, Any]:
        """What `.chalice/config.json` says for every stage, with the stage's own over it."""
        return {**self._config(), **self.stage}

    @property
    def table(self) -> str:
        """The table that the stage uses."""
        return str(self.stage["environment_variables"].get("TABLE_NAME") or TABLE)

    @property
    def api(self) -> Mapping[str, str]:
        """The deployed REST API: `rest_api_id`, `rest_api_url`."""
        text = (self.folder / ".chalice" / "deployed" / f"{STAGE}.json").read_text("utf-8")
        return next(each for each in json.loads(text)["resources"] if each["resource_type"] == "rest_api")

    def write_stage(self, described: Mapping[str, Any]) -> None:
        """Put the stage's part of the configuration in the place of what stands there."""
        config = self._config()
        config["stages"][STAGE] = dict(described)
        (self.folder / ".chalice" / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")

    def set_variables(self, **variables: str) -> None:
        """Set environment variables of the stage."""
        stage = self.stage
        self.write_stage({**stage, "environment_variables": {**stage["environment_variables"], **variables}})

    def _config(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / ".chalice" / "config.json").read_text("utf-8")))


def copy_project(folder: Path, account: EmptyAccount) -> WorkingCopy:
    """Copy what is deployed and what deploys it, with a stage that nobody has deployed yet."""
    folder.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=_LEFT_OUT)
        else:
            shutil.copy(ROOT / name, folder / name)
    _share_dependencies(folder)
    copy = WorkingCopy(folder, account)
    described = {"lambda_architecture": machine_architecture(), "environment_variables": VARIABLES}
    copy.write_stage({"api_gateway_stage": STAGE, **described})
    return copy


def _share_dependencies(folder: Path) -> None:
    """Fetched and compiled once, for the developer's own packages as well."""
    kept = ROOT / "build" / "dependencies"
    kept.mkdir(parents=True, exist_ok=True)
    (folder / "build").mkdir()
    (folder / "build" / "dependencies").symlink_to(kept)
