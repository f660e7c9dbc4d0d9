"""`GET /embed.js`: the hosted form inside any page, by one script tag."""

from __future__ import annotations

import json
import re
from functools import cache

from chalicelib.pages.page_shell import asset
from chalicelib.web import Reply

_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
    # Sites that isolate themselves (COEP) may load it too.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{\s*:root (\{[^}]*\})\s*\}")
_COLOUR = re.compile(r"--([a-z-]+): (#[0-9a-f]{6})")
_OWN_PLACE = """:host([data-scheme="dark"]) .desk-form { color-scheme: dark; }
.desk-form { all: initial; display: block; direction: ltr; visibility: inherit; color-scheme: light;"""
"""Nothing that the page says of its own text (case, spacing, direction) holds in the form; a page that hides it may."""
_OUR_OWN_PAGE = re.compile(r"/\* our own page \{ \*/.*?/\* \} our own page \*/\n", re.DOTALL)
_SPACE = re.compile(r"\s*[{};,]\s*|:\s+|\s*\n\s*")
_REM = re.compile(r"(?<![\w.])(-?[\d.]+)rem")


def embed_script(base_url: str) -> Reply:
    """The script. It finds its own address by itself; `base_url` serves pages that load it in an unusual way."""
    return Reply(
        200, _source().replace('"__BASE_URL__"', _literal(base_url)), "text/javascript; charset=utf-8", _HEADERS
    )


@cache
def _source() -> str:
    # The last lines of the steps start them on our own page.
    steps = _OUR_OWN_PAGE.sub("", str(asset("steps.js")).partition("/* On our own page")[0])
    return (
        str(asset("embed.js")).replace("/*__STEPS__*/", steps).replace('"__STYLE__"', _literal(_style_in_shadow_root()))
    )


def _style_in_shadow_root() -> str:
    """Our style sheet for an element in another site's page: that site may set every colour and the font, declares
    whether it can be dark, and has a `rem` of its own."""
    style = _DARK.sub(r':host([data-scheme="dark"]) \1', str(asset("style.css")))
    style = _COLOUR.sub(r"--\1: var(--enquiry-\1, \2)", style).replace(":root", ":host")
    style = style.replace("body {", _OWN_PLACE).replace("html {", ":host { display: block; font-size: medium;")
    style = style.replace("rem/1.5 system-ui", "rem/1.5 var(--enquiry-font, system-ui").replace(
        "Arial, sans-serif;", "Arial, sans-serif);"
    )
    style = style.replace(
        "max-width: 44rem; padding: 0 1rem 2rem;", "padding: .25rem .75rem 1rem; border-radius: 10px;"
    )
    return _SPACE.sub(lambda found: found[0].strip(), _REM.sub(r"calc(\1 * var(--rem, 16px))", style))


def _literal(text: str) -> str:
    """A text for a script. `<` could end the element that a site pastes the script into."""
    return json.dumps(text).replace("<", "\\u003c")
