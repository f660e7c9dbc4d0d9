"""The house rules, held by tests."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import app as app_module
from chalicelib import errors
from chalicelib.settings import APP_NAME, Settings
from chalicelib.wording.texts import entries, text

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "chalicelib"
WORDING = PACKAGE / "wording"
MODULES = sorted(PACKAGE.rglob("*.py"))
CODE = [ROOT / "app.py", *MODULES]
TESTS = sorted((ROOT / "tests").rglob("*.py"))

ORDER = (
    ("app",),
    ("edge",),
    ("desk",),
    ("intake", "schedules"),
    ("notifications",),
    ("context",),
    ("triage", "screening", "storage", "pages", "export"),
    ("wording",),
    ("models",),
    ("settings", "aws", "web", "observability", "background"),
    ("errors", "form_keys"),
)
"""The table of docs/architecture.md, top to bottom. Rooms on one floor do not know one another."""
MAY_CALL_AWS = {"access.py", "aws.py", "dead_letters.py", "relay.py", "ses.py", "on_call.py", "table.py"}
CLIENTS = {"dynamodb", "sqs", "ses", "sns", "cognito", "cognito_quick"}
LATE = {
    "jinja2",
    "markupsafe",
    "phonenumbers",
    "multipart",
    "chalicelib.desk.routes",
    "chalicelib.notifications.worker",
    "chalicelib.schedules.canary",
}
"""What requirements.txt promises to import only where it is needed, and rooms that no visitor needs."""


def identify(path: Path) -> str:
    return str(path.relative_to(ROOT))


def floor(room: str) -> int:
    return next(number for number, rooms in enumerate(ORDER) if room in rooms)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py") if PACKAGE in path.parents else "app"


def imported_from(path: Path) -> Iterator[str]:
    """Dotted names of our own modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("chalicelib", "app"):
            package = (node.module or "").removeprefix("chalicelib").removeprefix(".")
            yield from [package] if package else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in ("chalicelib", "app"))


@pytest.mark.parametrize("path", CODE, ids=identify)
def test_rooms_import_downwards_only(path: Path) -> None:
    room = room_of(path)
    upwards = [
        name for name in imported_from(path) if name.split(".")[0] != room and floor(name.split(".")[0]) <= floor(room)
    ]

    assert [] == upwards


@pytest.mark.parametrize("path", CODE, ids=identify)
def test_what_is_deployed_knows_nothing_of_development(path: Path) -> None:
    imports = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE)

    assert not {"sandbox", "simulation", "rehearsal", "tests", "benchmarks", "moto", "pytest"} & set(imports)


def test_aws_is_called_in_few_places() -> None:
    callers = {
        path.name
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in CLIENTS
    }

    assert callers <= MAY_CALL_AWS


def test_init_files_are_empty() -> None:

    assert [] == [identify(path) for path in MODULES if path.name == "__init__.py" and path.read_text("utf-8")]


def test_no_two_modules_share_a_file_name() -> None:
    names = Counter(path.name for path in CODE if path.name not in ("__init__.py", "__main__.py"))

    assert [] == [name for name, count in names.items() if count > 1]


def test_no_module_has_a_name_that_says_nothing() -> None:

    assert not {path.stem for path in CODE} & {
        "utils",
        "util",
        "helpers",
        "manager",
        "service",
        "common",
        "misc",
        "base",
    }


@pytest.mark.parametrize("path", [path for path in [*CODE, *TESTS] if path.name != "__init__.py"], ids=identify)
def test_every_module_says_what_it_is_for(path: Path) -> None:

    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_no_module_is_longer_than_300_lines() -> None:

    assert [] == [identify(path) for path in CODE if len(path.read_text("utf-8").splitlines()) > 300]


def test_every_setting_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = [
        line for line in readme.partition("## Settings")[2].partition("\n## ")[0].splitlines() if line.startswith("|")
    ]
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}

    assert {name.upper() for name in Settings.model_fields} == documented


