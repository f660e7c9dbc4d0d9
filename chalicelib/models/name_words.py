"""The words of a name, as they are compared: without accents, case or punctuation."""

from __future__ import annotations

import re
import unicodedata

SHORTEST = 2
LONGEST = 4
"""Letters of the beginnings that are looked up; what is typed beyond is compared with the name itself."""
MAX_WORDS = 4
_WORDS = re.compile(r"[^\W\d_]+")
_APOSTROPHES = re.compile("['’ʼ`]")


def name_words(name: str) -> list[str]:
    """Every word of at least two letters. `O’Brien` is one word, `García-López` are two."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char))
    return [word for word in _WORDS.findall(_APOSTROPHES.sub("", plain)) if len(word) >= SHORTEST]


def beginnings(name: str) -> list[str]:
    """What a name is found by: the first two, three and four letters of at most four words, the last one among
    them."""
    words = name_words(name)
    found = [*words[: MAX_WORDS - 1], *words[MAX_WORDS - 1 :][-1:]]
    lengths = range(SHORTEST, LONGEST + 1)
    return list(dict.fromkeys(word[:length] for word in found for length in lengths if len(word) >= length))


def fits(typed: str, name: str) -> bool:
    """Whether each word that was typed begins a word of the name."""
    words = name_words(name)
    return all(any(word.startswith(start) for word in words) for start in name_words(typed))
