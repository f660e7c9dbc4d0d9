"""The public pages that are not the answer to a post: the form, its other language, the receipt, and help for the
lost."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.errors import MethodNotAllowed, NotFound, NothingHere, Refusal
from chalicelib.intake.controls import split_controls
from chalicelib.intake.form_body import decode_form
from chalicelib.intake.origins import preflight_headers, safe_destination
from chalicelib.intake.parsing import KNOWN_NAMES, is_form_name
from chalicelib.intake.refusals import notice
from chalicelib.intake.render_token import issue_token
from chalicelib.intake.replies import refused, wants_json
from chalicelib.models.fields import group
from chalicelib.pages.embed import embed_script
from chalicelib.pages.form_page import FormState, render_form, render_form_part
from chalicelib.pages.notice_page import render_notice
from chalicelib.pages.page_shell import PageContext
from chalicelib.pages.receipt_page import render_receipt
from chalicelib.storage.receipts import load_receipt
from chalicelib.web import Reply, WebRequest, json_reply
from chalicelib.wording.language_choice import choose_language
from chalicelib.wording.texts import text

POST_ONLY = "POST, OPTIONS"


def show_form(context: AppContext, request: WebRequest) -> Reply:
    """The hosted form, empty. `?form=` names it, `?lang=` chooses its language, `?next=` is where the visitor goes
    afterwards; `?part=form` is what embed.js asks for."""
    stage = context.stage_settings.fresh()
    named = request.query.get("form", "")
    state = FormState(
        form=named if is_form_name(named) else "enquiries",
        typed={},
        controls={"_next": request.query["next"]} if request.query.get("next") else {},
        idempotency=context.ids.new_id(),
        next_url=safe_destination(request.query.get("next", ""), request, context.settings),
        rendered=issue_token(stage, context.clock()),
    )
    render = render_form_part if request.query.get("part") == "form" else render_form
    return render(_page(context, request), state)


def switch_language(context: AppContext, request: WebRequest) -> Reply:
    """The same form in the language of `?lang=`, with everything that was typed. Nothing is stored."""
    context.stage_settings.fresh()
    try:
        form = decode_form(request.header("content-type"), request.body)
    except Refusal as refusal:
        return notice(_page(context, request), refusal.status, refusal.problems[0].message_key)
    controls, pairs = split_controls(form.pairs)
    typed = {name: values for name, values in group(pairs, KNOWN_NAMES).items() if name != "language"}
    named = request.query.get("form", "")
    state = FormState(
        form=named if is_form_name(named) else "enquiries",
        typed=typed,
        controls=controls.carried,
        idempotency=controls.idempotency or context.ids.new_id(),
        next_url=safe_destination(controls.next_url, request, context.settings),
        rendered=controls.rendered,
    )
    return render_form(_page(context, request), state)


def show_receipt(context: AppContext, request: WebRequest) -> Reply:
    """Where the person lands. The same page for an unknown and for an expired token."""
    context.stage_settings.fresh()
    now = context.clock()
    try:
        receipt = load_receipt(context.table, request.path_values.get("receipt", "")[:100], now)
    except NotFound:
        reply = notice(_page(context, request), 404, "receipt_not_found")
        return Reply(reply.status, reply.body, reply.content_type, {**reply.headers, "Cache-Control": "no-store"})
    language = choose_language(request) if "lang" in request.query else receipt.language
    page = PageContext(language=language, settings=context.settings, base_url=request.base_url)
    return render_receipt(page, receipt, now, context.hours)


def show_embed_script(_context: AppContext, request: WebRequest) -> Reply:
    """The script that puts the form into any page."""
    return embed_script(request.base_url)


def redirect_to_form(_context: AppContext, request: WebRequest) -> Reply:
    """The root of the service leads to the form."""
    return Reply(302, headers={"Location": f"{request.base_url}/form"})


def answer_preflight(_context: AppContext, _request: WebRequest) -> Reply:
    """OPTIONS: which methods and headers a script may use. Who may is in the CORS headers."""
    return Reply(204, headers=preflight_headers(POST_ONLY))


def explain_posting(context: AppContext, request: WebRequest) -> Reply:
    """405 that helps: how to post, and the phone number."""
    page = _page(context, request)
    if wants_json(request):
        reply = refused(context, MethodNotAllowed(), page.language)
        return Reply(reply.status, reply.body, reply.content_type, {**reply.headers, "Allow": POST_ONLY})
    paragraphs = (text(page.language, "replies.use_post"), text(page.language, "replies.use_post_developers"))
    heading = text(page.language, "replies.heading_use_post")
    return render_notice(page, 405, heading, paragraphs, headers={"Allow": POST_ONLY})


def nothing_here(context: AppContext, request: WebRequest) -> Reply:
    """404 in the shape that the caller reads."""
    page = _page(context, request)
    if wants_json(request):
        return refused(context, NothingHere(), page.language)
    return notice(page, 404, "not_found")


def show_health(context: AppContext, request: WebRequest) -> Reply:
    """200 without touching AWS; with `?deep=1` the settings row is read, and 503 says that it could not be."""
    body = {"status": "ok", "stage": context.settings.stage, "settings_to_mend": list(context.settings_problems)}
    if request.query.get("deep") != "1":
        return json_reply(200, body, Cache_Control="no-store")
    table_ok = context.stage_settings.refresh()
    return json_reply(
        200 if table_ok else 503,
        {**body, "status": "ok" if table_ok else "degraded", "table": table_ok},
        Cache_Control="no-store",
    )


def _page(context: AppContext, request: WebRequest) -> PageContext:
    return PageContext(language=choose_language(request), settings=context.settings, base_url=request.base_url)
