"""The environment of stage `local`: what `.chalice/config.json` says, so that `make run` and `chalice local --stage
local` agree, with the ports that are in use and whatever the developer set."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

CONFIG = Path(__file__).parent.parent / ".chalice" / "config.json"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def stage_environment(
    given: Mapping[str, str], *, app_port: int, aws_port: int, base_path: str = "", config: Path = CONFIG
) -> dict[str, str]:
    """Every variable of the stage. A developer's own variables win over the file, except those of AWS: the sandbox
    must never reach a real account."""
    stage = json.loads(config.read_text("utf-8"))["stages"]["local"]["environment_variables"]
    chosen = {name: given[name] for name in stage if given.get(name) and not name.startswith(("AWS_", "STAGE"))}
    derived = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws_port}",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PUBLIC_URL": given.get("PUBLIC_URL") or f"http://127.0.0.1:{app_port}{base_path}",
    }
    return {**stage, **chosen, **derived}


def apply_to_process(stage: Mapping[str, str]) -> None:
    """Make it this process's environment, without anything that leads to a real account or through a proxy."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in _PROXIES:
            del os.environ[name]
    os.environ.update(stage)
