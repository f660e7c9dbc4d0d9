"""The queue: one list that answers what has to be done now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast, get_args
from urllib.parse import urlencode

from chalicelib.desk.plain_words import flags_in_words, level_in_words, status_in_words
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.desk.tab_title import COUNTED_TO, Shown, counted, tab_title
from chalicelib.desk.time_words import span_in_words, time_left
from chalicelib.models.enquiry import AWAITING_CONTACT, Status
from chalicelib.models.queue_order import (
    GROUPS,
    QUARANTINE,
    REACHED,
    Cursor,
    QueuedEnquiry,
    in_order,
    queues_of,
    read_cursor,
    write_cursor,
)
from chalicelib.models.vocabulary import LEVELS, Level
from chalicelib.notifications.rendering import arrived_ago
from chalicelib.pages.desk_page import HEADERS
from chalicelib.pages.desk_queue import Choice, Pill, QueueRow, QueueView, RowGroup, queue_reply, queue_rows
from chalicelib.storage.listings import lying_in_quarantine, queued_after
from chalicelib.storage.table import Table
from chalicelib.web import JSON_TYPE, Reply
from chalicelib.wording.texts import text

PAGE = 50
MAX_LOOKED_AT = 300
"""What a filter that fits few enquiries reads for one page; the link below goes on from there."""
STATUSES: tuple[Status, ...] = (*AWAITING_CONTACT, "contacted")
Whose = Literal["mine", "nobody"]


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; everything that is not set fits all."""

    level: Level | None = None
    status: Status | None = None
    whose: Whose | None = None
    overdue: bool = False
    quarantine: bool = False

    @property
    def query(self) -> str:
        """As it stands in a link."""
        named = {"level": self.level, "status": self.status, "whose": self.whose}
        ticked = {"overdue": "1" if self.overdue else "", "quarantine": "1" if self.quarantine else ""}
        return urlencode({name: value for name, value in {**named, **ticked}.items() if value})

    @property
    def queues(self) -> list[str]:
        """The partitions that the list is read from."""
        if self.quarantine:
            return [QUARANTINE]
        if self.status == REACHED:
            return [REACHED]
        # Whose call is done still has to book or close it: it stays theirs.
        is_mine = self.whose == "mine" and self.status is None and not self.overdue
        return [*queues_of(self.level), *([REACHED] if is_mine else [])]

    def fits(self, enquiry: QueuedEnquiry, user: str, now: datetime) -> bool:
        """Whether an enquiry of the partitions that are read belongs to the list."""
        owners = {None: enquiry.owner, "mine": user, "nobody": ""}
        return (
            enquiry.level == (self.level or enquiry.level)
            and enquiry.status == (self.status or enquiry.status)
            and enquiry.owner == owners[self.whose]
            and (not self.overdue or enquiry.group(now) == "overdue")
        )


@dataclass(frozen=True)
class Page:
    """Some rows of a list, in order. `cursor` is where the next page begins, None at the end. `cut`: not even a page
    was filled, because few enquiries fit."""

    rows: tuple[QueuedEnquiry, ...]
    as_of: datetime
    cursor: Cursor | None = None
    cut: bool = False


def show_queue(desk: DeskRequest) -> Reply:
    """A page of the queue, as HTML."""
    return queue_reply(shell_of(desk), _view(desk))


def open_quarantine(desk: DeskRequest) -> Reply:
    """The list of what lies in quarantine, at an address for mails: a sign-in on the way keeps paths, not queries."""
    address = desk.link(f"/desk?{Filters(quarantine=True).query}")
    return Reply(303, headers={"Location": address, "Cache-Control": "no-store"})


def tell_queue(desk: DeskRequest) -> Reply:
    """The first page's rows for a page that is open, with the link to those that follow them, as JSON; 304 when it
    shows them already."""
    view, shell = _view(desk), shell_of(desk)
    rows = [row for group in view.groups for row in group.rows]
    content = {
        "tab": f"{view.tab} – {shell.clinic}",
        "rows": [{"id": row.id, "words": row.spoken, "overdue": row.group == "overdue"} for row in rows],
        "counts": {pill.key: pill.count for pill in view.pills if pill.key},
        "html": queue_rows(shell, view),
    }
    # The link names the moment it was made at; after the same rows the one that the page has is as good.
    same = {**content, "html": queue_rows(shell, replace(view, next_url="more" if view.next_url else ""))}
    tag = hashlib.sha256(json.dumps(same).encode()).hexdigest()
    headers = {**HEADERS, "ETag": f'"{tag[:32]}"'}
    if desk.request.header("if-none-match") == headers["ETag"]:
        return Reply(304, headers=headers)
    return Reply(200, json.dumps(content, ensure_ascii=False), JSON_TYPE, headers)


def read_page(table: Table, filters: Filters, user: str, cursor: Cursor) -> Page:
    """The rows that follow a cursor. At most 300 enquiries are looked at, whatever the filters."""
    streams = queued_after(table, {queue: cursor.places.get(queue) for queue in filters.queues})
    places, rows = dict(cursor.places), list[QueuedEnquiry]()
    for looked_at, enquiry in enumerate(in_order(streams, cursor.as_of)):
        if filters.overdue and enquiry.group(cursor.as_of) != "overdue":
            break
        if len(rows) == PAGE or looked_at == MAX_LOOKED_AT:
            following = Cursor(as_of=cursor.as_of, places=places)
            return Page(tuple(rows), cursor.as_of, following, cut=len(rows) < PAGE)
        places[enquiry.queue] = enquiry.sort_key, enquiry.id
        if filters.fits(enquiry, user, cursor.as_of):
            rows.append(enquiry)
    return Page(tuple(rows), cursor.as_of)


