"""A stage as `.chalice/config.json` and `infrastructure/parameters.json` describe it: read, checked whole, and what
provisioning adds."""

from __future__ import annotations

import difflib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chalicelib.settings import Settings, validated
from infrastructure.failures import CannotContinue

CONFIG_PATH = ".chalice/config.json"
PARAMETERS_PATH = "infrastructure/parameters.json"
LOCAL = "local"
STAGE_NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")
SHARED_ENDINGS = ("-data", "-staff")
"""Stage `dev-data` would have stage `dev`'s data stack for its service stack, and `dev-staff` its mail settings."""
LAMBDA_ENVIRONMENT_BYTES = 4096
"""What Lambda takes of names and values together."""
ADDED_LATER = ("USER_POOL_ID", "USER_POOL_CLIENT_ID", "ON_CALL_TOPIC_ARN", "PUBLIC_URL")
ADDED_LATER_BYTES = 400
"""For the names and values that provisioning and the first deployment write."""
EXAMPLES = {
    "STAGE": "",
    "MAIL_FROM": "Your Clinic <hello@your-domain>",
    "STAFF_EMAILS": "frontdesk@your-domain",
    "CLINIC_NAME": "Your Clinic",
    "CLINIC_PHONE": "+1 …",
}
"""What a deployed stage must say for itself. Name and telephone number have defaults, which are the sandbox's: a person
in danger would be told to call a number that is nobody's."""
ARCHITECTURES = ("arm64", "x86_64")
_VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_SETTINGS = {name.upper() for name in Settings.model_fields}


@dataclass(frozen=True)
class StageFiles:
    """What both files say of a stage: the whole configuration (`config`), and the parameters of the stacks."""

    name: str
    root: Path
    config: dict[str, Any]
    parameters: dict[str, str]

    @property
    def described(self) -> dict[str, Any]:
        """The stage's own part of the configuration."""
        return dict(self.config["stages"][self.name])

    @property
    def architecture(self) -> str:
        """The processor that its functions run on, as Lambda calls it; not yet judged."""
        return str({"lambda_architecture": ARCHITECTURES[0], **self.config, **self.described}["lambda_architecture"])

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of its Lambda functions, as Chalice merges them."""
        parts = (described.get("environment_variables") for described in (self.config, self.described))
        return {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}

    @property
    def settings(self) -> Settings:
        """The application's settings, with defaults for what is missing or wrong."""
        return _validated(self.variables)[0]


def read_stage(name: str, root: Path) -> StageFiles:
    """Read a stage without judging its settings. Raises CannotContinue when its name or a file cannot be used."""
    config = _read_object(root, CONFIG_PATH)
    stages = config.get("stages")
    if not isinstance(stages, dict) or not all(isinstance(stage, dict) for stage in stages.values()):
        raise CannotContinue(f'{CONFIG_PATH} has no usable "stages".')
    known = [f"STAGE={stage}" for stage in stages if stage != LOCAL]
    choice = f"Say which stage: {' or '.join(known)}." if known else f"{CONFIG_PATH} describes no stage to deploy."
    if not name:
        raise CannotContinue(choice)
    if name == LOCAL:
        raise CannotContinue(f"Stage {LOCAL} is the sandbox on this machine: make run. {choice}")
    if not STAGE_NAME.fullmatch(name):
        raise CannotContinue(
            f"{name} cannot be a stage: 1 to 16 small letters, digits and hyphens, a letter first. {choice}"
        )
    if name.endswith(SHARED_ENDINGS):
        raise CannotContinue(
            f"{name} cannot be a stage: it would share names with stage {name.rpartition('-')[0]}. {choice}"
        )
    if name not in stages:
        raise CannotContinue(f"{CONFIG_PATH} knows no stage {name}. {choice}\n{_how_to_add(name)}")
    return StageFiles(name, root, config, _read_parameters(root, name))


def checked_stage(name: str, root: Path, allowed_parameters: Mapping[str, Any]) -> StageFiles:
    """Read a stage that is to be deployed. Raises CannotContinue with all that is missing or wrong in both files."""
    files = read_stage(name, root)
    problems = [f"{CONFIG_PATH}: {problem}" for problem in config_problems(files)]
    wrong = [*parameter_problems(files, allowed_parameters), *_unknown_stages(files)]
    problems += [f"{PARAMETERS_PATH}: {problem}" for problem in wrong]
    if problems:
        told = "\n".join(f"  {problem}" for problem in problems)
        raise CannotContinue(f"Stage {name} cannot be deployed yet; nothing has been touched.\n{told}")
    return files


