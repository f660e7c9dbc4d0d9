"""The resources of one stage, made from the deployed template, and its settings row."""

from __future__ import annotations

from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from chalicelib.aws import Clients
from chalicelib.settings import APP_NAME, Settings
from chalicelib.storage.stage_settings import create_stage_settings
from chalicelib.storage.table import Table

TEMPLATE = Path(__file__).parent.parent / "infrastructure" / "template.yaml"


def create_resources(clients: Clients, settings: Settings, stage_key: bytes) -> None:
    """Create the stack of the settings' stage, and its settings row with a key of 32 bytes. The process that answers
    the calls must have `sandbox.cloudformation_types` imported."""
    parameters = {"Stage": settings.stage, "MailIdentity": parseaddr(settings.mail_from)[1].rpartition("@")[2]}
    _cloudformation(clients.region).create_stack(
        StackName=f"{APP_NAME}-{settings.stage}",
        TemplateBody=TEMPLATE.read_text("utf-8"),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    )
    create_stage_settings(Table(clients, settings.table), stage_key)


@cache
def _cloudformation(region: str) -> Any:
    # Kept, because reading the service's model takes longer (70 ms) than creating the stack.
    return boto3.client("cloudformation", region_name=region)
