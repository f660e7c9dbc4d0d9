"""Makes what a stage of the desk needs before its code is deployed, and writes it into the stage's configuration:

python -m infrastructure.provision STAGE"""

from __future__ import annotations

import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import Clients
from chalicelib.settings import APP_NAME
from chalicelib.storage.stage_settings import KEY_BYTES, create_stage_settings
from chalicelib.storage.table import Table
from infrastructure.account import Account, run_command, say_aloud, sign_in
from infrastructure.adoption import Standing, import_of, standing_resources
from infrastructure.deployed_state import deployed_functions
from infrastructure.failures import CannotContinue
from infrastructure.stacks import Say, Stack, Stacks
from infrastructure.stages import StageFiles, change_stage, checked_stage
from infrastructure.templates import DATA_TEMPLATE, ROOT, SERVICE_TEMPLATE, body_to_send, parameters_of, read_template

IDENTITY_TYPE = "AWS::SES::EmailIdentity"


@dataclass(frozen=True)
class Templates:
    """The bodies of the two templates."""

    data: str
    service: str


@dataclass(frozen=True)
class Provisioned:
    """A stage that has what its code needs; `outputs` are those of its service stack."""

    account: Account
    files: StageFiles
    outputs: Mapping[str, str]


def our_templates() -> Templates:
    """Those of this project, as they are sent."""
    return Templates(data=body_to_send(DATA_TEMPLATE), service=body_to_send(SERVICE_TEMPLATE))


def data_stack_name(stage: str) -> str:
    """Table, key, staff pool: never deleted by us."""
    return f"{service_stack_name(stage)}-data"


def service_stack_name(stage: str) -> str:
    """Everything else."""
    return f"{APP_NAME}-{stage}"


def provision(
    stage: str,
    root: Path,
    environment: Mapping[str, str],
    templates: Templates,
    say: Say,
    pause: Callable[[float], None] = time.sleep,
) -> Provisioned:
    """Make a stage ready for `chalice deploy`; what stands already is brought up to date.

    1. Both files of the stage are checked whole, then the account; nothing has been touched so far.
    2. The data stack, or what one left behind, and the stage's settings row with its key, which is never overwritten.
    3. The service stack, with the SES identity of the sender unless the account has it already.
    4. What Chalice needs to know goes into `.chalice/config.json`.

    Raises CannotContinue, or AWS's own errors; a second run takes up where this one stopped.
    """
    files = checked_stage(stage, root, settable_parameters(templates))
    account = sign_in(environment)
    require_same_account(account, files)
    say(
        f"Stage {stage}: account {account.id}, {account.region}{', played on this machine' if account.is_local else ''}"
    )
    stacks = Stacks(account.client("cloudformation"), say, pause)
    data = bring_up_data(account, files, templates.data, stacks)
    create_stage_settings(Table(Clients(account.environment), files.settings.table), secrets.token_bytes(KEY_BYTES))
    # The way must be clear first: what a removed stack made (the identity) is gone with it.
    stacks.clear_way(service_stack_name(stage))
    identity = identity_parameters(account, files, stacks, say)
    given = {**data, "TableArn": table_in_use(data["TableArn"], files), **identity, **files.parameters}
    service = stacks.bring_up(_stack(service_stack_name(stage), stage, templates.service, given))
    files = change_stage(files, changes_to_stage(files, {**data, **service}))
    return Provisioned(account, files, service)


def settable_parameters(templates: Templates) -> dict[str, Any]:
    """The templates' parameters that a stage may set; the others come from its stacks."""
    outputs = read_template(templates.data).get("Outputs", {})
    known = parameters_of(templates.data, templates.service)
    return {name: each for name, each in known.items() if name != "Stage" and name not in outputs}


def require_same_account(account: Account, files: StageFiles) -> None:
    """Raises CannotContinue when the stage has been deployed or provisioned in another account or region: its data
    would stay behind there, and its visitors would go on writing to it."""
    arns = [*deployed_functions(files.root, files.name).values()]
    arns += [each.get("iam_role_arn", "") for each in files.described.get("lambda_functions", {}).values()]
    places = [arn.split(":")[3:5] for arn in arns if arn.count(":") >= 5]
    pool_region = files.variables.get("USER_POOL_ID", "").partition("_")[0]
    regions = {region for region, _ in places if region} | ({pool_region} if pool_region else set())
    stated = str(files.variables.get("AWS_ACCOUNT_ID", "")).strip()
    accounts = {owner for _, owner in places} | ({stated} if stated else set())
    if regions <= {account.region} and accounts <= {account.id}:
        return
    raise CannotContinue(
        f"Stage {files.name} stands in account {', '.join(sorted(accounts)) or account.id}, "
        f"{', '.join(sorted(regions)) or account.region}; these credentials lead to account {account.id}, "
        f"{account.region}.\nUse the others (AWS_PROFILE, AWS_DEFAULT_REGION). To begin anew here, take AWS_ACCOUNT_ID,"
        f" USER_POOL_ID, USER_POOL_CLIENT_ID, ON_CALL_TOPIC_ARN, PUBLIC_URL and lambda_functions out of stage"
        f" {files.name} in .chalice/config.json and delete .chalice/deployed/{files.name}.json."
    )


