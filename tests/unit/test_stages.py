"""A stage's files: checked whole before anything is touched, changed without losing what stands there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infrastructure.failures import CannotContinue
from infrastructure.provision import our_templates, settable_parameters
from infrastructure.stages import (
    CONFIG_PATH,
    PARAMETERS_PATH,
    change_stage,
    checked_stage,
    parameter_problems,
    read_stage,
)

GOOD = {
    "STAGE": "dev",
    "MAIL_FROM": "Kalimera Clinic <hello@clinic.example>",
    "STAFF_EMAILS": "frontdesk@clinic.example",
    "CLINIC_NAME": "Kalimera Clinic",
    "CLINIC_PHONE": "+1 202-555-0100",
}
ALLOWED = {
    "MonthlyBudget": {"Type": "Number"},
    "ExistingIdentity": {"Type": "String", "AllowedValues": ["true", "false"]},
    "AlarmEmail": {"Type": "String", "AllowedPattern": "|.+@.+"},
    "MailIdentity": {"Type": "String"},
    "MaxReceiveCount": {"Type": "Number", "MinValue": 1, "MaxValue": 1000},
}


def a_project(folder: Path, stage: dict[str, Any] | None = None, parameters: Any = None) -> Path:
    """A root with both files; stage `dev` is good unless it is given."""
    described = {"environment_variables": GOOD} if stage is None else stage
    config = {"version": "2.0", "app_name": "enquiry-desk", "stages": {"local": {}, "dev": described}}
    for path, content in ((CONFIG_PATH, config), (PARAMETERS_PATH, parameters)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            (folder / path).write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return folder


def refusal(folder: Path, name: str = "dev") -> str:
    with pytest.raises(CannotContinue) as raised:
        checked_stage(name, folder, ALLOWED)
    return str(raised.value)


def test_a_good_stage_is_read(tmp_path: Path) -> None:
    files = checked_stage("dev", a_project(tmp_path, parameters={"dev": {"MonthlyBudget": 30}}), ALLOWED)

    assert ("frontdesk@clinic.example",) == files.settings.staff_emails
    assert {"MonthlyBudget": "30"} == files.parameters


@pytest.mark.parametrize("name", ["", "prod", "local", "Dev", "1dev", "dev_two", "a-name-of-17-chars", "../dev"])
def test_a_name_that_is_no_stage_is_refused_with_those_that_are(tmp_path: Path, name: str) -> None:
    assert "Say which stage: STAGE=dev." in refusal(a_project(tmp_path), name)


def test_a_stage_that_is_not_described_is_shown_as_it_would_be(tmp_path: Path) -> None:
    told = refusal(a_project(tmp_path), "prod")
    shown = json.loads("{" + told.partition('under "stages":\n')[2] + "}")

    assert "prod" == shown["prod"]["environment_variables"]["STAGE"]
    assert GOOD.keys() == shown["prod"]["environment_variables"].keys()


def test_all_that_is_missing_or_wrong_is_named_at_once(tmp_path: Path) -> None:
    variables = {"STAGE": "prod", "MAIL_FROM": "nobody", "STAF_EMAILS": "a@b.example", "DIGEST_HOUR": "25"}
    described = {"api_gateway_stage": "api", "lambda_architecture": "arm", "environment_variables": variables}
    told = refusal(a_project(tmp_path, described, {"dev": {"MonthlyBudget": "much", "Budget": 1}}))

    for problem in (
        'write "api_gateway_stage": "dev"',
        '"lambda_architecture": "arm64" or "x86_64"',
        'write "STAGE": "dev"',
        'write "STAFF_EMAILS": "frontdesk@your-domain"',
        'write "CLINIC_PHONE"',
        "MAIL_FROM must be an address",
        "DIGEST_HOUR",
        "STAF_EMAILS is no setting; STAFF_EMAILS is meant?",
        "dev.MonthlyBudget must be a number",
        "dev.Budget is no parameter; there are AlarmEmail, ExistingIdentity, MailIdentity, MaxReceiveCount",
        "nothing has been touched",
    ):
        assert problem in told


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"ExistingIdentity": "yes"}, "must be one of true, false"),
        ({"AlarmEmail": "nobody"}, "must match"),
        ({"MaxReceiveCount": 0}, "dev.MaxReceiveCount must be from 1 to 1000"),
        ({"MaxReceiveCount": "1001"}, "dev.MaxReceiveCount must be from 1 to 1000"),
        ({"MailIdentity": "inic.example"}, "must be the address in MAIL_FROM"),
    ],
)
def test_a_parameter_that_the_template_would_refuse_is_named(tmp_path: Path, parameters: Any, problem: str) -> None:
    assert problem in refusal(a_project(tmp_path, parameters={"dev": parameters}))


def test_an_alarm_address_that_is_none_is_named(tmp_path: Path) -> None:
    files = read_stage("dev", a_project(tmp_path, parameters={"dev": {"AlarmEmail": "nobody"}}))

    assert "dev.AlarmEmail must match" in "".join(parameter_problems(files, settable_parameters(our_templates())))


@pytest.mark.parametrize("address", ["", "alarms+desk@clinic.example"])
def test_an_alarm_address_and_none_at_all_are_taken(tmp_path: Path, address: str) -> None:
    files = read_stage("dev", a_project(tmp_path, parameters={"dev": {"AlarmEmail": address}}))

    assert [] == parameter_problems(files, settable_parameters(our_templates()))


def test_parameters_of_a_stage_that_does_not_exist_are_named(tmp_path: Path) -> None:
    root = a_project(tmp_path, parameters={"devs": {"AlarmEmail": "a@clinic.example"}})

    assert "devs is no stage of .chalice/config.json" in refusal(root)


def test_a_truth_value_is_written_as_cloudformation_wants_it(tmp_path: Path) -> None:
    files = checked_stage("dev", a_project(tmp_path, parameters={"dev": {"ExistingIdentity": True}}), ALLOWED)

    assert {"ExistingIdentity": "true"} == files.parameters


@pytest.mark.parametrize("identity", ["hello@mail.clinic.example", "mail.clinic.example", "clinic.example"])
def test_an_identity_that_may_send_for_the_sender_is_taken(tmp_path: Path, identity: str) -> None:
    described = {"environment_variables": {**GOOD, "MAIL_FROM": "hello@mail.clinic.example"}}

    assert checked_stage("dev", a_project(tmp_path, described, {"dev": {"MailIdentity": identity}}), ALLOWED)


def test_an_example_is_no_value(tmp_path: Path) -> None:
    described = {"environment_variables": {**GOOD, "CLINIC_PHONE": "+1 …"}}

    assert 'write "CLINIC_PHONE"' in refusal(a_project(tmp_path, described))


def test_a_value_without_quotes_is_named(tmp_path: Path) -> None:
    described = {"environment_variables": {**GOOD, "DIGEST_HOUR": 8}}

    assert "DIGEST_HOUR must be a text in quotes" in refusal(a_project(tmp_path, described))


def test_variables_that_are_no_object_are_named(tmp_path: Path) -> None:
    assert "environment_variables must be an object" in refusal(a_project(tmp_path, {"environment_variables": []}))


def test_more_than_lambda_takes_is_named(tmp_path: Path) -> None:
    staff = ",".join(f"person{number}@clinic.example" for number in range(200))
    described = {"environment_variables": {**GOOD, "STAFF_EMAILS": staff}}

    assert "more than the 4096 that Lambda takes" in refusal(a_project(tmp_path, described))


def test_what_provisioning_adds_must_have_room_as_well(tmp_path: Path) -> None:
    described = {"environment_variables": {**GOOD, "PRIVACY_URL": f"https://clinic.example/{'a' * 3_600}"}}

    assert "more than the 4096 that Lambda takes" in refusal(a_project(tmp_path, described))


@pytest.mark.parametrize("functions", [[], {"api_handler": "x"}])
def test_functions_that_are_no_objects_are_named(tmp_path: Path, functions: Any) -> None:
    described = {"environment_variables": GOOD, "lambda_functions": functions}

    assert "stages.dev.lambda_functions must be an object of objects" in refusal(a_project(tmp_path, described))


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:5555"}, "take AWS_ENDPOINT_URL out"),
        ({"AWS_SECRET_ACCESS_KEY": "sandbox"}, "take AWS_SECRET_ACCESS_KEY out"),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, "take AWS_DEFAULT_REGION out"),
        ({"bad-name": "x"}, "bad-name is no name"),
        ({"PUBLIC_URL": "http://desk.clinic.example"}, "PUBLIC_URL must begin with https://"),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, "PUBLIC_URL must begin with https://"),
        ({"PUBLIC_URL": "https://localhost:8000"}, "PUBLIC_URL must begin with https://"),
    ],
)
def test_what_belongs_to_the_sandbox_or_to_lambda_is_named(
    tmp_path: Path, variables: dict[str, str], problem: str
) -> None:
    assert problem in refusal(a_project(tmp_path, {"environment_variables": {**GOOD, **variables}}))


@pytest.mark.parametrize("name", ["dev-data", "dev-staff"])
def test_a_stage_whose_resources_would_be_named_as_those_of_another_is_refused(tmp_path: Path, name: str) -> None:
    root = a_project(tmp_path)
    config = json.loads((root / CONFIG_PATH).read_text("utf-8"))
    config["stages"][name] = {"environment_variables": {**GOOD, "STAGE": name}}
    (root / CONFIG_PATH).write_text(json.dumps(config), "utf-8")

    assert f"{name} cannot be a stage: it would share names with stage dev" in refusal(root, name)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"stages": []}', '{"stages": {"dev": 1}}'])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: str) -> None:
    (a_project(tmp_path) / CONFIG_PATH).write_text(content, "utf-8")

    assert CONFIG_PATH in refusal(tmp_path)


def test_a_change_keeps_what_it_does_not_name_and_the_order(tmp_path: Path) -> None:
    described = {"lambda_functions": {"send_digest": {"lambda_timeout": 60}}, "environment_variables": GOOD, "x": 1}
    root = a_project(tmp_path, described)
    before = (root / CONFIG_PATH).read_text("utf-8")
    role = {"lambda_functions": {"send_digest": {"iam_role_arn": "arn"}}, "environment_variables": {"PUBLIC_URL": "u"}}
    changed = change_stage(read_stage("dev", root), role)
    written = (root / CONFIG_PATH).read_text("utf-8")
    change_stage(changed, {"lambda_functions": {"send_digest": {"iam_role_arn": None}}})
    change_stage(changed, {"environment_variables": {"PUBLIC_URL": None}})

    assert {"lambda_timeout": 60, "iam_role_arn": "arn"} == changed.described["lambda_functions"]["send_digest"]
    assert "u" == json.loads(written)["stages"]["dev"]["environment_variables"]["PUBLIC_URL"]
    assert before == (root / CONFIG_PATH).read_text("utf-8")


def test_a_change_that_changes_nothing_leaves_the_file_alone(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    (root / CONFIG_PATH).write_text(json.dumps(json.loads((root / CONFIG_PATH).read_text("utf-8"))), "utf-8")
    before = (root / CONFIG_PATH).read_text("utf-8")
    change_stage(read_stage("dev", root), {"environment_variables": {"STAGE": "dev"}})

    assert before == (root / CONFIG_PATH).read_text("utf-8")


def test_what_another_has_written_meanwhile_is_kept(tmp_path: Path) -> None:
    files = read_stage("dev", a_project(tmp_path))
    change_stage(files, {"tags": {"team": "web"}})
    change_stage(files, {"environment_variables": {"PUBLIC_URL": "u"}})

    assert {"team": "web"} == read_stage("dev", tmp_path).described["tags"]
