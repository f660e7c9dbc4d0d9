"""A mail, and the templates that it is made of: one folder for subject, text and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.models.notification import Kind
from chalicelib.models.vocabulary import Language
from chalicelib.settings import Settings
from chalicelib.wording.texts import text

if TYPE_CHECKING:
    from jinja2 import Environment

STAFF_LANGUAGE: Language = "en"
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Mail:
    """One mail without its sender: `to` and `reply_to` are bare addresses, `headers` are our own."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def automatic_headers(kind: Kind, auto_submitted: str) -> dict[str, str]:
    """No `Precedence`: it is in no standard (RFC 3834, section 3.1.8), and `bulk` costs delivery of a mail to one
    person."""
    return {"Auto-Submitted": auto_submitted, "X-Auto-Response-Suppress": "All", "X-Enquiry-Kind": kind}


def render(folder: str, language: Language, settings: Settings, values: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML."""
    given = {
        "t": partial(text, language),
        "language": language,
        "clinic": settings.clinic_name,
        "phone": settings.clinic_phone,
        **values,
    }
    subject, plain, html = (
        _environment().get_template(f"{folder}/{name}").render(given)
        for name in ("subject.txt", "body.txt", "body.html")
    )
    return subject.strip(), plain.strip() + "\n", html


@cache
def _environment() -> Environment:
    # Costs 54 ms cold, so only where a mail is rendered.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
