"""Erasing one enquiry at the desk: a manager is asked first, and afterwards its page is the receipt."""

from __future__ import annotations

import re
from datetime import datetime

from chalicelib.desk import enquiry_view
from chalicelib.desk.audit import try_to_record_use
from chalicelib.desk.changes import SALT_BYTES
from chalicelib.desk.history_words import in_words, reason_in_words
from chalicelib.desk.plain_words import status_in_words, words_or
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.errors import LegallyHeld, NotFound, StatusConflict
from chalicelib.models.enquiry import AWAITING_CONTACT, Enquiry
from chalicelib.models.history_chain import ERASED, Link
from chalicelib.models.name_words import name_words
from chalicelib.models.submission import Contact
from chalicelib.models.text import clean_line
from chalicelib.models.tombstone import REASONS, RECOVERABLE_DAYS, Erasure, Tombstone
from chalicelib.pages.desk_erasing import ErasePage, Receipt, render_erase, render_receipt
from chalicelib.storage.erasure import erase_and_finish, load_tombstone
from chalicelib.storage.history import history_of
from chalicelib.storage.stage_settings import UnusableSettings
from chalicelib.web import JSON_TYPE, Reply
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

MAX_WORDS, SHOWN_EVENTS = 200, 200
AUDITED_AS = "erased_enquiry"
"""In the audit, where `erased` would say that the audit itself was."""
_SHORTEST_NAME, _LONGEST_ID = 3, 64
_ADDRESS = re.compile(r"@|\d(?:\D{0,2}\d){6}")
"""An e-mail address, or a telephone number however it is written."""


def show_enquiry(desk: DeskRequest) -> Reply:
    """The page of an enquiry; what was erased has its receipt there, so that the link of a mail leads to it. Raises
    NotFound."""
    try:
        return enquiry_view.show_enquiry(desk)
    except NotFound:
        return _receipt(desk)


def show_state(desk: DeskRequest) -> Reply:
    """What an open page asks for; an erased enquiry is in no version that a page was made of. Raises NotFound."""
    try:
        return enquiry_view.show_state(desk)
    except NotFound:
        _tombstone(desk)
        return Reply(200, '{"version": 0, "viewers": ""}', JSON_TYPE, {"Cache-Control": "no-store"})


def ask(desk: DeskRequest) -> Reply:
    """What erasing does, and the form for it. Raises NotFound."""
    try:
        enquiry = enquiry_view.enquiry_of(desk)
    except NotFound:
        return _to_receipt(desk)
    return _ask(desk, enquiry)


def erase(desk: DeskRequest) -> Reply:
    """Erase what its page showed, and go on to the receipt. What is asked for twice is done once. Log lines `enquiry
    erased` and `erasure not finished`, which the hourly reconciliation then does. Raises NotFound."""
    try:
        enquiry = enquiry_view.enquiry_of(desk)
        problems = _problems(desk, enquiry)
        if problems:
            return _ask(desk, enquiry, problems, 422)
        if desk.form.get("version") != str(enquiry.version):
            raise StatusConflict("another version was shown")
        key = desk.context.stage_settings.known_key()
        erase_and_finish(desk.context.table, key, enquiry, _erasure(desk))
    except NotFound:
        return _to_receipt(desk)
    except StatusConflict:
        return _ask(desk, enquiry_view.enquiry_of(desk), {"": "erase_conflict"}, 409)
    except LegallyHeld:
        return _ask(desk, enquiry_view.enquiry_of(desk), {"": "erase_held"}, 409)
    except UnusableSettings:
        return _ask(desk, enquiry, {"": "erase_not_now"}, 503)
    reason = _reason(desk)
    try_to_record_use(desk.context, AUDITED_AS, desk.staff.user, reference=enquiry.reference, why=reason)
    return _to_receipt(desk)


def _erasure(desk: DeskRequest) -> Erasure:
    reason = _reason(desk)
    return Erasure(
        by=desk.staff.user,
        at=desk.context.clock(),
        reason=next(each for each in REASONS if each == reason),
        salt=desk.context.ids.random_bytes(SALT_BYTES).hex(),
        words=_words(desk) if reason == "other" else "",
        zone=desk.context.hours.zone,
    )


