"""Takes a stage off the net: code, gateway, queues, topics, alarms. What holds data stays, and is named.

python -m infrastructure.destroy STAGE [CONFIRM]"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from chalicelib.settings import APP_NAME
from infrastructure.account import Account, go_there, run_command, say_aloud, sign_in
from infrastructure.chalice_command import run_chalice
from infrastructure.deployed_state import custom_domain, recorded, release_domains, settle_state
from infrastructure.failures import CannotContinue
from infrastructure.provision import (
    data_stack_name,
    has_identity,
    require_same_account,
    sender_identity,
    service_stack_name,
)
from infrastructure.public_url import is_gateway_url
from infrastructure.stacks import Say, Stacks
from infrastructure.stages import StageFiles, change_stage, read_stage
from infrastructure.templates import ROOT

ROLE_OUTPUT = "GatewayLoggingRoleArn"
KEPT = {
    "AWS::DynamoDB::Table": "table, with its backups of 35 days",
    "AWS::KMS::Key": "key of the table",
    "AWS::Cognito::UserPool": "accounts of the staff",
}
"""What a person wants to hear of, of all that the data stack holds."""


def destroy(
    stage: str,
    root: Path,
    environment: Mapping[str, str],
    say: Say,
    confirm: Callable[[Account, StageFiles], None],
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Delete what is not data. Raises CannotContinue, or AWS's own errors; a second run takes up where this one
    stopped.

    1. Bring Chalice's account of the stage in line with AWS, and let Chalice delete its part: no visitor reaches the
       stage from here on.
    2. Delete the service stack.
    3. Take the address that is no more out of the configuration, and say what is left.
    """
    files = read_stage(stage, root)
    account = sign_in(environment)
    require_same_account(account, files)
    confirm(account, files)
    go_there(account)
    settle_state(account, root, stage, say, domain=custom_domain(files))
    release_domains(account, root, stage, say)
    if recorded(root, stage):
        say("Deleting the code and its API")
        run_chalice("delete", stage, root, account.environment, say)
    stacks = Stacks(account.client("cloudformation"), say, pause)
    release_gateway_logging(account, stacks, stage)
    stacks.clear_way(service_stack_name(stage))
    stacks.take_down(service_stack_name(stage))
    if is_gateway_url(files.variables.get("PUBLIC_URL", "")):
        change_stage(files, {"environment_variables": {"PUBLIC_URL": None}})
    say("\n".join([f"\nStage {stage} is off the net. Left, on purpose:", *what_is_left(account, stacks, files)]))


def release_gateway_logging(account: Account, stacks: Stacks, stage: str) -> None:
    """API Gateway writes the logs of a whole account and region under one role. Where that is this stage's, another
    stage lends its own; without one there is none."""
    role = stacks.outputs(service_stack_name(stage)).get(ROLE_OUTPUT)
    gateway = account.client("apigateway")
    if not role or gateway.get_account().get("cloudwatchRoleArn") != role:
        return
    other = next(iter(_roles_of_other_stages(account, stacks, stage)), "")
    gateway.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": other}])


def _roles_of_other_stages(account: Account, stacks: Stacks, stage: str) -> list[str]:
    pages = account.client("cloudformation").get_paginator("describe_stacks").paginate()
    names = [described["StackName"] for page in pages for described in page["Stacks"]]
    others = [name for name in names if name.startswith(f"{APP_NAME}-") and name != service_stack_name(stage)]
    return [role for name in others if (role := stacks.outputs(name).get(ROLE_OUTPUT))]


def what_is_left(account: Account, stacks: Stacks, files: StageFiles) -> list[str]:
    """What of a stage still stands, a line each, and how it comes back."""
    name, identity = data_stack_name(files.name), sender_identity(files)
    held = [
        f"  {resource['PhysicalResourceId']}: {KEPT[resource['ResourceType']]}"
        for resource in stacks.resources(name)
        if resource["ResourceType"] in KEPT
    ]
    lines = [f"  stack {name}, protected against deletion", *held] if held else []
    others = [f"  log {group}" for group in _log_groups(account, files.name)]
    if identity and has_identity(account.client("sesv2"), identity):
        others.append(f"  SES identity {identity}, which other stages may use")
    return [
        *(lines or ["  no data stack: nothing was ever provisioned, or somebody has deleted it"]),
        *others,
        f"make deploy STAGE={files.name} brings it back with its data, at another address unless it has a domain.",
        "It is people's health information: how long it must be kept, and how it is erased, is the clinic's decision.",
    ]


def _log_groups(account: Account, stage: str) -> list[str]:
    """Those of this stage alone: functions are named with underscores, stages never."""
    api = f"/aws/lambda/{APP_NAME}-{stage}"
    pages = account.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=api)
    names: list[Any] = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    return [name for name in names if name == api or "_" in name.removeprefix(f"{api}-").partition("-")[0]]


def ask_first(account: Account, files: StageFiles, confirmed: str) -> None:
    """Have the stage's name typed, unless the command line has named it twice; where nobody sits at a terminal it has
    to. Raises CannotContinue for anything else."""
    if confirmed == files.name:
        return
    if not sys.stdin.isatty():
        command = f"make destroy STAGE={files.name} CONFIRM={files.name}"
        raise CannotContinue(f"Nothing was touched. Without a terminal, name the stage twice: {command}")
    say_aloud(f"This takes stage {files.name} (account {account.id}, {account.region}) off the net:")
    say_aloud(f"  {files.variables.get('PUBLIC_URL') or 'it has no address yet'}")
    if input("Its enquiries are kept. Type the name of the stage to go on: ").strip() != files.name:
        raise CannotContinue("Nothing was touched.")


def main(arguments: list[str]) -> int:
    """Destroy the stage that the command line names."""
    stage, confirmed = [*(given.strip() for given in arguments), "", ""][:2]
    destroy(stage, ROOT, os.environ, say_aloud, partial(ask_first, confirmed=confirmed))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(sys.argv[1:])))