def bring_up_data(account: Account, files: StageFiles, body: str, stacks: Stacks) -> dict[str, str]:
    """Bring up the data stack and return its outputs. Without a stack, what stands by its name is taken over first."""
    stack = _stack(data_stack_name(files.name), files.name, body, files.parameters, holds_data=True)
    if not stacks.clear_way(stack.name):
        found = standing_resources(read_template(body), Standing(account, files.name))
        if found:
            stacks.bring_in(*import_of(stack, found))
    return stacks.bring_up(stack)


def table_in_use(made: str, files: StageFiles) -> str:
    """The ARN of the table that the functions may use: that of the data stack, or the one beside it that TABLE_NAME
    names, which was restored from a backup."""
    return f"{made.rpartition('/')[0]}/{files.settings.table}"


def _stack(name: str, stage: str, body: str, given: Mapping[str, str], *, holds_data: bool = False) -> Stack:
    known = parameters_of(body)
    # Defaults as well: a stack keeps what it was last given, whatever the template's default has become.
    defaults = {key: str(each["Default"]) for key, each in known.items() if "Default" in each}
    wanted = {**defaults, **given, "Stage": stage}
    parameters = {key: value for key, value in wanted.items() if key in known}
    return Stack(name, body, parameters, {"application": APP_NAME, "stage": stage}, holds_data=holds_data)


def identity_parameters(account: Account, files: StageFiles, stacks: Stacks, say: Say) -> dict[str, str]:
    """Which SES identity sends the mail, and whether it exists outside the stack: then it is used as it is. Only one
    of a name can exist in a region, so that two stages of a domain share it."""
    identity = sender_identity(files)
    owned = {
        resource["PhysicalResourceId"]
        for resource in stacks.resources(service_stack_name(files.name))
        if resource["ResourceType"] == IDENTITY_TYPE
    }
    existing = identity not in owned and has_identity(account.client("sesv2"), identity)
    if existing:
        say(f"SES identity {identity} is there already and is used as it is")
    return {"MailIdentity": identity, "ExistingIdentity": str(existing).lower()}


def sender_identity(files: StageFiles) -> str:
    """What SES verifies: the domain of MAIL_FROM, unless the stage's parameters name another identity."""
    return files.parameters.get("MailIdentity") or parseaddr(files.settings.mail_from)[1].rpartition("@")[2]


def has_identity(ses: Any, identity: str) -> bool:
    """Whether SES knows an identity in this region, verified or not."""
    try:
        ses.get_email_identity(EmailIdentity=identity)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return False
        raise
    return True


def changes_to_stage(files: StageFiles, outputs: Mapping[str, str]) -> dict[str, Any]:
    """What a stage's configuration gets from its stacks: no secret is among it."""
    roles = {function_of(name): arn for name, arn in outputs.items() if name.endswith("Role")}
    return {
        "api_gateway_stage": files.name,
        "lambda_architecture": files.architecture,
        "environment_variables": {
            "USER_POOL_ID": outputs["UserPoolId"],
            "USER_POOL_CLIENT_ID": outputs["UserPoolClientId"],
            "ON_CALL_TOPIC_ARN": outputs["OnCallTopicArn"],
        },
        "lambda_functions": {
            name: {"manage_iam_role": False, "iam_role_arn": arn} for name, arn in sorted(roles.items())
        },
    }


def function_of(output: str) -> str:
    """The function whose role an output names: `SweepOutboxRole` → `sweep_outbox`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", output.removesuffix("Role")).lower()


def main(arguments: list[str]) -> int:
    """Provision the stage that the command line names."""
    stage = (arguments[0] if arguments else "").strip()
    provision(stage, ROOT, os.environ, our_templates(), say_aloud)
    say_aloud(f"Stage {stage} is provisioned. Now: make deploy STAGE={stage}, or chalice deploy --stage {stage}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(sys.argv[1:])))
