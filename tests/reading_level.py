"""How hard a text is to read: small versions of the two formulas that are used for English and for Spanish."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalicelib.models.vocabulary import Language

_SENTENCE_END = re.compile(r"[.!?:;]+(?=\s|$)|\n")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?", re.UNICODE)
_ENGLISH_VOWELS = re.compile(r"[aeiouy]+")
_SPANISH_VOWELS = re.compile(r"[aeiouáéíóúü]+y?\b|[aeiouáéíóúü]+|\by\b")


@dataclass(frozen=True)
class Count:
    """How much there is of a text."""

    sentences: int
    words: int
    syllables: int


def count(language: Language, texts: list[str]) -> Count:
    """A text that ends without a full stop, such as a label, is a sentence all the same. Numbers are no words."""
    sentences = [part for text in texts for part in _SENTENCE_END.split(text) if _WORD.search(part)]
    words = [word.lower() for sentence in sentences for word in _WORD.findall(sentence)]
    syllables = _in_english if language == "en" else _in_spanish
    return Count(len(sentences), len(words), sum(syllables(word) for word in words))


def grade(texts: list[str]) -> float:
    """The school grade of an English text. Source: Kincaid et al. 1975, Flesch-Kincaid grade level."""
    found = count("en", texts)
    return 0.39 * found.words / found.sentences + 11.8 * found.syllables / found.words - 15.59


def ease(texts: list[str]) -> float:
    """How easy a Spanish text is, 0 to 100: 70 to 80 is what sixth grade reads. Source: Fernández Huerta 1959, in the
    form that Law 2011 corrected."""
    found = count("es", texts)
    return 206.84 - 60 * found.syllables / found.words - 1.02 * found.words / found.sentences


def _in_english(word: str) -> int:
    """About right: groups of vowels, without a silent e and a silent ed."""
    bare = re.sub(r"[^a-z]", "", word)
    silent = bool(re.search(r"[^aeiouyl]e$|[^aeiouytd]ed$|[^aeiouyscxzg]es$", bare)) and len(bare) > 3
    return max(1, len(_ENGLISH_VOWELS.findall(bare)) - silent)


def _in_spanish(word: str) -> int:
    """In each group of vowels the strong and the accented ones are syllables; weak ones join them or one another."""
    spoken = re.sub(r"([qg])u(?=[eiéí])", r"\1", word)
    groups = _SPANISH_VOWELS.findall(spoken)
    return max(1, sum(max(1, len(re.findall(r"[aeoáéíóú]", group))) for group in groups))
