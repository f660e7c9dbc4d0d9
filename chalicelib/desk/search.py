"""Search: an exact reference, e-mail address or telephone number, or the beginning of a name. Posted, so that no name
and no number stands in an address or a browser's history."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chalicelib.context import AppContext
from chalicelib.desk.audit import try_to_record_use
from chalicelib.desk.plain_words import level_in_words, status_in_words
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.models.addresses import read_email, read_phone
from chalicelib.models.name_words import name_words
from chalicelib.models.text import clean_line
from chalicelib.observability import log
from chalicelib.pages.desk_queue import ResultRow, search_reply
from chalicelib.storage.erasure import is_erased
from chalicelib.storage.lookups import FoundEnquiry, find_by_contact, find_by_name, find_by_reference
from chalicelib.storage.stage_settings import UnusableSettings, keyed_hash
from chalicelib.web import Reply
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

MAX_TYPED = 300
_REFERENCE = re.compile(r"([0-9A-Z]{3})[\s\-–]?([0-9A-Z]{4})", re.IGNORECASE)
_NUMBER = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Result:
    """What fits, whether there may be `more`, and the text to say when there is nothing to show. `by` is what was
    looked up: `reference`, `email`, `phone` or `name`; empty when nothing was."""

    by: str = ""
    found: list[FoundEnquiry] = field(default_factory=list)
    more: bool = False
    message: str = ""


def show_search(desk: DeskRequest) -> Reply:
    """The page before anything was looked for."""
    return search_reply(shell_of(desk))


def search(desk: DeskRequest) -> Reply:
    """The enquiries that fit what was typed. Log line `desk searched` with `found`, never what was typed."""
    typed = clean_line(desk.form.get("q", ""))[:MAX_TYPED]
    try:
        result = _find(desk.context, typed)
    except UnusableSettings:
        result = Result(message="search_not_now")
    log.info("desk searched", extra={"found": len(result.found)})
    _record(desk, typed, result)
    rows = [_result(desk.context, each) for each in result.found]
    message = text("en", f"desk.{result.message}") if result.message else ""
    return search_reply(shell_of(desk), typed=typed, rows=rows, more=result.more, message=message)


def _record(desk: DeskRequest, typed: str, result: Result) -> None:
    """Put into the audit how somebody searched, and a keyed hash of the words: whether a certain name was searched for
    can be shown, and nobody reads names there."""
    settings = desk.context.stage_settings.current()
    if result.by:
        hashed = keyed_hash(settings.key, "search", typed.lower()) if settings.known else ""
        found = str(len(result.found))
        try_to_record_use(desk.context, "searched", desk.staff.user, what=result.by, words_hash=hashed, found=found)


def _find(context: AppContext, typed: str) -> Result:
    table = context.table
    if match := _REFERENCE.fullmatch(typed):
        reference = f"{match[1]}-{match[2]}".upper()
        if found := find_by_reference(table, reference):
            return Result("reference", found)
        if is_erased(table, reference):
            return Result("reference", message="search_erased")
    if "@" in typed:
        return _found(find_by_contact(table, _key(context), read_email(typed)) if read_email(typed) else None, "email")
    if len(_NUMBER.findall(typed)) >= 5 and not _LETTER.search(typed):
        return _found(find_by_contact(table, _key(context), read_phone(typed)) if read_phone(typed) else None, "phone")
    if not name_words(typed):
        return Result(message="search_too_short")
    found, more = find_by_name(table, _key(context), typed)
    return Result("name", found, more, "" if found else "search_nothing")


def _found(found: list[FoundEnquiry] | None, kind: str) -> Result:
    if found is None:
        return Result(message=f"search_{kind}_unreadable")
    return Result(kind, found, message="" if found else "search_nothing")


def _key(context: AppContext) -> bytes:
    return context.stage_settings.known_key()


def _result(context: AppContext, found: FoundEnquiry) -> ResultRow:
    return ResultRow(
        id=found.id,
        reference=found.reference,
        name=found.name,
        level=found.level,
        level_word=level_in_words(found.level),
        status=status_in_words(found.status),
        received=moment_in_words(found.received_at, "en", context.settings.clinic_time_zone),
    )
