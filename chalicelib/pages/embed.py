"""`GET /embed.js`: the hosted form inside any page, by one script tag."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from chalicelib.web import Reply

_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
    # Sites that isolate themselves (COEP) may load it too.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def embed_script(base_url: str) -> Reply:
    """The script. It finds its own address by itself; `base_url` serves pages that load it in an unusual way."""
    # Inside a script, `<` could end the element that a site pastes the text into.
    literal = json.dumps(base_url).replace("<", "\\u003c")
    return Reply(200, _source().replace('"__BASE_URL__"', literal), "text/javascript; charset=utf-8", _HEADERS)


@cache
def _source() -> str:
    return (Path(__file__).parent / "assets" / "embed.js").read_text("utf-8")
