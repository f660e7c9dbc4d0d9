"""The daily digest."""

from __future__ import annotations

from chalicelib.context import AppContext


def send_digest(context: AppContext) -> None:
    """To come."""
