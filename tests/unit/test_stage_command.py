"""The environment of a command that works on a deployed stage."""

from __future__ import annotations

import json
from pathlib import Path

from infrastructure.stage_command import stage_variables


def a_config(folder: Path, stage: dict[str, object]) -> Path:
    config = {"environment_variables": {"TABLE_NAME": "restored", "STAGE": "top"}, "stages": {"dev": stage}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder / "config.json"


def test_what_stands_for_all_stages_counts_as_it_does_for_functions(tmp_path: Path) -> None:
    described = {"environment_variables": {"STAGE": "dev", "USER_POOL_ID": "eu-west-1_abc"}}
    variables = stage_variables("dev", {"PATH": "/bin", "TABLE_NAME": "mine"}, a_config(tmp_path, described))

    assert "restored" == variables["TABLE_NAME"]
    assert "dev" == variables["STAGE"]
    assert "eu-west-1" == variables["AWS_DEFAULT_REGION"]


def test_a_stage_without_variables_of_its_own_has_those_of_all(tmp_path: Path) -> None:
    assert "restored" == stage_variables("dev", {}, a_config(tmp_path, {}))["TABLE_NAME"]
