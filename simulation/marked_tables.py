"""Tables that a command writes into a document, between two marks."""

from __future__ import annotations


def with_tables(document: str, begin: str, end: str, text: str) -> str:
    """The document with what stands between its two marks replaced. Raises ValueError where a mark is missing."""
    before, found_begin, rest = document.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"the marks {begin!r} and {end!r} are missing")
    return f"{before}{begin}{text}\n{end}{after}"