def _problems(desk: DeskRequest, enquiry: Enquiry) -> dict[str, str]:
    """Field and text of everything that is to be mended."""
    problems, words = {}, _words(desk)
    if _reason(desk) not in REASONS:
        problems["reason"] = "erase_reason_missing"
    elif _reason(desk) == "other":
        if not words:
            problems["words"] = "erase_words_missing"
        elif len(words) > MAX_WORDS:
            problems["words"] = "erase_words_long"
        elif _names(words, enquiry.submission.contact):
            problems["words"] = "erase_words_name"
    if _bare(desk.form.get("reference", "")) != _bare(enquiry.reference):
        problems["reference"] = "erase_reference_wrong"
    return problems


def _names(words: str, contact: Contact) -> bool:
    """Whether the words hold a name of the person, an address or a number: they would outlive what is erased."""
    names = {word for word in name_words(contact.name) if len(word) >= _SHORTEST_NAME}
    return bool(names & set(name_words(words)) or _ADDRESS.search(words))


def _reason(desk: DeskRequest) -> str:
    return desk.form.get("reason", "")


def _words(desk: DeskRequest) -> str:
    return clean_line(desk.form.get("words", ""))


def _bare(reference: str) -> str:
    return "".join(char for char in reference.upper() if char.isalnum())


def _ask(desk: DeskRequest, enquiry: Enquiry, problems: dict[str, str] | None = None, status: int = 200) -> Reply:
    said = {name: text("en", f"desk.{key}", count=str(MAX_WORDS)) for name, key in (problems or {}).items()}
    page = ErasePage(
        address=desk.link(f"/desk/enquiries/{enquiry.id}"),
        reference=enquiry.reference,
        version=enquiry.version,
        received=_when(desk, enquiry.received_at),
        status=status_in_words(enquiry.status),
        is_open=enquiry.status in AWAITING_CONTACT,
        is_held=enquiry.hold is not None,
        reasons=tuple((code, reason_in_words(code)) for code in REASONS),
        typed={name: desk.form.get(name, "") for name in ("reason", "words", "reference")},
        errors=said,
        days=str(RECOVERABLE_DAYS),
        mails_hold_all=desk.context.settings.staff_mail_detail == "full",
    )
    return render_erase(shell_of(desk), page, status)


def _receipt(desk: DeskRequest) -> Reply:
    tombstone = _tombstone(desk)
    history = history_of(desk.context.table, tombstone.id)
    receipt = Receipt(
        reference=tombstone.reference,
        received=_when(desk, tombstone.received_at),
        erased=_when(desk, tombstone.erased_at),
        by=words_or("desk_enquiry", f"by.{tombstone.erased_by}", tombstone.erased_by),
        reason=reason_in_words(tombstone.reason),
        is_finished=tombstone.finished_at is not None,
        history=in_words(map(_bare_of_text, history[-SHOWN_EVENTS:]), desk.context.hours.zone),
        days=str(RECOVERABLE_DAYS),
        mails_hold_all=desk.context.settings.staff_mail_detail == "full",
    )
    return render_receipt(shell_of(desk), receipt)


def _bare_of_text(link: Link) -> Link:
    """As it will be, when it has yet to be swept."""
    is_swept = link.kind == ERASED or not link.facts
    return link if is_swept else link.model_copy(update={"facts": {}, "erased": True})


def _to_receipt(desk: DeskRequest) -> Reply:
    address = desk.link(f"/desk/enquiries/{_tombstone(desk).id}")
    return Reply(303, headers={"Location": address, "Cache-Control": "no-store"})


def _tombstone(desk: DeskRequest) -> Tombstone:
    if len(desk.key) > _LONGEST_ID:
        raise NotFound("no such enquiry")
    return load_tombstone(desk.context.table, desk.key)


def _when(desk: DeskRequest, moment: datetime) -> str:
    """With the year: a receipt is kept for long."""
    zone = desk.context.hours.zone
    return f"{moment_in_words(moment, 'en', zone)} ({moment.astimezone(zone).year})"