def filters_of(query: Mapping[str, str]) -> Filters:
    """What a link or the form of filters asks for; what nobody knows is left out."""
    return Filters(
        level=cast("Level | None", _known(query, "level", LEVELS)),
        status=cast("Status | None", _known(query, "status", STATUSES)),
        whose=cast("Whose | None", _known(query, "whose", get_args(Whose))),
        overdue=query.get("overdue") == "1",
        quarantine=query.get("quarantine") == "1",
    )


def _known(query: Mapping[str, str], name: str, codes: tuple[str, ...]) -> str | None:
    return next((code for code in codes if code == query.get(name)), None)


def _view(desk: DeskRequest) -> QueueView:
    context, user, now = desk.context, desk.staff.user, desk.context.clock()
    filters = filters_of(desk.request.query)
    key, list_name = context.stage_settings.current().key, f"{user if filters.whose == 'mine' else ''}?{filters.query}"
    asked = desk.request.query.get("after", "")
    cursor = read_cursor(asked, key, list_name) if asked else None
    page = read_page(context.table, filters, user, cursor or Cursor(as_of=now))
    lying, unreviewed = lying_in_quarantine(context.table, now, COUNTED_TO + 1)
    following = write_cursor(page.cursor, key, list_name) if page.cursor else ""
    parts = [part for part in (filters.query, f"after={following}") if part]
    return QueueView(
        tab=tab_title(context.table, now, _shown(filters, page, is_first=cursor is None), unreviewed),
        groups=_groups(desk, page, filters),
        pills=_pills(desk, filters, lying, unreviewed),
        filters=_choices(filters),
        checks=(("overdue", filters.overdue), ("quarantine", filters.quarantine)),
        is_filtered=filters != Filters(),
        next_url=desk.link(f"/desk?{'&'.join(parts)}") if following else "",
        poll_url="" if cursor else desk.link(f"/desk/queue.json?{filters.query}").rstrip("?"),
        notice="queue_cursor_lost" if asked and cursor is None else "",
        ended="queue_cut" if page.cut else "",
    )


def _shown(filters: Filters, page: Page, *, is_first: bool) -> Shown | None:
    if not is_first or filters != Filters():
        return None
    return Shown([(row.group(page.as_of), row.level) for row in page.rows], whole=page.cursor is None)


def _groups(desk: DeskRequest, page: Page, filters: Filters) -> tuple[RowGroup, ...]:
    if filters.quarantine:
        rows = tuple(_row(desk, enquiry, page.as_of) for enquiry in page.rows)
        return (RowGroup(QUARANTINE, text("en", f"desk.queue_group_{QUARANTINE}"), rows),) if rows else ()
    found = {group: tuple(row for row in page.rows if row.group(page.as_of) == group) for group in GROUPS}
    return tuple(
        RowGroup(group, text("en", f"desk.queue_group_{group}"), tuple(_row(desk, row, page.as_of) for row in rows))
        for group, rows in found.items()
        if rows
    )


def _row(desk: DeskRequest, enquiry: QueuedEnquiry, as_of: datetime) -> QueueRow:
    return QueueRow(
        id=enquiry.id,
        reference=enquiry.reference,
        level=enquiry.level,
        level_word=level_in_words(enquiry.level),
        group=enquiry.group(as_of),
        time=_time(desk, enquiry),
        age=arrived_ago(enquiry.received_at, desk.context.clock()),
        status=status_in_words(enquiry.status),
        owner=enquiry.owner,
        is_mine=enquiry.owner == desk.staff.user,
        flags=flags_in_words(enquiry.flags),
        attempts=enquiry.attempts,
    )


def _time(desk: DeskRequest, enquiry: QueuedEnquiry) -> str:
    now = desk.context.clock()
    if enquiry.queue == REACHED:
        return text("en", "desk.queue_in_contacted")
    if enquiry.queue == QUARANTINE and enquiry.group(now) != "overdue":
        return text("en", "desk.queue_review", span=span_in_words(enquiry.queue_at - now))
    return time_left(enquiry.queue_at, enquiry.next_try_at, now, desk.context.hours.zone)


def _pills(desk: DeskRequest, filters: Filters, lying: int, unreviewed: int) -> tuple[Pill, ...]:
    lists: dict[str, Filters] = {
        "all": Filters(),
        "mine": Filters(whose="mine"),
        "nobody": Filters(whose="nobody"),
        "overdue": Filters(overdue=True),
        "reached": Filters(status="contacted"),
        "quarantine": Filters(quarantine=True),
    }
    late = text("en", "desk.queue_pill_late", lying=counted(lying), late=counted(unreviewed))
    counts = {"quarantine": late if unreviewed else counted(lying)}
    return tuple(
        Pill(
            href=desk.link(f"/desk?{those.query}").rstrip("?"),
            words=text("en", f"desk.queue_pill_{name}"),
            here=those == filters,
            count=counts.get(name, ""),
            key=name if name in counts else "",
        )
        for name, those in lists.items()
    )


def _choices(filters: Filters) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    options: dict[str, Any] = {
        "level": {level: level_in_words(level) for level in reversed(LEVELS)},
        "status": {status: status_in_words(status) for status in STATUSES},
        "whose": {whose: text("en", f"desk.queue_whose_{whose}") for whose in get_args(Whose)},
    }
    return tuple(
        (
            name,
            (
                Choice("", text("en", "desk.queue_any"), getattr(filters, name) is None),
                *(Choice(code, words, getattr(filters, name) == code) for code, words in codes.items()),
            ),
        )
        for name, codes in options.items()
    )
