"""The canary."""

from __future__ import annotations

from chalicelib.context import AppContext


def run_canary(context: AppContext) -> None:
    """To come."""
