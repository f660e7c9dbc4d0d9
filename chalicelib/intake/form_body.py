"""From bytes to names and values: JSON, urlencoded and multipart, strict about form and lenient about content."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.errors import BodyTooLarge, MalformedBody, UnsupportedBody

MAX_BODY_BYTES = 64 * 1024
FORM_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
_FALLBACK_CHARSET = "cp1252"
"""What browsers mean by text that is not UTF-8 (WHATWG Encoding: latin-1 labels name windows-1252)."""
_MAX_DEPTH = 4
_CHARSETS = {"utf-8": "utf-8", "ascii": "utf-8", "iso8859-1": "cp1252", "iso8859-15": "iso8859-15", "cp1252": "cp1252"}
"""Charsets of web forms. Not every codec of Python: some of them take quadratic time."""


@dataclass(frozen=True)
class FormBody:
    """Names and values in the order in which they came; `media_type` is one of FORM_TYPES; files were left out."""

    media_type: str
    pairs: tuple[tuple[str, str], ...]
    has_file: bool = False

    @property
    def is_json(self) -> bool:
        """Whether a script wrote the body."""
        return self.media_type == "application/json"


def decode_form(content_type: str, body: bytes) -> FormBody:
    """Read a body of at most 64 KiB. Numbers stay as they were typed. Raises UnsupportedBody, BodyTooLarge,
    MalformedBody."""
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip().lower()
    if media_type not in FORM_TYPES:
        raise UnsupportedBody
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge
    try:
        if media_type == "multipart/form-data":
            return _multipart(content_type, body)
        text = _decode(body, _charset(parameters))
        pairs = tuple(_json_pairs(text) if media_type == "application/json" else _urlencoded_pairs(text, parameters))
        _refuse_surrogates(pairs)
    except (ValueError, RecursionError) as error:
        raise MalformedBody from error
    return FormBody(media_type, pairs)


def _charset(parameters: str) -> str:
    """The charset that a Content-Type names, when Python knows it; else UTF-8."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            try:
                return _CHARSETS.get(codecs.lookup(value.strip().strip("\"'")[:40]).name, "utf-8")
            except (LookupError, ValueError):
                return "utf-8"
    return "utf-8"


def _decode(raw: bytes, charset: str) -> str:
    """Text in the named charset; bytes that are not are read as windows-1252, so that no enquiry is lost to an old
    page."""
    for candidate in (charset, "utf-8"):
        try:
            return raw.decode(candidate).removeprefix("\ufeff")
        except UnicodeError:
            continue
    return raw.decode(_FALLBACK_CHARSET, "replace")


def _urlencoded_pairs(text: str, parameters: str) -> list[tuple[str, str]]:
    # Percent escapes are read as Latin-1 first, which keeps every byte, and then as what the bytes really are.
    charset = _charset(parameters)
    pairs = parse_qsl(text.encode("utf-8").decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return [
        (_decode(name.encode("latin-1"), charset), _decode(value.encode("latin-1"), charset)) for name, value in pairs
    ]


def _multipart(content_type: str, body: bytes) -> FormBody:
    import multipart  # 22 ms cold: only for those who send it

    _, options = multipart.parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if not boundary:
        raise MalformedBody
    parser = multipart.MultipartParser(
        BytesIO(body), boundary, len(body), part_limit=MAX_BODY_BYTES, partsize_limit=MAX_BODY_BYTES
    )
    pairs, has_file = [], False
    for part in parser:
        if part.filename is None:
            charset = _charset(part.headers.get("Content-Type", "").partition(";")[2])
            pairs.append((part.name or "", _decode(part.raw, charset)))
        else:
            has_file = has_file or bool(part.filename or part.raw)
    return FormBody("multipart/form-data", tuple(pairs), has_file)


def _json_pairs(text: str) -> Iterator[tuple[str, str]]:
    loaded = json.loads(text, object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_refuse)
    if not isinstance(loaded, dict):
        raise MalformedBody
    for name, value in loaded.items():
        yield from _named(name, value, _MAX_DEPTH)


def _named(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """An answer within an answer has the name that a form would give it, `address[city]`; a list repeats its name. What
    lies deeper than anybody's form is kept as text."""
    if depth and isinstance(value, dict):
        for inner, item in value.items():
            yield from _named(f"{name}[{inner}]", item, depth - 1)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if depth and isinstance(item, dict):
                yield from _named(f"{name}[{number}]", item, depth - 1)
            elif item is not None:
                yield name, _as_typed(item)
    elif value is not None:
        yield name, _as_typed(value)


def _as_typed(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    loaded = dict(pairs)
    if len(loaded) != len(pairs):
        raise ValueError("a name occurs twice")
    return loaded


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _refuse_surrogates(pairs: tuple[tuple[str, str], ...]) -> None:
    """Half a character cannot be stored; UnicodeEncodeError is a ValueError."""
    for name, value in pairs:
        f"{name}{value}".encode()
