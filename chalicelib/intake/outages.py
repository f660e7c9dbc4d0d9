"""What a visitor sees when something of ours is broken: an honest 503 with the phone number, safe to send again."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.errors import NotStored
from chalicelib.intake.language import choose_language
from chalicelib.intake.page_shell import PageContext
from chalicelib.intake.refusals import notice
from chalicelib.intake.replies import refused, retry_header, wants_json
from chalicelib.web import Reply, WebRequest


def answer_outage(context: AppContext, request: WebRequest) -> Reply:
    """503. A post is told that it was not stored; a page only that it cannot be shown."""
    language = choose_language(request)
    if wants_json(request):
        return refused(context, NotStored(), language)
    page = PageContext(language=language, settings=context.settings, base_url=request.base_url)
    key = "not_stored" if request.method == "POST" else "internal_error"
    headers = {name.replace("_", "-"): value for name, value in retry_header(503).items()}
    return notice(page, 503, key, headers)
