"""Nothing that is deployed runs code or commands out of data, reads formats that can, or puts typed text into a page as
markup."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]
SCRIPTS = sorted((ROOT / "chalicelib" / "pages" / "assets").glob("*.js"))
TEMPLATES = sorted((ROOT / "chalicelib").rglob("*.html"))
CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "from_string", "Template"}
MODULES = {"subprocess", "pickle", "marshal", "shelve", "xml", "lxml", "yaml", "ctypes", "random", "ldap", "sqlite3"}
"""Commands, formats that run code or fetch what they name, chance that can be foreseen, other query languages."""


def trees() -> Iterator[tuple[str, ast.AST]]:
    for path in SOURCES:
        yield path.name, ast.parse(path.read_text("utf-8"))


def called(tree: ast.AST) -> set[str]:
    """The bare names of functions and of methods on modules, such as `os.system`; a pattern's `re.compile` is none."""
    nodes = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    methods = {node.attr for node in nodes if isinstance(node, ast.Attribute) and not _is(node.value, "re")}
    return names | methods


def imported(tree: ast.AST) -> set[str]:
    plain = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    given = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in [*plain, *given]}


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def test_no_data_is_run() -> None:
    found = {(name, call) for name, tree in trees() for call in called(tree) & CALLS}
    modules = {(name, module) for name, tree in trees() for module in imported(tree) & MODULES}

    assert len(SOURCES) > 150
    assert set() == found
    assert set() == modules


def test_no_hash_is_weak() -> None:
    of_hashlib = {
        (name, node.attr)
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and _is(node.value, "hashlib")
    }

    assert {"sha256"} == {attribute for _, attribute in of_hashlib}


def test_no_template_leaves_out_the_escaping_but_for_files_of_our_own() -> None:
    unescaped = {
        (path.name, found)
        for path in TEMPLATES
        for found in re.findall(r"\{%-? *autoescape[^%]*%\}|[^{}|]*\| *safe\b", path.read_text("utf-8"))
    }

    assert len(TEMPLATES) > 30
    assert set() == unescaped


def test_scripts_build_no_markup_and_listen_to_no_other_page() -> None:
    words = r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function|postMessage|document\.cookie)\b"
    found = [(path.name, word) for path in SCRIPTS for word in re.findall(words, path.read_text("utf-8"))]

    # The rows of the queue, which the desk itself has rendered and escaped.
    assert [("desk.js", "innerHTML")] == found
