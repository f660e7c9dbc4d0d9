"""What every page of ours has in common: the frame with the help lines, and headers that let nothing foreign in."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chalicelib.models.vocabulary import Language
from chalicelib.pages.help_links import HelpLink, telephone_uri, top_links
from chalicelib.settings import Settings
from chalicelib.web import Reply, header_value
from chalicelib.wording.texts import entries, text

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
_LINE_START = re.compile(r"\n(?:\s+|//[^\n]*\n)+")


@dataclass(frozen=True)
class PageContext:
    """For whom a page is made. An empty `base_url` makes links relative to the root."""

    language: Language
    settings: Settings
    base_url: str

    def say(self, key: str, **values: str) -> str:
        """A text in the person's language; `{clinic}` and `{phone}` are always filled in."""
        known = {"clinic": self.settings.clinic_name, "phone": self.settings.clinic_phone}
        return text(self.language, key, **{**known, **values})

    def link(self, name: str) -> tuple[str, str]:
        """Address and text of a link of `pages.json` to another site."""
        entry = entries(self.language, "pages")[f"link.{name}"]
        return entry["url"], entry["text"]

    @property
    def other_language(self) -> str:
        """The code of the language that the switch offers."""
        return text(self.language, "pages.switch_language.code")

    @property
    def clinic_link(self) -> HelpLink:
        """The clinic's own telephone number."""
        return HelpLink(telephone_uri(self.settings.clinic_phone), self.settings.clinic_phone)

    @property
    def help_links(self) -> Mapping[str, HelpLink]:
        """911 and 988, in the person's language."""
        return top_links(self.language)


def page_reply(
    status: int,
    title: str,
    template: str,
    page: PageContext,
    *,
    headers: Mapping[str, str] | None = None,
    form_targets: tuple[str, ...] = (),
    frameable: bool = False,
    script_name: str = "",
    **values: object,
) -> Reply:
    """Render a template. `form_targets` are origins that a post from this page may end at (a redirect after a post
    counts); `frameable` lets other sites embed the page; `script_name` is an asset that runs in it and may ask our
    own addresses. `headers` come last and win."""
    script = asset(f"{script_name}.js") if script_name else ""
    body = (
        _environment()
        .get_template(template)
        .render(title=title, page=page, say=page.say, css=asset("style.css"), script=script, **values)
    )
    own = {
        "Content-Security-Policy": _policy(page.base_url, form_targets, frameable, script),
        "X-Content-Type-Options": "nosniff",
        # Not no-referrer: our own posts then carry their Origin instead of `null`.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Content-Language": page.language,
    }
    return Reply(status, body, headers={**own, **(headers or {})})


def part_reply(template: str, page: PageContext, **values: object) -> Reply:
    """Render a template that is a part of another site's page. On its own it is nothing to look at."""
    body = _environment().get_template(template).render(page=page, say=page.say, **values)
    headers = {
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Cache-Control": "no-store",
        "Content-Language": page.language,
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Reply(200, body, headers=headers)


@cache
def asset(name: str) -> Any:
    """One of our own files for the browser, as a text that templates leave as it is: a quarter of a script is
    indentation and comments, which nobody waits for on a telephone."""
    from markupsafe import Markup

    source = (_HERE / "assets" / name).read_text("utf-8")
    return Markup(_LINE_START.sub("\n", source) if name.endswith(".js") else source)  # noqa: S704 - our own file


def _policy(base_url: str, form_targets: tuple[str, ...], frameable: bool, script: str) -> str:
    own = tuple(filter(None, (_origin(base_url),)))
    targets = dict.fromkeys(filter(None, (*own, *map(_origin, form_targets))))
    scripted = (f"script-src 'sha256-{_hash(script)}'", " ".join(("connect-src 'self'", *own))) if script else ()
    directives = (
        "default-src 'none'",
        f"style-src 'sha256-{_hash(asset('style.css'))}'",
        *scripted,
        " ".join(("form-action 'self'", *targets)),
        "base-uri 'none'",
        f"frame-ancestors {'*' if frameable else chr(39) + 'none' + chr(39)}",
    )
    return header_value("; ".join(directives))


@cache
def _hash(source: str) -> str:
    return base64.b64encode(hashlib.sha256(str(source).encode()).digest()).decode()


def _origin(url: str) -> str:
    """Scheme and host of an http(s) address; anything that could end a directive makes it empty."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    usable = parts.scheme in ("http", "https") and parts.netloc.isascii() and not set(parts.netloc) & set(" ;,'\"@")
    return f"{parts.scheme}://{parts.netloc}" if usable and parts.netloc else ""


@cache
def _environment() -> Environment:
    """Jinja2 costs 54 ms cold, so it is imported when the first page is rendered."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
