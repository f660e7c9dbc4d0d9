"""An enquiry that came by telephone, taken down by staff: read, triaged and stored as if it had come by the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from chalicelib.desk.enquiry_view import enquiry_of, record_view
from chalicelib.desk.enquiry_words import advice_in_words, needs_script
from chalicelib.desk.plain_words import answer_in_words, level_in_words, words_or
from chalicelib.desk.requests import DeskRequest, form_token, session_id_of
from chalicelib.desk.shells import shell_of
from chalicelib.errors import NotFound, Refusal
from chalicelib.intake.form_body import FormBody
from chalicelib.intake.parsing import parse_submission, refuse_problems
from chalicelib.intake.receive import accept_draft, announce, report_refusal
from chalicelib.models import vocabulary
from chalicelib.models.assessment import Assessment
from chalicelib.pages.desk_telephone import CallPage, Choice, TakenDown, Told, render_call, render_taken_down
from chalicelib.storage.sessions import session_hash
from chalicelib.triage.engine import triage
from chalicelib.web import Reply, WebRequest
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

FORM = "telephone"
PATH = "/desk/new"
LINES = ("name", "phone", "email", "best_time", "message")
SELECTS: Mapping[str, tuple[str, ...]] = {
    "self_harm": get_args(vocabulary.SelfHarm),
    "about": get_args(vocabulary.About),
    "age_group": get_args(vocabulary.AgeGroup),
    "language": get_args(vocabulary.Language),
    "interpreter": ("yes", "no"),
    "leave_message": ("yes", "no"),
}
SIGNS: tuple[str, ...] = get_args(vocabulary.UrgentSign)
SIGN = "sign_"
"""Each sign has a name of its own: a post that comes back after a sign-in keeps one value for each name."""
_PASSED_ON = ("origin", "sec-fetch-site")


def show_new(desk: DeskRequest) -> Reply:
    """The empty form."""
    return render_call(shell_of(desk), _page({"entry": desk.context.ids.new_id()}))


def take_down(desk: DeskRequest) -> Reply:
    """Store it and go on to what the caller is told. What cannot be stored comes back with all that was typed, and with
    the advice: it must not wait for a spelling."""
    request, body = _posted(desk), FormBody("application/x-www-form-urlencoded", _pairs(desk.form))
    draft = parse_submission(body, request, desk.context.settings)
    assessment = triage(draft.submission.answers)
    try:
        refuse_problems(draft)
        accepting = accept_draft(desk.context, request, draft, assessment, entered_by=desk.staff.user)
    except Refusal as refusal:
        report_refusal(desk.context, refusal)
        page = replace(_page(desk.form), errors=_errors(refusal), told=_told_unstored(assessment))
        return render_call(shell_of(desk), page, refusal.status)
    announce(desk.context, *accepting)
    address = desk.link(f"/desk/new/{accepting[1].enquiry_id}")
    return Reply(303, headers={"Location": address, "Cache-Control": "no-store"})


def give_back(desk: DeskRequest, form: Mapping[str, str], why: str, status: int) -> Reply:
    """The form with all that was typed and the advice that it calls for, where its post met the end of a session or an
    outage. It carries what proves our own form to the session of the cookie, and the same entry: pressed again, it
    stores nothing twice."""
    page = replace(_page(form), told=told_before_storing(desk, form), note=text("en", f"desk_telephone.back_{why}"))
    session_id = session_id_of(desk.request)
    token = desk.form_token or (form_token(session_hash(session_id)) if session_id else "")
    return render_call(replace(shell_of(desk), form_token=token), page, status)


def told_before_storing(desk: DeskRequest, form: Mapping[str, str]) -> Told | None:
    """What the caller is to hear by what was typed, although it is not stored; None when nothing is due."""
    body = FormBody("application/x-www-form-urlencoded", _pairs(form))
    draft = parse_submission(body, _posted(desk), desk.context.settings)
    told = _told_unstored(triage(draft.submission.answers))
    return told if told.advice else None


def show_taken_down(desk: DeskRequest) -> Reply:
    """What was stored. Raises NotFound for what did not come by telephone."""
    enquiry = enquiry_of(desk)
    if not enquiry.entered_by:
        raise NotFound("not taken down by telephone")
    record_view(desk, enquiry.id)
    taken = TakenDown(
        address=desk.link(f"/desk/enquiries/{enquiry.id}"),
        reference=enquiry.reference,
        told=_told(enquiry.assessment),
        reply_by=moment_in_words(enquiry.reply_by, "en", desk.context.hours.zone),
        has_script=needs_script(enquiry),
    )
    return render_taken_down(shell_of(desk), taken)


def _pairs(form: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What the form of a website would have posted."""
    named = [(name, form[name]) for name in (*LINES, *SELECTS, "consent") if form.get(name)]
    signs = [("urgent_signs", sign) for sign in SIGNS if form.get(f"{SIGN}{sign}")]
    return (*named, *signs, ("_idempotency", form.get("entry", "")))


def _posted(desk: DeskRequest) -> WebRequest:
    """The request as intake reads it: no page of the desk is where a caller came from."""
    headers = {name: value for name, value in desk.request.headers.items() if name in _PASSED_ON}
    return replace(desk.request, headers=headers, path_values={"form": FORM})


def _page(form: Mapping[str, str]) -> CallPage:
    return CallPage(
        entry=form.get("entry", ""),
        typed={name: form.get(name, "") for name in LINES},
        signs=tuple(_choice("urgent_signs", sign, bool(form.get(f"{SIGN}{sign}"))) for sign in SIGNS),
        selects={
            name: tuple(_choice(name, code, form.get(name) == code) for code in codes)
            for name, codes in SELECTS.items()
        },
        consents=bool(form.get("consent")),
    )


def _choice(field: str, code: str, is_chosen: bool) -> Choice:
    return Choice(code, answer_in_words(field, code), is_chosen)


def _errors(refusal: Refusal) -> dict[str, str]:
    return {problem.field or "": _in_words(problem.message_key) for problem in refusal.problems}


def _in_words(message_key: str) -> str:
    """The replies speak to the caller; what staff have to mend is said to staff."""
    return words_or("desk_telephone", message_key, text("en", f"replies.{message_key}"))


def _told(assessment: Assessment) -> Told:
    return Told(assessment.level, level_in_words(assessment.level), advice_in_words(assessment))


def _told_unstored(assessment: Assessment) -> Told:
    """Nobody may be promised a call for what is not stored."""
    keys = [item.text_key for item in assessment.safety_advice]
    advice = tuple(words_or("advice", f"{key}_not_sent", text("en", f"advice.{key}")) for key in keys)
    return Told(assessment.level, level_in_words(assessment.level), advice)
