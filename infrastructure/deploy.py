"""Deploys a stage: resources, code, gateway, a test of the whole, and what is left to do by hand.

python -m infrastructure.deploy STAGE [ADOPT]

ADOPT is the id of the API to go on with, where Chalice's account of the stage is lost and there are several."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infrastructure.account import Account, go_there, run_command, say_aloud
from infrastructure.by_hand import Deployed, still_to_do
from infrastructure.chalice_command import run_chalice
from infrastructure.deployed_state import custom_domain, deployed_functions, recorded_api, settle_state
from infrastructure.failures import CannotContinue
from infrastructure.gateway import furnish_gateway
from infrastructure.project import architecture_of, build_project
from infrastructure.provision import our_templates, provision, sender_identity
from infrastructure.public_url import api_url, public_url, tell_functions
from infrastructure.smoke import smoke_test
from infrastructure.stacks import Say
from infrastructure.stages import StageFiles, change_stage
from infrastructure.templates import ROOT


def deploy(stage: str, root: Path, environment: Mapping[str, str], say: Say, adopt: str = "") -> list[str]:
    """Deploy a stage, and return what the test of it found wrong.

    1. Provision it: its files are checked before anything is touched.
    2. Bring Chalice's account of the stage in line with AWS, build the project with bytecode, `chalice deploy` it.
    3. Tell configuration and functions where the stage is reached: after the first deployment only.
    4. Furnish the gateway, whose answers `chalice deploy` has wiped.
    5. Try it, and say what is left to do.

    Raises CannotContinue, or AWS's own errors; a second run takes up where this one stopped.
    """
    provisioned = provision(stage, root, environment, our_templates(), say)
    account, files = provisioned.account, provisioned.files
    go_there(account)
    settle_state(account, root, stage, say, adopt, custom_domain(files))
    say("Building the package with its dependencies and bytecode")
    project = build_project(stage, architecture_of(stage, root), root)
    say("Deploying the code")
    run_chalice("deploy", stage, project, account.environment, say)
    files = settle_public_url(account, files, say)
    say("Furnishing the gateway: error answers, limits, access log")
    furnish_gateway(account, files)
    say("Trying it")
    problems = smoke_test(account, files, say)
    say(closing_words(Deployed(account, files, provisioned.outputs, sender_identity(files))))
    return problems


def settle_public_url(account: Account, files: StageFiles, say: Say) -> StageFiles:
    """Write where the stage is reached into its configuration and its functions, unless it stands there already."""
    api = recorded_api(files.root, files.name)
    if not api:
        raise CannotContinue("chalice deploy ended without an API. Look at what it said above.")
    url = public_url(files.variables.get("PUBLIC_URL", ""), api_url(api))
    files = change_stage(files, {"environment_variables": {"PUBLIC_URL": url}})
    tell_functions(account.client("lambda"), deployed_functions(files.root, files.name), url, say)
    return files


def closing_words(deployed: Deployed) -> str:
    """Where everything is, and what is still to do by hand."""
    url = deployed.files.settings.public_url
    places = (("form", "/form"), ("posts go to", "/enquiries"), ("desk", "/desk"), ("health", "/health"))
    lines = [f"\nStage {deployed.stage} is deployed.", *(f"  {name:12} {url}{path}" for name, path in places)]
    steps = [f"  {number}. {step}" for number, step in enumerate(still_to_do(deployed), 1)]
    return "\n".join([*lines, "\nStill to do by hand:", *steps])


def main(arguments: list[str]) -> int:
    """Exit code 0 when the stage is deployed and works, 1 with what is wrong."""
    stage, adopt = [*(given.strip() for given in arguments), "", ""][:2]
    problems = deploy(stage, ROOT, os.environ, say_aloud, adopt)
    if problems:
        told = "".join(f"  {problem}\n" for problem in problems)
        sys.stderr.write(f"\nDeployed, but not everything works:\n{told}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(sys.argv[1:])))
