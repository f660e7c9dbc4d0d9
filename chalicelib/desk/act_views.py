"""The forms on the page of an enquiry: each posts one act. What cannot be done shows the page again with what was
typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar, get_args
from urllib.parse import quote

from chalicelib.desk import acts, holds
from chalicelib.desk.access import confirm
from chalicelib.desk.acts import Channel, ContactAttempt, Outcome
from chalicelib.desk.changes import ActRefused
from chalicelib.desk.enquiry_view import READ_EVENTS, enquiry_of, page_of
from chalicelib.desk.enquiry_words import say
from chalicelib.desk.guard import Who
from chalicelib.desk.history_words import in_words
from chalicelib.desk.reply_mail import reply_by_mail
from chalicelib.desk.requests import TOKEN_FIELD, DeskRequest
from chalicelib.errors import SignInRefused, StatusConflict
from chalicelib.models.enquiry import CLOSING, Enquiry
from chalicelib.models.history_chain import VIEWED
from chalicelib.models.vocabulary import LEVELS
from chalicelib.pages.desk_enquiry import Problem
from chalicelib.storage.history import newest_links
from chalicelib.web import Reply

T = TypeVar("T", bound=str)
MAX_NOTE, MAX_LINE = 10_000, 1_000
_OPENS = time(9)
_OURS = (TOKEN_FIELD, "version", "seen")


@dataclass(frozen=True)
class Posted:
    """A form about one enquiry."""

    desk: DeskRequest
    enquiry: Enquiry

    @property
    def by(self) -> str:
        """Whoever acts."""
        return self.desk.staff.user

    @property
    def version(self) -> int:
        """The version that the form was made of; 0 for none that ever was."""
        return _number(self.desk.form.get("version", ""))

    def text(self, name: str, longest: int = MAX_LINE) -> str:
        """What was typed. Raises ActRefused when it is too long."""
        typed = self.desk.form.get(name, "").replace("\r\n", "\n").strip()
        if len(typed) > longest:
            raise ActRefused("too_long")
        return typed


def run_act(desk: DeskRequest) -> Reply:
    """Do what the path says and go back to the page. Raises NotFound."""
    name = desk.request.path_values["act"]
    enquiry = enquiry_of(desk)
    try:
        _ACTS[name][0](Posted(desk, enquiry))
    except ActRefused as refused:
        words = say(f"refused.{refused}", count=f"{MAX_NOTE if name == 'note' else MAX_LINE:,}")
        return page_of(desk, enquiry_of(desk), Problem(name, words, _typed(desk)), status=422)
    except StatusConflict:
        return _conflict(desk, name)
    address = desk.link(f"/desk/enquiries/{enquiry.id}?done={quote(name)}")
    return Reply(303, headers={"Location": address, "Cache-Control": "no-store"})


def _conflict(desk: DeskRequest, name: str) -> Reply:
    """The page as it is now, with what others did since the form was made, and nothing overwritten."""
    seen = _number(desk.form.get("seen", ""))
    links = newest_links(desk.context.table, desk.key, READ_EVENTS)
    changes = in_words([link for link in links if link.number > seen and link.kind != VIEWED], desk.context.hours.zone)
    words = say("conflict" if changes and seen else "conflict_none")
    return page_of(desk, enquiry_of(desk), Problem(name, words, _typed(desk), changes if seen else ()), status=409)


def _typed(desk: DeskRequest) -> Mapping[str, str]:
    return {name: value for name, value in desk.form.items() if name not in _OURS}


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _take(posted: Posted) -> None:
    acts.take(posted.desk.context, posted.enquiry.id, by=posted.by, version=posted.version)


def _release(posted: Posted) -> None:
    acts.release(posted.desk.context, posted.enquiry.id, by=posted.by, version=posted.version)


def _acknowledge(posted: Posted) -> None:
    acts.acknowledge(posted.desk.context, posted.enquiry.id, by=posted.by, version=posted.version)


def _undo(posted: Posted) -> None:
    acts.undo(posted.desk.context, posted.enquiry.id, by=posted.by, version=posted.version)


def _release_quarantine(posted: Posted) -> None:
    acts.release_from_quarantine(posted.desk.context, posted.enquiry.id, by=posted.by, version=posted.version)


def _note(posted: Posted) -> None:
    acts.note(posted.desk.context, posted.enquiry.id, posted.text("note", MAX_NOTE), by=posted.by)


def _assign(posted: Posted) -> None:
    """Only to somebody who can sign in: an owner who does not exist would work on it never."""
    try:
        colleague = confirm(posted.desk.context, posted.text("to").lower())
    except SignInRefused:
        raise ActRefused("user_unknown_now") from None
    if colleague is None:
        raise ActRefused("no_such_user")
    acts.assign(posted.desk.context, posted.enquiry.id, colleague.user, by=posted.by, version=posted.version)


def _attempt(posted: Posted) -> None:
    channel = _choice(posted.text("channel"), get_args(Channel), "outcome")
    outcome = _choice(posted.text("outcome"), get_args(Outcome), "outcome")
    again = _next_try(posted) if outcome != "reached" else None
    attempt = ContactAttempt(channel=channel, outcome=outcome, next_try_at=again)
    acts.log_attempt(posted.desk.context, posted.enquiry.id, attempt, by=posted.by, version=posted.version)


def _reply(posted: Posted) -> None:
    """One's own words go out only when somebody has said that they may be read by others."""
    words = posted.text("words")
    if words and not posted.text("warned"):
        raise ActRefused("own_words_unwarned")
    reply_by_mail(posted.desk.context, posted.enquiry.id, words, by=posted.by, version=posted.version)


