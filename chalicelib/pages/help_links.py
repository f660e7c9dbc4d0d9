"""Telephone and text lines as links beside the texts that name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chalicelib.models.vocabulary import Language
from chalicelib.wording.help_lines import HelpLineName, help_lines
from chalicelib.wording.texts import text

Way = Literal["tel", "sms", "chat"]
# What stands beside each advice text: a line, and the ways to reach it.
_BESIDE_ADVICE: dict[str, tuple[tuple[HelpLineName, Way], ...]] = {
    "call_911": (("emergency", "tel"),),
    "call_988": (("crisis", "tel"), ("crisis", "sms"), ("crisis", "chat"), ("emergency", "tel")),
    "call_988_line": (("crisis", "tel"), ("crisis", "sms")),
    "help_for_other_988": (("emergency", "tel"), ("crisis", "tel"), ("crisis", "sms")),
    "see_doctor_today": (("emergency", "tel"),),
    "be_safe": (("domestic_violence", "tel"), ("emergency", "tel")),
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
        "emergency": _link("emergency", "tel", language),
        "crisis_call": _link("crisis", "tel", language),
        "crisis_text": _link("crisis", "sms", language),
    }


def advice_links(key: str, language: Language) -> tuple[HelpLink, ...]:
    """The lines beside one advice text of `advice.json`."""
    return tuple(_link(line, way, language) for line, way in _BESIDE_ADVICE.get(key, ()))


def _link(name: HelpLineName, way: Way, language: Language) -> HelpLink:
    line = help_lines()[name]
    uris = {"tel": line.tel, "sms": line.sms, "chat": line.chat}
    return HelpLink(uris[way], text(language, f"pages.help.{way}", number=line.number))
