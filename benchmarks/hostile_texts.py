"""Texts of any length for the benchmark and the tests of the screening: real messages, and inputs made to reach each
path that could be slow."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

from chalicelib.screening.offers import PHRASES_FILE
from chalicelib.triage.lexicon import GROUP_FILES, load_lexicon, read_json

MESSAGES = Path(__file__).parents[1] / "evaluation" / "tuning" / "tuning_general4.jsonl"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def texts(length: int) -> dict[str, str]:
    """A text of `length` characters for each path. The same ones every time."""
    return {name: _cut(pieces(), length) for name, pieces in _PIECES.items()}


def _cut(pieces: Iterator[str], length: int) -> str:
    text = "".join(islice(pieces, length))
    return text[:length]


def _messages() -> Iterator[str]:
    for line in MESSAGES.read_text("utf-8").splitlines():
        yield json.loads(line)["answers"]["message"] + " "


def _repeated(piece: str) -> Callable[[], Iterator[str]]:
    def pieces() -> Iterator[str]:
        return (piece for _ in count())

    return pieces


def _new_words(letters: int) -> Callable[[], Iterator[str]]:
    """Words that nobody knows, never the same again."""

    def pieces() -> Iterator[str]:
        chance = random.Random(letters)  # noqa: S311
        while True:
            yield "".join(chance.choice(_LETTERS) for _ in range(letters)) + " "

    return pieces


def _misspelled() -> Iterator[str]:
    """Two edits away from words that are restored, never the same again."""
    chance = random.Random(1)  # noqa: S311
    important = [word for word in sorted(read_json("words.json")["important"]) if len(word) >= 8]
    while True:
        word = list(chance.choice(important))
        for _ in range(2):
            word[chance.randrange(1, len(word))] = chance.choice(_LETTERS)
        yield "".join(word) + " "


def _phrases(between: str) -> Callable[[], Iterator[str]]:
    """What the lexicon looks for."""

    def pieces() -> Iterator[str]:
        chance = random.Random(2)  # noqa: S311
        entries = [entry for name in GROUP_FILES for entry in read_json(name)["groups"]]
        phrases = [phrase for entry in entries for phrase in entry["phrases"]]
        classes = sorted(load_lexicon().classes)
        while True:
            words = chance.choice(phrases).replace("?", "").replace("*", "").split()
            plain = (word.split("/")[0] for word in words if word not in ("_", "~"))
            yield " ".join(chance.choice(classes) if word.isupper() else word for word in plain) + between

    return pieces


def _joined() -> Iterator[str]:
    """Words run together, sixty letters at a time."""
    chance = random.Random(4)  # noqa: S311
    words = sorted(load_lexicon().speller.joinable)
    while True:
        yield "".join(chance.choice(words) for _ in range(18))[:60] + " "


def _leet() -> Iterator[str]:
    for word in _phrases(" ")():
        yield word.translate(str.maketrans("aeios", "43105"))


def _alike() -> Iterator[str]:
    for word in _phrases(" ")():
        yield word.translate(str.maketrans("aeo", "аео"))


def _offers() -> Iterator[str]:
    """What spam screening looks for."""
    chance = random.Random(5)  # noqa: S311
    kinds = json.loads(PHRASES_FILE.read_text("utf-8"))["kinds"]
    phrases = [phrase for by_points in kinds.values() for entries in by_points.values() for phrase in entries]
    while True:
        yield " ".join(word.split("/")[0] for word in chance.choice(phrases).split()) + ". "


_PIECES: dict[str, Callable[[], Iterator[str]]] = {
    "messages in a row": _messages,
    "one letter, no space": _repeated("a"),
    "one word over and over": _repeated("i "),
    "trigger words over and over": _repeated("i want to not die kill my leg cold blue since today "),
    "new words of 4 letters": _new_words(4),
    "new words of 9 letters": _new_words(9),
    "new words of 19 letters": _new_words(19),
    "misspellings of important words": _misspelled,
    "phrases of the lexicon": _phrases(" "),
    "phrases, each a sentence": _phrases(". "),
    "phrases, each a line": _phrases("\n"),
    "joined words": _joined,
    "letters set apart": _repeated("k i l l  m y s e l f a n d d i e "),
    "digits for letters": _leet,
    "letters that look alike": _alike,
    "signs within words": _repeated("su!ci|dal a!b!c!d "),
    "combining accents": _repeated("e\u0301\u0302"),
    "letters that expand": _repeated("\ufdfa"),
    "letters that expand, as words": _repeated("\ufdfa "),
    "invisible signs": _repeated("d\u200bi\ufe0fe \u2060"),
    "another language": _repeated("ich will nicht mehr leben, tôi muốn chết. "),
    "no end of sentence": _repeated("and then i went to the doctor with my foot and "),
    "ends of sentences": _repeated("i. "),
    "dots and spaces": _repeated(". . \t.. "),
    "lines that go on": _repeated("no\nfoot\n"),
    "numbers": _repeated("1.5 200/120 99 "),
    "offers": _offers,
    "links": _repeated("https://a.example/b?c=d "),
    "almost a link": _repeated("www.[url http"),
    "almost an address": _repeated("a.b+c-d_e" * 7 + "@ "),
    "almost markup": _repeated("<a  href  =  'or' 1 union select {{ "),
}
