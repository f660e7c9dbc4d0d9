"""The lexicon of the text screening: which words stand for which concept, read on the first text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.models.vocabulary import Language
from chalicelib.triage.phrases import Phrase, by_first_word, read_phrase

LEXICON_FILE = Path(__file__).parent / "lexicon.toml"

Index = dict[str, list[Phrase]]
Concept = Literal[
    "fever",
    "physical_emergency",
    "act_taken",
    "self_harm",
    "voices_or_harm_to_others",
    "self_harm_of_other",
    "despair",
    "progressive_weakness",
    "skin_infection",
    "unsafe_at_home",
    "cancer_and_spine_pain",
    "pressure_or_urine",
    "past_attempt",
]


class Entry(BaseModel):
    """Phrases of one concept in one language. `needs` and `unless` name cues: one that the sentence must hold, one
    that must not stand close by. `claims`: words matched here are not read again by later entries."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    concept: Concept
    language: Language
    phrases: Annotated[tuple[str, ...], Field(min_length=1)]
    needs: str = ""
    unless: str = ""
    claims: bool = False
    source: Annotated[str, Field(min_length=1)]
    reviewed_by: str


class LexiconFile(BaseModel):
    """The file as it is written. `negators` deny what follows through `bridges`; `not_negations` hold a negator that
    denies nothing; `idioms` are never read as anything else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    negators: frozenset[str]
    bridges: frozenset[str]
    not_negations: tuple[str, ...]
    idioms: tuple[str, ...]
    clause_breaks: frozenset[str]
    common_words: frozenset[str]
    cues: dict[str, tuple[str, ...]]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The lexicon ready for use. `phrases` are those of all entries by their first word, each with the number of its
    entry."""

    file: LexiconFile
    phrases: dict[str, list[tuple[int, Phrase]]]
    not_negations: Index
    idioms: Index
    cues: dict[str, Index]


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon that is deployed. Raises ValueError when its data is wrong."""
    return parse_lexicon(LEXICON_FILE.read_text("utf-8"))


def parse_lexicon(toml: str) -> Lexicon:
    """Read and check a lexicon. Raises ValueError."""
    file = LexiconFile.model_validate(tomllib.loads(toml))
    if unknown := {cue for entry in file.entries for cue in (entry.needs, entry.unless)} - {"", *file.cues}:
        raise ValueError(f"the lexicon has no cue named {min(unknown)}")
    phrases: dict[str, list[tuple[int, Phrase]]] = {}
    for number, entry in enumerate(file.entries):
        for word, starting in _index(entry.phrases).items():
            phrases.setdefault(word, []).extend((number, phrase) for phrase in starting)
    return Lexicon(
        file=file,
        phrases=phrases,
        not_negations=_index(file.not_negations),
        idioms=_index(file.idioms),
        cues={name: _index(phrases) for name, phrases in file.cues.items()},
    )


def _index(phrases: Iterable[str]) -> Index:
    return by_first_word(map(read_phrase, phrases))
