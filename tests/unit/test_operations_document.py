"""docs/operations.md knows every alarm, and what it tells people to type exists."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

import app as app_module
from chalicelib.settings import Settings
from infrastructure.templates import DATA_TEMPLATE, SERVICE_TEMPLATE, parameters_of, read_template

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCKS = re.findall(r"^ *```\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [line.strip() for block in BLOCKS for line in block.splitlines() if line.strip()]
COMMANDS += re.findall(r"`((?:aws|make) [^`]+)`", TEXT)
AWS_COMMANDS = [command for command in COMMANDS if command.startswith("aws ")]
GLOBAL_OPTIONS = {"query", "output"}
OF_THE_COMMAND_LINE_ALONE = {
    ("logs", "tail"): {"since", "filter-pattern"},
    ("dynamodb", "wait"): {"table-name"},
}
"""What `aws` adds to the services' own operations."""


def alarms() -> set[str]:
    """Names of the template's alarms, without the stage."""
    resources = read_template(SERVICE_TEMPLATE.read_text("utf-8"))["Resources"].values()
    names = [each["Properties"]["AlarmName"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    return {name["Fn::Sub"].removeprefix("enquiry-desk-${Stage}-") for name in names}


def section(title: str) -> str:
    """The text of a section of the second level."""
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_each_alarm_has_its_part_and_its_place_in_the_table() -> None:
    of_alarms = section("When an alarm comes")

    assert 10 == len(alarms())
    assert alarms() == set(re.findall(r"^### `([a-z-]+)`$", of_alarms, re.MULTILINE))
    assert alarms() == set(re.findall(r"^\| `([a-z-]+)` \|", of_alarms.partition("\n### ")[0], re.MULTILINE))


@pytest.mark.parametrize("alarm", sorted(alarms()))
def test_each_alarm_has_something_to_do(alarm: str) -> None:
    part = section("When an alarm comes").partition(f"### `{alarm}`\n")[2].partition("\n### ")[0]

    assert re.search(r"^(make|aws) ", part, re.MULTILINE)


def test_it_says_of_each_schedule_what_stands_with_it() -> None:
    part = section("When an alarm comes").partition("### `schedules-stopped`\n")[2].partition("\n### ")[0]
    sources: list[Any] = app_module.app.event_sources
    scheduled = {source.name for source in sources if hasattr(source, "schedule_expression")}

    assert scheduled == set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))


def test_it_says_that_the_alarm_of_the_schedules_comes_first_and_does_not_come_again() -> None:
    part = section("When an alarm comes").partition("### `schedules-stopped`\n")[2].partition("\n### ")[0]

    assert "minutes after `make provision`" in part
    assert "no second mail" in part
    assert "cloudwatch describe-alarms --alarm-names enquiry-desk-prod-schedules-stopped" in part


def test_every_command_of_ours_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"make ([a-z]+)", "\n".join(COMMANDS)))

    assert {"failed", "resend", "redrive", "reconcile", "verify", "bringback", "deploy", "smoke", "staff"} <= named
    assert [] == [command for command in sorted(named) if f"\n{command}:" not in makefile]


def test_every_command_that_needs_a_stage_names_it() -> None:
    without = [command for command in COMMANDS if re.match(r"make (?!check|cost|setup|rehearse)", command)]

    assert [] == [command for command in without if "STAGE=" not in command and " " in command.removeprefix("make ")]


@pytest.fixture(scope="module")
def session() -> Any:
    """What knows the operations of AWS's services."""
    return botocore.session.get_session()


@pytest.mark.parametrize("command", sorted(set(AWS_COMMANDS)))
def test_every_command_of_aws_exists_with_its_options(session: Any, command: str) -> None:
    _, service, operation, *rest = shlex.split(command.replace("…", "x"))
    given = {word.removeprefix("--") for word in rest if word.startswith("--")} - GLOBAL_OPTIONS
    known = OF_THE_COMMAND_LINE_ALONE.get((service, operation)) or _options(session, service, operation)

    assert given <= known


def _options(session: Any, service: str, operation: str) -> set[str]:
    model = session.get_service_model(service)
    (name,) = [name for name in model.operation_names if xform_name(name, "-") == operation]
    members = model.operation_model(name).input_shape.members
    options = {xform_name(member, "-") for member in members}
    return options | {
        f"no-{xform_name(member, '-')}" for member, shape in members.items() if shape.type_name == "boolean"
    }


@pytest.mark.parametrize("command", sorted(set(AWS_COMMANDS)))
def test_every_object_in_a_command_of_aws_is_json(command: str) -> None:
    for word in shlex.split(command):
        if word.startswith("{"):
            json.loads(word)


