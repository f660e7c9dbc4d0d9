"""Fields that a site builder sends under numbers alone (`3`, `1.6`, `input_4`): who wrote and how to reach them is
read from the values, because nobody is there who could be asked for better names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from chalicelib.models.addresses import read_email, read_phone

Pairs = tuple[tuple[str, str], ...]

GUESSED_NOTE = "note_told_by_looks"
"""Under this name staff read which of name, address, number and message were told by a type or by their looks."""
_NUMBERED = re.compile(r"(?:input_)?(?P<field>\d{1,4})(?:[._](?P<part>\d{1,2}))?")
_PHONE = re.compile(r"\+?[\d\s().\-/]{7,24}")
_WORDS = re.compile(r"[^\W\d_][^\d@<>:/!?]{0,79}")
_TRIED = 40
_IN_PARTS = (("3", "first_name"), ("6", "last_name"))
_FIRST, _LAST, _AGREED, _WORDING, _REVISION = "3", "6", "1", "2", "3"
"""Gravity Forms numbers the parts of a name (2, 3, 4, 6, 8), an address (1 to 6), and a consent (1, 2, 3)."""


def name_numbered(pairs: Pairs, *, is_entry: bool) -> Pairs:
    """Name what can be told, and note it for staff; every other value stays under its number. Numbers count as fields
    only in an entry, where they come as `input_…`, or where a name is missing: `5` may be somebody's own field."""
    numbers = {name: match for name, _ in pairs if (match := _NUMBERED.fullmatch(name.lower()))}
    is_meant = is_entry or any(name.lower().startswith("input_") for name in numbers)
    if not numbers or not (is_meant or "name" not in {name.lower() for name, _ in pairs}):
        return pairs
    meanings = _of_parts(pairs, numbers)
    free = [(name, value) for name, value in pairs if name in numbers and name not in meanings and value.strip()]
    looks = _of_values(free, {*meanings.values(), *(name.lower() for name, value in pairs if value.strip())})
    named = tuple((meanings.get(name) or looks.get(name, name), value) for name, value in pairs)
    guess = _guessed_name([(name, value) for name, value in free if name not in looks], named)
    told = dict.fromkeys((name for name, _ in guess), "name") | looks
    notes = tuple((GUESSED_NOTE, f"{meaning}: {name}") for name, meaning in told.items())
    return notes + named + tuple(("name", value) for _, value in guess)


def _of_parts(pairs: Pairs, numbers: Mapping[str, re.Match[str]]) -> dict[str, str]:
    """A name that comes in parts, and consents with the wordings that were shown: none of them where one box is not
    ticked, because nobody can tell which one is about what."""
    fields: dict[str, dict[str, tuple[str, str]]] = {}
    for name, value in pairs:
        if name in numbers and numbers[name]["part"]:
            fields.setdefault(numbers[name]["field"], {})[numbers[name]["part"]] = (name, value)
    names = [parts for parts in fields.values() if {_FIRST, _LAST} <= parts.keys() and not {"1", "5"} & parts.keys()]
    meanings = {parts[part][0]: called for parts in names[:1] for part, called in _IN_PARTS}
    consents = [parts for parts in fields.values() if _is_consent(parts)]
    if all(parts[_AGREED][1].strip() == "1" for parts in consents):
        meanings |= {parts[_WORDING][0]: "consent" for parts in consents}
    return meanings


def _is_consent(parts: Mapping[str, tuple[str, str]]) -> bool:
    return parts.keys() == {_AGREED, _WORDING, _REVISION} and parts[_REVISION][1].strip().isdigit()


def _of_values(free: Sequence[tuple[str, str]], taken: set[str]) -> dict[str, str]:
    """The address, the number that can be dialled and the text, each where it is the only one of its kind: the second
    may be somebody else's. The first counts where the person could not be reached otherwise."""
    emails = [name for name, value in free if len(value) < 320 and len(value.split()) == 1 and read_email(value)]
    own = set(emails)
    rest = [(name, value) for name, value in free if name not in own]
    phones = [name for name, value in rest[:_TRIED] if _PHONE.fullmatch(value.strip()) and read_phone(value)]
    texts = [name for name, value in rest if len(value.split()) > 3 and name not in phones]
    found = {"email": emails, "phone": phones, "message": texts}
    only = {meaning: names[0] for meaning, names in found.items() if len(names) == 1 and meaning not in taken}
    if not {*only, *taken} & {"email", "phone"}:
        only |= next(({way: found[way][0]} for way in ("email", "phone") if found[way]), {})
    return {name: meaning for meaning, name in only.items()}


def _guessed_name(free: Iterable[tuple[str, str]], named: Pairs) -> Pairs:
    """Where nothing is called a name, the first short answer in words may be one: it stays under its number as well."""
    if {"name", "first_name"} & {name.lower() for name, value in named if value.strip()}:
        return ()
    words = ((name, value) for name, value in free if _WORDS.fullmatch(value.strip()) and len(value.split()) < 6)
    return tuple(islice(words, 1))
