"""A refusal as its sender can use it: JSON for scripts, the form filled in as typed for a form, a page for the rest."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.errors import Problem, Refusal
from chalicelib.intake.form_body import FormBody
from chalicelib.intake.origins import safe_destination
from chalicelib.intake.parsing import Draft
from chalicelib.intake.replies import danger_advice, refused, retry_header, wants_json
from chalicelib.models.assessment import Assessment
from chalicelib.models.vocabulary import Language
from chalicelib.pages.form_page import FieldMessage, FormState, render_form
from chalicelib.pages.notice_page import render_notice
from chalicelib.pages.page_shell import PageContext
from chalicelib.web import Reply, WebRequest
from chalicelib.wording.texts import text


def refuse(
    context: AppContext,
    request: WebRequest,
    refusal: Refusal,
    language: Language,
    *,
    form: FormBody | None = None,
    draft: Draft | None = None,
    assessment: Assessment | None = None,
) -> Reply:
    """The answer to a refused post. Whatever could be read comes back; nothing is lost."""
    if wants_json(request, form):
        return refused(context, refusal, language, assessment)
    page = PageContext(language=language, settings=context.settings, base_url=request.base_url)
    retry = retry_header(refusal.status, refusal.retry_after_seconds)
    headers = {name.replace("_", "-"): value for name, value in retry.items()}
    if draft is None:
        return notice(page, refusal.status, refusal.problems[0].message_key, headers)
    state = FormState(
        form=draft.submission.form,
        typed=draft.typed,
        controls=draft.controls.carried,
        idempotency=draft.controls.idempotency or context.ids.new_id(),
        problems=tuple(_in_words(problem, language) for problem in refusal.problems),
        advice=tuple(item["text"] for item in danger_advice(language, assessment)),
        next_url=safe_destination(draft.controls.next_url, request, context.settings),
        site_url=safe_destination(draft.controls.error_url, request, context.settings),
        rendered=draft.controls.rendered,
    )
    reply = render_form(page, state, refusal.status)
    return Reply(reply.status, reply.body, reply.content_type, {**reply.headers, **headers})


def notice(page: PageContext, status: int, key: str, headers: dict[str, str] | None = None) -> Reply:
    """A page for what cannot come back as a form. `key` names the text in `replies.json`."""
    heading = text(page.language, f"replies.heading_{key}")
    return render_notice(page, status, heading, (text(page.language, f"replies.{key}"),), headers=headers or {})


def _in_words(problem: Problem, language: Language) -> FieldMessage:
    return FieldMessage(problem.field, problem.code, text(language, f"replies.{problem.message_key}"))
