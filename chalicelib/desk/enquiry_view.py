"""The page of one enquiry, put together for whoever opens it; opening it is part of its history."""

from __future__ import annotations

import json
import re
from datetime import datetime

from chalicelib.aws import AWS_ERRORS
from chalicelib.desk import enquiry_words as words
from chalicelib.desk.acts import undoable_by
from chalicelib.desk.changes import event_of
from chalicelib.desk.enquiry_words import say
from chalicelib.desk.history_words import act_in_words, in_words
from chalicelib.desk.plain_words import flags_in_words, level_in_words, sentence, status_in_words, words_or
from chalicelib.desk.reply_mail import can_be_mailed
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.desk.time_words import time_left
from chalicelib.errors import NotFound, StatusConflict
from chalicelib.models.enquiry import AWAITING_CONTACT, Enquiry
from chalicelib.models.history_chain import VIEWED, Link
from chalicelib.models.notification import Notification
from chalicelib.models.vocabulary import LEVELS, rank
from chalicelib.observability import failure_fields, log
from chalicelib.pages.desk_enquiry import (
    Delivery,
    Earlier,
    EnquiryPage,
    Fact,
    Offer,
    Problem,
    Standing,
    render_enquiry,
)
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.history import append_event, history_of
from chalicelib.storage.lookups import earlier_of
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.viewings import keep_viewing, viewers
from chalicelib.web import JSON_TYPE, Reply
from chalicelib.wording.dates import moment_in_words

SHOWN_EVENTS, SHOWN_VIEWS = 100, 50
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_LOST = ("failed", "bounced", "rejected")


def show_enquiry(desk: DeskRequest) -> Reply:
    """The page. Raises NotFound."""
    enquiry = enquiry_of(desk)
    _record_view(desk, enquiry.id)
    return page_of(desk, enquiry)


def show_state(desk: DeskRequest) -> Reply:
    """What an open page asks for: has it changed, and who else has it open. Raises NotFound."""
    enquiry = enquiry_of(desk)
    _keep_viewing(desk, enquiry.id)
    state = {"version": enquiry.version, "viewers": _viewers_in_words(_others(desk, enquiry.id))}
    return Reply(200, json.dumps(state), JSON_TYPE, {"Cache-Control": "no-store"})


def enquiry_of(desk: DeskRequest) -> Enquiry:
    """The enquiry of the path. A test is shown to nobody. Raises NotFound."""
    if not _ID.fullmatch(desk.key):
        raise NotFound("no such enquiry")
    enquiry = load_enquiry(desk.context.table, desk.key)
    if enquiry.is_test:
        raise NotFound("a test")
    return enquiry


def page_of(desk: DeskRequest, enquiry: Enquiry, problem: Problem | None = None, status: int = 200) -> Reply:
    """The page of an enquiry that has been read, with the problem of an act."""
    zone, now = desk.context.hours.zone, desk.context.clock()
    links = history_of(desk.context.table, enquiry.id)
    acts = [link for link in links if link.kind != VIEWED]
    views = [link for link in links if link.kind == VIEWED]
    done = desk.request.query.get("done", "") if problem is None else ""
    page = EnquiryPage(
        address=desk.link(f"/desk/enquiries/{enquiry.id}"),
        standing=_standing(desk, enquiry, now),
        offer=_offer(desk, enquiry, links, now),
        contact=words.contact_of(enquiry),
        wishes=words.wishes_of(enquiry),
        reasons=words.reasons_of(enquiry),
        message=enquiry.submission.answers.message,
        answers=words.answers_of(enquiry),
        other_answers=words.other_answers_of(enquiry),
        source=words.source_of(enquiry),
        advice=words.advice_of(enquiry),
        script=words.script() if words.needs_script(enquiry) else (),
        mails=_mails(desk, enquiry),
        earlier=_earlier(desk, enquiry),
        history=in_words(acts[-SHOWN_EVENTS:], zone),
        views=in_words(views[-SHOWN_VIEWS:], zone),
        older=max(0, len(acts) - SHOWN_EVENTS) + max(0, len(views) - SHOWN_VIEWS),
        viewers=_others(desk, enquiry.id),
        summary=words.summary_of(enquiry, _when(desk, enquiry.received_at)),
        done=words_or("desk_enquiry", f"done.{done}", ""),
        problem=problem,
    )
    return render_enquiry(shell_of(desk), page, status)


def _record_view(desk: DeskRequest, enquiry_id: str) -> None:
    """A view is an event, once for as long as the page stays open. What cannot be written must not stand between
    staff and an emergency."""
    try:
        if _keep_viewing(desk, enquiry_id):
            append_event(desk.context.table, enquiry_id, event_of(desk.context, VIEWED, desk.staff.user, {}))
    except (*AWS_ERRORS, StatusConflict) as error:
        log.error("view not recorded", extra={"enquiry_id": enquiry_id, **failure_fields(error)})


def _keep_viewing(desk: DeskRequest, enquiry_id: str) -> bool:
    return keep_viewing(desk.context.table, enquiry_id, desk.staff.user, desk.context.clock())


