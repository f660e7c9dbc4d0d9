"""What the documents say of the code is true."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = {path.stem: path.read_text() for path in (ROOT / "chalicelib").rglob("*.py") if path.stem != "__init__"}
SOURCES["app"] = (ROOT / "app.py").read_text()


def test_every_function_on_the_way_of_an_enquiry_exists() -> None:
    drawing = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    named = set(re.findall(r"\b([a-z_]+)\.([a-z_]+)\b", drawing))

    missing = {
        f"{module}.{function}" for module, function in named if f"def {function}(" not in SOURCES.get(module, "")
    }

    assert len(named) > 15
    assert missing == set()


def test_every_metric_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    counted = {name for source in SOURCES.values() for name in re.findall(r'[\s(]"((?:[A-Z][a-z]+){2,})"', source)}
    metrics = {name for name in counted if name.startswith(("Enquiries", "Notifications", "Canaries"))}

    assert 3 < len(metrics) <= 11
    assert {name for name in metrics if f"`{name}`" not in readme} == set()


def test_every_command_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.findall(r"`?make ([a-z]+)`?", (ROOT / "README.md").read_text()))

    assert {command for command in commands if f"\n{command}:" not in makefile} == set()


def test_every_file_that_a_document_links_to_exists() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *(ROOT / "docs").glob("*.md")]
    broken = [
        (document.name, target)
        for document in documents
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []
