"""The lexicon of the text screening: word groups and frames, read from JSON on the first text."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from chalicelib.triage.spelling import Speller
from chalicelib.triage.words import Joins, Text, read_words

LEXICON = Path(__file__).parent / "lexicon_data"
GROUP_FILES = ("cues.json", "self_harm.json", "body.json")

ANY_WORD = "~"
"""In a phrase: up to three other words. The key under which a node of the tree keeps what may follow them."""
DETERMINER = "_"
"""In a phrase: up to two words such as `my`, `the`, `left`."""
END = ""
"""The key of a node under which the groups are kept whose phrase ends there."""

NUMBERS: Mapping[str, tuple[float, float]] = {
    "NUMBER": (0, 1e9),
    "OLDYEAR": (1940, 2024),
    "TEMPF": (100.4, 110),
    "TEMPC": (38, 42.5),
    "SYS": (180, 300),
    "DIA": (110, 179),
    "DIAHIGH": (120, 200),
    "BIGNUM": (8, 500),
}
"""Groups of numbers, each from lowest to highest. Years after 2024 are no old years: they may still be going on."""

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """Groups that together stand for a concept: in this order with at most `reach` words between two of them, or in any
    order within `reach` words. Each part is the groups of which one must occur. `weight` 1 is enough by itself."""

    id: str
    concept: str
    parts: tuple[frozenset[str], ...]
    ordered: bool
    reach: int
    weight: float
    needs: frozenset[str]
    unless: frozenset[str]
    hears: frozenset[str]
    slow: bool


@dataclass(frozen=True, slots=True)
class Completion:
    """A frame that an event of a group may complete, and the parts that must have been found by then."""

    number: int
    frame: Frame
    others: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Ready for use. `stems` are words of which any ending fits; `completed_by` holds, by group, the frames that an
    event may complete; `framed` are the groups that occur in a frame."""

    version: str
    classes: Mapping[str, tuple[str, ...]]
    stems: Mapping[str, tuple[str, ...]]
    stem_lengths: tuple[int, ...]
    stem_heads: frozenset[str]
    tree: Node
    frames: tuple[Frame, ...]
    completed_by: Mapping[str, tuple[Completion, ...]]
    framed: frozenset[str]
    silent: frozenset[str]
    joins: Joins
    common: frozenset[str]
    speller: Speller

    def classes_of(self, word: str) -> tuple[str, ...]:
        """The groups of which `word` alone is a member."""
        if word[0].isdecimal() or word[0] == ".":
            return _number_classes(word)
        exact = self.classes.get(word, ())
        if word[: self.stem_lengths[-1]] not in self.stem_heads:
            return exact
        for length in self.stem_lengths:
            found = self.stems.get(word[:length])
            if found is not None:
                return tuple(dict.fromkeys((*exact, *found)))
        return exact

    def read(self, original: str) -> Text:
        """A text as the words that were meant."""
        return read_words(original, self.speller.begin(), self.silent, self.joins)


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon that is deployed. Raises ValueError when its data is wrong."""
    # A hundred thousand small objects that live for ever: the collector would walk them again and again.
    with _no_collection():
        entries = [entry for name in GROUP_FILES for entry in read_json(name)["groups"]]
        between = read_json("languages.json")["short"]
        short = f"{between['en']} {between['es']}".split()
        return build_lexicon(read_json("words.json"), entries, read_json("frames.json"), short)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection inside; what lives at the end is left out of every later one."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()


def read_json(name: str) -> dict[str, Any]:
    """A file of the lexicon as it is written."""
    data: dict[str, Any] = json.loads((LEXICON / name).read_text("utf-8"))
    return data


def build_lexicon(
    words: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], frames: Mapping[str, Any], short: Sequence[str] = ()
) -> Lexicon:
    """Make the lexicon out of its data: `words` (shorthand, silent, common), groups, frames and the `short` words that
    people run together. Raises ValueError."""
    classes: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    tree: Node = {}
    vocabulary: set[str] = set()
    for entry in entries:
        for phrase in entry["phrases"]:
            _add(phrase, entry["group"], classes, stems, tree, vocabulary)
    lengths = sorted({len(stem) for stem in stems}, reverse=True) or [1]
    groups = {entry["group"] for entry in entries} | NUMBERS.keys() | {"YY"}
    read = tuple(_read_frame(row, groups) for row in frames["frames"])
    common = frozenset(words["common"].split())
    known = frozenset(vocabulary | common)
    return Lexicon(
        version=frames["version"],
        classes={word: tuple(sorted(found)) for word, found in classes.items()},
        stems={word: tuple(sorted(found)) for word, found in stems.items()},
        stem_lengths=tuple(lengths),
        stem_heads=frozenset(stem[: lengths[-1]] for stem in stems),
        tree=tree,
        frames=read,
        completed_by=_completed_by(read),
        framed=frozenset().union(*(part for frame in read for part in frame.parts)),
        silent=frozenset(words["silent"].split()),
        joins={_pair(written): tuple(meant.split()) for written, meant in words["joins"].items()},
        common=common,
        speller=Speller(
            words["shorthand"], known, words["important"], frozenset(words["joinable"].split()), frozenset(short)
        ),
    )


def _add(
    phrase: str,
    group: str,
    classes: dict[str, set[str]],
    stems: dict[str, set[str]],
    tree: Node,
    vocabulary: set[str],
) -> None:
    parts = phrase.split()
    if len(parts) == 1:
        for word in phrase.split("/"):
            (stems if word.endswith("*") else classes).setdefault(word.rstrip("*"), set()).add(group)
            vocabulary.add(word.rstrip("*"))
        return
    ends: list[tuple[int, Node]] = [(0, tree)]
    for part in parts:
        words = part.removesuffix("?").split("/")
        vocabulary.update(words)
        longer = [(length + 1, node.setdefault(word, {})) for length, node in ends for word in words]
        ends = longer + ends if part.endswith("?") else longer
    for length, node in ends:
        if length > 1:
            node.setdefault(END, set()).add(group)


def _read_frame(row: Mapping[str, Any], groups: set[str]) -> Frame:
    written, _, reach = row["frame"].partition("/")
    ordered = ">" in written
    parts = tuple(frozenset(part.strip().split("|")) for part in written.split(">" if ordered else "+"))
    cues = {name: frozenset(row.get(name, "").split()) for name in ("needs", "unless", "hears")}
    if unknown := sorted(frozenset().union(*parts, cues["needs"], cues["unless"]) - groups):
        raise ValueError(f"{row['id']}: there is no group {unknown[0]}")
    return Frame(
        id=row["id"],
        concept=row["concept"],
        parts=parts,
        ordered=ordered,
        reach=int(reach) if reach else (5 if ordered else 12),
        weight=float(row.get("weight", 1)),
        slow=row.get("slow", False),
        **cues,
    )


def _completed_by(frames: Sequence[Frame]) -> dict[str, tuple[Completion, ...]]:
    """An ordered frame is completed by an event of its last part, any other by an event of any part."""
    found: dict[str, list[Completion]] = {}
    for number, frame in enumerate(frames):
        last = len(frame.parts) - 1
        for place, part in enumerate(frame.parts):
            if frame.ordered and place != last:
                continue
            others = frame.parts[:place] + frame.parts[place + 1 :]
            for group in part:
                found.setdefault(group, []).append(Completion(number, frame, others))
    return {group: tuple(completions) for group, completions in found.items()}


def _pair(written: str) -> tuple[str, str]:
    first, second = written.split()
    return first, second


def _number_classes(word: str) -> tuple[str, ...]:
    try:
        number = float(word)
    except ValueError:
        return ()
    found = [name for name, (lowest, highest) in NUMBERS.items() if lowest <= number <= highest]
    return (*found, "YY") if len(word) == 2 and (word[0] == "0" or number >= 60) else tuple(found)
