"""The page of one enquiry, put together for whoever opens it; opening it is part of its history."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import partial

from chalicelib.aws import AWS_ERRORS
from chalicelib.desk import enquiry_words as words
from chalicelib.desk.acts import UNDO_WITHIN, latest_next_try, undoable_by
from chalicelib.desk.changes import event_of
from chalicelib.desk.duplicates import duplicates_in, other_id
from chalicelib.desk.enquiry_words import say
from chalicelib.desk.history_words import act_in_words, in_words
from chalicelib.desk.page_weight import lightened
from chalicelib.desk.plain_words import flags_in_words, level_in_words, sentence, status_in_words, words_or
from chalicelib.desk.reply_mail import can_be_mailed
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.desk.time_words import time_left
from chalicelib.errors import NotFound, StatusConflict
from chalicelib.models.enquiry import AWAITING_CONTACT, CLOSING, Enquiry
from chalicelib.models.history_chain import VIEWED, Link
from chalicelib.models.notification import BUDGET_SPENT, TOO_MANY_MAILS, Notification
from chalicelib.models.response_clock import DANGER
from chalicelib.models.vocabulary import LEVELS, rank
from chalicelib.observability import failure_fields, log
from chalicelib.pages.desk_enquiry import (
    Delivery,
    Earlier,
    EnquiryPage,
    Fact,
    Offer,
    Problem,
    Related,
    Standing,
    render_enquiry,
)
from chalicelib.storage.enquiries import load_enquiry
from chalicelib.storage.history import append_event, newest_links
from chalicelib.storage.lookups import earlier_of
from chalicelib.storage.outbox import notifications_of
from chalicelib.storage.response_clocks import load_clock
from chalicelib.storage.viewings import keep_viewing, viewers
from chalicelib.web import JSON_TYPE, Reply
from chalicelib.wording.dates import moment_in_words

READ_EVENTS, SHOWN_EVENTS, SHOWN_VIEWS = 150, 100, 50
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_LOST = ("failed", "bounced", "rejected")
_WHY = {TOO_MANY_MAILS: "_too_many", BUDGET_SPENT: "_budget"}
_EVENTS = {
    "take": "taken",
    "release": "released",
    "assign": "assigned",
    "acknowledge": "acknowledged",
    "attempt": "contact_attempt",
    "reply": "reply_mailed",
    "status": "closed",
    "reopen": "reopened",
    "note": "note",
    "raise": "level_raised",
    "lower": "level_lowered",
    "hold": "held",
    "lift": "hold_lifted",
    "release_quarantine": "released_from_quarantine",
    "undo": "undone",
}
"""What each act is in the history."""


def show_enquiry(desk: DeskRequest) -> Reply:
    """The page. Raises NotFound."""
    return page_of(desk, enquiry_of(desk))


def show_state(desk: DeskRequest) -> Reply:
    """What an open page asks for: has it changed, and who else has it open. Raises NotFound."""
    enquiry = enquiry_of(desk)
    record_view(desk, enquiry.id)
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
    """The page of an enquiry that has been read, with the problem of an act. No act that is refused shows it unseen:
    whoever gets the page stands in its history first. Raises NotFound."""
    record_view(desk, enquiry.id)
    zone, now = desk.context.hours.zone, desk.context.clock()
    links = newest_links(desk.context.table, enquiry.id, READ_EVENTS)
    acts = [link for link in links if link.kind != VIEWED]
    views = [link for link in links if link.kind == VIEWED]
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
        related=_related(desk, enquiry, links),
        history=in_words(acts[-SHOWN_EVENTS:], zone),
        views=in_words(views[-SHOWN_VIEWS:], zone),
        total=links[-1].number if links else 0,
        viewers=_others(desk, enquiry.id),
        summary=words.summary_of(enquiry, _when(desk, enquiry.received_at)),
        done=_done(desk, links, now) if problem is None else "",
        problem=problem,
    )
    return render_enquiry(shell_of(desk), lightened(page), status)


def record_view(desk: DeskRequest, enquiry_id: str) -> None:
    """A view is an event, once for as long as the page stays open. What cannot be written must not stand between
    staff and an emergency. Raises NotFound for what was erased a moment ago."""
    try:
        if keep_viewing(desk.context.table, enquiry_id, desk.staff.user, desk.context.clock()):
            append_event(desk.context.table, enquiry_id, event_of(desk.context, VIEWED, desk.staff.user, {}))
    except (*AWS_ERRORS, StatusConflict) as error:
        log.error("view not recorded", extra={"enquiry_id": enquiry_id, **failure_fields(error)})


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
        lifecycle=words.lifecycle_of(enquiry, partial(_when, desk)),
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
    return tuple(Fact(say(key), (_when(desk, at),)) for key, at in moments)


def _offer(desk: DeskRequest, enquiry: Enquiry, links: list[Link], now: datetime) -> Offer:
    user, undo = desk.staff.user, undoable_by(enquiry, desk.staff.user, now)
    here = rank(enquiry.level)
    lower = LEVELS[:here] if desk.staff.is_manager else ()
    return Offer(
        version=enquiry.version,
        seen=links[-1].number if links else 0,
        undo=say("undo_what", what=act_in_words(undo.act, undo.facts)) if undo else "",
        is_closed=enquiry.status in CLOSING,
        can_take=enquiry.owner != user,
        can_release=enquiry.owner == user,
        can_acknowledge=_can_acknowledge(desk, enquiry),
        can_reply=can_be_mailed(enquiry),
        higher=tuple((level, level_in_words(level)) for level in LEVELS[here + 1 :]),
        lower=tuple((level, level_in_words(level)) for level in reversed(lower)),
        can_hold=desk.staff.is_manager and enquiry.hold is None,
        can_lift=desk.staff.is_manager and enquiry.hold is not None,
        today=now.astimezone(desk.context.hours.zone).date().isoformat(),
        latest=latest_next_try(enquiry, now).astimezone(desk.context.hours.zone).date().isoformat(),
    )


def _can_acknowledge(desk: DeskRequest, enquiry: Enquiry) -> bool:
    """What is new, and what was raised and has its second alert to come."""
    if enquiry.status == "new" or enquiry.level not in DANGER or enquiry.status not in AWAITING_CONTACT:
        return enquiry.status == "new"
    clock = load_clock(desk.context.table, enquiry.id)
    return clock is not None and clock.is_unseen


def _done(desk: DeskRequest, links: list[Link], now: datetime) -> str:
    """That an act was done, as the address says; but anybody may send an address, so the history has to say it too."""
    name, user = desk.request.query.get("done", ""), desk.staff.user
    last = next((link for link in reversed(links) if link.by == user and link.kind != VIEWED), None)
    is_true = last is not None and last.kind == _EVENTS.get(name) and now <= last.at + UNDO_WITHIN
    return say(f"done.{name}") if is_true else ""


def _related(desk: DeskRequest, enquiry: Enquiry, links: list[Link]) -> tuple[Related, ...]:
    """The enquiry that this one is a duplicate of, and those that are duplicates of this one."""
    original = {enquiry.duplicate_of: other_id(desk.context.table, enquiry.duplicate_of)}
    pairs = (("duplicate_of", original), ("duplicate", duplicates_in(links)))
    return tuple(
        Related(say(f"related_{what}"), desk.link(f"/desk/enquiries/{enquiry_id}"), reference)
        for what, found in pairs
        for reference, enquiry_id in found.items()
        if enquiry_id
    )


def _mails(desk: DeskRequest, enquiry: Enquiry) -> tuple[Delivery, ...]:
    rows = notifications_of(desk.context.table, enquiry.id)
    return tuple(_delivery(desk, row) for row in sorted(rows, key=lambda row: row.due_at))


def _delivery(desk: DeskRequest, row: Notification) -> Delivery:
    what = words_or("desk_enquiry", f"kind.{row.kind}", sentence(row.kind))
    if row.round > 1:
        what = f"{what} ({say('mail.round', number=str(row.round))})"
    when = "" if row.status == "pending" else _when(desk, row.due_at)
    together = "gathered_" if row.gathered_in and row.status in ("pending", "sent") else ""
    why = _WHY.get(row.last_error, "") if row.status == "suppressed" else ""
    return Delivery(what, say(f"mail.{together}{row.status}{why}"), when, is_lost=row.status in _LOST)


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