def config_problems(files: StageFiles) -> list[str]:
    """What is missing or wrong in a stage's part of `.chalice/config.json`, each with the line to write."""
    described, where = files.described, f"stages.{files.name}"
    problems = []
    if described.get("api_gateway_stage", files.name) != files.name:
        problems.append(f'in {where} write "api_gateway_stage": "{files.name}"')
    if files.architecture not in ARCHITECTURES:
        problems.append(f'in {where} write "lambda_architecture": "arm64" or "x86_64"')
    functions = described.get("lambda_functions", {})
    if not isinstance(functions, dict) or not all(isinstance(each, dict) for each in functions.values()):
        problems.append(f'{where}.lambda_functions must be an object of objects: {{"send_digest": {{…}}}}')
    given = described.get("environment_variables", {})
    if not isinstance(given, dict):
        return [*problems, f'{where}.environment_variables must be an object: {{"NAME": "value"}}']
    return problems + [f"{where}.environment_variables: {problem}" for problem in variable_problems(files)]


def variable_problems(files: StageFiles) -> list[str]:
    """What is missing or wrong among the environment variables."""
    variables = files.variables
    unquoted = [name for name, value in variables.items() if not isinstance(value, str)]
    if unquoted:
        return [f"{name} must be a text in quotes" for name in unquoted]
    examples = {**EXAMPLES, "STAGE": files.name}
    missing = [name for name in examples if variables.get(name, "").strip() in ("", EXAMPLES[name])]
    problems = [f'write "{name}": "{examples[name]}"' for name in missing]
    if "STAGE" not in missing and variables["STAGE"] != files.name:
        problems.append(f'write "STAGE": "{files.name}"')
    problems += [f"{name.upper()} {problem}" for name, problem in _validated(variables)[1].items()]
    problems += [_misspelt(name) for name in sorted(variables) if _misspelt(name)]
    problems += [_misplaced(name) for name in sorted(variables) if _misplaced(name)]
    if variables.get("PUBLIC_URL") and not _is_reachable(variables["PUBLIC_URL"].strip()):
        problems.append("PUBLIC_URL must begin with https:// and lead to no machine's own self; or take it out")
    size = _environment_size(variables)
    if size > LAMBDA_ENVIRONMENT_BYTES:
        problems.append(
            f"{size} bytes, with what provisioning adds, are more than the {LAMBDA_ENVIRONMENT_BYTES} that Lambda takes"
        )
    return problems


def _misplaced(name: str) -> str:
    """Lambda refuses the names that it gives itself; the others that begin so lead elsewhere, or are secrets."""
    if name.startswith("AWS_") and name != "AWS_ACCOUNT_ID":
        return f"take {name} out: it is for this machine (export {name}=…), not for functions"
    return "" if _VARIABLE_NAME.fullmatch(name) else f"{name} is no name that Lambda takes: letters, digits and _"


def _is_reachable(url: str) -> bool:
    """Whether a browser can reach it safely; one copied from the sandbox leads to the reader's own machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and bool(host) and host not in ("localhost", "::1") and not host.startswith("127.")


def _environment_size(variables: Mapping[str, str]) -> int:
    sizes = {name: len(name.encode()) + len(value.encode()) for name, value in variables.items()}
    added = sum(sizes.pop(name, 0) for name in ADDED_LATER)
    return sum(sizes.values()) + max(added, ADDED_LATER_BYTES)


def _validated(variables: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    texts = {name: value for name, value in variables.items() if name in _SETTINGS and isinstance(value, str)}
    given = {name.lower(): value.strip() for name, value in texts.items()}
    return validated({name: value for name, value in given.items() if value})


def _misspelt(name: str) -> str:
    close = difflib.get_close_matches(name, _SETTINGS, n=1, cutoff=0.8)
    return f"{name} is no setting; {close[0]} is meant?" if close and name not in _SETTINGS else ""


def parameter_problems(files: StageFiles, allowed: Mapping[str, Any]) -> list[str]:
    """What is wrong in the parameters of a stage; `allowed` are the templates' own, by name."""
    problems = _identity_problems(files)
    for name, value in files.parameters.items():
        if name not in allowed:
            problems.append(f"{files.name}.{name} is no parameter; there are {', '.join(sorted(allowed))}")
            continue
        choices, pattern = allowed[name].get("AllowedValues"), allowed[name].get("AllowedPattern")
        if choices and value not in [str(choice) for choice in choices]:
            problems.append(f"{files.name}.{name} must be one of {', '.join(map(str, choices))}")
        elif pattern and not re.fullmatch(pattern, value):
            problems.append(f"{files.name}.{name} must match {pattern}")
        elif allowed[name].get("Type") == "Number" and not re.fullmatch(r"\d+(\.\d+)?", value):
            problems.append(f"{files.name}.{name} must be a number")
        elif not _is_within(value, allowed[name]):
            problems.append(f"{files.name}.{name} must be {_bounds(allowed[name])}")
    return problems


