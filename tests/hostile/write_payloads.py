"""Writes payloads.jsonl: each hostile text at each place where it could do harm, and each hostile body.

python -m tests.hostile.write_payloads"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.hostile.bodies import FORM, JSON, MULTIPART, bodies
from tests.hostile.payloads import ANYWHERE, FILE, Place
from tests.hostile.texts import ADDRESSES, CONTACTS, NUMBERS, TEXTS, TOKENS

FOR_TOKENS: tuple[Place, ...] = (
    ("form", "_rendered"),
    ("form", "_canary"),
    ("json", "_key"),
    ("header", "Idempotency-Key"),
    ("header", "Authorization"),
    ("path", "/received/"),
    ("path", "/withdraw/"),
    ("cookie", "__Host-desk_session"),
)
FOR_ADDRESSES: tuple[Place, ...] = (
    ("form", "_next"),
    ("json", "page_url"),
    ("query", "next"),
    ("header", "Origin"),
    ("header", "Referer"),
    ("desk", "next"),
)
FOR_CONTACTS: tuple[Place, ...] = (("json", "email"), ("form", "phone"), ("multipart", "name"))
FOR_NUMBERS: tuple[Place, ...] = (("json", "peg_pain"), ("form", "phq4_down"))
TOO_LARGE = (
    ("json", "message", "x" * 60_000),
    ("json", "name", "x" * 60_000),
    ("form", "story", "é" * 10_000),
    ("form", "_next", "https://clinic.example/" + "x" * 40_000),
    ("multipart", "message", "x" * 66_000),
    ("json_name", "story", "x" * 60_000),
    ("header", "Accept-Language", "en;q=0.1," * 800),
    ("query", "lang", "x" * 8_000),
    ("path", "/received/", "0" * 8_000),
    ("desk", "search", "x" * 8_000),
)
_RUN = re.compile(r"(.{1,12}?)\1{24,}", re.DOTALL)
MEMBERS = 5_000
"""As many names as fit into a body."""


def payloads() -> Iterator[dict[str, Any]]:
    """Each as it stands in the file, without its number."""
    for family, texts in TEXTS.items():
        yield from _at(family, texts, ANYWHERE)
    yield from _at("token", TOKENS, FOR_TOKENS)
    yield from _at("address", ADDRESSES, FOR_ADDRESSES)
    yield from _at("contact", CONTACTS, FOR_CONTACTS)
    yield from _at("number", NUMBERS, FOR_NUMBERS)
    for place, name, text in TOO_LARGE:
        yield _payload("too large", place, name, text)
    for kind, body in ((FORM, "a=b&"), (JSON, '{"a":1,'), (MULTIPART, "--b\r\n")):
        yield _payload("too many", "body", kind, body * MEMBERS)
    for family, kind, body in bodies():
        yield _payload(family, "body", kind, body)


def _at(family: str, texts: tuple[str, ...], places: tuple[Place, ...]) -> Iterator[dict[str, Any]]:
    for text in texts:
        for place, name in places:
            yield _payload(family, place, name, text)


def _payload(family: str, place: str, name: str, text: str) -> dict[str, Any]:
    return {"family": family, "place": place, "name": _compact(name), "text": _compact(text)}


def _compact(text: str) -> Any:
    """A text, or pieces and how often each is repeated."""
    pieces: list[Any] = []
    end = 0
    for run in _RUN.finditer(text):
        pieces += [[text[end : run.start()], 1], [run[1], len(run[0]) // len(run[1])]]
        end = run.end()
    return [piece for piece in [*pieces, [text[end:], 1]] if piece[0]] if pieces else text


def written() -> str:
    """The file's content."""
    lines = (json.dumps({"number": number, **each}) for number, each in enumerate(payloads(), 1))
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    FILE.write_text(written(), "ascii")
