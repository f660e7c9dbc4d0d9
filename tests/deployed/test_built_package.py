"""The package that a stage uploads, built for real: it fetches the wheels for Lambda once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from infrastructure.package import contents, package_problems, write_package
from infrastructure.project import ROOT, build_project

pytestmark = pytest.mark.deployed


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The part of the repository that is deployed, with what an editor and a test run leave behind."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "deployed"))
    for name in ("app.py", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    stale = root / "chalicelib" / "intake" / "__pycache__"
    stale.mkdir()
    (stale / "receive.cpython-311.pyc").write_bytes(b"of last year")
    (root / "chalicelib" / ".env").write_text("SECRET=1", "utf-8")
    return root


@pytest.fixture(scope="module")
def package(checkout: Path) -> Path:
    return write_package("prod", checkout)


def test_nothing_is_wrong_with_it(package: Path) -> None:
    assert [] == package_problems(package)


def test_nothing_but_the_application_and_its_requirements_is_in_it(package: Path) -> None:
    with ZipFile(package) as zipped:
        names = zipped.namelist()

    assert [] == [name for name in names if "/." in name or name.startswith(".")]
    assert {"app.py", "chalicelib", "chalice", "pydantic", "jinja2"} <= {name for name, *_ in contents(package)}


def test_bytecode_names_no_folder_of_the_machine_that_built_it(package: Path, checkout: Path) -> None:
    with ZipFile(package) as zipped:
        compiled = [zipped.read(name) for name in zipped.namelist() if name.endswith(".pyc")]

    assert [] == [code for code in compiled if str(checkout).encode() in code or str(ROOT).encode() in code]


def test_the_root_is_not_touched(package: Path, checkout: Path) -> None:  # noqa: ARG001  it has been built
    changed = {path.relative_to(checkout).parts[0] for path in checkout.iterdir()}
    roles = json.loads((checkout / ".chalice" / "config.json").read_text("utf-8"))["stages"]["prod"]

    assert {"app.py", "chalicelib", ".chalice", "requirements.txt", "build"} == changed
    assert "iam_role_arn" not in roles


def test_both_ways_to_deploy_write_what_is_deployed_to_one_place(checkout: Path) -> None:
    project = build_project("dev", "x86_64", checkout)

    (project / ".chalice" / "deployed" / "dev.json").write_text("{}", "utf-8")

    assert (checkout / ".chalice" / "deployed" / "dev.json").exists()


def test_a_stage_on_arm_gets_wheels_for_arm(checkout: Path) -> None:
    project = build_project("dev", "arm64", checkout)
    libraries = [path.name for path in (project / "vendor").rglob("*.so")]

    assert libraries
    assert [] == [name for name in libraries if "aarch64" not in name]
