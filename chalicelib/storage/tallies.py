"""Counters of the reports: what has yet to be counted, and the transaction that counts one enquiry exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.models.enquiry import Enquiry
from chalicelib.models.tally import DIRECT, MOST_NAMES, OTHER, TELEPHONE, Place, Tally, as_it_arrived, changes, tally_of
from chalicelib.storage.table import UNCOUNTED, Item, Table, enquiry_key, fields_of, marshal, stamp

Mark = tuple[str, datetime]
"""Where an enquiry stands in index `due`: its shard, and when it is looked at."""
COUNTED_KEY = {"pk": "REPORTS", "sk": "COUNTED"}
_ALWAYS_NAMED = {OTHER, DIRECT, TELEPHONE}


@dataclass(frozen=True)
class MonthCounts:
    """The counters of one month by kind and name: `LEVEL`, `WEEKDAY`, `SOURCE`, `FORM`."""

    rows: Mapping[tuple[str, str], Mapping[str, int]]

    def of_kind(self, kind: str) -> dict[str, Counter[str]]:
        """Counters by name, those that have come down to nothing left out."""
        named = {name: Counter(counts) for (each, name), counts in self.rows.items() if each == kind}
        return {name: counts for name, counts in named.items() if counts["received"]}


class Names:
    """Which sources and forms have a row of their own in which month, read once for each month. Two runs at one moment
    may give a few more of them a name than there should be."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._taken: dict[str, set[tuple[str, str]]] = {}

    def bounded(self, tally: Tally) -> Tally:
        """The tally under names that its month still has room for."""
        source, form = (self._name(tally.month, kind, name) for kind, name in tally.places[2:])
        return tally.model_copy(update={"source": source, "form": form})

    def _name(self, month: str, kind: str, name: str) -> str:
        taken = self._of(month)
        has_room = sum(each == kind and known not in _ALWAYS_NAMED for each, known in taken) < MOST_NAMES
        if name not in _ALWAYS_NAMED and (kind, name) not in taken and not has_room:
            return OTHER
        taken.add((kind, name))
        return name

    def _of(self, month: str) -> set[tuple[str, str]]:
        if month not in self._taken:
            self._taken[month] = set(load_month(self._table, month).rows)
        return self._taken[month]


def tally_key(enquiry_id: str) -> dict[str, str]:
    """Key of what an enquiry has added to the reports."""
    return {"pk": f"ENQUIRY#{enquiry_id}", "sk": "TALLY"}


def report_key(place: Place) -> dict[str, str]:
    """Key of one row of counters."""
    month, kind, name = place
    return {"pk": f"REPORT#{month}", "sk": f"{kind}#{name}"}


def uncounted(table: Table, now: datetime, limit: int) -> list[str]:
    """Ids of the enquiries that have to be counted, oldest first, at most `limit`."""
    return [str(key["pk"]).removeprefix("ENQUIRY#") for key in table.due(UNCOUNTED, now, limit)]


def load_with_tallies(table: Table, ids: Sequence[str]) -> list[tuple[Item, Item | None]]:
    """The items of at most 50 enquiries that are still marked, in order, each with the item of its tally. None is read
    yet, so that one that cannot be does not hide the others."""
    keys = [key for each in ids for key in (enquiry_key(each), tally_key(each))]
    found = {(str(item["pk"]), str(item["sk"])): item for item in table.get_many(keys)}
    items = [(found.get((f"ENQUIRY#{each}", "ENQUIRY")), found.get((f"ENQUIRY#{each}", "TALLY"))) for each in ids]
    return [(item, tally) for item, tally in items if item and item.get("due_shard") == UNCOUNTED]


def count_enquiry(table: Table, enquiry: Enquiry, before: Tally | None, after: Tally | None, then: Mark | None) -> bool:
    """Change the counters by the difference and put the mark `then` in the place of this one, all or nothing. False
    when somebody has changed or counted the enquiry since it was read: losing is normal, and it stays marked."""
    counters = [{"Update": _add(table, place, by)} for place, by in changes(before, after).items()]
    mark = {"Update": _mark(table, enquiry.id, enquiry.version, then)}
    return table.write_all([mark, *_keep(table, enquiry.id, before, after), *counters], "TransactionConflict")