def test_the_three_stages_are_configured() -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    known = {name.upper() for name in Settings.model_fields}

    assert APP_NAME == config["app_name"]
    assert "REGIONAL" == config["api_gateway_endpoint_type"]
    assert {"local", "dev", "prod"} == set(config["stages"])
    for name, stage in config["stages"].items():
        variables = stage["environment_variables"]

        assert name == variables["STAGE"]
        assert {variable for variable in variables if not variable.startswith("AWS_")} <= known


def test_what_chalice_has_deployed_is_kept_in_git() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()

    assert ".chalice/deployments/" in ignored
    assert not [line for line in ignored if line.strip("/") in (".chalice", ".chalice/*", ".chalice/deployed")]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned(name: str) -> None:
    lines = [line.strip() for line in (ROOT / name).read_text("utf-8").splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]

    assert wanted
    assert [] == [line for line in wanted if not re.fullmatch(r"[A-Za-z0-9_.\-]+(\[[a-z0-9,]+\])?==[0-9][\w.]*", line)]


def test_the_frameworks_of_the_runtime_are_not_deployed() -> None:
    deployed = (ROOT / "requirements.txt").read_text("utf-8")

    assert not re.search(r"^(boto3|botocore|chalice)\b", deployed, re.MULTILINE)


def test_importing_the_application_needs_no_environment_and_no_network() -> None:
    program = (
        "import sys\n"
        "calls, reaching = [], ('socket.connect', 'socket.sendto', 'socket.getaddrinfo', 'socket.gethostbyname')\n"
        "sys.addaudithook(lambda event, _: calls.append(event) if event in reaching else None)\n"
        "import app\n"
        f"print(calls, sorted({LATE!r} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env={}, capture_output=True, text=True, check=False)

    assert "" == run.stderr
    assert "[] []" == run.stdout.strip()


def test_queues_declared_are_those_of_the_template() -> None:
    template = (ROOT / "infrastructure" / "template.yaml").read_text("utf-8")
    made = set(re.findall(rf"QueueName: !Sub {APP_NAME}-\$\{{Stage\}}-([a-z-]+)", template))
    sources: list[Any] = app_module.app.event_sources
    consumed = {source.queue for source in sources if hasattr(source, "queue")}
    stage = os.environ["STAGE"]

    settings = Settings(stage=stage)

    assert {settings.notification_queue, settings.mail_events_queue} == consumed
    assert consumed <= {f"{APP_NAME}-{stage}-{name}" for name in made}
    assert consumed == {f"{APP_NAME}-{stage}-{name}" for name in made if not name.endswith("-dead")}
    assert {f"{name}-dead" for name in made if not name.endswith("-dead")} <= made


def test_every_queue_hands_over_one_message_at_a_time() -> None:
    """Chalice cannot tell Lambda which message of a batch has failed."""
    sizes = [source.batch_size for source in app_module.app.event_sources if hasattr(source, "queue")]

    assert [1, 1] == sizes


@pytest.mark.parametrize("path", TESTS, ids=identify)
def test_tests_replace_nothing_by_its_name(path: Path) -> None:
    source = path.read_text("utf-8")
    imports = re.findall(r"^\s*(?:from|import) ([\w.]+)", source, re.MULTILINE)

    assert "unittest.mock" not in imports
    assert "mock" not in imports


ENGLISH_ONLY = {"staff", "desk", "desk_enquiry", "desk_telephone", "desk_settings", "desk_reports"}
"""What only staff read."""
SUBJECTS = sorted({path.stem for path in WORDING.glob("*/*.json")} - ENGLISH_ONLY)


def wordings(language: Any, subject: str) -> dict[str, str]:
    found = entries(language, subject).items()
    return {key: entry["text"] if isinstance(entry, dict) else entry for key, entry in found}


def placeholders(wording: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(wording) if name}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_both_languages_say_the_same_things(subject: str) -> None:
    english, spanish = wordings("en", subject), wordings("es", subject)

    assert list(spanish) == list(english)
    assert {key: placeholders(wording) for key, wording in spanish.items()} == {
        key: placeholders(wording) for key, wording in english.items()
    }
    assert [] == [key for key in english if bool(english[key]) != bool(spanish[key])]


@pytest.mark.parametrize("language", ["en", "es"])
def test_advice_names_its_source_and_nobody_has_signed_it(language: Any) -> None:
    for key, entry in entries(language, "advice").items():
        assert entry["source"], key
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", entry["checked_on"]), key
        assert ("", "") == (entry["approved_by"], entry["approved_on"]), key


def refusals() -> list[errors.Refusal]:
    kinds = [kind for kind in errors.Refusal.__subclasses__() if kind.__init__ is not errors.Refusal.__init__]
    return [kind() for kind in kinds]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: type(refusal).__name__)
