"""Write the zip that a stage uploads, say what is in it, and refuse one that is too large or lacks bytecode:

python -m infrastructure.package STAGE"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path
from zipfile import ZipFile

from infrastructure.failures import CannotContinue
from infrastructure.project import CHALICE, ROOT, architecture_of, build_project

SIZE_BUDGET_BYTES = 8_000_000
UNCHECKED_HASH = 0b01
"""The flags of bytecode that is taken without a look at its source (PEP 552)."""
MISSING_WHEEL = "Could not install dependencies"
PLACEHOLDER_ROLE = "arn:aws:iam::000000000000:role/not-provisioned"


def write_package(stage: str, root: Path = ROOT) -> Path:
    """Build `build/deployment.zip`, byte for byte what `make deploy` uploads. Needs no AWS account and no provisioned
    stage. Raises CannotContinue."""
    project = build_project(stage, architecture_of(stage, root), root)
    _give_placeholder_roles(project / ".chalice" / "config.json", stage)
    output = project / "package"
    environment = {"AWS_DEFAULT_REGION": "us-east-1", **os.environ}
    command = [*CHALICE, "package", "--stage", stage, str(output)]
    run = subprocess.run(  # noqa: S603  Chalice's own command line, without a shell
        command, cwd=project, env=environment, check=False, capture_output=True, text=True, timeout=300
    )
    if run.returncode or MISSING_WHEEL in run.stdout + run.stderr:
        raise CannotContinue(f"chalice could not package the stage: {(run.stderr or run.stdout).strip()[-500:]}")
    package = root / "build" / "deployment.zip"
    shutil.copy(output / "deployment.zip", package)
    return package


def package_problems(package: Path) -> list[str]:
    """What must not be uploaded, in words; empty for a good package."""
    with ZipFile(package) as zipped:
        names = zipped.namelist()
        problems = [f"{name} occurs twice" for name, count in Counter(names).items() if count > 1]
        problems += [f"{name} is not for Lambda" for name in names if name.split("/")[0] in _DEVELOPMENT]
        sources = [name for name in names if name.endswith(".py")]
        problems += [problem for name in sources if (problem := _bytecode_problem(zipped, name))]
    size = package.stat().st_size
    if size > SIZE_BUDGET_BYTES:
        problems.append(f"{size:,} bytes are more than the budget of {SIZE_BUDGET_BYTES:,}")
    return problems


_DEVELOPMENT = frozenset({"tests", "sandbox", "simulation", "rehearsal", "benchmarks", "evaluation", "infrastructure"})


def contents(package: Path) -> list[tuple[str, int, int, int]]:
    """What is in a package by its top level: name, files, bytes in the zip, bytes unpacked; the largest first."""
    files: Counter[str] = Counter()
    packed: Counter[str] = Counter()
    unpacked: Counter[str] = Counter()
    with ZipFile(package) as zipped:
        for entry in zipped.infolist():
            name = entry.filename.split("/")[0]
            files[name] += 1
            packed[name] += entry.compress_size
            unpacked[name] += entry.file_size
    return [(name, files[name], size, unpacked[name]) for name, size in packed.most_common()]


def _bytecode_problem(zipped: ZipFile, name: str) -> str:
    cached = cache_from_source(name)
    if cached not in zipped.NameToInfo:
        return f"{name} has no bytecode"
    header = zipped.read(cached)[:16]
    if header[:4] != MAGIC_NUMBER:
        return f"{name} has bytecode of another Python"
    if int.from_bytes(header[4:8], "little") != UNCHECKED_HASH:
        return f"{name} has bytecode that Lambda would check against its source"
    if header[8:] != source_hash(zipped.read(name)):
        return f"{name} has bytecode of an earlier source"
    return ""


def _give_placeholder_roles(config: Path, stage: str) -> None:
    """Chalice packages no stage without roles; which ones is nothing to the zip."""
    described = json.loads(config.read_text("utf-8"))
    described["stages"][stage].update(manage_iam_role=False, iam_role_arn=PLACEHOLDER_ROLE)
    config.write_text(json.dumps(described), "utf-8")


def main(arguments: list[str]) -> int:
    """Exit code 0 with a table of what is in the package, 1 with what is wrong."""
    try:
        package = write_package(arguments[0].strip() if arguments else "prod")
    except CannotContinue as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    for name, files, packed, unpacked in contents(package):
        sys.stdout.write(f"{name:32}{files:6} files{packed:12,} bytes{unpacked:14,} unpacked\n")
    sys.stdout.write(
        f"{package.relative_to(ROOT)}: {package.stat().st_size:,} bytes of at most {SIZE_BUDGET_BYTES:,}\n"
    )
    problems = package_problems(package)
    sys.stderr.writelines(f"{problem}\n" for problem in problems[:20])
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
