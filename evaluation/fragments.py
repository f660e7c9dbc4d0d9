"""Lists what in the lexicon may be the sentence of one tuning message instead of a concept: `python -m
evaluation.fragments`.

An entry is doubtful when it has four words or more without alternatives, occurs in at most one tuning message, and
none of its words names anything by itself.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chalicelib.triage.concepts import read_groups
from chalicelib.triage.lexicon import GROUP_FILES, build_lexicon, read_json

TUNING = Path(__file__).parent / "tuning"
WORDS = 4
NAMING = frozenset(
    {"DIE", "PILLS", "MEANS", "FIREARM", "LIMB", "CHEST", "CHESTPAIN", "FACE", "DROOP", "FEVER", "NUMB", "PALE", "COLD"}
    | {
        "WOUND",
        "HOTRED",
        "POISONS",
        "BLOODW",
        "COUGHV",
        "BURDEN",
        "CANCER",
        "SPINEPAIN",
        "HIGHPLACE",
        "TIGHT",
        "KILLSELF",
    }
    | {
        "KILLSELF",
        "MYSELF",
        "THEMSELVES",
        "VIOLENT",
        "RADIATE",
        "LETTERS",
        "AFFAIRS",
        "FAREWELL",
        "UNRESP",
        "SPEECH",
        "CANTMOVE",
    }
    | {"INFECT", "BREATH", "CUTS", "DESPAIR", "DV", "ANAPH", "VISION", "PALPIT", "GIVEAWAY", "STOCK", "NEARBY", "STAND"}
)
"""Groups whose single words name something: a part of the body, a sign, a means, an act."""
NAMES = frozenset(
    {"live", "living", "life", "vivir", "vida", "exist", "existing", "wake", "waking", "breathe", "breathing", "breath"}
    | {"respirar", "aire", "kill", "cut", "hurt", "feel", "siento", "move", "pee", "urine", "orina", "bladder", "blood"}
    | {"letter", "note", "suicide", "voices", "voice", "voces", "safe", "insurance", "seguro", "born", "funeral"}
)


def doubtful() -> list[tuple[str, str, int]]:
    """Each doubtful entry: its id, its words, and in how many tuning messages it occurs."""
    entries = [entry for name in GROUP_FILES for entry in read_json(name)["groups"]]
    naming = (entry for entry in entries if entry["group"] in NAMING)
    names = NAMES | {phrase.rstrip("*") for entry in naming for phrase in entry["phrases"] if " " not in phrase}
    candidates = [
        (entry["id"], phrase)
        for entry in entries
        for phrase in entry["phrases"]
        if _is_sentence(phrase) and names.isdisjoint(phrase.split())
    ]
    counts = _occurrences(entries, candidates)
    return [(name, phrase, counts[f"{name} {phrase}"]) for name, phrase in candidates if counts[f"{name} {phrase}"] < 2]


def _is_sentence(phrase: str) -> bool:
    return len(phrase.split()) >= WORDS and not {"/", "?"} & set(phrase)


def _occurrences(entries: Sequence[dict[str, Any]], candidates: Sequence[tuple[str, str]]) -> Counter[str]:
    """In how many messages each candidate occurs, found as a group of its own."""
    own = [{"group": f"{name} {phrase}", "phrases": [phrase]} for name, phrase in candidates]
    lexicon = build_lexicon(read_json("words.json"), [*entries, *own], read_json("frames.json"))
    wanted = {entry["group"] for entry in own}
    counts: Counter[str] = Counter()
    for message in _messages():
        events = read_groups(lexicon.read(message), lexicon).events
        counts.update({event.group for event in events} & wanted)
    return counts


def _messages() -> Iterator[str]:
    for file in sorted(TUNING.glob("*.jsonl")):
        yield from (json.loads(line)["answers"]["message"] for line in file.read_text("utf-8").splitlines())


def main() -> None:
    """Print the list, the longest first."""
    found = sorted(doubtful(), key=lambda row: (-len(row[1].split()), row))
    for name, phrase, count in found:
        sys.stdout.write(f"{name}: {phrase} ({count})\n")
    sys.stdout.write(f"{len(found)} entries\n")


if __name__ == "__main__":
    main()
