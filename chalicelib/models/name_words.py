"""The words of a name, as they are compared: without accents, case or punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_WORDS = 8
_PARTICLES = frozenset(
    ["da", "das", "de", "del", "den", "der", "di", "dos", "du", "el", "la", "las", "le", "los", "van", "von"]
)
"""Words that say little about who it is. Each is somebody's whole name as well: they come last, but they come."""
_WORDS = re.compile(r"[^\W\d_]+")
_APOSTROPHES = re.compile("['’ʼ`]")
_BARE = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
"""Letters with a stroke and the like, which Unicode does not take apart. What casefold does (ß) is left out."""


def name_words(name: str) -> list[str]:
    """Every word of at least two letters, or one where a letter is a name (李). `O’Brien` is one word, `García-López`
    are two."""
    folded = unicodedata.normalize("NFKD", name.casefold()).translate(_BARE)
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return [word for word in _WORDS.findall(_APOSTROPHES.sub("", plain)) if len(word) >= _shortest(word)]


def beginnings(name: str) -> list[str]:
    """What a name is found by: the first two, three and four letters of at most eight words, the last one among them,
    particles only where there is room; of a word in Chinese, Japanese or Korean script the first one, two and three."""
    words = name_words(name)
    names = [word for word in words if word not in _PARTICLES]
    particles = [word for word in words if word in _PARTICLES]
    found = [*names[: MAX_WORDS - 1], *names[MAX_WORDS - 1 :][-1:], *particles][:MAX_WORDS]
    starts = (word[:length] for word in found for length in range(_shortest(word), len(longest_beginning(word)) + 1))
    return list(dict.fromkeys(starts))


def particles_last(words: Iterable[str]) -> list[str]:
    """The words in order, but `de`, `van` and the like after the others."""
    return sorted(words, key=_PARTICLES.__contains__)


def longest_beginning(word: str) -> str:
    """As much of a word as is looked up; what is typed beyond is compared with the name itself."""
    return word[: _shortest(word) + 2]


def fits(typed: str, name: str) -> bool:
    """Whether each word that was typed begins a word of the name."""
    words = name_words(name)
    return all(any(word.startswith(start) for word in words) for start in name_words(typed))


def _shortest(word: str) -> int:
    """Letters of the shortest beginning that tells names apart."""
    return 1 if unicodedata.east_asian_width(word[0]) == "W" else 2