def test_what_waits_for_a_table_stands_alone_because_it_gives_up_before_a_long_restore_ends() -> None:
    waits = [block for block in BLOCKS if " wait " in block]

    assert ["aws dynamodb wait table-exists"] == [" ".join(block.split()[:4]) for block in waits]
    assert ["1"] == [str(len(block.strip().splitlines())) for block in waits]
    assert "until it returns without an error" in section("Restoring")


def test_no_release_is_named_that_may_not_exist() -> None:
    (command,) = [command for command in COMMANDS if command.startswith("git worktree add")]

    assert command.endswith(" …")


def test_resources_are_called_by_their_names() -> None:
    templates = [read_template(path.read_text("utf-8")) for path in (DATA_TEMPLATE, SERVICE_TEMPLATE)]
    declared = set(re.findall(r"enquiry-desk-\$\{Stage\}[a-z_-]*", json.dumps(templates)))
    known = {name.replace("${Stage}", "prod") for name in declared} | {"enquiry-desk-prod-enquiries-restored"}
    named = {name for command in COMMANDS for name in re.findall(r"enquiry-desk-prod[a-z_-]*", command)}

    assert named <= known


def test_settings_and_parameters_are_called_by_their_names() -> None:
    parameters = parameters_of(DATA_TEMPLATE.read_text("utf-8"), SERVICE_TEMPLATE.read_text("utf-8"))
    spoken_of = set(re.findall(r"`\"?([A-Z]+(?:_[A-Z]+)+)\b", TEXT))
    codes = {"MAIL_FROM_MISSING", "MAIL_FROM_UNUSABLE", "STAGE_KEY_UNKNOWN", "HEADER_UNUSABLE", "ATTEMPTS_EXHAUSTED"}
    of_aws = {"AWS_PROFILE", "AWS_DEFAULT_REGION"}

    assert {"LogRetentionDays", "MonthlyBudget"} <= set(parameters)
    assert spoken_of - codes - of_aws - {"CODE_APP"} <= {name.upper() for name in Settings.model_fields}
    assert {"TABLE_NAME", "PUBLIC_URL"} <= spoken_of


@pytest.mark.parametrize("code", ["MAIL_FROM_MISSING", "STAGE_KEY_UNKNOWN", "HEADER_UNUSABLE", "ATTEMPTS_EXHAUSTED"])
def test_codes_are_those_of_the_code(code: str) -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "chalicelib").rglob("*.py"))

    assert f'"{code}"' in source
    assert f"`{code}`" in TEXT


@pytest.mark.parametrize("why", ["not posted", "not accepted", "not sent", "not delivered"])
def test_each_reason_of_a_late_test_enquiry_is_explained(why: str) -> None:
    source = (ROOT / "chalicelib" / "schedules" / "canary.py").read_text("utf-8")

    assert f'"{why}"' in source
    assert f"| `{why}` |" in TEXT


def test_log_lines_that_are_looked_for_are_written() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "chalicelib").rglob("*.py"))
    patterns = [pattern for command in COMMANDS for pattern in re.findall(r"--filter-pattern '([^']+)'", command)]
    lines = {line for pattern in patterns for line in re.findall(r'"([^"]+)"', pattern)} - {"Task timed out"}

    assert len(lines) > 6
    assert [] == [line for line in sorted(lines) if f'"{line}"' not in source]


def test_each_safeguard_says_where_it_stands() -> None:
    table = section("HIPAA: what is set, and what is not").partition("Not covered")[0]
    rows = [row.split("|") for row in table.splitlines() if row.startswith("| (")]
    files = [path for row in rows for path in re.findall(r"`([\w/]+\.(?:py|yaml))`", row[4])]
    letters = {row[1].strip()[:3] for row in rows}

    assert {"(a)", "(b)", "(c)", "(d)", "(e)"} == letters
    assert [] == [row[1] for row in rows if not re.search(r"`[\w/]+\.(py|yaml)`", row[4])]
    assert [] == [path for path in files if not (ROOT / path).exists()]


def test_nobody_is_told_that_this_is_compliant() -> None:

    assert "no claim of compliance" in TEXT
    assert [] == re.findall(r"HIPAA[- ](?:compliant|certified)", TEXT)


def test_what_a_restore_needs_is_what_is_rehearsed() -> None:
    rehearsed = (ROOT / "rehearsal" / "restore.py").read_text("utf-8")
    operations = ("restore-table-to-point-in-time", "update-continuous-backups", "update-time-to-live", "update-table")

    assert [] == [name for name in operations if f"aws dynamodb {name} " not in TEXT]
    assert [] == [name for name in operations if f".{name.replace('-', '_')}(" not in rehearsed]
