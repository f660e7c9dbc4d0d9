"""Typed text made fit to store and show: NFC, without control or bidirectional characters, nothing else changed."""

from __future__ import annotations

import re
import unicodedata

# Joiners (U+200C, U+200D) stay: Persian and Indic names need them.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
_SPACES = re.compile(r"\s+")
_PIECES = re.compile(r"\S{1,400}\s*|\s+")


def clean_text(value: str) -> str:
    """Text of several lines; line ends become `\\n`."""
    text = _CONTROL.sub("", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", value)))
    # After the invisible ones have gone, because one of them may stand between a letter and its accent; in pieces,
    # because a long run of accents takes quadratic time (0.6 s for 64 KiB).
    return "".join(unicodedata.normalize("NFC", piece) for piece in _PIECES.findall(text)).strip()


def clean_line(value: str) -> str:
    """Text of one line: every run of white space, line ends included, is one space."""
    return _SPACES.sub(" ", clean_text(value)).strip()


def without_invisible(value: str) -> str:
    """A line without any format character at all, for addresses and numbers (pasted numbers carry U+202D)."""
    return clean_line("".join(char for char in clean_line(value) if unicodedata.category(char) != "Cf"))
