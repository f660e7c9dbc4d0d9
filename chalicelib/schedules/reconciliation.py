"""Accounts for every enquiry."""

from __future__ import annotations

from chalicelib.context import AppContext


def reconcile_enquiries(context: AppContext) -> None:
    """To come."""
