"""A package that must not be uploaded is recognised."""

from __future__ import annotations

import json
import py_compile
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from infrastructure.failures import CannotContinue
from infrastructure.package import package_problems, write_package
from infrastructure.project import architecture_of, build_project, wheel_platforms
from infrastructure.stages import CONFIG_PATH

SOURCE = "answer = 42\n"
CACHED = "__pycache__/app.cpython-{}.pyc"
Package = Callable[..., Path]


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """A zip with one module and its bytecode, and whatever else is given by name."""

    def write(mode: py_compile.PycInvalidationMode, compiled_from: str = SOURCE, **more: str) -> Path:
        source = tmp_path / "app.py"
        source.write_text(compiled_from, "utf-8")
        cached = py_compile.compile(str(source), invalidation_mode=mode, doraise=True)
        with ZipFile(tmp_path / "package.zip", "w") as zipped:
            zipped.writestr("app.py", SOURCE)
            zipped.write(str(cached), Path(str(cached)).relative_to(tmp_path).as_posix())
            for name, content in more.items():
                zipped.writestr(name, content)
        return tmp_path / "package.zip"

    return write


def test_a_module_with_its_own_bytecode_is_good(package: Package) -> None:
    assert [] == package_problems(package(py_compile.PycInvalidationMode.UNCHECKED_HASH))


def test_bytecode_of_an_earlier_source_is_named(package: Package) -> None:
    stale = package(py_compile.PycInvalidationMode.UNCHECKED_HASH, compiled_from="answer = 41\n")

    assert ["app.py has bytecode of an earlier source"] == package_problems(stale)


@pytest.mark.parametrize("mode", ["TIMESTAMP", "CHECKED_HASH"])
def test_bytecode_that_would_be_checked_is_named(package: Package, mode: str) -> None:
    checked = package(py_compile.PycInvalidationMode[mode])

    assert ["app.py has bytecode that Lambda would check against its source"] == package_problems(checked)


def test_a_module_without_bytecode_is_named(package: Package) -> None:
    lacking = package(py_compile.PycInvalidationMode.UNCHECKED_HASH, **{"chalicelib/added.py": "x = 1"})

    assert ["chalicelib/added.py has no bytecode"] == package_problems(lacking)


def test_a_name_that_occurs_twice_is_named(package: Package) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = package(py_compile.PycInvalidationMode.UNCHECKED_HASH, **{"app.py": SOURCE})

    assert ["app.py occurs twice"] == package_problems(twice)


def test_what_is_for_development_is_named(package: Package) -> None:
    mixed = package(py_compile.PycInvalidationMode.UNCHECKED_HASH, **{"tests/data.json": "{}"})

    assert ["tests/data.json is not for Lambda"] == package_problems(mixed)


def test_wheels_are_those_that_the_image_can_load() -> None:
    assert "manylinux_2_26_x86_64" == wheel_platforms("3.11", "x86_64")[0]
    assert "manylinux_2_34_aarch64" == wheel_platforms("3.13", "arm64")[0]
    assert "manylinux2014_aarch64" == wheel_platforms("3.11", "arm64")[-1]


def test_an_architecture_that_lambda_does_not_have_is_refused() -> None:
    with pytest.raises(CannotContinue, match="must be x86_64 or arm64"):
        wheel_platforms("3.12", "riscv")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A working copy with two stages, and something in it that nobody wants to lose."""
    (tmp_path / "build" / "project").mkdir(parents=True)
    (tmp_path / ".chalice").mkdir()
    (tmp_path / CONFIG_PATH).write_text(json.dumps({"stages": {"prod": {}, "local": {}}}), "utf-8")
    (tmp_path / "kept.txt").write_text("kept", "utf-8")
    return tmp_path


@pytest.mark.parametrize("stage", ["../..", "..", "", "prods", "{}/build"])
@pytest.mark.parametrize("build", [write_package, lambda stage, root: build_project(stage, "arm64", root)])
def test_a_stage_that_leads_elsewhere_takes_nothing_away(
    checkout: Path, stage: str, build: Callable[[str, Path], Path]
) -> None:
    with pytest.raises((CannotContinue, FileNotFoundError)):
        build(stage.format(checkout), checkout)

    assert (checkout / "kept.txt").exists()
    assert (checkout / "build" / "project").is_dir()


@pytest.mark.parametrize("stage", ["../..", "..", "", "prods"])
def test_a_stage_that_is_not_described_is_not_packaged(checkout: Path, stage: str) -> None:
    with pytest.raises(CannotContinue, match="Say which stage: STAGE=prod"):
        write_package(stage, checkout)


def test_a_package_is_for_the_processor_that_a_stage_is_deployed_on(checkout: Path) -> None:
    assert "arm64" == architecture_of("prod", checkout)


@pytest.mark.parametrize(("stage", "expected"), [({}, "x86_64"), ({"lambda_architecture": "arm64"}, "arm64")])
def test_a_stage_has_the_last_word_on_the_processor(checkout: Path, stage: dict[str, str], expected: str) -> None:
    config = {"lambda_architecture": "x86_64", "stages": {"prod": stage}}
    (checkout / CONFIG_PATH).write_text(json.dumps(config), "utf-8")

    assert expected == architecture_of("prod", checkout)
