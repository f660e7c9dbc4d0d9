"""The history of an enquiry: append-only events, each a link of a chain, and the chain's head on an item of its own.

The head is not on the enquiry, so that looking at an enquiry, which is an event too, gives nobody a conflict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.errors import HistoryGone, NotFound, StatusConflict
from chalicelib.models.history_chain import (
    ARRIVALS,
    Break,
    ChainHead,
    HistoryEvent,
    Link,
    first_break,
    head_after,
    next_link,
)
from chalicelib.storage.arrivals import arrival_of
from chalicelib.storage.table import AUDIT_PREFIX, Item, Table, chain_key, event_key, fields_of, marshal

CONFLICT_PAUSES = (0.02, 0.06, 0.15, 0.3, 0.6)
"""Seconds before another try when somebody else has added a link; the last one gives up."""


def audit_of(user: str, day: date) -> str:
    """The owner of what one member of staff searched and exported on one UTC day: a chain as an enquiry's is, to be
    appended to, read and verified by the same functions."""
    return f"{AUDIT_PREFIX}{user}#{day.isoformat()}"


def load_head(table: Table, enquiry_id: str) -> ChainHead:
    """The head of an enquiry's chain, read consistently; that of an empty chain when there is none."""
    item = table.get(chain_key(enquiry_id))
    return ChainHead.model_validate(item) if item else ChainHead()


def add_link(
    table_name: str, enquiry_id: str, head: ChainHead, event: HistoryEvent, *, may_begin: bool = False
) -> list[dict[str, Any]]:
    """The two transaction actions that add an event after the head. They fail when somebody else was faster. Raises
    HistoryGone for an enquiry without a chain unless it `may_begin`; an audit always may."""
    if not (head.links or may_begin or enquiry_id.startswith(AUDIT_PREFIX)):
        raise HistoryGone("an enquiry has a history from its arrival on")
    link = next_link(head, enquiry_id, event)
    item = {**event_key(enquiry_id, link.number), **fields_of(link)}
    return [_put(table_name, item, ChainHead()), _put(table_name, _head_item(enquiry_id, head_after(link)), head)]


def append_event(table: Table, enquiry_id: str, event: HistoryEvent, more: Sequence[dict[str, Any]] = ()) -> None:
    """Add an event that changes nothing else, such as a note, with what else belongs to it. Raises StatusConflict when
    others were faster each time, HistoryGone as `add_link` does, NotFound when the enquiry has been erased: a note that
    was on its way must not outlive it."""
    for pause_seconds in CONFLICT_PAUSES:
        head = load_head(table, enquiry_id)
        if head.closed:
            raise NotFound("erased")
        actions = [*add_link(table.name, enquiry_id, head, event), *more]
        try:
            table.client.transact_write_items(TransactItems=actions)
        except ClientError as error:
            if not conflicts(error):
                raise
            table.pause(pause_seconds)
        else:
            return
    raise StatusConflict("others added to the history each time")


def history_of(table: Table, enquiry_id: str) -> list[Link]:
    """Every event of an enquiry, oldest first, read consistently."""
    partition, start = event_key(enquiry_id, 0)["pk"], "EVENT#"
    items = table.pages("", "pk = :pk AND begins_with(sk, :start)", {":pk": partition, ":start": start})
    return [Link.model_validate(item) for item in items]


def newest_links(table: Table, enquiry_id: str, most: int, before: int = 0) -> list[Link]:
    """The last events of an enquiry, or the last before number `before`, oldest first, at most `most`, read
    consistently: what it costs does not grow with the history. Without its head all are read: none is hidden."""
    last = before - 1 if before else load_head(table, enquiry_id).links
    if last < 1:
        return [] if before else history_of(table, enquiry_id)
    first, end = event_key(enquiry_id, max(1, last - most + 1)), event_key(enquiry_id, last)
    values = {":pk": end["pk"], ":first": first["sk"], ":last": end["sk"]}
    return [Link.model_validate(item) for item in table.pages("", "pk = :pk AND sk BETWEEN :first AND :last", values)]


def verify_history(table: Table, enquiry_id: str, *, may_be_empty: bool = False) -> Break | None:
    """The first link of a chain that does not hold. That of an enquiry began with its arrival and erasing leaves it, so
    that one that is not there, or begins otherwise, was taken away. Reads again what grows while it is read."""
    head = load_head(table, enquiry_id)
    for _ in CONFLICT_PAUSES:
        links, before = history_of(table, enquiry_id), head
        head = load_head(table, enquiry_id)
        if head == before:
            break
    if not links and not may_be_empty:
        return Break(1, "missing")
    return first_break(enquiry_id, links, head) or _other_beginning(table, enquiry_id, links)


def conflicts(error: ClientError) -> dict[int, str]:
    """Places of the actions of a transaction that met somebody else's write, with DynamoDB's code for it."""
    reasons = error.response.get("CancellationReasons", [])
    codes = {place: str(reason.get("Code")) for place, reason in enumerate(reasons)}
    return {place: code for place, code in codes.items() if code in ("ConditionalCheckFailed", "TransactionConflict")}


def _other_beginning(table: Table, enquiry_id: str, links: Sequence[Link]) -> Break | None:
    if enquiry_id.startswith(AUDIT_PREFIX) or not links:
        return None
    began = links[0].kind in ARRIVALS and links[0].at == arrival_of(table, enquiry_id)
    return None if began else Break(1, "other_beginning")


def _head_item(enquiry_id: str, head: ChainHead) -> Item:
    return {**chain_key(enquiry_id), **fields_of(head)}


def _put(table_name: str, item: Item, expected: ChainHead) -> dict[str, Any]:
    put: dict[str, Any] = {"TableName": table_name, "Item": marshal(item)}
    if expected.links == 0:
        return {"Put": {**put, "ConditionExpression": "attribute_not_exists(pk)"}}
    values = marshal({":links": expected.links, ":hash": expected.head_hash})
    condition = {"ConditionExpression": "links = :links AND head_hash = :hash", "ExpressionAttributeValues": values}
    return {"Put": {**put, **condition}}
