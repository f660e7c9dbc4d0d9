"""A first screening of free text, in English and Spanish: the plainest wordings only. It finds words, it does not
understand people: that nothing was found says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.models.answers import Answers

if TYPE_CHECKING:
    from chalicelib.triage.lexicon import Lexicon

CONCEPTS = frozenset(
    {
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
        "self_harm_negated",
        "not_understood",
    }
)
"""What rules may ask for. The last two come from the screening itself, the others from the lexicon."""

_DENIAL_MATTERS = frozenset({"self_harm", "self_harm_of_other", "past_attempt", "act_taken"})
_ENOUGH_WORDS = 8
_ENOUGH_LETTERS = 8


@dataclass(frozen=True, slots=True)
class TextFindings:
    """The words that stood for each concept, in the plain form in which they were compared."""

    matched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


NO_TEXT = TextFindings()


def screen_text(answers: Answers) -> TextFindings:
    """Look for every concept in the message and in the answers that no field knows, whatever the person's language.
    Linear in the length of the text; costs nothing when there is none."""
    texts = [text for text in (answers.message, *(v for vs in answers.other_answers.values() for v in vs)) if text]
    if not texts:
        return NO_TEXT
    from chalicelib.triage.lexicon import load_lexicon

    lexicon = load_lexicon()
    found: dict[str, dict[str, None]] = {}
    for text in texts:
        for concept, words in _screen_one(text, lexicon):
            found.setdefault(concept, {})[words] = None
    return TextFindings({concept: tuple(words) for concept, words in found.items()})


def _screen_one(text: str, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    from chalicelib.triage.phrases import sentences
    from chalicelib.triage.sentence import Sentence

    cut = sentences(text)
    if not _is_understood(text, cut, lexicon):
        yield "not_understood", "(text in another language?)"
    for tokens in cut:
        if not lexicon.phrases.keys().isdisjoint(tokens):
            for mention in Sentence(tokens, lexicon).mentions():
                if not mention.denied:
                    yield mention.concept, mention.words
                elif mention.concept in _DENIAL_MATTERS:
                    yield "self_harm_negated", mention.words


def _is_understood(text: str, cut: list[list[str]], lexicon: Lexicon) -> bool:
    """Whether a text looks like English or Spanish: Latin letters, and some of the commonest words if it is long."""
    letters = [char for char in text if char.isalpha()]
    if len(letters) >= _ENOUGH_LETTERS and sum(char > "\u024f" for char in letters) * 2 > len(letters):
        return False
    words = [token for tokens in cut for token in tokens if token.isalpha()]
    return len(words) < _ENOUGH_WORDS or sum(word in lexicon.file.common_words for word in words) * 8 >= len(words)
