"""Characters in plain form: what looks like a Latin letter is one, what nobody sees is not there."""

from __future__ import annotations

import re
import unicodedata

IGNORED = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff"
)
"""Default-ignorable code points (Unicode, DerivedCoreProperties), as ranges for a character class."""
MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
QUOTES = "'’‘ʼ`´′"

_QUIET = re.compile(f"[{QUOTES}{IGNORED}_]")
_SAME_LOOK = (
    ("асеорхуіјѕԁһӏԛԝѵАВСЕНІЈКМОРЅТХУԜԌ", "aceopxyijsdhlqwvABCEHIJKMOPSTXYWG"),
    ("οανικρΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲ", "oavikpABEZHIKMNOPTYXc"),
    ("ıłøđħŧɑɡɩʟɪᴀʙᴄᴅᴇꜰɢʜᴊᴋᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ilodhtagiliabcdefghjkmnoprstuvwyz"),
)
_ALIKE = (("вгикмнптяз", "brukmhntrz"), ("βγεητυχωμσδ", "byentuxwuod"))
"""Letters that stand for Latin ones only where Latin letters stand beside them. Source: Unicode confusables.txt, the
part that keyboards offer, and small capitals."""
_LOOK = {ord(odd): latin for row in _SAME_LOOK for odd, latin in zip(*row, strict=True)}
_IN_A_MIXED_WORD = {ord(odd): latin for row in (*_ALIKE, *_SAME_LOOK) for odd, latin in zip(*row, strict=True)}
_LATIN = re.compile("[a-zA-Z]")
_OTHER_SCRIPT = re.compile("[\u0370-\u1cff\u1f00-\u1fff\u2c80-\u2dff\u3040-\ud7ff\uf900-\ufdff\ufe70-\ufefc]")
_LONGEST = 80


def is_mostly_latin(text: str) -> bool:
    """Whether more Latin letters stand in a text than letters of other scripts."""
    if text.isascii() or _OTHER_SCRIPT.search(text) is None:
        return True
    return len(_LATIN.findall(text)) > len(_OTHER_SCRIPT.findall(text))


def plain(word: str, among_latin: bool = True) -> str:
    """A word in plain form: compatibility letters folded, lower case, no accents, apostrophes or invisible signs;
    letters of other scripts that look Latin become Latin when the word is mixed, or all of it looks so and it stands
    `among_latin` text. At most 80 characters, whatever one of them stands for."""
    if len(word) <= _LONGEST and word.isalnum() and word.isascii():
        return word.lower()
    word = _QUIET.sub("", word[: 4 * _LONGEST])[:_LONGEST]
    if word.isascii():
        return word.lower()
    letters = "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
    return (letters if letters.isascii() else _as_latin(letters, among_latin)).lower()[:_LONGEST]


def _as_latin(word: str, among_latin: bool) -> str:
    if _LATIN.search(word):
        return word.translate(_IN_A_MIXED_WORD)
    looks = word.translate(_LOOK)
    return looks if among_latin and looks.isascii() else word
