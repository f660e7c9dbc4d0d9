"""Who staff are, as Amazon Cognito says: the only module that talks to it."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.models.staff import Staff


def confirm(context: AppContext, user: str) -> Staff | None:
    """The user as Cognito knows it now; None when it is unknown or disabled."""
    raise NotImplementedError(f"{context.settings.user_pool_id} {user}")
