"""A page that says what happened and how to go on: not found, too large, wrong method, not stored."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.pages.page_shell import PageContext, page_reply
from chalicelib.web import Reply

_HEADERS = {"X-Robots-Tag": "noindex, nofollow"}


def render_notice(
    page: PageContext,
    status: int,
    heading: str,
    paragraphs: tuple[str, ...],
    *,
    advice: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Advice first, then the message, always with the clinic's number, the form and the help lines."""
    return page_reply(
        status,
        heading,
        "notice.html",
        page,
        headers={**_HEADERS, **(headers or {})},
        frameable=True,
        heading=heading,
        paragraphs=paragraphs,
        advice=advice,
    )