def settle_counts(table: Table, enquiry: Enquiry, now: datetime, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The transaction actions for an enquiry that is erased: it is counted as it is now, for that names nobody, but it
    waits for nobody any more, and its tally goes. They fail when it has been counted since it was read."""
    item = table.get(tally_key(enquiry.id))
    before = Tally.model_validate(item) if item else None
    after = tally_of(enquiry, now, zone)
    if after is not None:
        after = as_it_arrived(after, before) if before else Names(table).bounded(after)
        after = after.model_copy(update={"contact": "untried"}) if after.contact == "waiting" else after
    counters = [{"Update": _add(table, place, by)} for place, by in changes(before, after).items()]
    # To delete what is not there is harmless, and asks for no right beside that to delete.
    return [{"Delete": {**_as_read(table, before), "Key": marshal(tally_key(enquiry.id))}}, *counters]


def put_off(table: Table, enquiry_id: str, until: datetime) -> None:
    """Let what cannot be counted now stand in nobody's way until then."""
    table.write_all([{"Update": _mark(table, enquiry_id, None, (UNCOUNTED, until))}], "TransactionConflict")


def load_month(table: Table, month: str) -> MonthCounts:
    """All counters of a month, `2026-11`: one query, as small as the month had levels, sources and forms."""
    rows = {}
    for item in table.pages("", "pk = :pk", {":pk": f"REPORT#{month}"}):
        kind, _, name = str(item["sk"]).partition("#")
        rows[kind, name] = {field: int(value) for field, value in item.items() if field not in ("pk", "sk")}
    return MonthCounts(rows=rows)


def keep_counted(table: Table, at: datetime) -> None:
    """Note that everything that happened until then is counted, unless something was put off for longer. The newest
    word holds."""
    update = {
        "TableName": table.name,
        "Key": marshal(COUNTED_KEY),
        "UpdateExpression": "SET counted_at = :at",
        "ConditionExpression": "(attribute_not_exists(counted_at) OR counted_at < :at)"
        " AND (attribute_not_exists(put_off_until) OR put_off_until <= :at)",
        "ExpressionAttributeValues": marshal({":at": stamp(at)}),
    }
    table.write_all([{"Update": update}], "TransactionConflict")


def keep_put_off(table: Table, until: datetime) -> None:
    """Note that something is not counted before then."""
    update = {
        "TableName": table.name,
        "Key": marshal(COUNTED_KEY),
        "UpdateExpression": "SET put_off_until = :until",
        "ExpressionAttributeValues": marshal({":until": stamp(until)}),
    }
    table.write_all([{"Update": update}], "TransactionConflict")


def load_counted(table: Table) -> datetime | None:
    """Up to when everything is counted; None before the first run that counted all."""
    item = table.get(COUNTED_KEY)
    return datetime.fromisoformat(item["counted_at"]) if item and "counted_at" in item else None


def _mark(table: Table, enquiry_id: str, version: int | None, then: Mark | None) -> dict[str, Any]:
    """The version stays as it is, so that no member of staff meets a conflict."""
    moves = {":shard": then[0], ":at": stamp(then[1])} if then else {}
    seen = {":version": version} if version else {}
    return {
        "TableName": table.name,
        "Key": marshal(enquiry_key(enquiry_id)),
        "UpdateExpression": "SET due_shard = :shard, due_at = :at" if then else "REMOVE due_shard, due_at",
        "ConditionExpression": "due_shard = :uncounted" + (" AND version = :version" if version else ""),
        "ExpressionAttributeValues": marshal({":uncounted": UNCOUNTED, **moves, **seen}),
    }


def _keep(table: Table, enquiry_id: str, before: Tally | None, after: Tally | None) -> list[dict[str, Any]]:
    """What is the same as before is not written, but what was counted meanwhile must not be counted again."""
    if before is None and after is None:
        return []
    condition = _as_read(table, before)
    if before == after:
        return [{"ConditionCheck": {**condition, "Key": marshal(tally_key(enquiry_id))}}]
    if after is None:
        return [{"Delete": {**condition, "Key": marshal(tally_key(enquiry_id))}}]
    kept = after.model_copy(update={"number": before.number + 1 if before else 1})
    return [{"Put": {**condition, "Item": marshal({**tally_key(enquiry_id), **fields_of(kept)})}}]


def _as_read(table: Table, before: Tally | None) -> dict[str, Any]:
    if before is None:
        return {"TableName": table.name, "ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "TableName": table.name,
        "ConditionExpression": "#number = :number",
        "ExpressionAttributeNames": {"#number": "number"},
        "ExpressionAttributeValues": marshal({":number": before.number}),
    }


def _add(table: Table, place: Place, by: Mapping[str, int]) -> dict[str, Any]:
    names = sorted(by)
    return {
        "TableName": table.name,
        "Key": marshal(report_key(place)),
        "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in names),
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
        "ExpressionAttributeValues": marshal({f":{name}": by[name] for name in names}),
    }
