"""Look-ups: rows without a word of clear text that find enquiries by address, number or the beginning of a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import AliasPath, Field

from chalicelib.errors import NotFound
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.name_words import MAX_WORDS, beginnings, fits, longest_beginning, name_words, particles_last
from chalicelib.models.submission import Contact
from chalicelib.storage.enquiries import enquiry_id_of, load_enquiry
from chalicelib.storage.listings import ReceivedEnquiry
from chalicelib.storage.stage_settings import keyed_hash
from chalicelib.storage.table import (
    UNCOUNTED,
    Item,
    Table,
    contact_partition,
    enquiry_key,
    marshal,
    name_partition,
    stamp,
)

MAX_FOUND = 25
MAX_CANDIDATES = 100
"""Names that are compared in full: what one call reads."""


class FoundEnquiry(ReceivedEnquiry):
    """One that search has found, with the name that the person typed."""

    name: str = Field(default="", validation_alias=AliasPath("submission", "contact", "name"))
    is_test: bool = False


def lookup_items(key: bytes, enquiry: Enquiry) -> tuple[Item, ...]:
    """The rows of one enquiry, at most 26: two for the contact, 24 for the name. A test has none. `key` is the
    stage's."""
    if enquiry.is_test:
        return ()
    contact = enquiry.submission.contact
    partitions = [
        *(contact_partition(hashed) for hashed in _contact_hashes(key, contact)),
        *(name_partition(_name_hash(key, beginning)) for beginning in beginnings(contact.name)),
    ]
    sort_key = f"{stamp(enquiry.received_at)}#{enquiry.id}"
    return tuple({"pk": partition, "sk": sort_key} for partition in partitions)


def find_by_ids(table: Table, ids: Sequence[str]) -> list[FoundEnquiry]:
    """Newest first; erased ones and tests are left out."""
    items = table.get_many([enquiry_key(enquiry_id) for enquiry_id in ids])
    found = [FoundEnquiry.model_validate(item) for item in items]
    return sorted((each for each in found if not each.is_test), key=lambda each: each.received_at, reverse=True)


def find_by_reference(table: Table, reference: str) -> list[FoundEnquiry]:
    """The one with this reference, or none."""
    try:
        return find_by_ids(table, [enquiry_id_of(table, reference)])
    except NotFound:
        return []


def find_by_contact(table: Table, key: bytes, value: str) -> list[FoundEnquiry]:
    """Enquiries of one e-mail address or E.164 number, newest first, at most 25."""
    return find_by_ids(table, _ids(table, [contact_partition(_contact_hash(key, value))], MAX_FOUND))


def find_by_name(table: Table, key: bytes, typed: str) -> tuple[list[FoundEnquiry], bool]:
    """Enquiries whose name has a word for each word typed that begins so, newest first, at most 25; and whether that
    may not be all. Looks through the newest 100 names that share the beginning of the longest word typed; where none
    of them fits, through those of the next longest, for not every word of a very long name is looked up."""
    words = particles_last(sorted(name_words(typed), key=len, reverse=True))
    more = False
    for beginning in list(dict.fromkeys(map(longest_beginning, words)))[:MAX_WORDS]:
        ids = _ids(table, [name_partition(_name_hash(key, beginning))], MAX_CANDIDATES)
        fitting = [found for found in find_by_ids(table, ids) if fits(typed, found.name)]
        more = more or len(ids) == MAX_CANDIDATES
        if fitting:
            return fitting[:MAX_FOUND], more or len(fitting) > MAX_FOUND
    return [], more


def earlier_of(table: Table, key: bytes, enquiry: Enquiry) -> list[FoundEnquiry]:
    """Earlier enquiries from the same e-mail address or number, newest first, at most 25. `key` is the stage's."""
    partitions = [contact_partition(hashed) for hashed in _contact_hashes(key, enquiry.submission.contact)]
    found = find_by_ids(table, [each for each in _ids(table, partitions, MAX_CANDIDATES // 2) if each != enquiry.id])
    return [each for each in found if each.received_at <= enquiry.received_at][:MAX_FOUND]


def add_missing_lookups(table: Table, key: bytes, enquiry_id: str) -> bool:
    """Write the look-ups of an enquiry that was accepted while the stage's key could not be read. Writing them twice
    is harmless. False when it needs none, or has been erased."""
    try:
        enquiry = load_enquiry(table, enquiry_id)
    except NotFound:
        return False
    if not enquiry.lookups_missing:
        return False
    rows = [{"Put": {"TableName": table.name, "Item": marshal(item)}} for item in lookup_items(key, enquiry)]
    return table.write_all([*rows, {"Update": _without_mark(table, enquiry_id)}], "TransactionConflict")


def _without_mark(table: Table, enquiry_id: str) -> dict[str, Any]:
    """The version stays, so that no member of staff meets a conflict. Reports have yet to count it: this mark was in
    the place of theirs."""
    return {
        "TableName": table.name,
        "Key": marshal(enquiry_key(enquiry_id)),
        "UpdateExpression": "SET due_shard = :uncounted REMOVE lookups_missing",
        "ConditionExpression": "lookups_missing = :missing",
        "ExpressionAttributeValues": marshal({":uncounted": UNCOUNTED, ":missing": True}),
    }


def _ids(table: Table, partitions: Iterable[str], limit: int) -> list[str]:
    """Enquiry ids, each once, newest first within a partition."""
    found = [sort_key for partition in partitions for sort_key in table.newest(partition, limit)]
    return list(dict.fromkeys(sort_key.partition("#")[2] for sort_key in sorted(found, reverse=True)))


def _contact_hashes(key: bytes, contact: Contact) -> list[str]:
    return [_contact_hash(key, value) for value in (contact.email_address, contact.phone_e164) if value]


def _contact_hash(key: bytes, value: str) -> str:
    return keyed_hash(key, "contact", value.strip().lower())


def _name_hash(key: bytes, beginning: str) -> str:
    return keyed_hash(key, "name", beginning)
