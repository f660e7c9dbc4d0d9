"""Signals in how a text is written, whatever it says: links, markup, repetition, letters without words, attacks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.screening.offers import LONGEST_TEXT

_LINK = re.compile(r"(?:https?://|www\.)[^\s\"'<>\[\]]{3,200}|\bt\.me/\w", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{3,200}")
_HOST = re.compile(r"^(?:https?://)?(?:www\.)?([^/?#:]+)", re.IGNORECASE)
_SHORTENERS = frozenset(
    {"bit.ly", "bitly.com", "cutt.ly", "is.gd", "ow.ly", "rb.gy", "rebrand.ly", "shorturl.at", "t.co", "t.me"}
    | {"tiny.cc", "tinyurl.com", "wa.me"}
)
_BOARD_MARKUP = re.compile(r"\[(?:url|link)\b[^\]]{0,200}\]", re.IGNORECASE)
_LINK_MARKUP = re.compile(r"<a\s[^>]{0,80}?href\s{0,3}=\s{0,3}[\"']?https?:", re.IGNORECASE)
_ATTACK = re.compile(
    r"<script\b|\bonerror\s{0,3}=|etc/passwd|'\s{0,3}or\s{0,3}'?1'?\s{0,3}=\s{0,3}'?1|\bunion\s{1,5}select\b|\{\{\s{0,3}\d",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W\d_]+")
_ONE_SOUND = re.compile(r"tsch|sch|[cpst]h|[cs]k|[cprs]z|s[pt]|ng|pf|tz|qu", re.IGNORECASE)
"""Letters that are spoken as one, in German, Dutch, Polish and others."""
_UNSPEAKABLE = re.compile(r"[bcdfghjklmnpqrstvwxzбвгджзйклмнпрстфхцчшщ]{5}", re.IGNORECASE)
_KEYS_IN_A_ROW = re.compile(
    r"qwer|wert|asdf|sdfg|dfgh|fghj|ghjk|hjkl|zxcv|xcvb|cvbn|vbnm|lkjh|kjhg|poiu|mnbv|nbvc|йцук|цуке|фыва|ывап|ячсм|чсми",
    re.IGNORECASE,
)
_CASE_CHANGES = re.compile(r"[a-z](?=[A-Z])")
_DRAWN_OUT = re.compile(r"(.)\1+")
_SENTENCES = re.compile(r"[.!?\n]+")
_MANY, _FEW = 4, 2
_LONG_SENTENCE, _TIMES = 20, 3
_LONG_WORD, _MIXED_WORD = 5, 8


@dataclass(frozen=True)
class Written:
    """The name, and every text of an enquiry."""

    name: str
    texts: tuple[str, ...]


def without_addresses(text: str) -> str:
    """A text without links and mail addresses: they are looked at by themselves."""
    return _ADDRESS.sub(" ", _LINK.sub(" ", text[:LONGEST_TEXT]))


def written_signals(written: Written) -> Iterator[str]:
    """The codes of what is found, each once."""
    whole = "\n".join(written.texts)[:LONGEST_TEXT]
    links = set(_LINK.findall(whole))
    yield from _of_links(links)
    if _LINK.search(written.name):
        yield "link_in_name"
    if _BOARD_MARKUP.search(whole):
        yield "link_board_markup"
    if _LINK_MARKUP.search(whole):
        yield "link_markup"
    if _ATTACK.search(whole) or _ATTACK.search(written.name):
        yield "attack"
    if _is_repeated(written, whole):
        yield "repeated_text"
    if _is_gibberish(_WORDS.findall(_LINK.sub(" ", whole))):
        yield "gibberish"
    if _is_gibberish(_WORDS.findall(written.name[:200])):
        yield "gibberish_name"


def _of_links(links: set[str]) -> Iterator[str]:
    if len(links) >= _MANY:
        yield "links_many"
    elif len(links) >= _FEW:
        yield "links_few"
    elif links:
        yield "link"
    if any((host := _HOST.match(link)) and host[1].lower() in _SHORTENERS for link in links):
        yield "link_shortened"


def _is_repeated(written: Written, whole: str) -> bool:
    """A long sentence three times, or one text in several fields. A form sent twice over does neither."""
    sentences = Counter(part.strip().lower() for part in _SENTENCES.split(whole) if len(part) >= _LONG_SENTENCE)
    texts = [text.strip().lower() for text in (written.name, *written.texts) if len(text) >= _LONG_SENTENCE]
    return any(count >= _TIMES for count in sentences.values()) or len(set(texts)) < len(texts)


def _is_gibberish(words: Sequence[str]) -> bool:
    """At least half of the longer words cannot be spoken, follow the keyboard, or mix small and capital letters."""
    long = [word for word in words if len(word) >= _LONG_WORD]
    return bool(long) and 2 * sum(map(_is_odd, long)) >= len(long)


def _is_odd(word: str) -> bool:
    word = _DRAWN_OUT.sub(r"\1", word)
    mixed = len(word) >= _MIXED_WORD and len(_CASE_CHANGES.findall(word)) > 1
    return mixed or bool(_UNSPEAKABLE.search(_ONE_SOUND.sub("s", word)) or _KEYS_IN_A_ROW.search(word))
