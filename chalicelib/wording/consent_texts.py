"""What each version of our form has said beside its box for consent. The form shows the newest; the old ones stay."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from chalicelib.models.vocabulary import Language

_FILE = Path(__file__).parent / "consent_texts.json"


def consent_shown(version: str, language: Language, clinic: str) -> str:
    """What a version of our form showed to a person; empty for a version that is none of ours."""
    return consent_texts().get(version, {}).get(language, "").format(clinic=clinic)


@cache
def consent_texts() -> dict[str, dict[str, str]]:
    """The texts by version and language, oldest version first, with `{clinic}` in them."""
    loaded: dict[str, dict[str, str]] = json.loads(_FILE.read_text("utf-8"))
    return loaded
