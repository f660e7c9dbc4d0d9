"""The official Formspree client (npm `@formspree/core`) works against our endpoint as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.client
HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "client"


@pytest.fixture(scope="module")
def answers(sandbox_url: str) -> dict[str, Any]:
    """What the client understood of each of its four posts."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "formspree.mjs"):
        shutil.copy(HERE / name, BUILD / name)
    install = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(install, cwd=BUILD, check=True, timeout=120)
    node = ["node", "formspree.mjs", sandbox_url]
    run = subprocess.run(node, cwd=BUILD, check=True, timeout=60, capture_output=True, text=True)
    answered: dict[str, Any] = json.loads(run.stdout)
    return answered


@pytest.mark.parametrize("body", ["json", "formData"])
def test_client_reads_success_and_where_to_go_next(answers: dict[str, Any], sandbox_url: str, body: str) -> None:
    assert answers[body]["kind"] == "success"
    assert answers[body]["next"].startswith(f"{sandbox_url}/received/")


def test_client_reads_the_error_of_one_field(answers: dict[str, Any]) -> None:
    errors = answers["invalid"]["fields"]

    assert {"email": ["TYPE_EMAIL"]} == {name: [error["code"] for error in found] for name, found in errors.items()}


def test_client_reads_an_error_of_the_whole_form(answers: dict[str, Any]) -> None:
    assert ["EMPTY"] == [error["code"] for error in answers["empty"]["form"]]
