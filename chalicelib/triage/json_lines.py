"""The command line's input: one JSON object per line, read strictly, and never quoted in a message."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from chalicelib.models.answers import CODE_FIELDS, Answers, read_answers
from chalicelib.models.fields import OWN_NAMES, group
from chalicelib.triage.contact_fields import CONTACT_NAMES, CONTROL_NAMES, REPLY_TO, words_for_screening

_KNOWN = CODE_FIELDS | OWN_NAMES | CONTACT_NAMES | {"message"}


class BadInput(Exception):
    """What cannot be read, in words that quote nothing of it."""


def read_objects(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object with its line number from 1; blank lines are skipped. Raises BadInput that names the line."""
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix("\ufeff").strip()
        if not text:
            continue
        with_line = f"line {number}: "
        # Bytes that are not UTF-8 arrive as lone surrogates (`surrogateescape`).
        if any("\udc80" <= char <= "\udcff" for char in text):
            raise BadInput(with_line + "not UTF-8")
        try:
            data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise BadInput(with_line + "not one JSON object without repeated names") from None
        if not isinstance(data, dict):
            raise BadInput(with_line + "not a JSON object")
        yield number, data


def to_answers(number: int, fields: object) -> Answers:
    """Answers from an object of fields, read as the form's would be. Raises BadInput that names the line."""
    if not isinstance(fields, dict):
        raise BadInput(f"line {number}: answers are not a JSON object")
    pairs = [(name, text) for name, value in fields.items() for text in _texts(number, value)]
    addresses = [("email", text) for name, text in pairs if name in REPLY_TO]
    others = [pair for pair in pairs if not _is_left_out(pair[0])]
    return read_answers(words_for_screening(group(addresses + others, _KNOWN)))


def printable(text: str) -> str:
    """A text on one line that a terminal shows and does not obey: what is not printable as its escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _is_left_out(name: str) -> bool:
    return name.startswith(("_", "utm_")) or name in CONTROL_NAMES | REPLY_TO


def _texts(number: int, value: object) -> list[str]:
    """The texts of a string, number, boolean, null (none) or list of these."""
    if isinstance(value, list):
        return [text for item in value for text in _single(number, item)]
    return _single(number, value)


def _single(number: int, value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, str | int | float):
        return [str(value)]
    raise BadInput(f"line {number}: a value is neither text, number, boolean nor a list of these")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name is repeated")
    return dict(pairs)


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")
