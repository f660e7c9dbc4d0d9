"""What `chalice deploy` would refuse is refused here: `chalice package` does not check it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
# In a process of its own: Chalice puts the stage's variables into the environment when it loads the application.
_LOOK = """
import json, sys
from chalice.cli.factory import CLIFactory
from chalice.deploy.validate import validate_configuration

config = CLIFactory(".").create_config_obj(chalice_stage_name=sys.argv[1])
validate_configuration(config)
routes = [route for methods in config.chalice_app.routes.values() for route in methods.values()]
print(json.dumps({
    "endpoint": config.api_gateway_endpoint_type,
    "gateway_stage": config.api_gateway_stage,
    "accepted": sorted({media_type for route in routes for media_type in route.content_types}),
    "binary": config.chalice_app.api.binary_types,
    "compressed_from_bytes": config.minimum_compression_size,
}))
"""


@pytest.fixture(scope="module", params=["local", "dev", "prod"])
def deployable(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What Chalice makes of one stage."""
    command = [sys.executable, "-c", _LOOK, request.param]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    return {"stage": request.param, **json.loads(run.stdout)}


def test_chalice_would_deploy_the_stage(deployable: dict[str, Any]) -> None:
    assert "REGIONAL" == deployable["endpoint"]
    assert deployable["stage"] == deployable["gateway_stage"]


def test_no_body_type_is_binary(deployable: dict[str, Any]) -> None:
    assert set(deployable["accepted"]) & set(deployable["binary"]) == set()


def test_pages_are_compressed(deployable: dict[str, Any]) -> None:
    assert 1_400 == deployable["compressed_from_bytes"]
