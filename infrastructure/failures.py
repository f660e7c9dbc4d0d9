"""What stops a command of deployment."""

from __future__ import annotations


class CannotContinue(Exception):
    """The text says, for the developer at the terminal, what is wrong and what to do. Holds no secret."""