def test_every_refusal_has_its_text(refusal: errors.Refusal, language: Any) -> None:

    assert all(text(language, f"replies.{problem.message_key}") for problem in refusal.problems)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_of_a_refusal_has_its_heading(language: Any) -> None:
    unread = (errors.MalformedBody(), errors.BodyTooLarge(), errors.UnsupportedBody(), errors.NotStored())
    named = {problem.message_key for refusal in unread for problem in refusal.problems}
    source = "".join(path.read_text("utf-8") for path in (PACKAGE / "intake").glob("*.py"))
    named |= set(re.findall(r'(?<!_)notice\([^"\n]*"(\w+)"', source)) | set(re.findall(r'key = "(\w+)" if', source))

    assert "receipt_not_found" in named
    assert [] == [key for key in named if not text(language, f"replies.heading_{key}")]


CLAIMS = (
    r"600 (million|millones)",
    r"\b\d\d ?[-–] ?95 ?%",
    r"60 ?[-–] ?70 ?%",
    r"\bprove[nd]\b",
    r"\bcur(e|es|ed|ing|able)\b",
    r"FDA[- ]approved",
    r"highly effective",
    r"\bnew treatment",
    r"breakthrough",
    r"success rate",
    r"guarantee",
    r"completely (remov|reliev|eliminat)",
    r"(relief|better) after (1|one|a single) (treatment|infusion)",
    r"acts? on specific areas",
    r"damage or malfunction",
    r"causaligia",
    r"\bCPRS\b",
    r"Complex Pain Syndrome",
    r"American Association of Orthop",
    r"\bcomprobad[oa]",
    r"\bdemostrad[oa]",
    r"\bcura(r|n|mos|tiv[oa])?\b",
    r"aprobad[oa] por la FDA",
    r"(muy|altamente) (eficaz|efectiv[oa])",
    r"nuevo tratamiento|tratamiento nuevo",
    r"(tasa|índice) de éxito",
    r"garantiza",
    r"síndrome de dolor complejo",
)
"""What the clinic's article says and the evidence does not bear (clinical evidence, section 0), in both languages."""
SHOWING = (WORDING, PACKAGE / "pages", PACKAGE / "notifications", PACKAGE / "desk", ROOT / "sandbox")
SHOWN = [
    PACKAGE / "triage" / "rules.toml",
    *sorted(
        path
        for folder in SHOWING
        for path in folder.rglob("*.*")
        if path.suffix in (".json", ".html", ".txt", ".js", ".py")
    ),
]


@pytest.mark.parametrize("path", SHOWN, ids=identify)
def test_nothing_that_is_shown_repeats_an_unsupported_claim(path: Path) -> None:
    shown = path.read_text("utf-8")

    assert [] == [claim for claim in CLAIMS if re.search(claim, shown, re.IGNORECASE)]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_neutral_links_are_there(language: Any) -> None:
    pages = entries(language, "pages")

    assert "ninds.nih.gov" in pages["link.ninds"]["url"]
    assert "orthoinfo.aaos.org" in pages["link.aaos"]["url"]
