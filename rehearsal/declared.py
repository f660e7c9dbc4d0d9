"""What the code declares: the routes, queues and schedules of `app.py`, and the settings of the stage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.managed_runtime import RUNTIME
from rehearsal.working_copy import STAGE, WorkingCopy

# In the working copy's own process: `app.py` reads its stage when it is imported.
_LOOK = """
import json
from app import app

print(json.dumps({
    "name": app.app_name,
    "routes": sorted(f"{method} {path}" for path, methods in app.routes.items() for method in methods),
    "queues": {each.name: [each.queue, each.batch_size] for each in app.event_sources if hasattr(each, "queue")},
    "schedules": {
        each.name: each.schedule_expression.to_string()
        for each in app.event_sources
        if hasattr(each, "schedule_expression")
    },
    "functions": [each.name for each in (*app.event_sources, *app.pure_lambda_functions)],
}))
"""
API_HANDLER = "api_handler"


@dataclass(frozen=True)
class Declared:
    """`functions` are names in `app.py`, with `api_handler` for all routes; `routes` are `METHOD /path`; `queues` have
    name and batch size by function, `schedules` expressions."""

    app: str
    functions: frozenset[str]
    routes: frozenset[str]
    queues: Mapping[str, tuple[str, int]]
    schedules: Mapping[str, str]

    def deployed_name(self, function: str) -> str:
        """The name that Chalice gives a function."""
        return f"{self.app}-{STAGE}" if function == API_HANDLER else f"{self.app}-{STAGE}-{function}"


def declared_by(copy: WorkingCopy) -> Declared:
    """Ask the code of a working copy."""
    environment = {**copy.account.environment(), "STAGE": STAGE}
    told = json.loads(copy.run("-c", _LOOK, environment=environment).splitlines()[-1])
    return Declared(
        app=told["name"],
        functions=frozenset(told["functions"]) | {API_HANDLER},
        routes=frozenset(told["routes"]),
        queues={name: (queue, size) for name, (queue, size) in told["queues"].items()},
        schedules=told["schedules"],
    )


def configuration_of(copy: WorkingCopy, declared: Declared, function: str) -> dict[str, Any]:
    """How a function is to be deployed, as Lambda tells it."""
    config = copy.config
    own = config.get("lambda_functions", {}).get(function, {})
    merged = {**config, **own}
    return {
        "FunctionName": declared.deployed_name(function),
        "Handler": "app.app" if function == API_HANDLER else f"app.{function}",
        "Runtime": RUNTIME,
        "MemorySize": merged["lambda_memory_size"],
        "Timeout": merged["lambda_timeout"],
        "Architectures": [merged["lambda_architecture"]],
        "Environment": {**config["environment_variables"], **own.get("environment_variables", {})},
        "Role": merged.get("iam_role_arn", "none"),
    }
