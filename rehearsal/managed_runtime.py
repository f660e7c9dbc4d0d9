"""What stands beside the package in Lambda's Python: AWS's runtime client, boto3 and what they need. Nothing else of
this environment can be imported there, so that what the package lacks is missed."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from rehearsal import local_names

PROVIDED = (
    *("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"),
    *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"),
)
"""https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"""
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
_BOOTSTRAP = """import os
import sys

from local_names import lead_to_gateway

lead_to_gateway({port}, sealed=True)
sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])

from awslambdaric.__main__ import main

main(sys.argv)
"""
_SITE = """from local_names import lead_to_gateway

lead_to_gateway({port}, sealed=False)
"""


def build_runtime(folder: Path, gateway_port: int) -> list[str]:
    """Fill a folder, and return the command that runs a handler in it: append the handler's name. Neither this
    environment's packages nor its start-up files are seen, and no bytecode is written."""
    folder.mkdir(parents=True)
    for name in PROVIDED:
        place = _place(name)
        (folder / place.name).symlink_to(place)
    _add(folder, "bootstrap.py", _BOOTSTRAP.format(port=gateway_port))
    return [sys.executable, "-S", "-B", str(folder / "bootstrap.py")]


def build_site(folder: Path, gateway_port: int) -> Path:
    """A folder for PYTHONPATH under which a developer's commands find the deployed API."""
    folder.mkdir(parents=True)
    _add(folder, "sitecustomize.py", _SITE.format(port=gateway_port))
    return folder


def _add(folder: Path, name: str, text: str) -> None:
    (folder / "local_names.py").symlink_to(Path(local_names.__file__))
    (folder / name).write_text(text, "utf-8")


def _place(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is missing: make setup")
    origin = Path(spec.origin)
    return origin.parent if spec.submodule_search_locations else origin
