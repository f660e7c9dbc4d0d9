"""The desk in this process, as a browser that has signed in reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from chalicelib.context import AppContext
from chalicelib.desk.requests import COOKIE, TOKEN_FIELD, form_token
from chalicelib.models.staff import Staff
from chalicelib.storage.sessions import session_hash, start_session
from tests.website import Answer, Website

ORIGIN = "https://desk.clinic.example"
BASE = f"{ORIGIN}/api"
STAFF = Staff(user="staff@example.com", groups=("staff",))
MANAGER = Staff(user="manager@example.com", groups=("staff", "manager"))


class DeskSite(Website):
    """A browser with a session cookie. `post` sends what one of our own forms would send: Origin and form token."""

    def __init__(self, app_module: ModuleType, session_id: str = "") -> None:
        super().__init__(app_module)
        self.app_module = app_module
        self.session_id = session_id

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        cookie = {"Cookie": f"{COOKIE}={self.session_id}"} if self.session_id else {}
        return super().send(method, path, body, **{**cookie, **headers})

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        """Send a form of the desk."""
        token = form_token(session_hash(self.session_id))
        pairs = {TOKEN_FIELD: token, **(fields or {})}
        return self.post_form(path, pairs, **{"Origin": ORIGIN, **headers})

    def search(self, typed: str) -> Answer:
        """What a browser shows after a search: it goes on to what was found."""
        answer = self.post("/desk/search", {"q": typed})
        if answer.status != 303:
            return answer
        return self.get(f"/desk/search?{answer.headers['location'].partition('?')[2]}")


def signed_in(app_module: ModuleType, context: AppContext, staff: Staff) -> DeskSite:
    """A browser whose session row exists, without Cognito being asked."""
    session_id = context.ids.random_bytes(32).hex()
    start_session(context.table, session_id, staff, context.clock())
    return DeskSite(app_module, session_id)
