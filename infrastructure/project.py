"""The project folder that is deployed: the application with its dependencies and bytecode, built apart from the root.

Lambda's file system is read-only, so what has no bytecode in the package is compiled again at every cold start.
`chalice deploy` from the root ships none. Chalice packs `app.py`, `chalicelib/`, its own runtime and the contents of
`vendor/`; so the bytecode of what it adds itself lies in `vendor/`, where no name occurs twice."""

from __future__ import annotations

import hashlib
import py_compile
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import chalice

from infrastructure.failures import CannotContinue
from infrastructure.stages import STAGE_NAME, read_stage

ROOT = Path(__file__).parent.parent
CHALICE = (sys.executable, "-c", "from chalice.cli import main; raise SystemExit(main())")
"""Chalice's command line under the Python that runs this; to be run in a project's folder."""
RUNTIME_FILES = ("__init__.py", "app.py")
"""Of Chalice: what its packager puts into every package."""
LAMBDA_FOLDER = "/var/task"
GLIBC_OF_3_11 = 26
"""Amazon Linux 2 under Python 3.11; 2.34 in Amazon Linux 2023 under the later ones."""
GLIBC_LATER = 34
ARCHITECTURES = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's name → that of wheels."""


def build_project(stage: str, architecture: str, root: Path = ROOT) -> Path:
    """Build `build/project/<stage>`, which `chalice deploy --stage <stage>` takes from there, and return it. What
    Chalice writes about the deployment is the root's own `.chalice/deployed`. Raises CannotContinue when a dependency
    has no wheel for Lambda, or for a stage's name that would lead to another folder."""
    if not STAGE_NAME.fullmatch(stage):
        raise CannotContinue(f"{stage} cannot be a stage.")
    project = root / "build" / "project" / stage
    shutil.rmtree(project, ignore_errors=True)
    (project / ".chalice").mkdir(parents=True)
    shutil.copy(root / "app.py", project / "app.py")
    shutil.copytree(root / "chalicelib", project / "chalicelib", ignore=_not_shipped)
    shutil.copytree(_dependencies(root, architecture), project / "vendor", symlinks=False)
    # What is shipped stands in vendor/, so Chalice has nothing to install.
    (project / "requirements.txt").write_text("", "utf-8")
    shutil.copy(root / ".chalice" / "config.json", project / ".chalice" / "config.json")
    _share_deployed(root, project)
    _compile_project(project)
    return project


def _not_shipped(_folder: str, names: list[str]) -> set[str]:
    """What an editor, a test run or a system leaves behind."""
    return {name for name in names if name == "__pycache__" or name.startswith(".") or name.endswith((".pyc", "~"))}


def _share_deployed(root: Path, project: Path) -> None:
    """One account of what is deployed, whichever way it was: a second one would make a second API."""
    deployed = root / ".chalice" / "deployed"
    deployed.mkdir(exist_ok=True)
    (project / ".chalice" / "deployed").symlink_to(deployed.resolve(), target_is_directory=True)


def _dependencies(root: Path, architecture: str) -> Path:
    """`requirements.txt` as wheels for Lambda, unpacked and compiled; kept until it changes."""
    pinned = (root / "requirements.txt").read_bytes()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    key = hashlib.sha256(b"\0".join([pinned, version.encode(), architecture.encode()])).hexdigest()[:16]
    kept = root / "build" / "dependencies" / key
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            unpacked = Path(folder) / "vendor"
            _install(root / "requirements.txt", unpacked, version, architecture)
            _compile(unpacked, unpacked, LAMBDA_FOLDER)
            unpacked.rename(kept)
    return kept


def _install(requirements: Path, target: Path, version: str, architecture: str) -> None:
    # Every requirement is pinned, those of requirements too: without dependencies nothing comes in that is not listed.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-compile", "--only-binary", ":all:", "--implementation", "cp", "--python-version", version]
    command += [part for name in wheel_platforms(version, architecture) for part in ("--platform", name)]
    command += ["--target", str(target), "--requirement", str(requirements)]
    run = subprocess.run(  # noqa: S603  pip of this environment, without a shell
        command, check=False, capture_output=True, text=True, timeout=300
    )
    if run.returncode:
        reason = run.stderr.strip().splitlines()
        raise CannotContinue(
            f"a dependency has no wheel for Python {version} on {architecture}, or cannot be fetched: "
            + (reason[-1] if reason else "pip said nothing")
        )
    # Commands of packages, which nobody runs in Lambda.
    shutil.rmtree(target / "bin", ignore_errors=True)


def wheel_platforms(version: str, architecture: str) -> list[str]:
    """The platforms whose wheels Lambda's image of this Python can load, newest first."""
    machine = ARCHITECTURES.get(architecture)
    if machine is None:
        raise CannotContinue(f"lambda_architecture must be x86_64 or arm64, not {architecture}")
    glibc = GLIBC_OF_3_11 if tuple(map(int, version.split("."))) <= (3, 11) else GLIBC_LATER
    return [f"manylinux_2_{minor}_{machine}" for minor in range(glibc, 16, -1)] + [f"manylinux2014_{machine}"]


def _compile_project(project: Path) -> None:
    _compile(project / "chalicelib", project, LAMBDA_FOLDER)
    vendor = project / "vendor"
    _compile_one(project / "app.py", vendor / "__pycache__", f"{LAMBDA_FOLDER}/app.py")
    for name in RUNTIME_FILES:
        source = Path(chalice.__file__).parent / name
        _compile_one(source, vendor / "chalice" / "__pycache__", f"{LAMBDA_FOLDER}/chalice/{name}")


def _compile(folder: Path, base: Path, prefix: str) -> None:
    for source in sorted(folder.rglob("*.py")):
        _compile_one(source, source.parent / "__pycache__", f"{prefix}/{source.relative_to(base).as_posix()}")


def _compile_one(source: Path, cache: Path, shown_as: str) -> None:
    """Bytecode that Lambda takes without looking at the source's time, which a zip does not keep well."""
    cache.mkdir(parents=True, exist_ok=True)
    compiled = cache / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(source), cfile=str(compiled), dfile=shown_as, doraise=True, invalidation_mode=mode)


def architecture_of(stage: str, root: Path = ROOT) -> str:
    """The processor that a stage's functions run on. Raises CannotContinue for what is no stage to deploy."""
    return read_stage(stage, root).architecture
