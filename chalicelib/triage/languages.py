"""Whether a text is in a language that the screening reads. It reads English and Spanish; anything else must be read by
a person, also a single sentence of it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chalicelib.triage.lexicon import Lexicon
from chalicelib.triage.words import Text

LANGUAGES_FILE = Path(__file__).parent / "lexicon_data" / "languages.json"

_FOREIGN_ENOUGH, _NEAR, _FOREIGN_IN_A_FEW, _FEW = 3, 8, 2, 6
"""Words of another language that count: three different ones among eight, or two of a message of few words."""
_SCRIPT_RUN, _SCRIPT_TOTAL = 2, 3
_UNKNOWN_SHARE, _UNKNOWN_WORDS = 0.6, 3
_SHOWN = 60
_TYPED = re.compile(r"\w+")
_MARK = re.compile("[\u0300-\u036f]")
_OTHER_SCRIPT = re.compile("[^\\W\\d_\u0000-\u036f\u1d00-\u1dbf\u1e00-\u1eff\u2000-\u2bff]")


@dataclass(frozen=True, slots=True)
class OtherLanguages:
    """Words of other languages that are no words of ours, and letters that we do not write."""

    words: frozenset[str]
    letters: frozenset[str]


@lru_cache(maxsize=1)
def load_languages() -> OtherLanguages:
    """The languages that are deployed."""
    data = json.loads(LANGUAGES_FILE.read_text("utf-8"))
    words = frozenset(word for language in data["languages"] for word in language["words"].split())
    return OtherLanguages(words, frozenset(data["letters"]))


def not_understood(text: Text, lexicon: Lexicon) -> str:
    """The words, as typed, by which a text is not English or Spanish; nothing when it is, or has no words."""
    other = load_languages()
    foreign = _of_another_language(text, other.words)
    if not text.original.isascii():
        odd = {letter for letter in set(text.original) if letter > "\x7f"}
        if _OTHER_SCRIPT.search("".join(odd)) and (spot := _other_script(text)):
            return spot
        lower = "".join(odd).lower()
        if not other.letters.isdisjoint(lower) or _MARK.search(lower):
            foreign = sorted({*foreign, *_with_foreign_letters(text, other.letters)})
    for first, last in _foreign_spans(text, foreign):
        return text.quote(first, last, _SHOWN)
    return _mostly_unknown(text, lexicon)


def _of_another_language(text: Text, known: frozenset[str]) -> list[int]:
    """Words as they were read, and as typed: one of another language may have been taken for a slip of ours."""
    if known.isdisjoint(text.words) and known.isdisjoint(_TYPED.findall(text.original.lower())):
        return []
    spans = zip(text.words, text.starts, text.ends, strict=True)
    return [
        at for at, (word, start, end) in enumerate(spans) if word in known or text.original[start:end].lower() in known
    ]


def _other_script(text: Text) -> str:
    total = 0
    for at, word in enumerate(text.words):
        if word.isascii():
            continue
        letters = len(_OTHER_SCRIPT.findall(word))
        total += letters
        if letters >= _SCRIPT_RUN or total >= _SCRIPT_TOTAL:
            return text.quote(at, at, _SHOWN)
    return ""


def _with_foreign_letters(text: Text, letters: frozenset[str]) -> Iterator[int]:
    for at, (start, end) in enumerate(zip(text.starts, text.ends, strict=True)):
        typed = text.original[start:end]
        if not typed.isascii() and not letters.isdisjoint(unicodedata.normalize("NFC", typed[:_SHOWN]).lower()):
            yield at


def _foreign_spans(text: Text, foreign: list[int]) -> Iterator[tuple[int, int]]:
    enough = _FOREIGN_IN_A_FEW if len(text.words) <= _FEW else _FOREIGN_ENOUGH
    for number in range(len(foreign) - enough + 1):
        near = [at for at in foreign[number : number + 2 * enough] if at - foreign[number] < _NEAR]
        if len({text.words[at] for at in near}) >= enough:
            yield near[0], near[-1]


def _mostly_unknown(text: Text, lexicon: Lexicon) -> str:
    unknown = _lower_case(text, [at for at, word in enumerate(text.words) if word not in lexicon.speller.known])
    if len(unknown) < _UNKNOWN_SHARE / 2 * len(text.words):
        return ""
    words = _lower_case(text, range(len(text.words)))
    letters = sum(len(text.words[at]) for at in words)
    if len(words) < _UNKNOWN_WORDS or sum(len(text.words[at]) for at in unknown) < _UNKNOWN_SHARE * letters:
        return ""
    return text.quote(unknown[0], unknown[-1], _SHOWN)


def _lower_case(text: Text, places: Sequence[int]) -> list[int]:
    """Those that are words and do not begin with a capital, as names do."""
    return [at for at in places if text.words[at].isalpha() and not text.original[text.starts[at]].isupper()]
