"""Which words and weights a text was read with, so that its level can be explained later."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

WORDS = Path(__file__).parent / "lexicon_data"


@lru_cache(maxsize=1)
def text_version() -> str:
    """The version of the data that is deployed, read once. Raises OSError."""
    return version_of(WORDS)


def version_of(folder: Path) -> str:
    """The version that people gave to the frames and a digest of every file, because a changed word is easily left
    without a new version: `2026.11.2+1a2b3c4d`. Raises OSError."""
    digest = sha256()
    for file in sorted(file for file in folder.iterdir() if file.is_file()):
        digest.update(file.name.encode() + b"\0" + sha256(file.read_bytes()).digest())
    named = json.loads((folder / "frames.json").read_bytes())["version"]
    return f"{named}+{digest.hexdigest()[:8]}"
