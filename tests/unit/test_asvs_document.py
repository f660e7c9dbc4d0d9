"""docs/asvs.md: each requirement of OWASP ASVS 5.0.0 up to level 2 stands there once, and what a row names exists."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from chalicelib.settings import Settings
from infrastructure.templates import read_template

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "asvs.md").read_text("utf-8")
APPLYING, _, LEFT_OUT = TEXT.partition("\n## What does not apply\n")
LEFT_OUT = LEFT_OUT.partition("\n## ")[0]
ROWS = re.findall(r"^\| (V[0-9.]+) \| (.+?) \| (.+) \|$", APPLYING, re.MULTILINE)
NOT_MET = "**not met**"
SECTIONS: dict[str, list[list[int]]] = json.loads((ROOT / "tests/cases/asvs_5_0_0.json").read_text())["sections"]


def ids(level: int) -> list[str]:
    """The requirements that this level adds to the one below."""
    return [f"V{section}.{number}" for section, levels in SECTIONS.items() for number in levels[level - 1]]


def left_out() -> list[str]:
    """Ids of the table of what does not apply; `V4.3.1-2` stands for both."""
    found = []
    for section, first, last in re.findall(r"\b(V\d+\.\d+)\.(\d+)(?:-(\d+))?", LEFT_OUT):
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def counts() -> str:
    """What the document says of itself."""
    unmet = [each for each, _, how in ROWS if how.startswith(NOT_MET)]
    every = len(ids(1)) + len(ids(2))
    return (
        f"Of {every} requirements of levels 1 and 2, {len(ROWS)} apply: {len(ROWS) - len(unmet)} are met, {len(unmet)} "
        f"are not, or not in full. {len(left_out())} do not apply.\n\nNot met: {', '.join(unmet)}."
    )


def test_the_list_is_that_of_the_standard() -> None:

    assert (70, 183) == (len(ids(1)), len(ids(2)))
    assert 253 == len({*ids(1), *ids(2)})


def test_every_requirement_stands_in_one_table_once() -> None:
    stands = Counter([*(each for each, _, _ in ROWS), *left_out()])

    assert Counter([*ids(1), *ids(2)]) == stands


def test_the_counts_are_those_of_the_tables() -> None:
    said = TEXT.partition("<!-- counts -->\n")[2].partition("\n<!-- end -->")[0]

    assert counts() == said


def test_the_summary_elsewhere_has_the_same_counts() -> None:
    security = (ROOT / "docs" / "security.md").read_text("utf-8")

    assert counts().partition("\n")[0] in " ".join(security.split())


def test_every_row_says_what_proves_it_or_what_is_missing() -> None:
    without = [each for each, _, how in ROWS if not how.startswith(NOT_MET) and not re.search(r"`[^`]+`|\]\(", how)]

    assert [] == without
    assert [] == [each for each, _, how in ROWS if how.startswith(NOT_MET) and len(how) < len(NOT_MET) + 20]


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", TEXT))
    missing = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if not (ROOT / path).exists() or f"\ndef {name}(" not in (ROOT / path).read_text("utf-8")
    ]

    assert len(named) > 100
    assert [] == missing


def test_every_setting_file_and_name_exists() -> None:
    settings = set(re.findall(r"`settings\.(\w+)`", TEXT))
    named = re.findall(r"`((?:app|[\w./-]+/[\w.-]+)\.(?:py|yaml|yml|json|html|js|txt))(?:: ([^`]+))?`", TEXT)
    missing = [(path, name) for path, name in named if not (ROOT / path).exists() or not _holds(path, name)]

    assert settings
    assert settings <= set(Settings.model_fields)
    assert [] == missing


def _holds(path: str, name: str) -> bool:
    if path.endswith(("template.yaml", "data.yaml")) and name:
        return name in read_template((ROOT / path).read_text("utf-8"))["Resources"]
    return name in (ROOT / path).read_text("utf-8")
