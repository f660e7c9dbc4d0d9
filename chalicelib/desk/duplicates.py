"""An enquiry that was closed as a duplicate names the other one; the history of the other says so as well, and is where
its page finds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalicelib.errors import NotFound
from chalicelib.models.enquiry import Enquiry
from chalicelib.models.history_chain import Link
from chalicelib.storage.enquiries import enquiry_id_of
from chalicelib.storage.table import Table

LINKED, UNLINKED = "duplicate_linked", "duplicate_unlinked"
"""Events of the other enquiry."""


def news_of(table: Table, before: Enquiry, after: Enquiry) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Which other enquiry a change is about: its id, the kind of the event, and its facts."""
    if before.duplicate_of == after.duplicate_of:
        return
    facts = {"reference": after.reference, "enquiry_id": after.id}
    for reference, kind in ((before.duplicate_of, UNLINKED), (after.duplicate_of, LINKED)):
        other = other_id(table, reference)
        if other:
            yield other, kind, facts


def other_id(table: Table, reference: str) -> str:
    """The enquiry that a reference names, empty when there is none."""
    try:
        return enquiry_id_of(table, reference) if reference else ""
    except NotFound:
        return ""


def duplicates_in(links: Iterable[Link]) -> dict[str, str]:
    """Ids of the enquiries that are duplicates of the one with this history, by reference."""
    found: dict[str, str] = {}
    for link in links:
        reference = link.facts.get("reference", "")
        if link.kind == LINKED and reference:
            found[reference] = link.facts["enquiry_id"]
        elif link.kind == UNLINKED:
            found.pop(reference, None)
    return found
