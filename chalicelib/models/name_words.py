"""The words of a name, as they are compared: without accents, case or punctuation."""

from __future__ import annotations

import re
import unicodedata

MAX_WORDS = 4
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
    """What a name is found by: the first two, three and four letters of at most four words, the last one among them;
    of a word in Chinese, Japanese or Korean script the first one, two and three."""
    words = name_words(name)
    found = [*words[: MAX_WORDS - 1], *words[MAX_WORDS - 1 :][-1:]]
    starts = (word[:length] for word in found for length in range(_shortest(word), len(longest_beginning(word)) + 1))
    return list(dict.fromkeys(starts))


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
