"""Fields that a site builder sends under numbers alone (`3`, `1.6`, `input_4`): who wrote and how to reach them is
read from the values, because nobody is there who could be asked for better names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chalicelib.models.addresses import read_email, read_phone

Pairs = tuple[tuple[str, str], ...]

_NUMBERED = re.compile(r"(?:input_)?(?P<field>\d{1,4})(?:[._](?P<part>\d{1,2}))?")
_PHONE = re.compile(r"\+?[\d\s().\-/]{7,24}")
_WORDS = re.compile(r"[^\W\d_][^\d@<>:/!?]{0,79}")
_TRIED = 40
_FIRST, _LAST, _AGREED, _WORDING, _REVISION = "3", "6", "1", "2", "3"
"""Gravity Forms numbers the parts of a name (2, 3, 4, 6, 8), an address (1 to 6), and a consent (1, 2, 3)."""


def name_numbered(pairs: Pairs, *, is_entry: bool) -> Pairs:
    """Name what can be told; every other value stays under its number. Numbers count as fields only in an entry, where
    they come as `input_…`, or where a name is missing: `5` may be somebody's own field."""
    numbers = {name: match for name, _ in pairs if (match := _NUMBERED.fullmatch(name.lower()))}
    is_meant = is_entry or any(name.lower().startswith("input_") for name in numbers)
    if not numbers or not (is_meant or "name" not in {name.lower() for name, _ in pairs}):
        return pairs
    meanings = _of_parts(pairs, numbers)
    free = [(name, value) for name, value in pairs if name in numbers and name not in meanings and value.strip()]
    meanings |= _of_values(free, {*meanings.values(), *(name.lower() for name, _ in pairs)})
    named = tuple((meanings.get(name, name), value) for name, value in pairs)
    return named + _guessed_name(free, meanings, named)


def _of_parts(pairs: Pairs, numbers: Mapping[str, re.Match[str]]) -> dict[str, str]:
    """Names that come in parts, and a consent with the wording that was shown."""
    fields: dict[str, dict[str, tuple[str, str]]] = {}
    for name, value in pairs:
        if name in numbers and numbers[name]["part"]:
            fields.setdefault(numbers[name]["field"], {})[numbers[name]["part"]] = (name, value)
    meanings: dict[str, str] = {}
    for parts in fields.values():
        if {_FIRST, _LAST} <= parts.keys() and not {"1", "5"} & parts.keys():
            meanings |= {parts[_FIRST][0]: "first_name", parts[_LAST][0]: "last_name"}
        elif parts.keys() == {_AGREED, _WORDING, _REVISION} and parts[_REVISION][1].strip().isdigit():
            meanings |= {parts[_WORDING][0]: "consent"} if parts[_AGREED][1] == "1" else {}
    return meanings


def _of_values(free: Iterable[tuple[str, str]], taken: set[str]) -> dict[str, str]:
    """A whole address, the first number that can be dialled, and the longest text."""
    meanings = {name: "email" for name, value in free if len(value) < 320 and read_email(value)}
    rest = [(name, value) for name, value in free if name not in meanings]
    phone = next((name for name, value in rest[:_TRIED] if _PHONE.fullmatch(value.strip()) and read_phone(value)), "")
    if phone and "phone" not in taken:
        meanings[phone] = "phone"
    texts = [(len(value), name) for name, value in rest if name != phone and len(value.split()) > 3]
    if texts and "message" not in taken:
        meanings[max(texts)[1]] = "message"
    return meanings


def _guessed_name(free: Iterable[tuple[str, str]], meanings: Mapping[str, str], named: Pairs) -> Pairs:
    """Where nothing is called a name, the first short answer in words may be one: it stays under its number as well."""
    if {"name", "first_name"} & {name.lower() for name, value in named if value.strip()}:
        return ()
    words = (value for name, value in free if name not in meanings and _WORDS.fullmatch(value.strip()))
    guess = next((value for value in words if len(value.split()) < 6), "")
    return (("name", guess),) if guess else ()
