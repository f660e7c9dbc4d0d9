"""Search: an exact reference, e-mail address or telephone number, or the beginning of a name. Posted, so that no name
and no number stands in an address or a browser's history; what is found has a page of its own to come back to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chalicelib.aws import AWS_ERRORS
from chalicelib.context import AppContext
from chalicelib.desk.audit import try_to_record_use
from chalicelib.desk.plain_words import level_in_words, status_in_words
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.models.addresses import read_email, read_phone
from chalicelib.models.name_words import name_words
from chalicelib.models.text import clean_line
from chalicelib.observability import failure_fields, log
from chalicelib.pages.desk_queue import ResultRow, search_reply
from chalicelib.storage.erasure import is_erased
from chalicelib.storage.lookups import (
    FoundEnquiry,
    find_by_contact,
    find_by_ids,
    find_by_name,
    find_by_reference,
)
from chalicelib.storage.searches import KeptSearch, keep_search, load_search
from chalicelib.storage.stage_settings import UnusableSettings, keyed_hash
from chalicelib.web import Reply
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

MAX_TYPED = 300
_REFERENCE = re.compile(r"\W*(?:ref(?:erence)?\W+)?([0-9A-Z]{3})\W{0,3}([0-9A-Z]{4})\W*", re.IGNORECASE | re.ASCII)
"""With whatever stands around and between: `#K7F—3Q9M.`"""
_SEARCH_ID = re.compile(r"[0-9a-f]{32}")
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
    """The page before anything was looked for, or what this session has found before."""
    search_id = desk.request.query.get("s", "")
    if not search_id:
        return search_reply(shell_of(desk))
    kept = _kept(desk, search_id)
    if kept is None:
        return search_reply(shell_of(desk), message=text("en", "desk.search_over"))
    found = find_by_ids(desk.context.table, kept.found)
    return _page(desk, Result(found=found, more=kept.more, message="" if found else "search_nothing"))


def search(desk: DeskRequest) -> Reply:
    """Look for what was typed, and go on to what was found: a page that Back leads to. Where nothing was, the page
    with the words, to mend them. Log line `desk searched` with `found`, never what was typed."""
    typed = clean_line(desk.form.get("q", ""))[:MAX_TYPED]
    try:
        result = _find(desk.context, typed)
    except UnusableSettings:
        result = Result(message="search_not_now")
    log.info("desk searched", extra={"found": len(result.found)})
    _record(desk, typed, result)
    search_id = _keep(desk, result) if result.found else ""
    if not search_id:
        return _page(desk, result, typed)
    address = desk.link(f"/desk/search?s={search_id}")
    return Reply(303, headers={"Location": address, "Cache-Control": "no-store"})


def _keep(desk: DeskRequest, result: Result) -> str:
    """The id under which it is kept; empty when it cannot be: then it is shown all the same."""
    context, search_id = desk.context, desk.context.ids.random_bytes(16).hex()
    kept = KeptSearch(found=tuple(each.id for each in result.found), more=result.more)
    try:
        keep_search(context.table, desk.session_hash, search_id, kept, context.clock())
    except AWS_ERRORS as error:
        log.warning("search not kept", extra=failure_fields(error))
        return ""
    return search_id


def _kept(desk: DeskRequest, search_id: str) -> KeptSearch | None:
    if not _SEARCH_ID.fullmatch(search_id):
        return None
    return load_search(desk.context.table, desk.session_hash, search_id, desk.context.clock())


def _page(desk: DeskRequest, result: Result, typed: str = "") -> Reply:
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
    if len(_NUMBER.findall(typed)) >= 5:
        phone = read_phone(typed)
        if phone or not _LETTER.search(typed):
            return _found(find_by_contact(table, _key(context), phone) if phone else None, "phone")
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