def _is_within(value: str, parameter: Mapping[str, Any]) -> bool:
    if parameter.get("Type") != "Number":
        return True
    return parameter.get("MinValue", 0) <= float(value) <= parameter.get("MaxValue", float("inf"))


def _bounds(parameter: Mapping[str, Any]) -> str:
    above = f" to {parameter['MaxValue']}" if "MaxValue" in parameter else " up"
    return f"from {parameter.get('MinValue', 0)}{above}"


def _unknown_stages(files: StageFiles) -> list[str]:
    """Parameters that nobody would read, of a mistyped stage."""
    given = _read_object(files.root, PARAMETERS_PATH) if (files.root / PARAMETERS_PATH).exists() else {}
    return [f"{name} is no stage of {CONFIG_PATH}" for name in given if name not in files.config["stages"]]


def _identity_problems(files: StageFiles) -> list[str]:
    identity, sender = files.parameters.get("MailIdentity"), parseaddr(files.settings.mail_from)[1]
    if not identity or identity == sender or f".{sender.rpartition('@')[2]}".endswith(f".{identity}"):
        return []
    return [f"{files.name}.MailIdentity must be the address in MAIL_FROM, its domain, or one above that"]


def change_stage(files: StageFiles, changes: Mapping[str, Any]) -> StageFiles:
    """Merge changes into a stage's part of `.chalice/config.json`, as it is on disk now, and write it at once or not
    at all. None removes an entry; whatever else stands there is kept."""
    config = _read_object(files.root, CONFIG_PATH)
    merged = _merged(config["stages"][files.name], changes)
    if merged != config["stages"][files.name]:
        config["stages"][files.name] = merged
        write_text(files.root / CONFIG_PATH, json.dumps(config, indent=2, ensure_ascii=False) + "\n")
    return StageFiles(files.name, files.root, config, files.parameters)


def _merged(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for name, value in changes.items():
        if isinstance(value, Mapping):
            below = merged.get(name)
            merged[name] = _merged(below if isinstance(below, dict) else {}, value)
        elif value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


def write_text(path: Path, text: str) -> None:
    """Replace a file so that a reader, or a stop in between, meets the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as written:
        written.write(text)
    Path(written.name).chmod(path.stat().st_mode if path.exists() else 0o644)
    os.replace(written.name, path)


def _read_parameters(root: Path, stage: str) -> dict[str, str]:
    stages = _read_object(root, PARAMETERS_PATH) if (root / PARAMETERS_PATH).exists() else {}
    given = stages.get(stage, {})
    if not isinstance(given, dict):
        raise CannotContinue(f'{PARAMETERS_PATH}: {stage} must be an object: {{"Name": "value"}}')
    return {name: _as_text(value) for name, value in given.items()}


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_object(root: Path, named: str) -> dict[str, Any]:
    try:
        read = json.loads((root / named).read_text("utf-8"))
    except FileNotFoundError:
        raise CannotContinue(f"{named} is missing; it belongs into git.") from None
    except ValueError as error:
        raise CannotContinue(f"{named} is no JSON: {error}") from error
    if not isinstance(read, dict):
        raise CannotContinue(f"{named} must hold a JSON object.")
    return read


def _how_to_add(name: str) -> str:
    stage = {"api_gateway_stage": name, "environment_variables": {**EXAMPLES, "STAGE": name}}
    return f'To make it, write under "stages":\n{json.dumps({name: stage}, indent=2, ensure_ascii=False)[2:-2]}'
