"""Telephone and text lines as links. Numbers are data: `wording/help_lines.json`, with the date of their check."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib import wording
from chalicelib.models.vocabulary import Language
from chalicelib.wording.texts import text

# What stands beside each advice text: a line, and how to reach it.
_BESIDE_ADVICE: dict[str, tuple[tuple[str, str], ...]] = {
    "call_911": (("911", "tel"),),
    "call_988": (("988", "tel"), ("988", "sms"), ("911", "tel")),
    "call_988_line": (("988", "tel"), ("988", "sms")),
    "help_for_other_988": (("911", "tel"), ("988", "tel"), ("988", "sms")),
    "see_doctor_today": (("911", "tel"),),
    "be_safe": (("domestic_violence", "tel"), ("911", "tel")),
}


@dataclass(frozen=True)
class HelpLink:
    """One thing to press."""

    uri: str
    label: str


def telephone_uri(number: str) -> str:
    """`+1 202-555-0100` → `tel:+12025550100`."""
    return f"tel:{re.sub(r'[^0-9+]', '', number)}"


def top_links(language: Language) -> Mapping[str, HelpLink]:
    """The lines at the top and at the end of every page."""
    return {
        "emergency": _link("911", "tel", language),
        "crisis_call": _link("988", "tel", language),
        "crisis_text": _link("988", "sms", language),
    }


def advice_links(key: str, language: Language) -> tuple[HelpLink, ...]:
    """The lines beside one advice text of `advice.json`."""
    return tuple(_link(line, way, language) for line, way in _BESIDE_ADVICE.get(key, ()))


def _link(line: str, way: str, language: Language) -> HelpLink:
    entry = _help_lines()[line]
    key = "pages.call" if way == "tel" else f"pages.text_{line}"
    return HelpLink(entry[way], text(language, key, number=entry["number"]))


@cache
def _help_lines() -> dict[str, dict[str, Any]]:
    path = Path(wording.__path__[0]) / "help_lines.json"
    lines: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return lines
