"""A person withdraws an enquiry by the link in their mail: GET shows, a POST acts, and nothing acts twice."""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.errors import LegallyHeld, NotFound, Refusal, StatusConflict
from chalicelib.intake.form_body import decode_form
from chalicelib.intake.refusals import notice
from chalicelib.models.enquiry import CLOSING, Enquiry
from chalicelib.models.history_chain import HistoryEvent
from chalicelib.models.retention import erased_at_the_latest, somebody_must_look_first
from chalicelib.models.tombstone import BY_THE_PERSON, RECOVERABLE_DAYS, Erasure, Tombstone
from chalicelib.models.vocabulary import Language
from chalicelib.notifications.planning import POKE_GRACE, plan_withdrawn_alert
from chalicelib.notifications.relay import poke
from chalicelib.observability import failure_fields, log
from chalicelib.pages.page_shell import PageContext
from chalicelib.pages.withdrawal_page import Withdrawal, render_withdrawal
from chalicelib.storage.enquiries import change_enquiry, load_enquiry
from chalicelib.storage.erasure import erase_and_finish, load_tombstone
from chalicelib.storage.outbox import put_new_row
from chalicelib.storage.response_clocks import stop_clock
from chalicelib.storage.stage_settings import UnusableSettings
from chalicelib.storage.withdrawal_tokens import withdrawn_enquiry_id
from chalicelib.web import Reply, WebRequest
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.language_choice import choose_language

SALT_BYTES = 16
_TRIES = 5
Found = Enquiry | Tombstone


def show_withdrawal(context: AppContext, request: WebRequest) -> Reply:
    """What withdrawing does, or what became of it. Changes nothing: the scanners of mailboxes open every link."""
    context.stage_settings.fresh()
    try:
        return _page(context, request, _find(context, request))
    except NotFound:
        return _unknown(context, request)


def withdraw(context: AppContext, request: WebRequest) -> Reply:
    """Do it when a person has pressed the button, and go on to what became of it.

    1. An enquiry under a legal hold is closed and marked as withdrawn, and erased when the hold has been lifted.
    2. An enquiry in which somebody is in danger and has not been reached stays until staff have looked, 72 hours at
       most: they are told at once, because whoever reads the person's mail could silence them.
    3. All others are erased at once, with everything that finds them; what still waits to be sent is not sent.

    Log line `enquiry withdrawn` with `enquiry_id` for the first two; `enquiry erased` for the last."""
    context.stage_settings.fresh()
    try:
        found = _find(context, request)
    except NotFound:
        return _unknown(context, request)
    if not _is_pressed(request):
        return _page(context, request, found)
    try:
        left = _withdraw(context, found) if isinstance(found, Enquiry) else found
    except (*AWS_ERRORS, StatusConflict, UnusableSettings) as error:
        log.error("enquiry not withdrawn", extra=failure_fields(error))
        return _page(context, request, found, not_now=True)
    return _go_on(request, left)


def _find(context: AppContext, request: WebRequest) -> Found:
    """The enquiry of the link, or what is left of it. Raises NotFound."""
    token = request.path_values.get("token", "")[:200]
    enquiry_id = withdrawn_enquiry_id(context.stage_settings.known_key(), token)
    try:
        enquiry = load_enquiry(context.table, enquiry_id)
    except NotFound:
        return load_tombstone(context.table, enquiry_id)
    if enquiry.is_test:
        raise NotFound("a test")
    return enquiry


def _is_pressed(request: WebRequest) -> bool:
    """A scanner that posts what it finds without its fields has pressed nothing."""
    try:
        form = decode_form(request.header("content-type"), request.body)
    except Refusal:
        return False
    return ("withdraw", "yes") in form.pairs


def _withdraw(context: AppContext, enquiry: Enquiry) -> Enquiry:
    """Somebody of the staff may work on it at this moment: then it is decided anew. Returns it as it was last. Raises
    StatusConflict, AWS_ERRORS, UnusableSettings."""
    key = context.stage_settings.known_key()
    for _ in range(_TRIES):
        try:
            if enquiry.hold or somebody_must_look_first(enquiry):
                return _note(context, enquiry)
            erase_and_finish(context.table, key, enquiry, _erasure(context))
            return enquiry
        except (StatusConflict, LegallyHeld):
            enquiry = load_enquiry(context.table, enquiry.id)
        except NotFound:  # by the same button, pressed twice
            return enquiry
    raise StatusConflict("others changed it each time")


def _note(context: AppContext, enquiry: Enquiry) -> Enquiry:
    if enquiry.withdrawn_at:
        return enquiry
    now = context.clock()
    withdrawn = enquiry.model_copy(update={"withdrawn_at": now})
    rows = [plan_withdrawn_alert(withdrawn, now + POKE_GRACE)] if somebody_must_look_first(enquiry) else []
    actions = [put_new_row(context.table, row) for row in rows]
    if not rows and enquiry.status not in CLOSING:  # a hold keeps it, and nobody is to call any more
        withdrawn = withdrawn.model_copy(
            update={"status": "closed", "closed_at": now, "next_try_at": None, "undo": None}
        )
        actions.append(stop_clock(context.table, enquiry.id))
    event = HistoryEvent(kind="withdrawn", by=BY_THE_PERSON, at=now)
    after = change_enquiry(context.table, withdrawn, event, actions)
    log.warning("enquiry withdrawn", extra={"enquiry_id": enquiry.id})
    poke(context, [row.notification_id for row in rows])
    return after


def _erasure(context: AppContext) -> Erasure:
    salt = context.ids.random_bytes(SALT_BYTES).hex()
    return Erasure(by=BY_THE_PERSON, at=context.clock(), reason="asked", salt=salt, zone=context.hours.zone)


def _page(context: AppContext, request: WebRequest, found: Found, *, not_now: bool = False) -> Reply:
    language = _language(request, found)
    page = PageContext(language=language, settings=context.settings, base_url=request.base_url)
    moment = _moment(found)
    withdrawal = Withdrawal(
        stage="erased" if isinstance(found, Tombstone) else "noted" if found.withdrawn_at else "ask",
        is_held=isinstance(found, Enquiry) and found.hold is not None,
        token=request.path_values["token"],
        reference=found.reference,
        received=moment_in_words(found.received_at, language, context.hours.zone),
        moment=moment_in_words(moment, language, context.hours.zone) if moment else "",
        days=str(RECOVERABLE_DAYS),
    )
    return render_withdrawal(page, withdrawal, not_now=not_now)


def _moment(found: Found) -> datetime | None:
    return found.erased_at if isinstance(found, Tombstone) else erased_at_the_latest(found)


def _language(request: WebRequest, found: Found) -> Language:
    """The person's own; of an erased enquiry nobody knows it any more."""
    if "lang" in request.query or isinstance(found, Tombstone):
        return choose_language(request)
    return found.language


def _go_on(request: WebRequest, found: Found) -> Reply:
    """To the same page, so that loading it again posts nothing, in the language that the person reads now."""
    token, language = request.path_values["token"], _language(request, found)
    address = f"{request.base_url}/withdraw/{token}?lang={language}"
    return Reply(303, headers={"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _unknown(context: AppContext, request: WebRequest) -> Reply:
    page = PageContext(language=choose_language(request), settings=context.settings, base_url=request.base_url)
    reply = notice(page, 404, "withdrawal_not_found")
    return Reply(reply.status, reply.body, reply.content_type, {**reply.headers, "Cache-Control": "no-store"})
