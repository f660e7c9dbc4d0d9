"""The resources of one stage, made from the deployed templates, and its settings row."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from chalicelib.aws import Clients
from chalicelib.settings import APP_NAME, Settings
from chalicelib.storage.stage_settings import create_stage_settings
from chalicelib.storage.table import Table

_INFRASTRUCTURE = Path(__file__).parent.parent / "infrastructure"
DATA_TEMPLATE = _INFRASTRUCTURE / "data.yaml"
TEMPLATE = _INFRASTRUCTURE / "template.yaml"
HANDED_ON = ("TableArn", "DataKeyArn", "UserPoolArn")
"""Outputs of the data stack that are parameters of the service stack."""


def create_resources(clients: Clients, settings: Settings, stage_key: bytes) -> None:
    """Create the two stacks of the settings' stage, and its settings row with a key of 32 bytes. The process that
    answers the calls must have `sandbox.cloudformation_types` imported."""
    cloudformation, name = _cloudformation(clients.region), f"{APP_NAME}-{settings.stage}"
    _create(cloudformation, f"{name}-data", DATA_TEMPLATE, {"Stage": settings.stage})
    described = cloudformation.describe_stacks(StackName=f"{name}-data")["Stacks"][0]["Outputs"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described}
    parameters = {
        "Stage": settings.stage,
        "MailIdentity": parseaddr(settings.mail_from)[1].rpartition("@")[2],
        **{output: outputs[output] for output in HANDED_ON},
    }
    _create(cloudformation, name, TEMPLATE, parameters)
    create_stage_settings(Table(clients, settings.table), stage_key)


def _create(cloudformation: Any, name: str, template: Path, parameters: Mapping[str, str]) -> None:
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=template.read_text("utf-8"),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )


@cache
def _cloudformation(region: str) -> Any:
    # Kept, because reading the service's model takes longer (70 ms) than creating the stack.
    return boto3.client("cloudformation", region_name=region)
