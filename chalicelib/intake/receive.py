"""The story of one enquiry, from the posted form to the answer. Read this first."""

from __future__ import annotations

from chalicelib.context import AppContext
from chalicelib.errors import NotStored, Refusal, TooManyEnquiries
from chalicelib.intake.acceptance import Accepted, new_acceptance, store
from chalicelib.intake.form_body import FormBody, decode_form
from chalicelib.intake.origins import check_origin
from chalicelib.intake.parsing import Draft, parse_submission, refuse_problems
from chalicelib.intake.refusals import refuse
from chalicelib.intake.replies import received, received_in_short, wants_json
from chalicelib.models.assessment import Assessment
from chalicelib.notifications.relay import start_poke
from chalicelib.observability import count_event, failure_fields, log
from chalicelib.storage.enquiries import Acceptance
from chalicelib.triage.engine import triage
from chalicelib.web import Reply, WebRequest
from chalicelib.wording.language_choice import choose_language


def receive_enquiry(context: AppContext, request: WebRequest) -> Reply:
    """Answer one posted form. A 2xx means stored with its outbox rows; every refusal says what to do.

    Metrics: EnquiriesReceived, EnquiriesNotStored, EnquiriesRateLimited. Log fields: enquiry_id, level, status, form.
    """
    form: FormBody | None = None
    draft: Draft | None = None
    assessment: Assessment | None = None
    try:
        form = decode_form(request.header("content-type"), request.body)
        as_json = wants_json(request, form)
        draft = parse_submission(form, request, context.settings)
        assessment = triage(draft.submission.answers)
        check_origin(request, context.settings, by_script=as_json)
        refuse_problems(draft)
        acceptance, accepted = accept_draft(context, request, draft, assessment)
        return _thank(context, request, acceptance, accepted, as_json=as_json)
    except Refusal as refusal:
        report_refusal(context, refusal)
        language = draft.submission.language if draft else choose_language(request)
        return refuse(context, request, refusal, language, form=form, draft=draft, assessment=assessment)


def accept_draft(
    context: AppContext, request: WebRequest, draft: Draft, assessment: Assessment, *, entered_by: str = ""
) -> tuple[Acceptance, Accepted]:
    """Decide everything under the settings of now, then write it in one transaction; the poke runs beside it. Raises
    NotStored, IdempotencyKeyReused."""
    # One key for the hash that is stored and for the token that is told: the row may be read again in between.
    key = context.stage_settings.fresh().key
    try:
        acceptance = new_acceptance(context, request, draft, assessment, key=key, entered_by=entered_by)
    except Exception as error:  # a fault of ours must not cost a person the advice that their answers call for
        raise NotStored from error
    poke = start_poke(context, [row.notification_id for row in acceptance.notifications])
    try:
        accepted = store(context, acceptance, key=key)
    finally:
        poke.finish()
    return acceptance, accepted


def _thank(
    context: AppContext, request: WebRequest, acceptance: Acceptance, accepted: Accepted, *, as_json: bool
) -> Reply:
    """It is stored: whatever fails from here on, the log line included, the answer stays a success."""
    try:
        announce(context, acceptance, accepted)
        return received(context, request, accepted, as_json=as_json)
    except Exception as error:
        log.error("answer without its texts", extra={"enquiry_id": accepted.enquiry_id, **failure_fields(error)})
        return received_in_short(request, accepted, as_json=as_json)


def announce(context: AppContext, acceptance: Acceptance, accepted: Accepted) -> None:
    """Log and count an enquiry that is new; a repeat is not."""
    enquiry = acceptance.enquiry
    if accepted.enquiry_id != enquiry.id:
        return
    ids = {"enquiry_id": enquiry.id, "level": enquiry.level, "status": enquiry.status, "form": enquiry.submission.form}
    log.info("enquiry saved", extra=ids)
    if not enquiry.is_test:
        count_event("EnquiriesReceived", stage=context.settings.stage, at=enquiry.received_at)


def report_refusal(context: AppContext, refusal: Refusal) -> None:
    """Log a refusal; what could not be stored, or was one too many, is counted too."""
    codes = [problem.code for problem in refusal.problems]
    if isinstance(refusal, NotStored):
        hint = "if this is a laptop, start AWS with: make aws"
        cause = failure_fields(refusal.__cause__) if refusal.__cause__ else {}
        log.error("enquiry not stored", extra={"table": context.table.name, "hint": hint, **cause})
        count_event("EnquiriesNotStored", stage=context.settings.stage, at=context.clock())
    else:
        log.info("enquiry refused", extra={"status": refusal.status, "codes": codes})
        if isinstance(refusal, TooManyEnquiries):
            count_event("EnquiriesRateLimited", stage=context.settings.stage, at=context.clock())
