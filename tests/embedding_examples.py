"""The examples that website owners copy, as they stand in docs/embedding.md."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "embedding.md"
DESK = "https://desk.example"
"""The address that stands for the reader's own."""
_BLOCK = re.compile(r"^```(\w+) (\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@cache
def examples(language: str, kind: str) -> tuple[str, ...]:
    """Every example of a kind, such as `html` `form`, in the order of the page."""
    return tuple(text for *named, text in _BLOCK.findall(DOCUMENT.read_text("utf-8")) if named == [language, kind])


def example(language: str, kind: str) -> str:
    """The only one."""
    (only,) = examples(language, kind)
    return only
