"""What became of a mail: SES's events, taken from the queue that SNS fills."""

from __future__ import annotations

from chalicelib.context import AppContext


def record_delivery_event(context: AppContext, body: str) -> None:
    """To come."""
