"""The render token: a hidden field by which our own form page says when it was rendered. It is one weak signal of
screening: without it, or with an old one, nobody loses anything."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.storage.stage_settings import StageSettings, keyed_hash

FIELD = "_rendered"
VALID_FOR = timedelta(hours=24)
INSTANT = timedelta(seconds=3)
"""Nobody reads a form, types a name and a number, and agrees in less, not with every box filled in by the browser."""
_CLOCKS_DIFFER = timedelta(seconds=30)
_TOKEN = re.compile(r"([0-9]{10})\.([0-9a-f]{64})")


@dataclass(frozen=True)
class Rendering:
    """What a token says. At most one holds; none does for a good token, an old one, or when nobody can tell."""

    is_missing: bool = False
    is_forged: bool = False
    is_instant: bool = False


def issue_token(stage: StageSettings, now: datetime) -> str:
    """The value of the hidden field; empty while the stage's key is unknown: another instance could not check it."""
    if not stage.known:
        return ""
    at = str(int(now.timestamp()))
    return f"{at}.{keyed_hash(stage.key, 'rendered', at)}"


def read_token(token: str, stage: StageSettings, now: datetime) -> Rendering:
    """What the token of a post says. A post that comes back for a correction carries the token of its first page."""
    if not token:
        return Rendering(is_missing=True)
    if not stage.known:
        return Rendering()
    match = _TOKEN.fullmatch(token)
    if match is None or not hmac.compare_digest(match[2], keyed_hash(stage.key, "rendered", match[1])):
        return Rendering(is_forged=True)
    age = now - datetime.fromtimestamp(int(match[1]), UTC)
    if age > VALID_FOR or age < -_CLOCKS_DIFFER:
        return Rendering(is_missing=True)
    return Rendering(is_instant=age < INSTANT)
