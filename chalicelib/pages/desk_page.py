"""What every page of the desk has in common: the frame, and headers that let nothing foreign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.web import Reply
from chalicelib.wording.texts import text

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
_SCRIPT = "text/javascript"
ASSETS = {"desk.css": "text/css", "desk.js": _SCRIPT, "forms.js": _SCRIPT, "session.js": _SCRIPT}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Our own posts carry their Origin; no other site learns an address of the desk.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class DeskShell:
    """For whom a page is made. Without `user` nobody has signed in, and there is no menu. `cover`: who covers when;
    `seconds_left`: how long the session lasts without use."""

    base_url: str
    clinic: str
    user: str = ""
    is_manager: bool = False
    form_token: str = ""
    cover: str = ""
    seconds_left: int = 0

    @property
    def who(self) -> str:
        """Stands for the user in what a browser keeps: on a shared computer others may look there."""
        return sha256(self.user.encode()).hexdigest()[:16] if self.user else ""


def desk_reply(
    shell: DeskShell,
    template: str,
    title: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Reply:
    """Render a template of the desk; `headers` come last and win."""
    body = rendered(template, shell=shell, title=title, **values)
    return Reply(status, body, headers={**HEADERS, **(headers or {})})


def rendered(template: str, **values: object) -> str:
    """A part of a page, escaped as the whole is."""
    return _environment().get_template(template).render(**values)


@cache
def asset(name: str) -> str:
    """The text of a style or script of ours."""
    return (_HERE / "assets" / name).read_text("utf-8")


@cache
def _environment() -> Environment:
    """Jinja2 costs 54 ms cold, so it is imported when the first page is rendered."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = partial(text, "en")
    return environment
