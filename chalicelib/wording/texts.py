"""Every text that a person reads, in English and Spanish: `text("es", "replies.not_stored")` reads `es/replies.json`.

One file per subject and language, read on first use. An entry is a text, or an object whose `text` is one and whose
other members say who checked it and when.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.models.vocabulary import Language

_HERE = Path(__file__).parent


def text(language: Language, key: str, **values: str) -> str:
    """The text of a key (`subject.name`), with `{placeholders}` filled in. Raises KeyError when there is none."""
    entry = entries(language, key.partition(".")[0])[key.partition(".")[2]]
    wording: str = entry["text"] if isinstance(entry, dict) else entry
    # A Spanish time ends in a full stop of its own (`5:00 p. m.`), which also ends the sentence.
    return wording.format(**values).replace(" m..", " m.") if values else wording


@cache
def entries(language: Language, subject: str) -> dict[str, Any]:
    """All entries of one subject in one language."""
    loaded: dict[str, Any] = json.loads((_HERE / language / f"{subject}.json").read_text("utf-8"))
    return loaded
