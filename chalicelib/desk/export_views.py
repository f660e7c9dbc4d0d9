"""Export: managers take every enquiry of some days away as CSV, in parts.

In parts, and not as one file in S3: a second place for health data would need its own keys, access and erasure. A part
has at most 1,000 rows, which is about 2 MB and two seconds of a Lambda that may take 20 and answer with 6 MB; 50,000
enquiries are 50 parts. A part that is larger all the same is not given, but divided.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.aws import AWS_ERRORS
from chalicelib.desk.audit import record_use
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.shells import shell_of
from chalicelib.errors import StatusConflict
from chalicelib.export.csv_table import CONTENT_TYPE, csv_table
from chalicelib.export.enquiry_columns import COLUMNS, row_of
from chalicelib.observability import failure_fields, log
from chalicelib.pages.desk_export import PartRow, export_reply
from chalicelib.pages.desk_page import HEADERS
from chalicelib.storage.exports import Part, enquiries_of, parts_of
from chalicelib.storage.table import stamp
from chalicelib.web import Reply
from chalicelib.wording.dates import moment_in_words
from chalicelib.wording.texts import text

MOST_ROWS = 1_000
MOST_BYTES = 5_000_000
"""As Lambda sends it: in JSON, every letter beyond ASCII as six characters. Its limit is 6 MB."""
MOST_DAYS = 366


@dataclass(frozen=True)
class Days:
    """From the first to the last day, both included, in the clinic's zone."""

    first: date
    last: date


def show_export(desk: DeskRequest) -> Reply:
    """The form, and the parts of the days that were asked for."""
    query = desk.request.query
    if not ("from" in query or "to" in query):
        today = desk.context.clock().astimezone(desk.context.settings.clinic_time_zone).date()
        return export_reply(shell_of(desk), first=today.replace(day=1).isoformat(), last=today.isoformat())
    return _offer(desk, query.get("from", ""), query.get("to", ""))


def export_part(desk: DeskRequest) -> Reply:
    """One part as a file. It has the rows that its page promised, or is not given; what is given stands in the audit.
    Log line `enquiries exported` with `rows`."""
    form, part = desk.form, _part_of(desk)
    if part is None:
        return _offer(desk, form.get("from", ""), form.get("to", ""), "export_unreadable", 422)
    enquiries = enquiries_of(desk.context.table, part)
    if enquiries is None:
        return _offer(desk, form.get("from", ""), form.get("to", ""), "export_changed", 409)
    table = csv_table(list(COLUMNS), map(row_of, enquiries))
    if len(json.dumps(table)) > MOST_BYTES:
        return _divide(desk, part)
    try:
        span = {"since": stamp(part.since), "until": stamp(part.until)}
        record_use(desk.context, "exported", desk.staff.user, **span, rows=str(part.rows))
    except (*AWS_ERRORS, StatusConflict) as error:
        log.error("use not recorded", extra={"act": "exported", **failure_fields(error)})
        return _offer(desk, form.get("from", ""), form.get("to", ""), "export_not_recorded", 503)
    log.info("enquiries exported", extra={"rows": part.rows})
    disposition = f'attachment; filename="{_file_name(part)}"'
    named = {"Content-Disposition": disposition, "X-Row-Count": str(part.rows)}
    return Reply(200, table, CONTENT_TYPE, {**HEADERS, **named})


def _offer(desk: DeskRequest, first: str, last: str, problem: str = "", status: int = 200) -> Reply:
    """The parts of some days. What came in after this moment belongs to another export."""
    days = _days_of(first, last)
    if days is None or not days.first <= days.last < days.first + timedelta(days=MOST_DAYS):
        why = text("en", "desk.export_which_days", days=str(MOST_DAYS))
        return export_reply(shell_of(desk), first=first, last=last, problem=why, status=422)
    since, until = _span_of(desk, days)
    parts = parts_of(desk.context.table, since, until, MOST_ROWS)
    why = text("en", f"desk.{problem}") if problem else ""
    return export_reply(
        shell_of(desk), first=first, last=last, parts=_rows(desk, parts), problem=why, status=status, asked=True
    )


def _divide(desk: DeskRequest, part: Part) -> Reply:
    parts = parts_of(desk.context.table, part.since, part.until, max(1, part.rows // 2))
    form, why = desk.form, text("en", "desk.export_too_large")
    first, last = form.get("from", ""), form.get("to", "")
    return export_reply(
        shell_of(desk), first=first, last=last, parts=_rows(desk, parts), problem=why, status=413, asked=True
    )


def _rows(desk: DeskRequest, parts: list[Part]) -> tuple[PartRow, ...]:
    zone = desk.context.settings.clinic_time_zone
    return tuple(
        PartRow(
            since=stamp(part.since),
            until=stamp(part.until),
            rows=part.rows,
            first=moment_in_words(part.since, "en", zone),
            last=moment_in_words(part.until, "en", zone),
        )
        for part in parts
    )


def _part_of(desk: DeskRequest) -> Part | None:
    """What a button of our page asks for; None for what none of them would."""
    since, until = _moment(desk.form.get("since", "")), _moment(desk.form.get("until", ""))
    rows = desk.form.get("rows", "")
    if since is None or until is None or not (rows.isascii() and rows.isdecimal() and len(rows) < 6):
        return None
    is_possible = since <= until < since + timedelta(days=MOST_DAYS + 1) and 0 < int(rows) <= 2 * MOST_ROWS
    return Part(since, until, int(rows)) if is_possible else None


def _span_of(desk: DeskRequest, days: Days) -> tuple[datetime, datetime]:
    """From the first moment of the first day to the last of the last one, or to now. A day has 23 to 25 hours."""
    zone = desk.context.settings.clinic_time_zone
    starts, ends = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (days.first, days.last + timedelta(days=1))
    )
    return starts, max(starts, min(ends - timedelta(microseconds=1), desk.context.clock()))


def _days_of(first: str, last: str) -> Days | None:
    try:
        days = Days(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        return None
    return days if 2000 <= days.first.year and days.last.year < 2200 else None


def _moment(typed: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo and 2000 <= moment.year < 2200 else None


def _file_name(part: Part) -> str:
    """Names no clinic and no person; times are UTC."""
    first, last = (moment.strftime("%Y-%m-%dT%H%M%SZ") for moment in (part.since, part.until))
    return f"enquiries_{first}_{last}_{part.rows}-rows.csv"