def _status(posted: Posted) -> None:
    acts.close(
        posted.desk.context,
        posted.enquiry.id,
        _choice(posted.text("status"), CLOSING, "not_closing"),
        posted.text("reason"),
        by=posted.by,
        version=posted.version,
        duplicate_of=posted.text("duplicate_of"),
    )


def _reopen(posted: Posted) -> None:
    acts.reopen(posted.desk.context, posted.enquiry.id, posted.text("reason"), by=posted.by, version=posted.version)


def _raise(posted: Posted) -> None:
    level = _choice(posted.text("level"), LEVELS, "not_higher")
    reason = posted.text("reason")
    acts.raise_level(posted.desk.context, posted.enquiry.id, level, reason, by=posted.by, version=posted.version)


def _lower(posted: Posted) -> None:
    level = _choice(posted.text("level"), LEVELS, "not_lower")
    reason = posted.text("reason")
    acts.lower_level(posted.desk.context, posted.enquiry.id, level, reason, by=posted.by, version=posted.version)


def _hold(posted: Posted) -> None:
    holds.hold(posted.desk.context, posted.enquiry.id, posted.text("reason"), by=posted.by, version=posted.version)


def _lift(posted: Posted) -> None:
    holds.lift(posted.desk.context, posted.enquiry.id, posted.text("reason"), by=posted.by, version=posted.version)


def _choice(typed: str, choices: tuple[T, ...], refusal: str) -> T:
    chosen = next((choice for choice in choices if choice == typed), None)
    if chosen is None:
        raise ActRefused(refusal)
    return chosen


def _next_try(posted: Posted) -> datetime | None:
    """Clinic time: a date alone means its opening, a time alone means today."""
    day, clock = posted.text("next_date"), posted.text("next_time")
    if not day and not clock:
        return None
    hours, now = posted.desk.context.hours, posted.desk.context.clock()
    try:
        on = date.fromisoformat(day) if day else now.astimezone(hours.zone).date()
        at = time.fromisoformat(clock).replace(tzinfo=None) if clock else None
        opens = hours.on(on)
        moment = opens[0] if at is None and opens else datetime.combine(on, at or _OPENS, hours.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ActRefused("next_try") from None
    if moment < now - timedelta(minutes=1):
        raise ActRefused("next_try_past")
    return moment


_ACTS: Mapping[str, tuple[Callable[[Posted], None], Who]] = {
    "take": (_take, "staff"),
    "release": (_release, "staff"),
    "assign": (_assign, "staff"),
    "acknowledge": (_acknowledge, "staff"),
    "attempt": (_attempt, "staff"),
    "reply": (_reply, "staff"),
    "status": (_status, "staff"),
    "reopen": (_reopen, "staff"),
    "note": (_note, "staff"),
    "raise": (_raise, "staff"),
    "lower": (_lower, "manager"),
    "hold": (_hold, "manager"),
    "lift": (_lift, "manager"),
    "release_quarantine": (_release_quarantine, "staff"),
    "undo": (_undo, "staff"),
}
ACTS: tuple[tuple[str, Who], ...] = tuple((name, who) for name, (_, who) in _ACTS.items())
"""Each act, and who may do it."""
