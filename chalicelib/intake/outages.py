"""What a visitor sees when something of ours is broken: an honest 503 with the phone number, safe to send again."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.errors import NotStored
from chalicelib.intake.refusals import notice
from chalicelib.intake.replies import refused, retry_header, wants_json
from chalicelib.observability import failure_fields, log
from chalicelib.pages.page_shell import PageContext
from chalicelib.web import Reply, WebRequest, json_reply
from chalicelib.wording.language_choice import choose_language


def answer_outage(context: AppContext, request: WebRequest) -> Reply:
    """503. A post is told that it was not stored; a page only that it cannot be shown. Never raises: when wording or
    templates are what is broken, a sentence in both languages is left."""
    try:
        return _outage_page(context, request)
    except Exception as error:  # whatever it is, the visitor gets a phone number
        log.error("outage page failed", extra=failure_fields(error))
        return _plain_outage(context, request)


def _outage_page(context: AppContext, request: WebRequest) -> Reply:
    language = choose_language(request)
    if wants_json(request):
        return refused(context, NotStored(), language)
    page = PageContext(language=language, settings=context.settings, base_url=request.base_url)
    key = "not_stored" if request.method == "POST" else "internal_error"
    headers = {name.replace("_", "-"): value for name, value in retry_header(503).items()}
    return notice(page, 503, key, headers)


def _plain_outage(context: AppContext, request: WebRequest) -> Reply:
    phone = context.settings.clinic_phone
    error = f"Something went wrong. Please call {phone}. / Algo salió mal. Llame al {phone}. 911 · 988"
    if wants_json(request):
        errors = [{"code": "NOT_STORED", "message": error}]
        body = {"ok": False, "success": False, "error": error, "errors": errors, "phone": phone}
        return json_reply(503, body, Cache_Control="no-store", Retry_After="30")
    return Reply(503, error, "text/plain; charset=utf-8", {"Cache-Control": "no-store", "Retry-After": "30"})