def _others(desk: DeskRequest, enquiry_id: str) -> tuple[str, ...]:
    everybody = viewers(desk.context.table, enquiry_id, desk.context.clock())
    return tuple(user for user in everybody if user != desk.staff.user)


def _viewers_in_words(others: tuple[str, ...]) -> str:
    return say("viewing", names=", ".join(others)) if others else ""


def _standing(desk: DeskRequest, enquiry: Enquiry, now: datetime) -> Standing:
    is_waiting = enquiry.status in AWAITING_CONTACT
    due = _due(enquiry)
    is_overdue = due is not None and now > due
    triaged = enquiry.assessment.level
    return Standing(
        reference=enquiry.reference,
        level=enquiry.level,
        level_words=level_in_words(enquiry.level),
        triage_level=level_in_words(triaged) if triaged != enquiry.level else "",
        status=enquiry.status,
        status_words=status_in_words(enquiry.status),
        is_waiting=is_waiting,
        is_overdue=is_overdue,
        time_left=time_left(due, enquiry.next_try_at, now, desk.context.hours.zone) if due else "",
        owner=enquiry.owner,
        attempts=enquiry.attempts,
        facts=_dates(desk, enquiry, is_waiting=is_waiting),
        flags=flags_in_words(enquiry.flags),
        quarantine=_spam(enquiry, "quarantine") if enquiry.status == "quarantined" else "",
        spared=_spam(enquiry, "quarantine_spared") if enquiry.verdict.spared else "",
    )


def _spam(enquiry: Enquiry, key: str) -> str:
    codes = enquiry.verdict.reasons
    return say(key, reasons="; ".join(words_or("desk_enquiry", f"spam.{code}", sentence(code)) for code in codes))


def _due(enquiry: Enquiry) -> datetime | None:
    """By when staff must do something: reach the person, or look through what was held back."""
    if enquiry.status in AWAITING_CONTACT:
        return enquiry.contact_by
    return enquiry.review_by if enquiry.status == "quarantined" else None


def _dates(desk: DeskRequest, enquiry: Enquiry, *, is_waiting: bool) -> tuple[Fact, ...]:
    moments = [("received", enquiry.received_at), ("promised", enquiry.reply_by)]
    if is_waiting:
        moments.append(("contact_by", enquiry.contact_by))
    if enquiry.status == "quarantined" and enquiry.review_by:
        moments.append(("review_by", enquiry.review_by))
    if enquiry.next_try_at:
        moments.append(("next_try", enquiry.next_try_at))
    facts = [Fact(say(key), (_when(desk, at),)) for key, at in moments]
    return (*facts, Fact(say("duplicate_of"), (enquiry.duplicate_of,))) if enquiry.duplicate_of else tuple(facts)


def _offer(desk: DeskRequest, enquiry: Enquiry, links: list[Link], now: datetime) -> Offer:
    user, undo = desk.staff.user, undoable_by(enquiry, desk.staff.user, now)
    here = rank(enquiry.level)
    lower = LEVELS[:here] if desk.staff.is_manager else ()
    return Offer(
        version=enquiry.version,
        seen=links[-1].number if links else 0,
        undo=say("undo_what", what=act_in_words(undo.act)) if undo else "",
        can_take=enquiry.owner != user,
        can_release=enquiry.owner == user,
        can_acknowledge=enquiry.status == "new",
        can_reply=can_be_mailed(enquiry),
        higher=tuple((level, level_in_words(level)) for level in LEVELS[here + 1 :]),
        lower=tuple((level, level_in_words(level)) for level in reversed(lower)),
        today=now.astimezone(desk.context.hours.zone).date().isoformat(),
    )


def _mails(desk: DeskRequest, enquiry: Enquiry) -> tuple[Delivery, ...]:
    rows = notifications_of(desk.context.table, enquiry.id)
    return tuple(_delivery(desk, row) for row in sorted(rows, key=lambda row: row.due_at))


def _delivery(desk: DeskRequest, row: Notification) -> Delivery:
    what = words_or("desk_enquiry", f"kind.{row.kind}", sentence(row.kind))
    if row.round > 1:
        what = f"{what} ({say('mail.round', number=str(row.round))})"
    when = "" if row.status == "pending" else _when(desk, row.due_at)
    return Delivery(what, say(f"mail.{row.status}"), when, is_lost=row.status in _LOST)


def _earlier(desk: DeskRequest, enquiry: Enquiry) -> tuple[Earlier, ...]:
    """None while the stage's key cannot be read."""
    stage = desk.context.stage_settings.current()
    found = earlier_of(desk.context.table, stage.key, enquiry) if stage.known else []
    return tuple(
        Earlier(
            address=desk.link(f"/desk/enquiries/{each.id}"),
            reference=each.reference,
            level=level_in_words(each.level),
            status=status_in_words(each.status),
            when=_when(desk, each.received_at),
        )
        for each in found
    )


def _when(desk: DeskRequest, moment: datetime) -> str:
    return moment_in_words(moment, "en", desk.context.hours.zone)
