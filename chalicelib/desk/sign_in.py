"""The pages of signing in and out."""

from __future__ import annotations

from chalicelib.desk.requests import DeskRequest
from chalicelib.web import Reply


def show_sign_in(_desk: DeskRequest) -> Reply:
    """The form."""
    return Reply(200, "Sign in")


def sign_in(_desk: DeskRequest) -> Reply:
    """A user name and a password."""
    return Reply(200, "Sign in")


def sign_in_again(_desk: DeskRequest) -> Reply:
    """The form once more, with what somebody had typed elsewhere kept in it."""
    return Reply(401, "Sign in")
