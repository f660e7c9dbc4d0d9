"""The audit: managers see what staff searched, exported, erased and set on one day, and whether anybody has tampered
with that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.desk.erasing import AUDITED_AS
from chalicelib.desk.history_words import reason_in_words
from chalicelib.desk.page_weight import shortened, weight
from chalicelib.desk.requests import DeskRequest
from chalicelib.desk.settings_views import AUDITED_AS as SETTINGS_CHANGED
from chalicelib.desk.settings_views import difference_in_words
from chalicelib.desk.shells import shell_of
from chalicelib.models.history_chain import Link
from chalicelib.pages.desk_audit import AuditRow, UserAudit, audit_reply
from chalicelib.storage.audit_days import audited_users, verify_audit
from chalicelib.storage.history import audit_of, history_of
from chalicelib.storage.table import Table
from chalicelib.web import Reply
from chalicelib.wording.dates import clock_in_words
from chalicelib.wording.texts import entries, text

MOST_SHOWN = 200
"""Of one person: what keeps the page of a busy day small."""
MOST_BYTES, ONE_CHANGE = 60_000, 2_000
"""Of all that one person changed in settings, and of one setting before and after."""


def show_audit(desk: DeskRequest) -> Reply:
    """One day of the clinic, `day`, of everybody or of one `user`."""
    query, zone = desk.request.query, desk.context.settings.clinic_time_zone
    typed = query.get("day") or desk.context.clock().astimezone(zone).date().isoformat()
    user, day = query.get("user", "").strip().lower(), _day(typed)
    if day is None:
        why = text("en", "desk.audit_which_day")
        return audit_reply(shell_of(desk), day=typed, user=user, audits=(), problem=why, status=422)
    starts, ends = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    utc_days = sorted({starts.date(), (ends - timedelta(microseconds=1)).date()})
    table = desk.context.table
    users = sorted({each for utc_day in utc_days for each in audited_users(table, utc_day)})
    asked = [each for each in users if each.lower() == user] if user else users
    audits = tuple(_audit(desk, each, utc_days, (starts, ends)) for each in asked)
    return audit_reply(shell_of(desk), day=typed, user=user, audits=tuple(each for each in audits if each.says))


def _audit(desk: DeskRequest, user: str, utc_days: list[date], span: tuple[datetime, datetime]) -> UserAudit:
    """Chains are for UTC days; a day of the clinic touches two."""
    table = desk.context.table
    links = [link for day in utc_days for link in history_of(table, audit_of(user, day))]
    of_the_day = [link for link in links if span[0] <= link.at < span[1]]
    rows = [_row(desk, link) for link in of_the_day[: -MOST_SHOWN - 1 : -1]]
    return UserAudit(
        user=user,
        rows=tuple(_that_fit(rows)),
        count=len(of_the_day),
        broken=tuple(why for day in utc_days if (why := _broken(table, user, day))),
    )


def _that_fit(rows: list[AuditRow]) -> Iterator[AuditRow]:
    left = MOST_BYTES
    for row in rows:
        left -= sum(map(weight, row.details))
        if left < 0:
            return
        yield row


def _broken(table: Table, user: str, day: date) -> str:
    """Where the chain of a UTC day does not hold; empty when it does."""
    found = verify_audit(table, user, day)
    return text("en", "desk.audit_broken", number=str(found.number), day=day.isoformat()) if found else ""


def _row(desk: DeskRequest, link: Link) -> AuditRow:
    zone = desk.context.settings.clinic_time_zone
    return AuditRow(
        iso=link.at.isoformat(),
        at=clock_in_words(link.at.astimezone(zone).time(), "en"),
        what=_what(desk, link),
        details=_changes(link) if link.kind == SETTINGS_CHANGED else (),
    )


def _changes(link: Link) -> tuple[str, ...]:
    return tuple(shortened(change, ONE_CHANGE) for change in difference_in_words(link.facts))


def _what(desk: DeskRequest, link: Link) -> str:
    facts, zone = link.facts, desk.context.settings.clinic_time_zone
    if link.kind == "searched" and f"audit_searched_{facts.get('what')}" in entries("en", "desk"):
        what = text("en", f"desk.audit_searched_{facts['what']}")
        return text("en", "desk.audit_searched", what=what, found=facts.get("found", "?"))
    if link.kind == "exported" and {"since", "until", "rows"} <= facts.keys():
        moments = (datetime.fromisoformat(facts[name]) for name in ("since", "until"))
        since, until = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in moments)
        return text("en", "desk.audit_exported", rows=facts["rows"], since=since, until=until)
    if link.kind == AUDITED_AS and {"reference", "why"} <= facts.keys():
        return text("en", "desk.audit_erased", reference=facts["reference"], why=reason_in_words(facts["why"]).lower())
    return text("en", "desk.audit_settings_changed") if link.kind == SETTINGS_CHANGED else link.kind


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None
